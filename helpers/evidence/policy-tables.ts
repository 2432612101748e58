import { catalogue } from '../policy/catalogue.ts'
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

/** The stored policy against this version's tables. The certificate rows and the waivers are used as they are stored, so there is nothing to hold them against. */
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
  return checks
}
