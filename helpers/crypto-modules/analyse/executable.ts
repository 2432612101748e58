import { type BoringCryptoBuild, boringCryptoBuilds, boringCryptoMacKey } from '../../policy/modules.ts'
import { opensslBackends, snapshotOf } from '../../policy/modules-native.ts'
import { type BoringCryptoCandidate, decisiveCandidate, examineCandidates, needleOf, opensslCommand } from './boringcrypto.ts'
import { type BuildInfo, buildInfoAlignment, readBuildInfo } from './build-info.ts'
import { asciiOf } from './bytes.ts'
import { contradictionsOf, remarksOf } from './contradictions.ts'
import { type Elf, readElf, segmentAt } from './elf.ts'
import { type ExecutableData, executableDataSchema } from './executable-data.ts'
import type { Cryptography, ExecutableFacts, InspectedExecutable, ModuleProof, Uninspectable } from './executable-facts.ts'
import { type FipsInfo, fipsInfoLength, readFipsInfo } from './fips-info.ts'
import { fips140Setting, type GodebugDefault, modeOfSetting, readGodebugDefault } from './godebug-default.ts'
import { goFunctions } from './go-functions.ts'
import { type Image, type Piece, sparseImage } from './image.ts'
import { examineNative, type NativeModule } from './native-module.ts'
import { examineCryptography } from './no-cryptography.ts'
import { buildInfoNeedle, type Found, fipsInfoNeedle, selfTestNeedle } from './search.ts'

export type FileIdentity = { path: string; size: number; sha256: string }

const headLength = 4096

/** What a file is that is no ELF file, by its first bytes (magic numbers of PE, Mach-O and `#!`). */
const otherFormat = (head: Uint8Array): Pick<Uninspectable, 'state' | 'reason'> => {
  const start = asciiOf(head.subarray(0, 256))
  const magic = head.length >= 4 ? new DataView(head.buffer, head.byteOffset).getUint32(0) : 0
  if (head.length === 0) return { state: 'empty', reason: 'the file is empty' }
  if (start.startsWith('#!')) return { state: 'script', reason: `the file is a script for ${start.slice(2).split('\n', 1)[0]?.trim()}` }
  if (start.startsWith('MZ')) return { state: 'pe', reason: 'the file is a program for Windows' }
  if ([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe].includes(magic)) return { state: 'mach-o', reason: 'the file is a Mach-O program' }
  return { state: 'data', reason: 'the file is neither an ELF program nor a script' }
}

/** UPX writes its mark behind the program headers, and what runs is unpacked in memory: the file's bytes say nothing of it. */
const isPacked = (head: Uint8Array): boolean => asciiOf(head).includes('UPX!')

/** The build info that Go itself would read: it stands in a writable segment; copies elsewhere are data. Candidates that do not parse do not count. */
const buildInfos = (image: Image, elf: Elf, found: Found): BuildInfo[] => {
  const offsets = found.needles.find(({ id }) => id === buildInfoNeedle)?.offsets ?? []
  const infos = offsets.flatMap((offset) => {
    if (offset % buildInfoAlignment !== 0 || segmentAt(elf, offset, 32) === undefined) return []
    const result = readBuildInfo(image, elf, offset)
    return result.state === 'found' ? [result.info] : []
  })
  const isWritable = ({ offset }: BuildInfo): boolean => segmentAt(elf, offset, 32)?.writable === true
  return [...infos.filter(isWritable), ...infos.filter((info) => !isWritable(info))]
}

/** The records of Go's own module that stand where Go's linker puts them: in a writable segment. */
const fipsInfos = (image: Image, elf: Elf, found: Found): FipsInfo[] =>
  (found.needles.find(({ id }) => id === fipsInfoNeedle)?.offsets ?? []).flatMap((offset) => {
    if (segmentAt(elf, offset, fipsInfoLength(elf))?.writable !== true) return []
    const result = readFipsInfo(image, elf, offset)
    return result.state === 'found' ? [result.info] : []
  })

/** The text of BoringSSL's self-test stands in code: some build of the module is there. */
const carriesUnknownBuild = (elf: Elf, found: Found): boolean =>
  (found.needles.find(({ id }) => id === selfTestNeedle)?.offsets ?? []).some((offset) => segmentAt(elf, offset, 1)?.executable === true)

const proofOf = (path: string, { build, start, digestAt, computed }: BoringCryptoCandidate): ModuleProof => ({
  blockOffset: start,
  blockLength: build.length,
  mac: build.mac,
  key: boringCryptoMacKey,
  digestOffset: digestAt,
  expected: build.digest,
  ...(computed === undefined ? {} : { computed }),
  command: opensslCommand(path, start, build),
})

/** How many places of a known digest were counted and not kept. */
const unexaminedPlaces = (found: Found, builds: readonly BoringCryptoBuild[]): number => {
  const ids = new Set(builds.map(needleOf))
  return found.needles.filter(({ id }) => ids.has(id)).reduce((sum, { count, offsets }) => sum + count - offsets.length, 0)
}

type Module = Pick<
  InspectedExecutable,
  'module' | 'moduleName' | 'integrity' | 'mode' | 'dependsOn' | 'identity' | 'certificate' | 'proof' | 'native' | 'godebugDefault'
