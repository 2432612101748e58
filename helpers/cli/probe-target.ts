import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { FipsConformanceError } from '../errors/error.ts'
import type { TlsProfile } from '../policy/profiles.ts'
import { tlsProfiles } from '../policy/profiles-strict.ts'
import { type StarttlsProtocol, starttlsProtocols } from '../tls/read/starttls.ts'

/** What is probed: one address of a host, under one server name. `host` is as it was given; `address` is what is dialled. */
export type Endpoint = { host: string; address: string; port: number; sni: string | null }

const usage = (code: string, what: string, where: string, remedy: string): FipsConformanceError =>
  new FipsConformanceError({ code, what, where, remedy, exit: 64 })

/** `host:port`, `[::1]:port`. @throws FipsConformanceError `ENDPOINT_MALFORMED`, exit 64 */
const parseEndpoint = (text: string): { host: string; port: number } => {
  const [, bracketed, plain, digits] = /^(?:\[([^\]\s]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6))
    throw usage(
      'ENDPOINT_MALFORMED',
      `${JSON.stringify(text)} is no endpoint`,
      'probe',
      'write it as host:port, 192.0.2.1:443 or [2001:db8::1]:443',
    )
  return { host, port }
}

/** A profile by its name. @throws FipsConformanceError `PROFILE_UNKNOWN`, exit 64 */
export const profileNamed = (name: string): TlsProfile => {
  const profile = tlsProfiles.get(name)
  if (profile === undefined)
    throw usage('PROFILE_UNKNOWN', `there is no profile named ${name}`, '--profile', `take one of ${[...tlsProfiles.keys()].join(', ')}`)
  return profile
}

/** @throws FipsConformanceError `SETTING_INVALID`, exit 64 */
export const starttlsNamed = (name: string): StarttlsProtocol => {
  const protocol = starttlsProtocols.find((one) => one === name)
  if (protocol === undefined)
    throw usage(
      'SETTING_INVALID',
      `${JSON.stringify(name)} is no protocol that goes over to TLS`,
      '--starttls',
      `take one of ${starttlsProtocols.join(', ')}`,
    )
  return protocol
}

/** The unspecified address stands for the loopback address of its family, and that of IPv6 for both: a wildcard listens on all of them. */
const wildcards: Readonly<Record<string, readonly string[]>> = { '::': ['::1', '127.0.0.1'], '0.0.0.0': ['127.0.0.1'] }

/** Every address of a host, each once; the name itself where it has none, so that dialling it says why. */
const addressesOf = async (host: string): Promise<readonly string[]> => {
  const wild = wildcards[host]
  if (wild !== undefined) return wild
  if (isIP(host) !== 0) return [host]
  try {
    const found = await lookup(host, { all: true, order: 'verbatim' })
    return [...new Set(found.map(({ address }) => address))]
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return [host]
    throw error
  }
}

/** Every address of every target under every name, each once: those given, else the target's own; an address is never a name (RFC 6066, section 3). */
export const endpointsOf = async (targets: readonly string[], names: readonly string[]): Promise<Endpoint[]> => {
  const parsed = targets.map(parseEndpoint)
  const each = parsed.map(async ({ host, port }) => {
    const given = names.length > 0 ? names : [host]
    return (await addressesOf(host)).flatMap((address) =>
      given.map((name) => ({ host, address, port, sni: isIP(name) === 0 ? name : null })),
    )
  })
  const all = (await Promise.all(each)).flat()
  return [...new Map(all.map((endpoint) => [JSON.stringify(endpoint), endpoint])).values()]
}

/** `host:port`, with the address where the name has others. */
export const endpointName = ({ host, address, port }: Endpoint): string => {
  const bracketed = (name: string): string => (isIP(name) === 6 ? `[${name}]` : name)
  return `${bracketed(host)}:${port}${address === host ? '' : ` at ${bracketed(address)}`}`
}
