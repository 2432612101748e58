import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { wholeImage } from '../../helpers/crypto-modules/analyse/image.ts'
import { type Found, searchFile, searchOverlap, startSearch } from '../../helpers/crypto-modules/analyse/search.ts'
import { boringCryptoBuilds } from '../../helpers/policy/modules.ts'
import { type Judged, judged, replayed } from '../corpus/judged.ts'
import { boringOf, nativesOf } from '../corpus/places.ts'
import type { Seed } from './mutate.ts'

// What must hold of every answer. The modules are known from the unchanged programs, so none of this rests on an HMAC that the analysis computed.

/** The bytes of the modules as the toolchains linked them, as digests. */
export type Pristine = { blocks: ReadonlySet<string>; natives: ReadonlySet<string>; free: ReadonlySet<string> }

const digestOf = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length} `).update(part)
  return hash.digest('hex')
}
const nativeDigests = (bytes: Uint8Array, isPassed: boolean): string[] =>
  nativesOf(bytes)
    .filter(({ selfAddressed }) => selfAddressed || !isPassed)
    .map(({ parts }) => digestOf(...parts.map(({ offset, length }) => bytes.subarray(offset, offset + length))))

const isProvenFree = ({ facts }: Judged): boolean =>
  facts?.state === 'inspected' && facts.module === 'none' && facts.cryptography.state === 'none'

export const pristineOf = async (seeds: readonly Seed[]): Promise<Pristine> => {
  const [blocks, natives, free] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { name, bytes } of new Set(seeds)) {
    const boring = boringOf(bytes)
    if (boring !== undefined) blocks.add(digestOf(bytes.subarray(boring.block.offset, boring.block.offset + boring.block.length)))
    for (const native of nativeDigests(bytes, true)) natives.add(native)
    if (isProvenFree(await judged(bytes))) free.add(name)
  }
  return { blocks, natives, free }
}

/** Seconds of processor time for 10 MB. */
export const limit = 1

const isIntact = ({ integrity, goboring, verdicts }: Judged): boolean =>
  integrity === 'intact' || goboring === 'p' || verdicts.includes('p')

/** Why the module that an answer calls intact is not one of those that a toolchain linked. */
const changedModule = (bytes: Uint8Array, answer: Judged, { blocks, natives }: Pristine): string | undefined => {
  const { module, facts } = answer
  if (module === 'unknown-boringssl') return answer.verdicts.includes('p') ? 'a module of no known build passes' : undefined
  if (!isIntact(answer)) return undefined
  if (module.startsWith('boringcrypto-')) {
    const proof = facts?.state === 'inspected' ? facts.proof : undefined
    const block = proof && bytes.subarray(proof.blockOffset, proof.blockOffset + proof.blockLength)
    return block !== undefined && blocks.has(digestOf(block))
      ? undefined
      : `${module} is called intact, and its bytes are not those of any program that was built`
  }
  if (!module.startsWith('go-native-')) return `${module} is called intact`
  // Of several records one is enough here, for integrity; a pass wants one that stands where it says.
  return nativeDigests(bytes, answer.verdicts.includes('p')).some((native) => natives.has(native))
    ? undefined
    : `${module} is called intact, and its bytes are not those of any program that was built`
}

const withoutDigest = (facts: unknown): unknown =>
  JSON.parse(JSON.stringify(facts, (key, value: unknown) => (key === 'sha256' ? '' : value)))

/** The search as it runs on a file that is not held: windows of a length that is no multiple of anything. */
const searchedInWindows = (bytes: Uint8Array): Found => {
  const search = startSearch(boringCryptoBuilds)
  const length = 100_003
  for (let at = 0; at < bytes.length; at += length) {
    const start = Math.max(0, at - searchOverlap)
    search.add(bytes.subarray(start, Math.min(bytes.length, at + length)), start)
  }
  return search.finish(wholeImage(bytes))
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

type Made = { name: string; changes: readonly string[] }

/** What is wrong with an answer, if anything is. */
const contradicted = async (
  bytes: Uint8Array,
  answer: Judged,
  { name, changes }: Made,
  pristine: Pristine,
  deep: boolean,
): Promise<string | undefined> => {
  const changed = changedModule(bytes, answer, pristine)
  if (changed !== undefined) return changed
  const mayBeFree = pristine.free.has(name) || changes.some((change) => [...pristine.free].some((free) => change.includes(free)))
  if (!mayBeFree && isProvenFree(answer)) return 'a program with cryptography is proven to have none'
  if (!deep || answer.format !== 'elf') return undefined
  const found = searchFile(bytes, boringCryptoBuilds)
  if (!isDeepStrictEqual(searchedInWindows(bytes), found)) return 'the search in windows finds something else'
  const isSame = isDeepStrictEqual(withoutDigest(await replayed(bytes)), withoutDigest(answer.facts))
  return isSame ? undefined : 'what is stored gives other facts'
}

export type Checked = { problem?: string; seconds: number; answer?: Judged }

/** One input. `deep`: also that the search in windows and the replay of what would be stored say the same. */
export const check = async (bytes: Uint8Array, made: Made, pristine: Pristine, deep: boolean, judge = judged): Promise<Checked> => {
  const before = process.threadCpuUsage()
  let answer: Judged
  try {
    answer = await judge(bytes)
  } catch (error) {
    return { problem: `no answer: ${messageOf(error)}`, seconds: 0 }
  }
  const { user, system } = process.threadCpuUsage(before)
  const seconds = (user + system) / 1e6
  const allowed = limit * Math.max(1, bytes.length / 10e6)
  const done = (problem: string | undefined): Checked => ({ ...(problem !== undefined && { problem }), seconds, answer })
  if (seconds > allowed) return done(`${seconds.toFixed(2)} s for ${bytes.length} bytes`)
  try {
    return done(await contradicted(bytes, answer, made, pristine, deep))
  } catch (error) {
    return done(`checking the answer failed: ${messageOf(error)}`)
  }
}
