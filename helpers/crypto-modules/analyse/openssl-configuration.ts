import type { ProviderConfiguration } from './openssl-provider.ts'

/** Name and value pairs by section; what stands before the first section is in the one with the empty name (OpenSSL, `config(5)`). */
export type OpensslConfiguration = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A file that a configuration includes, and the text of each that can be read. */
export type Includes = Readonly<Record<string, string>>

/** Bounds for hostile files. */
const maximumDepth = 8
const maximumLines = 100_000

const include = /^\.include(?:\s*=\s*|\s+)(.+)$/
const heading = /^\[\s*([^\]]*?)\s*\]/
const assignment = /^([^=]+?)\s*=\s*(.*)$/

/** Lines without comments and with those joined that end in a backslash. */
const linesOf = (text: string): string[] =>
  text
    .replaceAll(/\\\r?\n/g, '')
    .split(/\r?\n/)
    .slice(0, maximumLines)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')

const unquoted = (value: string): string => value.replace(/^(["'])(.*)\1$/, '$2')

/** Paths that a configuration includes, as they are written. */
export const includesOf = (text: string): string[] =>
  linesOf(text)
    .flatMap((line) => include.exec(line)?.[1] ?? [])
    .map(unquoted)

/** A configuration with its includes put in their places. Variables (`$name`, `${section::name}`) are put in where they are known. */
export const parseConfiguration = (text: string, includes: Includes = {}): OpensslConfiguration => {
  const sections: Record<string, Record<string, string>> = Object.create(null)
  let section = ''
  const own = (name: string): Record<string, string> => {
    const known = sections[name] ?? (Object.create(null) as Record<string, string>)
    sections[name] = known
    return known
  }
  const expanded = (value: string): string =>
    value.replaceAll(/\$(?:\{(?:([^}:]*)::)?([^}]*)\}|(?:(\w+)::)?(\w+))/g, (whole, inBraces, braced, before, bare) => {
      const [from, name] = [inBraces ?? before, braced ?? bare]
      return (from === undefined ? (sections[section]?.[name] ?? sections['']?.[name]) : sections[from]?.[name]) ?? whole
    })
  const read = (lines: readonly string[], depth: number): void => {
    for (const line of lines) {
      const included = include.exec(line)?.[1]
      const named = heading.exec(line)?.[1]
      const [, name, value] = assignment.exec(line) ?? []
      if (included !== undefined) {
        const inner = includes[unquoted(included)]
        if (inner !== undefined && depth < maximumDepth) read(linesOf(inner), depth + 1)
      } else if (named !== undefined) {
        section = named
        own(section)
      } else if (name !== undefined && value !== undefined) own(section)[name] = expanded(unquoted(value))
    }
  }
  read(linesOf(text), 0)
  return sections
}

/** Which providers a configuration activates and what it asks of algorithms. */
export type ConfiguredProviders = {
  /** Names of activated providers. */
  active: readonly string[]
  defaultProperties?: string
  /** What it says of the FIPS provider; absent where it has no section for it. */
  fips?: ProviderConfiguration & { activated: boolean }
}

const isYes = (value: string | undefined): boolean => value !== undefined && ['1', 'yes', 'true', 'on'].includes(value.toLowerCase())

const hexText = (value: string | undefined): string | undefined => value?.replaceAll(':', '').toLowerCase()

/** The way from `openssl_conf` over `providers` and `alg_section` (OpenSSL, `config(5)`, `fips_config(5)`). */
export const configuredProviders = (configuration: OpensslConfiguration): ConfiguredProviders => {
  const initial = configuration[configuration['']?.openssl_conf ?? '']
  const providers = configuration[initial?.providers ?? ''] ?? {}
  const algorithms = configuration[initial?.alg_section ?? '']
  const listed = initial?.providers === undefined ? [] : Object.entries(providers)
  const active = listed.filter(([, section]) => isYes(configuration[section]?.activate)).map(([name]) => name)
  const fipsSection = listed.find(([name]) => name === 'fips')?.[1]
  const fips = fipsSection === undefined ? undefined : configuration[fipsSection]
  const [moduleMac, installMac] = [hexText(fips?.['module-mac']), hexText(fips?.['install-mac'])]
  const installStatus = fips?.['install-status']
  return {
    active,
    ...(algorithms?.default_properties === undefined ? {} : { defaultProperties: algorithms.default_properties }),
    ...(fips === undefined
      ? {}
      : {
          fips: {
            activated: active.includes('fips'),
            ...(moduleMac === undefined ? {} : { moduleMac }),
            ...(installMac === undefined ? {} : { installMac }),
            ...(installStatus === undefined ? {} : { installStatus }),
          },
        }),
  }
}

/** Default properties that ask for approved algorithms alone. */
export const asksForFips = (properties: string | undefined): boolean =>
  (properties ?? '').split(',').some((each) => /^\s*fips\s*(?:=\s*(?:yes|"yes"))?\s*$/.test(each))