>

const callsOpenssl = ({ functionTables }: Found): boolean =>
  functionTables.some(({ matches }) => matches.some(({ name }) => opensslBackends.some((prefix) => name.startsWith(prefix))))

const kernelFlag = '/proc/sys/crypto/fips_enabled of the host'

const nativeModuleOf = (native: NativeModule, godebugDefault: GodebugDefault): Module => {
  const snapshot = native.version === undefined ? undefined : snapshotOf(native.version)
  const mode = godebugDefault.state === 'read' ? modeOfSetting(fips140Setting(godebugDefault.text)) : 'unknown'
  return {
    module: native.module,
    moduleName: native.version === undefined ? "Go's own module as it stands in the toolchain's tree" : `Go Cryptographic Module ${native.version}`,
    integrity: native.integrity,
    mode,
    ...(mode === 'depends' ? { dependsOn: kernelFlag } : {}),
    identity: 'claimed',
    ...(snapshot?.certificate === undefined ? {} : { certificate: snapshot.certificate }),
    native,
    godebugDefault,
  }
}

const moduleOf = (
  path: string,
  image: Image,
  elf: Elf,
  found: Found,
  candidate: BoringCryptoCandidate | undefined,
  buildInfo: BuildInfo | undefined,
  records: readonly FipsInfo[],
): Module => {
  if (candidate?.state === 'intact' || candidate?.state === 'modified') {
    const { build, state } = candidate
    const certificate = build.certificate === undefined ? {} : { certificate: build.certificate }
    const proof = proofOf(path, candidate)
    return { module: build.id, moduleName: build.name, integrity: state, mode: 'n/a', identity: 'proven', proof, ...certificate }
  }
  if (carriesUnknownBuild(elf, found)) {
    return { module: 'unknown-boringssl', moduleName: 'a BoringSSL module of no known build', integrity: 'unknown', mode: 'n/a', identity: 'unknown' }
  }
  if (callsOpenssl(found)) {
    const dependsOn = 'the OpenSSL that it loads, its configuration, and the environment'
    return { module: 'openssl', moduleName: 'OpenSSL of its environment', integrity: 'unknown', mode: 'depends', dependsOn, identity: 'unknown' }
  }
  const native = examineNative(image, elf, found, records, buildInfo)
  if (native !== undefined) return nativeModuleOf(native, readGodebugDefault(image, elf, found, records[0]))
  return { module: 'none', moduleName: 'none', integrity: 'n/a', mode: 'n/a', identity: 'n/a' }
}

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
  if (elf.type !== 2 && elf.type !== 3) return { state: 'data', reason: `the file is an ELF file of type ${elf.type}, not a program`, ...file }
  if (isPacked(head)) return { state: 'packed', reason: 'the file is packed with UPX: what runs is not what stands in it', ...file }

  const infos = buildInfos(image, elf, found)
  const candidates = examineCandidates(image, elf, builds, found.needles)
  const candidate = decisiveCandidate(candidates)
  const [buildInfo] = infos
  const records = fipsInfos(image, elf, found)
  const module = moduleOf(path, image, elf, found, candidate, buildInfo, records)
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
    outside: functions.outside,
    contradictions: contradictionsOf(seen),
    remarks: remarksOf(seen, builds),
  }
}

const uninspected = ({ path, size, sha256, reason }: ExecutableData, state: Uninspectable['state']): Uninspectable => ({
  state,
  reason: reason ?? 'no reason was recorded',
  path,
  ...(size === undefined ? {} : { size }),
  ...(sha256 === undefined ? {} : { sha256 }),
})

/** An observation of kind `executable` as it is replayed: its data, and the bytes of its blobs. `Evidence` fits. */
export type ExecutableEvidence = { data: unknown; bytes: (blob: string) => Uint8Array }

/** The stored pieces of a file. A range that its blob does not cover is left out, so what rests on it is not at hand. */
const piecesOf = ({ ranges }: ExecutableData, bytes: ExecutableEvidence['bytes']): Piece[] =>
  ranges.flatMap(({ blob, at, offset, length }) => {
    const held = bytes(blob)
    return at + length <= held.length ? [{ offset, bytes: held.subarray(at, at + length) }] : []
  })

/** The facts of an executable from what was stored of it, and from nothing else. */
export const analyseExecutable = (
  { data, bytes }: ExecutableEvidence,
  builds: readonly BoringCryptoBuild[] = boringCryptoBuilds,
): ExecutableFacts => {
  const checked = executableDataSchema.safeParse(data)
  if (!checked.success) return { state: 'unreadable', reason: `the stored observation does not have its form: ${checked.error.message}`, path: '' }
  const stored = checked.data
  if (stored.state !== 'read') return uninspected(stored, stored.state)
  const { path, size, sha256 } = stored
  if (size === undefined || sha256 === undefined) return { state: 'unreadable', reason: 'the stored observation lacks size or SHA-256', path }
  return analyseImage(sparseImage(size, piecesOf(stored, bytes)), { path, size, sha256 }, stored, builds)
}
