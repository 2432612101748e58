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
      /** Files of the node that stand in place of a definition of the vendor’s: a name that means something else here. */
      redefined: readonly string[]
      /** What the applied policy allows and no policy of FIPS mode does, as its own dump lists it: `group X25519`. */
      weak: readonly string[]
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

const lines = (text: string | undefined): string[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '')

/** The configuration: the policy first, then sub-policies, on one line or several (update-crypto-policies(8)). */
const configuredIn = (text: string): string => lines(text).join(':').toUpperCase()

/** `file NAME`, then its lines. */
const filesIn = (text: string | undefined): { name: string; content: string[] }[] => {
  const files: { name: string; content: string[] }[] = []
  for (const line of lines(text)) {
    const name = /^file (.*)$/.exec(line)?.[1]
    if (name !== undefined) files.push({ name, content: [] })
    else files.at(-1)?.content.push(line)
  }
  return files
}

/** The one file that the vendor’s own packages put among the local ones: NSS asks p11-kit for its modules. It says nothing of algorithms. */
const asksForModules = (line: string): boolean => /^(name=p11-kit-proxy|library=p11-kit-proxy\.so)$/.test(line)

const digestsIn = (text: string | undefined): Map<string, string> =>
  new Map(
    (text ?? '').split('\n').flatMap((line) => (/^[0-9a-f]{64} [ *]\//.test(line) ? [[line.slice(66), line.slice(0, 64)] as const] : [])),
  )

type BackEnds = {
  listing: string | undefined
  digests: Map<string, string>
  configured: string
  generated: boolean
  local: readonly string[]
}

/**
 * Back ends that hold something else than the policy does. update-crypto-policies links to the vendor’s file of the policy; with sub-policies, or with a local file
 * for that library, it writes one instead.
 */
const overridesIn = ({ listing, digests, configured, generated, local }: BackEnds): string[] =>
  (listing ?? '').split('\n').flatMap((line) => {
    const [, file, target] = /\s(\S+\.config)(?:\s->\s(\S+))?$/.exec(line) ?? []
    if (file === undefined) return []
    const name = file.replace(/\.config$/, '')
    if (target !== undefined) return target.endsWith(`/crypto-policies/${configured}/${name}.txt`) ? [] : [file]
    const own = digests.get(`/etc/crypto-policies/back-ends/${file}`)
    if (own !== undefined && own === digests.get(`/usr/share/crypto-policies/${configured}/${name}.txt`)) return []
    return generated || local.some((each) => each.startsWith(`${name}-`)) ? [] : [file]
  })

const definitions = '/etc/crypto-policies/policies/'

/** What no policy of FIPS mode allows, by the words of crypto-policies(7). */
const unapproved: readonly string[] = [
  'MD5',
  'HMAC-MD5',
  'UMAC-64',
  'UMAC-128',
  'CHACHA20-POLY1305',
  'RC4-128',
  'DES-CBC',
  'X25519',
  'X448',
]
/** The lists of the dump that hold for everything; those with a scope (`hash@rpm`) are exceptions that the vendor makes. */
const judgedLists: readonly string[] = ['mac', 'group', 'hash', 'cipher', 'tls_cipher', 'ssh_cipher']

const weakIn = (dump: string | undefined): string[] =>
  lines(dump).flatMap((line) => {
    const [, list = '', values = ''] = /^(\w+) *= *(.*)$/.exec(line) ?? []
    if (!judgedLists.includes(list)) return []
    return values
      .split(/\s+/)
      .filter((value) => unapproved.includes(value.toUpperCase()))
      .map((value) => `${list} ${value}`)
  })

/**
 * The policy from what is stored of /etc/crypto-policies: `policy-config` (config), `policy-current` and `policy-dump` (state/current, state/CURRENT.pol),
 * `policy-back-ends` (ls -l), `policy-digests` (sha256sum of back ends and of the vendor’s), `policy-local` (local.d, each `file NAME` and its lines),
 * `policy-definitions` (files below policies/).
 */
export const analyseCryptoPolicy = (evidence: CommandEvidence): CryptoPolicy => {
  const config = commandOf(evidence, 'policy-config')
  if (config.state === 'absent') return { state: 'none', reason: config.reason }
  if (config.state === 'unknown') return { state: 'unknown', reason: config.reason }
  const configured = configuredIn(config.stdout)
  if (configured === '') return { state: 'unknown', reason: 'the configured policy is empty' }
  const [base = '', ...subPolicies] = configured.split(':')
  const local = filesIn(outputOf(evidence, 'policy-local')).filter(({ name }) => name.endsWith('.config'))
  const used = [`${base}.pol`, ...subPolicies.map((name) => `modules/${name}.pmod`)]
  return {
    state: 'set',
    configured,
    applied: configuredIn(outputOf(evidence, 'policy-current') ?? ''),
    base,
    subPolicies,
    overrides: [
      ...overridesIn({
        listing: outputOf(evidence, 'policy-back-ends'),
        digests: digestsIn(outputOf(evidence, 'policy-digests')),
        configured,
        generated: subPolicies.length > 0,
        local: local.map(({ name }) => name),
      }),
      ...local.filter(({ content }) => !content.every(asksForModules)).map(({ name }) => name),
    ],
    redefined: (outputOf(evidence, 'policy-definitions') ?? '').split('\n').filter((path) => used.includes(path.slice(definitions.length))),
    weak: weakIn(outputOf(evidence, 'policy-dump')),
  }
}
