import type { OsRelease } from './os-release.ts'

/** An installed package: `version` is version and release, without epoch and architecture. */
export type Package = { name: string; version: string; vendor?: string }

/** Lines of `name<TAB>version-release<TAB>vendor`, as both package managers are asked to print them. */
export const parsePackages = (text: string): Package[] =>
  text.split('\n').flatMap((line) => {
    const [name = '', version = '', vendor = ''] = line.split('\t')
    return name !== '' && version !== '' ? [{ name, version, ...(vendor !== '' && vendor !== '(none)' && { vendor }) }] : []
  })

/** A line of a manifest of packages: name-version-release.arch (RPM's NEVRA without the epoch). Undefined for any other line. */
export const parseNvra = (line: string): Package | undefined => {
  const match = /^(.+)-([^-]+)-([^-]+)\.(x86_64|aarch64|noarch|i686)$/.exec(line.trim())
  return match ? { name: match[1] ?? '', version: `${match[2]}-${match[3]}` } : undefined
}

/** The packages by which a system gets its OpenSSL module; the provider’s own package counts before the library’s. */
const providerPackages = [
  /^openssl-fips-provider(-\w+)*$/,
  /^openssl-provider-fips$/,
  /^openssl-fipsmodule-\d+$/,
  /^openssl-libs$/,
  /^libssl3(t64)?$/,
  /^libopenssl3?$/,
] as const

/** The package that brings the module of OpenSSL, where one of the known names is installed. The one with the file itself (`-so`) goes first. */
export const providerPackage = (packages: readonly Package[]): Package | undefined => {
  const found = providerPackages.flatMap((pattern) => packages.filter(({ name }) => pattern.test(name)))
  return found.find(({ name }) => name.endsWith('-so')) ?? found[0]
}

/** The first part of a version id: `9` of 9.8, `2023` of 2023.12. */
export const majorOf = ({ versionId }: OsRelease): string => versionId.split('.')[0] ?? ''
