import { type BoringCryptoBuild, boringCryptoBuilds } from '../../policy/modules.ts'
import { decisiveCandidate, examineCandidates, needleOf } from './boringcrypto.ts'
import { type BuildInfo, buildInfoAlignment, readBuildInfo } from './build-info.ts'
import { asciiOf } from './bytes.ts'
import { type CarriedModule, carriedModule } from './carried-module.ts'
import { contradictionsOf, remarksOf } from './contradictions.ts'
import { type Elf, readElf, segmentAt } from './elf.ts'
import type { Cryptography, ExecutableFacts, Uninspectable } from './executable-facts.ts'
import { type FipsInfo, fipsInfosAt } from './fips-info.ts'
import { goFunctions } from './go-functions.ts'
import type { Image } from './image.ts'
import { examineCalls, type ModuleCalls } from './module-calls.ts'
import { examineCryptography } from './no-cryptography.ts'
import { type Proposals, propose } from './proposals.ts'
import { buildInfoNeedle, type Found, fipsInfoNeedle, offsetsOf } from './search.ts'

export type FileIdentity = { path: string; size: number; sha256: string }

const headLength = 4096

/** What a file is that is no ELF file, by its first bytes (magic numbers of PE, Mach-O and `#!`). */
const otherFormat = (head: Uint8Array): Pick<Uninspectable, 'state' | 'reason'> => {
  const start = asciiOf(head.subarray(0, 256))
  const magic = head.length >= 4 ? new DataView(head.buffer, head.byteOffset).getUint32(0) : 0
  if (head.length === 0) return { state: 'empty', reason: 'the file is empty' }
  if (start.startsWith('#!')) return { state: 'script', reason: `the file is a script for ${start.slice(2).split('\n', 1)[0]?.trim()}` }
  if (start.startsWith('MZ')) return { state: 'pe', reason: 'the file is a program for Windows' }
  if ([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe].includes(magic))
    return { state: 'mach-o', reason: 'the file is a Mach-O program' }
  return { state: 'data', reason: 'the file is neither an ELF program nor a script' }
}

/** UPX writes its mark behind the program headers, and what runs is unpacked in memory: the file's bytes say nothing of it. */
const isPacked = (head: Uint8Array): boolean => Buffer.from(head.buffer, head.byteOffset, head.byteLength).includes('UPX!', 0, 'latin1')

/** The build info that Go itself would read: it stands in a writable segment; copies elsewhere are data. Candidates that do not parse do not count. */
const buildInfos = (image: Image, elf: Elf, found: Found): BuildInfo[] => {
  const offsets = offsetsOf(found, buildInfoNeedle)
  const infos = offsets.flatMap((offset) => {
    if (offset % buildInfoAlignment !== 0 || segmentAt(elf, offset, 32) === undefined) return []
    const result = readBuildInfo(image, elf, offset)
    return result.state === 'found' ? [result.info] : []
  })
  const isWritable = ({ offset }: BuildInfo): boolean => segmentAt(elf, offset, 32)?.writable === true
  return [...infos.filter(isWritable), ...infos.filter((info) => !isWritable(info))]
}

/** How many places of a known digest were counted and not kept. */
const unexaminedPlaces = (found: Found, builds: readonly BoringCryptoBuild[]): number => {
  const ids = new Set(builds.map(needleOf))
  return found.needles.filter(({ id }) => ids.has(id)).reduce((sum, { count, offsets }) => sum + count - offsets.length, 0)
}

/** Calls into a module of the BoringSSL family, where its bytes are known. */
const callsInto = (
  image: Image,
  elf: Elf,
  found: Found,
  records: readonly FipsInfo[],
  proposals: Proposals,
  { proof }: CarriedModule,
): ModuleCalls | undefined =>
  proof && examineCalls(image, elf, found, records, { start: proof.blockOffset, length: proof.blockLength }, proposals.calls)

/**
 * What the bytes of a program file show. Runs alike on a whole file and on the ranges that a reader kept of it; `found` is what a walk over the whole file told.
 */
export const analyseImage = (
  image: Image,
  { path, size, sha256 }: FileIdentity,
  found: Found,
  builds: readonly BoringCryptoBuild[] = boringCryptoBuilds,
): ExecutableFacts => {
  const file = { path, size, sha256 }
  const head = image.bytes(0, Math.min(size, headLength))
  if (head === undefined) return { state: 'malformed', reason: 'the first bytes of the file are not at hand', ...file }
  const result = readElf(image)
  if (result.state === 'not-elf') return { ...otherFormat(head), ...file }
  if (result.state === 'malformed') return { state: 'malformed', reason: result.reason, ...file }
  const { elf } = result
  if (elf.end > size) {
    return { state: 'truncated', reason: `the file has ${size} bytes, its ELF headers speak of ${elf.end}`, ...file }
  }
  if (elf.type !== 2 && elf.type !== 3)
    return { state: 'data', reason: `the file is an ELF file of type ${elf.type}, not a program`, ...file }
  if (elf.segments.length === 0) return { state: 'malformed', reason: 'no program header of the file names bytes to load', ...file }
  if (isPacked(head)) return { state: 'packed', reason: 'the file is packed with UPX: what runs is not what stands in it', ...file }

  const infos = buildInfos(image, elf, found)
  const candidates = examineCandidates(image, elf, builds, found.needles)
  const candidate = decisiveCandidate(candidates)
  const [buildInfo] = infos
  const records = fipsInfosAt(image, elf, offsetsOf(found, fipsInfoNeedle))
  const proposals = found.proposals ?? propose(image, elf, found, builds, candidates)
  const module = carriedModule({ path, image, elf, found, proposals, candidate, buildInfo, records })
  const calls = callsInto(image, elf, found, records, proposals, module)
  const functions = goFunctions(image, elf, found.functionTables)
  const cryptography: Cryptography =
    module.native !== undefined || module.module === 'none'
      ? examineCryptography(image, elf, found, records)
      : { state: 'present', packages: [], objections: [] }
  const seen = { module, functions, cryptography, candidates, infos, unexamined: unexaminedPlaces(found, builds) }
  return {
    state: 'inspected',
    ...file,
    format: 'elf',
    arch: elf.arch,
    linking: elf.interpreter ? 'dynamic' : 'static',
    ...(buildInfo === undefined ? {} : { buildInfo }),
    ...module,
    cryptography,
    fipsonly: functions.fipsonly,
    wrappers: functions.wrappers,
    wrapperCount: functions.wrapperCount,
    ...(calls === undefined ? {} : { calls }),
    outside: functions.outside,
    contradictions: contradictionsOf(seen),
    remarks: remarksOf(seen, builds),
  }
}
