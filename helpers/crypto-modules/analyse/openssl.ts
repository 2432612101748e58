import { z } from 'zod'
import { asciiOf, textOf } from './bytes.ts'
import type { ExecutableEvidence } from './executable.ts'
import { kernelFlag } from './godebug-default.ts'
import { asksForFips, type ConfiguredProviders, configuredProviders, parseConfiguration } from './openssl-configuration.ts'
import { analyseProvider, type Provider } from './openssl-provider.ts'

const offset = z.int().nonnegative()
const storedFile = z.object({ path: z.string(), blob: z.string(), size: offset, sha256: z.string() })

/** `data` of an observation of kind `openssl`: what a program of a root file system would load, and what that reads. */
export const opensslDataSchema = z.object({
  state: z.enum(['found', 'missing', 'unreadable']),
  reason: z.string().exactOptional(),
  /** Paths that were tried and are not there. */
  absent: z.array(z.string()),
  /** The library, of which only the texts are kept that say where it looks: `length` bytes from `at` in the blob stand at `offset` in the file. */
  library: z
    .object({
      path: z.string(),
      size: offset,
      sha256: z.string(),
      blob: z.string(),
      texts: z.array(z.object({ at: offset, offset, length: offset })),
    })
    .exactOptional(),
  /** The configuration first, then what it includes. */
  configuration: z.array(storedFile),
  provider: storedFile.exactOptional(),
  /** Variables of the environment that led to configuration and provider, in place of what the library says. */
  overrides: z.record(z.string(), z.string()).default({}),
  /** `source` of the observation of the program that would load it; absent where it is that of every program of the subject. */
  program: z.string().exactOptional(),
})
export type OpensslData = z.infer<typeof opensslDataSchema>

/** Where a libcrypto looks, by the texts in it. */
export type LibraryTexts = { version?: string; directory?: string; modules?: string }

const texts = {
  version: /^OpenSSL (\d+\.\d+\.\d+\S*)/,
  directory: /^OPENSSLDIR: "(\/[^"]*)"$/,
  modules: /^MODULESDIR: "(\/[^"]*)"$/,
} as const

/** Starts of the texts that `libraryTexts` reads. */
export const libraryMarks: readonly string[] = ['OpenSSL ', 'OPENSSLDIR: "', 'MODULESDIR: "']

/** What the texts of a libcrypto say; the first of each kind counts. */
export const libraryTexts = (found: readonly string[]): LibraryTexts => {
  const first = (pattern: RegExp): string | undefined => found.map((text) => pattern.exec(text)?.[1]).find((each) => each !== undefined)
  const [version, directory, modules] = [first(texts.version), first(texts.directory), first(texts.modules)]
  return {
    ...(version === undefined ? {} : { version }),
    ...(directory === undefined ? {} : { directory }),
    ...(modules === undefined ? {} : { modules }),
  }
}

/** The OpenSSL that a program in a root file system would use, as far as files tell. */
export type OpensslFacts =
  | {
      state: 'resolved'
      library: LibraryTexts & { path: string; sha256: string }
      configuration: ConfiguredProviders & { path?: string }
      provider?: Provider & { path: string; sha256: string; size: number }
      /** What the configuration makes of it, where nothing overrides that. */
      configured: 'on' | 'off'
      /** What decides beside the files. */
      dependsOn: readonly string[]
      overrides: Readonly<Record<string, string>>
      remarks: readonly string[]
    }
  | { state: 'unresolved'; reason: string }

const always = ['GODEBUG, GOFIPS and GOLANG_FIPS in the environment', 'OPENSSL_CONF and OPENSSL_MODULES in the environment'] as const

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** Included texts by path; a folder stands for those in it, in their order. */
const includesOfAll = (included: readonly { path: string; text: string }[]): Record<string, string> => ({
  ...Object.fromEntries(
    [...Map.groupBy(included, ({ path }) => folderOf(path))].map(([folder, own]) => [folder, own.map(({ text }) => text).join('\n')]),
  ),
  ...Object.fromEntries(included.map(({ path, text }) => [path, text])),
})

/** The facts of an observation of kind `openssl`, from what was stored and from nothing else. */
export const analyseOpenssl = ({ data, bytes }: ExecutableEvidence): OpensslFacts => {
  const checked = opensslDataSchema.safeParse(data)
  if (!checked.success) return { state: 'unresolved', reason: `the stored observation does not have its form: ${checked.error.message}` }
  const { state, reason, library, configuration, provider, absent, overrides } = checked.data
  if (state !== 'found' || library === undefined)
    return { state: 'unresolved', reason: reason ?? `no libcrypto is there (${absent.length} paths were tried)` }
  const held = bytes(library.blob)
  const found = libraryTexts(library.texts.map(({ at, length }) => asciiOf(held.subarray(at, at + length))))
  const [first, ...included] = configuration.map(({ path, blob }) => ({ path, text: textOf(bytes(blob)) }))
  const parsed = first === undefined ? {} : parseConfiguration(first.text, includesOfAll(included))
  const configured = configuredProviders(parsed)
  const contents = provider && bytes(provider.blob)
  const result = contents && analyseProvider(contents, configured.fips)
  const remarks: string[] = []
  if (first === undefined) remarks.push('no configuration of OpenSSL is there')
  if (provider === undefined)
    remarks.push(`no FIPS provider is there (${overrides.OPENSSL_MODULES ?? found.modules ?? 'its directory is unknown'})`)
  if (result?.state === 'none') remarks.push(`what stands in the place of the FIPS provider is none: ${result.reason}`)
  const isOn = configured.fips?.activated === true && asksForFips(configured.defaultProperties)
  return {
    state: 'resolved',
    library: { path: library.path, sha256: library.sha256, ...found },
    configuration: { ...configured, ...(first === undefined ? {} : { path: first.path }) },
    ...(provider && result?.state === 'provider'
      ? { provider: { ...result.provider, path: provider.path, sha256: provider.sha256, size: provider.size } }
      : {}),
    configured: isOn ? 'on' : 'off',
    // Vendors' libraries activate the provider by themselves where the kernel is in FIPS mode.
    dependsOn: isOn ? always : [kernelFlag, ...always],
    overrides,
    remarks,
  }
}

/** Which program an observation of kind `openssl` was made for; undefined where it is for every one of its subject. */
export const opensslProgram = ({ data }: Pick<ExecutableEvidence, 'data'>): string | undefined =>
  z.object({ program: z.string().optional() }).catch({}).parse(data).program
