import type { InspectedExecutable } from './executable-facts.ts'
import type { OpensslFacts } from './openssl.ts'

const unknown = 'unknown'

/** Whether the file is the provider itself, and no program that loads it. */
const isProvider = ({ module, sha256 }: InspectedExecutable, openssl: OpensslFacts): boolean =>
  module === 'none' && sha256 !== '' && openssl.state === 'resolved' && openssl.provider?.sha256 === sha256

/**
 * A program that calls OpenSSL, or the provider itself, together with the OpenSSL that it would load where it runs. The provider is the module: its MAC says whether it is unchanged, its name
 * and version which one it claims to be. Whether it is in FIPS mode depends on what no file decides. A program with another module stays as it is.
 */
export const joinOpenssl = (executable: InspectedExecutable, openssl: OpensslFacts): InspectedExecutable => {
  if (executable.module !== 'openssl' && !isProvider(executable, openssl)) return executable
  if (openssl.state === 'unresolved') return { ...executable, openssl, remarks: [...executable.remarks, openssl.reason] }
  const { library, provider, configured, dependsOn, remarks } = openssl
  const joined = { ...executable, openssl, remarks: [...executable.remarks, ...remarks, ...(provider?.remarks ?? [])] }
  if (provider === undefined)
    return { ...joined, integrity: 'n/a', moduleName: `OpenSSL ${library.version ?? unknown} of ${library.path}, without a FIPS provider` }
  const vendor = provider.vendor === undefined || provider.vendor === 'openssl' ? '' : `${provider.vendor}-`
  return {
    ...joined,
    module: `openssl-${vendor}${provider.version ?? unknown}`,
    moduleName: `${provider.name ?? 'a FIPS provider of an unknown vendor'} ${provider.version ?? 'of an unknown version'}`,
    integrity: provider.integrity,
    mode: 'depends',
    dependsOn: [...dependsOn, `its configuration, by which it is ${configured}`],
    identity: provider.vendor === undefined ? 'unknown' : 'claimed',
    ...(provider.certificate === undefined ? {} : { certificate: provider.certificate }),
  }
}
