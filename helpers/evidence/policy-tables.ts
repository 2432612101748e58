import { z } from 'zod'
import { catalogue } from '../policy/catalogue.ts'
import { certificates } from '../policy/certificates-data.ts'
import { components } from '../policy/components.ts'
import { boringCryptoBuilds } from '../policy/modules.ts'
import { fips1403Tls } from '../policy/profiles.ts'
import { tlsProfiles } from '../policy/profiles-strict.ts'
import { tlsQuestions } from '../policy/tls-questions.ts'
import { canonicalJson, type JsonInput } from './canonical-json.ts'
import { type Check, checkOf, notChecked, type Problem } from './checks.ts'
import { bundleLayout } from './layout.ts'
import type { Bundle } from './read-bundle.ts'

/** Tables that this version judges with, in its code: what a bundle stores of them must be the same, or it was judged by something else. */
const tables: Readonly<Record<string, (profile: string) => unknown>> = {
  components: () => components,
  modules: () => boringCryptoBuilds,
  profile: (name) => tlsProfiles.get(name) ?? fips1403Tls,
  'tls-questions': () => tlsQuestions,
}

/** What the rules take from the bundle itself, or what only says how a scan was asked for. */
const ownData = new Set(['certificates', 'waivers', 'scan'])

const text = (value: unknown): string => canonicalJson(JSON.parse(JSON.stringify(value)) as JsonInput)

const rowsOf = (stored: unknown): string[] => (Array.isArray(stored) ? stored.map(text) : [])

const certificateNumber = z.object({ number: z.number() })

/** Certificate rows that are not this version's: whoever judged has brought them, or changed them, and nothing here can tell which. */
const foreignCertificates = (stored: unknown): string[] => {
  const own = new Set(certificates.map(text))
  return (Array.isArray(stored) ? stored : [])
    .filter((row) => !own.has(text(row)))
    .map((row) => certificateNumber.safeParse(row))
    .map(({ data }) => (data ? `#${data.number}` : 'one without a number'))
}

/**
 * The stored policy against this version's tables. The certificate rows and the waivers are used as they are stored: every report shows the waivers, and rows that are not this
 * version's are told of.
 */
export const checkPolicy = ({ policy, run }: Pick<Bundle, 'policy' | 'run'>, sameTool: boolean): Check[] => {
  const problems: Problem[] = []
  const unknown: string[] = []
  const known = new Set(catalogue.map(text))
  for (const [name, stored] of policy) {
    const file = `${bundleLayout.policy}/${name}.json`
    const table = Object.hasOwn(tables, name) ? tables[name] : undefined
    if (name === 'catalogue') {
      if (rowsOf(stored).length === 0 || rowsOf(stored).some((row) => !known.has(row)))
        problems.push({ file, why: 'it is not what this version of the tool judges by' })
    } else if (table) {
      if (text(stored) !== text(table(run.policy.profile)))
        problems.push({ file, why: 'it is not what this version of the tool judges by' })
    } else if (!ownData.has(name)) unknown.push(file)
  }
  const checks = [checkOf('policy', 'the tables that it was judged by are those of this version', problems, sameTool ? 'fails' : 'differs')]
  if (unknown.length > 0) checks.push(notChecked('policy', `this version has nothing to hold ${unknown.join(', ')} against`))
  const foreign = foreignCertificates(policy.get('certificates'))
  if (foreign.length > 0)
    checks.push(
      notChecked(
        'certificates',
        `rows that are not those of this version: ${foreign.slice(0, 20).join(', ')}${foreign.length > 20 ? ` and ${foreign.length - 20} more` : ''}; it was judged by them, and the list of the CMVP says whether they are right`,
      ),
    )
  return checks
}
