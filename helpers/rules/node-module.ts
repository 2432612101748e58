import type { OpensslFacts } from '../crypto-modules/analyse/openssl.ts'
import { type CryptoPolicy, restrictingSubPolicies } from '../operating-system/analyse/crypto-policy.ts'
import type { OsRelease } from '../operating-system/analyse/os-release.ts'
import { majorOf, type Package, providerPackage } from '../operating-system/analyse/packages.ts'
import { certificateByNumber, certificateStatus } from '../policy/certificates.ts'
import { type NodeModule, nodeModules, vendorCertificates } from '../policy/node-modules.ts'
import { containerNode } from './container-node.ts'
import type { JudgedBy, Outcome, Rule } from './outcome.ts'

/** Which certificate the installed packages of a node point to. */
export type PackageAnswer = { package?: Package; row?: NodeModule; reason: string; vendor: readonly number[]; kernel: readonly number[] }

/** The package that brings OpenSSL’s module, and the certificate that names its vendor and version: names only, so it claims and does not prove. */
export const moduleByPackages = (release: OsRelease, packages: readonly Package[]): PackageAnswer => {
  const major = majorOf(release)
  const vendor = vendorCertificates.find((row) => row.system === release.id && row.major === major)
  const numbers = { vendor: vendor?.openssl ?? [], kernel: vendor?.kernel ?? [] }
  const found = providerPackage(packages)
  if (!found) return { ...numbers, reason: 'no package that brings OpenSSL’s module is installed' }
  const row = nodeModules.find(
    (each) => each.system === release.id && each.major === major && each.package.test(found.name) && each.version.test(found.version),
  )
  const named = `${found.name} ${found.version}`
  if (row)
    return { ...numbers, package: found, row, reason: `${named} is the module of certificate ${row.certificate} by vendor and version` }
  const others =
    numbers.vendor.length > 0
      ? `certificates of this vendor (${numbers.vendor.join(', ')}) name another version`
      : 'no certificate of this vendor is known'
  return { ...numbers, package: found, reason: `mode on, module not on a certificate: ${named} of ${release.prettyName}; ${others}` }
}

const certificateOf = (number: number, { certificates }: JudgedBy) =>
  certificates?.find((each) => each.number === number) ?? certificateByNumber(number)

/** What the packages alone are worth on a day: the best that can be said of a manifest. */
export const judgePackages = (
  answer: PackageAnswer,
  by: JudgedBy,
): { verdict: 'pass' | 'fail' | 'inconclusive'; reason: string; notes: readonly string[] } => {
  if (!answer.row) return { verdict: 'fail', reason: answer.reason, notes: [] }
  const certificate = certificateOf(answer.row.certificate, by)
  if (!certificate) return { verdict: 'fail', reason: `certificate ${answer.row.certificate} is not in the registry`, notes: [] }
  const { verdict, reason, warnings } = certificateStatus(certificate, by.asOf)
  return { verdict, reason: `${answer.reason}; ${reason}`, notes: warnings }
}

/** Whether the system-wide policy holds FIPS mode; undefined where there is none. */
export const judgePolicy = (policy: CryptoPolicy): { verdict: 'pass' | 'fail' | 'inconclusive'; reason: string } | undefined => {
  if (policy.state === 'none') return undefined
  if (policy.state === 'unknown') return { verdict: 'inconclusive', reason: `the crypto policy could not be read: ${policy.reason}` }
  const { configured, applied, base, subPolicies, overrides, redefined, weak } = policy
  if (base !== 'FIPS') return { verdict: 'fail', reason: `the system-wide crypto policy is ${configured}, not FIPS` }
  if (applied !== configured)
    return { verdict: 'fail', reason: `the crypto policy ${configured} is configured, ${applied || 'nothing'} was applied` }
  const weakening = subPolicies.filter((name) => !restrictingSubPolicies.includes(name))
  if (weakening.length > 0)
    return { verdict: 'fail', reason: `the crypto policy’s sub-policies are not known to restrict only: ${weakening.join(', ')}` }
  if (redefined.length > 0)
    return {
      verdict: 'fail',
      reason: `files of the node stand in place of the vendor’s definition of ${configured}: ${redefined.join(', ')}`,
    }
  if (overrides.length > 0) return { verdict: 'fail', reason: `the crypto policy is overridden by ${overrides.join(', ')}` }
  if (weak.length > 0)
    return { verdict: 'fail', reason: `the crypto policy ${configured} allows here what FIPS mode does not: ${weak.join(', ')}` }
  return { verdict: 'pass', reason: `the system-wide crypto policy is ${configured}` }
}

export type NodeModuleFacts = {
  containerNode: boolean
  release: OsRelease | undefined
  packages: readonly Package[] | undefined
  openssl: OpensslFacts | undefined
  policy: CryptoPolicy
  kernel: string
  entropy: string
}

