import { activationEntries, analyseEnvironment, type EnvironmentData } from '../crypto-modules/analyse/activation.ts'
import type { InspectedExecutable } from '../crypto-modules/analyse/executable-facts.ts'
import { joinSurroundings } from '../crypto-modules/analyse/join-surroundings.ts'
import { analyseOpenssl } from '../crypto-modules/analyse/openssl.ts'
import { libraryCheck } from '../crypto-modules/read/library-check.ts'
import { readOpenssl } from '../crypto-modules/read/openssl-root.ts'
import type { Reading } from '../evidence/model.ts'
import type { Settled } from './model.ts'
import type { Place, Surroundings } from './surroundings.ts'

const evidenceOf = ({ data, blobs }: Reading) => ({ data, bytes: (blob: string): Uint8Array => blobs[blob] ?? new Uint8Array() })

/** One look at the OpenSSL of a root file system serves all programs that look for it in the same way. */
const looked = new WeakMap<Surroundings, Map<string, Promise<Reading>>>()

const valuesOf = (entries: readonly string[]): Record<string, string> =>
  Object.fromEntries(entries.map((entry) => [entry.slice(0, Math.max(0, entry.indexOf('='))), entry.slice(entry.indexOf('=') + 1)]))

const opensslReading = (facts: InspectedExecutable, { surroundings, path }: Place): Promise<Reading> => {
  const known = looked.get(surroundings) ?? new Map<string, Promise<Reading>>()
  looked.set(surroundings, known)
  const paths = facts.libraryPaths ?? { rpath: [], runpath: [] }
  const hasOrigin = [...paths.rpath, ...paths.runpath].some((folder) => folder.includes('$'))
  const key = JSON.stringify([facts.arch, paths, hasOrigin ? path : ''])
  const { OPENSSL_CONF, OPENSSL_MODULES } = valuesOf(surroundings.environment ?? [])
  const environment = { ...(OPENSSL_CONF !== undefined && { OPENSSL_CONF }), ...(OPENSSL_MODULES !== undefined && { OPENSSL_MODULES }) }
  const reading =
    known.get(key) ??
    readOpenssl(surroundings.files, { loader: { path, arch: facts.arch, ...paths }, environment, means: surroundings.means })
  known.set(key, reading)
  return reading
}

const environmentReading = ({ environment, means }: Surroundings): Reading | undefined => {
  if (environment === undefined) return undefined
  const data: EnvironmentData = { state: 'read', of: 'image', owner: 'the configuration of the image' }
  return { kind: 'environment', means, source: 'configuration of the image', data, blobs: { variables: activationEntries(environment) } }
}

const isProvider = (path: string): boolean => /(?:^|\/)fips\.so$/.test(path)

/**
 * What is known of a file, with the root file system that it will run in: the OpenSSL that it would load there, and the environment that its image gives it. What was
 * read for that stands in `beside`, as a bundle keeps it. Libraries that check themselves are checked as they check themselves.
 */
export const joinPlace = async (analysis: Settled, place: Place): Promise<Settled> => {
  if (analysis.state !== 'analysed' || analysis.facts?.state !== 'inspected') return analysis
  const { facts } = analysis
  const { surroundings, path } = place
  const wantsOpenssl = facts.module === 'openssl' || (facts.module === 'none' && isProvider(path))
  const openssl = wantsOpenssl ? await opensslReading(facts, place) : undefined
  const environment = environmentReading(surroundings)
  const [joined] = joinSurroundings(facts, {
    openssl: openssl === undefined ? [] : [analyseOpenssl(evidenceOf(openssl))],
    environments: environment === undefined ? [] : [analyseEnvironment(evidenceOf(environment))],
    kernel: 'unknown',
  })
  const check = await libraryCheck(surroundings.files, path).catch(
    (error: unknown) => `its check of itself could not be repeated: ${error instanceof Error ? error.message : String(error)}`,
  )
  const remarked = joined && check ? { ...joined, remarks: [...joined.remarks, check] } : joined
  const beside = [openssl, environment].filter((reading) => reading !== undefined)
  return { ...analysis, origin: facts, ...(remarked && { facts: remarked }), beside }
}
