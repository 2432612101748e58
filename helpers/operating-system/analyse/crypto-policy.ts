import { type CommandEvidence, commandOf, outputOf } from './commands.ts'

/** The system-wide policy of the Red Hat family (crypto-policies(7)): FIPS, or FIPS with sub-policies. */
export type CryptoPolicy =
  | { state: 'none'; reason: string }
  | {
      state: 'set'
      /** As it is configured, such as FIPS:OSPP. */
      configured: string
      /** As it was last applied. */
      applied: string
      base: string
      subPolicies: readonly string[]
      /** Files that override what the policy generates for one library. */
      overrides: readonly string[]
    }
  | { state: 'unknown'; reason: string }

/** Sub-policies that only restrict, or that the vendor documents for FIPS mode; all others weaken it or are unknown. */
export const restrictingSubPolicies: readonly string[] = [
  'OSPP',
  'NO-SHA1',
  'NO-ENFORCE-EMS-OFF',
  'STIG',
  'ECDHE-ONLY',
  'AD-SUPPORT-LEGACY-OFF',
]

const plain = (text: string | undefined): string =>
  (text ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim())
    .find((line) => line !== '') ?? ''

/** `ls -l` of the back ends: those that are no link into the policies’ own folder were put there by somebody. */
const overridesIn = (listing: string | undefined): string[] =>
  (listing ?? '').split('\n').flatMap((line) => {
    const name = /\s(\S+\.config)(?:\s->\s(\S+))?$/.exec(line)
    if (!name?.[1]) return []
    return name[2] === undefined || !/crypto-policies\//.test(name[2]) ? [name[1]] : []
  })

/** The policy from the stored files `policy-config`, `policy-current`, `policy-back-ends` and `policy-local`. */
export const analyseCryptoPolicy = (evidence: CommandEvidence): CryptoPolicy => {
  const config = commandOf(evidence, 'policy-config')
  if (config.state === 'absent') return { state: 'none', reason: config.reason }
  if (config.state === 'unknown') return { state: 'unknown', reason: config.reason }
  const configured = plain(config.stdout)
  if (configured === '') return { state: 'unknown', reason: 'the configured policy is empty' }
  const applied = plain(outputOf(evidence, 'policy-current'))
  const [base = '', ...subPolicies] = configured.split(':')
  const local = (outputOf(evidence, 'policy-local') ?? '').split('\n').filter((name) => name.endsWith('.config'))
  return {
    state: 'set',
    configured,
    applied,
    base,
    subPolicies,
    overrides: [...overridesIn(outputOf(evidence, 'policy-back-ends')), ...local],
  }
}