const kernelCertificate = (number: number, by: JudgedBy): string => {
  const certificate = certificateOf(number, by)
  return certificate ? `${number} (${certificateStatus(certificate, by.asOf).status})` : `${number} (not in the registry)`
}

const order = ['fail', 'inconclusive', 'pass'] as const

/**
 * FIPS-NODE-3: the module that the node’s user space loads is unchanged and on an Active certificate, and the system-wide policy does not weaken it. The bytes of the
 * provider decide where there is one; packages are names and stand beside them.
 */
export const loadsValidatedModule: Rule<NodeModuleFacts> = (facts, by): Outcome => {
  const expected =
    'the FIPS provider of the node’s OpenSSL is unchanged and on an Active certificate; the crypto policy, where there is one, is FIPS and not weakened'
  if (facts.containerNode) return containerNode(expected)
  const { release, packages, openssl, policy } = facts
  const parts: { verdict: 'pass' | 'fail' | 'inconclusive'; reason: string }[] = []
  const notes: string[] = []
  const answer = release && packages ? moduleByPackages(release, packages) : undefined
  const observed: string[] = [answer?.package ? `${answer.package.name} ${answer.package.version}` : 'no package of a module']

  if (!openssl || openssl.state === 'unresolved') {
    parts.push({ verdict: 'inconclusive', reason: openssl?.reason ?? 'the node’s OpenSSL was not read' })
  } else if (!openssl.provider) {
    observed.push(`OpenSSL ${openssl.library.version ?? 'of an unknown version'} (${openssl.library.path})`)
    const inside = answer?.row && /^openssl-libs$/.test(answer.package?.name ?? '')
    if (inside) parts.push(judgePackages(answer, by))
    else
      parts.push({
        verdict: 'fail',
        reason: `no FIPS provider is installed for the node’s OpenSSL ${openssl.library.version ?? ''} (${openssl.remarks.join('; ')})`,
      })
  } else {
    const { provider } = openssl
    observed.push(
      `${provider.name ?? 'a provider of an unknown vendor'} ${provider.version ?? ''} (${provider.path}, SHA-256 ${provider.sha256})`,
    )
    if (provider.integrity === 'modified')
      parts.push({ verdict: 'fail', reason: `the FIPS provider was changed: its MAC comes out as ${provider.mac.computed}` })
    else if (provider.integrity === 'unknown')
      parts.push({
        verdict: 'inconclusive',
        reason: `whether the FIPS provider is unchanged could not be told: ${provider.remarks.join('; ')}`,
      })
    if (provider.certificate === undefined)
      parts.push({
        verdict: 'fail',
        reason:
          answer && !answer.row
            ? answer.reason
            : `mode on, module not on a certificate: ${provider.name ?? 'a provider'} ${provider.version ?? ''}`,
      })
    else {
      const certificate = certificateOf(provider.certificate, by)
      if (certificate) {
        const status = certificateStatus(certificate, by.asOf)
        parts.push({ verdict: status.verdict, reason: status.reason })
        notes.push(...status.warnings)
      } else parts.push({ verdict: 'fail', reason: `certificate ${provider.certificate} is not in the registry` })
      if (answer?.row && answer.row.certificate !== provider.certificate)
        notes.push(`contradiction: the package points to certificate ${answer.row.certificate}, the bytes to ${provider.certificate}`)
    }
    notes.push(
      ...provider.remarks,
      `by its configuration OpenSSL is ${openssl.configured}; beside it decides: ${openssl.dependsOn.join(', ')}`,
    )
  }

  const judged = judgePolicy(policy)
  if (judged) parts.push(judged)
  else notes.push('there is no system-wide crypto policy (crypto-policies(7))')
  const kernel = answer?.kernel ?? []
  notes.push(
    kernel.length > 0
      ? `kernel ${facts.kernel}: certificates of this vendor’s kernel module: ${kernel.map((number) => kernelCertificate(number, by)).join(', ')}; a patch level after the tested one is the vendor’s update stream, recorded and not judged`
      : `kernel ${facts.kernel}: no certificate of this vendor’s kernel module is known`,
    `entropy sources that the node shows: ${facts.entropy || 'none'} (recorded, not judged)`,
  )
  const worst = order.find((verdict) => parts.some((part) => part.verdict === verdict)) ?? 'inconclusive'
  return {
    verdict: worst,
    reason: parts
      .filter(({ verdict }) => verdict === worst)
      .map(({ reason }) => reason)
      .join('; '),
    expected,
    observed: observed.join('; '),
    remedy:
      worst === 'pass'
        ? ''
        : 'install the operating system in FIPS mode with a vendor’s module that is on an Active certificate, and leave its crypto policy at FIPS',
    notes: [...parts.filter(({ verdict }) => verdict !== worst).map(({ reason }) => reason), ...notes],
  }
}
