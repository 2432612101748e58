import { type CommandEvidence, outputOf } from './commands.ts'

/** A setting that decides about cryptography, with the file that makes it. */
export type EnvironmentSetting = { file: string; name: string; value: string }

/** Lines of `file:NAME=value`, as grep prints them for the files that give environments to services. */
export const analyseUnitEnvironment = (evidence: CommandEvidence): EnvironmentSetting[] =>
  (outputOf(evidence, 'environment') ?? '').split('\n').flatMap((line) => {
    const match = /^(\/[^:]*):(GODEBUG|GOFIPS|GOLANG_FIPS|OPENSSL_[A-Z_]+)=(.*)$/.exec(line)
    return match ? [{ file: match[1] ?? '', name: match[2] ?? '', value: (match[3] ?? '').replace(/^["']|["']$/g, '') }] : []
  })

/** Why a setting takes cryptography out of its FIPS mode; undefined where it does not. */
export const weakens = ({ name, value }: EnvironmentSetting): string | undefined => {
  if (name === 'GODEBUG') {
    const off = value
      .split(',')
      .find((each) => /^fips140=(off|0)$/.test(each) || /^(tls10server|tlsrsakex|tls3des|tlsunsafeekm|x509sha1)=1$/.test(each))
    return off === undefined ? undefined : `GODEBUG sets ${off}`
  }
  if ((name === 'GOLANG_FIPS' || name === 'GOFIPS') && value === '0') return `${name} is 0`
  if (name === 'OPENSSL_FORCE_FIPS_MODE' && value === '0') return `${name} is 0`
  if (name === 'OPENSSL_CONF' && !value.startsWith('/etc/')) return `OPENSSL_CONF names ${value}`
  if (name === 'OPENSSL_MODULES') return `OPENSSL_MODULES names ${value}`
  return undefined
}
