import { canonicalJson } from './canonical-json.ts'
import { type Check, checkOf, notChecked, type Problem } from './checks.ts'
import { clusterIdentity } from './cluster-identity.ts'
import { bundleLayout } from './layout.ts'
import type { Manifest } from './manifest.ts'
import type { Finding, Plan } from './model.ts'
import type { Bundle } from './read-bundle.ts'
import type { ReportInput } from './report-input.ts'

const pairKey = (requirement: string, subject: string): string => JSON.stringify([requirement, subject])

/** Whether manifest, run, plan and ledgers speak of the same run and the same pairs. */
export const checkPlan = ({ run, plan, closings, evidence, cut }: Bundle, manifest: Manifest): Check[] => {
  const problems: Problem[] = []
  const same = (what: string, a: unknown, b: unknown): void => {
    if (canonicalJson([a as string]) !== canonicalJson([b as string]))
      problems.push({ file: bundleLayout.run, why: `its ${what} is not that of the manifest or the plan` })
  }
  same('run id', run.runId, manifest.run)
  same('start', run.startedAt, manifest.startedAt)
  same('tool', canonicalJson(run.tool), canonicalJson(manifest.tool))
  if (manifest.package === undefined) same('cluster', clusterIdentity(run), manifest.cluster)
  same('claim', canonicalJson(run.claim), canonicalJson(plan.claim))
  const planned = new Set(plan.pairs.map(({ requirement, subject }) => pairKey(requirement, subject.key)))
  const closed = new Set<string>()
  for (const { requirement, subject } of closings) {
    const key = pairKey(requirement, subject)
    if (!planned.has(key))
      problems.push({ file: bundleLayout.observations, why: `${requirement} was collected for ${subject} and never planned` })
    if (closed.has(key)) problems.push({ file: bundleLayout.observations, why: `${requirement} was collected twice for ${subject}` })
    closed.add(key)
  }
  const stray = evidence.find(({ requirement, subject }) => requirement !== 'inventory' && !planned.has(pairKey(requirement, subject)))
  if (stray)
    problems.push({ file: bundleLayout.observations, why: `the observation ${stray.id} was made for a pair that was never planned` })
  const checks = [
    checkOf('plan', `${planned.size} pairs of requirement and subject were planned, ${closed.size} of them collected whole`, problems),
  ]
  if (cut.length > 0)
    checks.push(
      notChecked(
        'ledgers',
        `${cut.map(({ file, bytes }) => `${file} ends with ${bytes} bytes of a line that was not finished`).join('; ')}; their pairs are inconclusive`,
      ),
    )
  return checks
}

const named = ({ requirement, subject }: Finding): string => `${requirement} for ${subject.key}`

const difference = (stored: Finding, again: Finding): string =>
  stored.verdict === again.verdict
    ? `${named(stored)}: ${stored.verdict} both times, in other words: stored «${stored.reason}», judged again «${again.reason}»`
    : `${named(stored)}: stored ${stored.verdict}, judged again ${again.verdict}: ${again.reason}`

/** What comes out differently when the stored bytes are judged again. */
export const findingProblems = (stored: readonly Finding[], again: readonly Finding[]): Problem[] => {
  const problems: Problem[] = []
  const file = bundleLayout.findings
  const byPair = new Map(again.map((finding) => [pairKey(finding.requirement, finding.subject.key), finding]))
  for (const finding of stored) {
    const key = pairKey(finding.requirement, finding.subject.key)
    const other = byPair.get(key)
    byPair.delete(key)
    if (!other) problems.push({ file, why: `${named(finding)}: it stands there, and does not come out when judged again` })
    else if (canonicalJson(finding) !== canonicalJson(other)) problems.push({ file, why: difference(finding, other) })
  }
  for (const left of byPair.values())
    problems.push({ file, why: `${named(left)}: it comes out ${left.verdict} when judged again, and does not stand there` })
  if (
    problems.length === 0 &&
    stored.some((finding, at) => again[at]?.subject.key !== finding.subject.key || again[at]?.requirement !== finding.requirement)
  )
    problems.push({ file, why: 'its findings are in another order' })
  return problems
}

/** Findings that rest on bytes which an audit package leaves out: by the observations that they name. */
export const restingOnRemoved = (
  { evidence }: Pick<Bundle, 'evidence'>,
  findings: readonly Finding[],
  removed: ReadonlySet<string>,
): ReadonlySet<Finding> => {
  const without = new Set(evidence.filter(({ blobs }) => Object.values(blobs).some((sha256) => removed.has(sha256))).map(({ id }) => id))
  return new Set(findings.filter(({ observations }) => observations.some((id) => without.has(id))))
}

/** Which pairs the plan's claims are about is the plan's; judged again is the same plan, so that a package's removed bytes leave the rest comparable. */
export const withoutPairs = (plan: Plan, left: ReadonlySet<Finding>): Plan => {
  const keys = new Set([...left].map(({ requirement, subject }) => pairKey(requirement, subject.key)))
  return { ...plan, pairs: plan.pairs.filter(({ requirement, subject }) => !keys.has(pairKey(requirement, subject.key))) }
}

/** Makes one file of `reports/` again; undefined where this version has no report of that name. */
export type Regenerate = (file: string, input: ReportInput) => string | Uint8Array | undefined

/** Whether every report is what this version makes of the bundle. */
export const checkReports = (
  files: ReadonlyMap<string, Uint8Array>,
  input: () => ReportInput,
  regenerate: Regenerate | undefined,
  sameTool: boolean,
): Check[] => {
  const names = [...files.keys()]
  if (names.length === 0) return [checkOf('reports', 'it holds no reports', [])]
  if (!regenerate) return [notChecked('reports', `nothing here can make ${names.join(', ')} again`)]
  const problems: Problem[] = []
  const unknown: string[] = []
  const made = input()
  for (const [name, stored] of files) {
    const again = regenerate(name, made)
    if (again === undefined) unknown.push(name)
    else if (Buffer.compare(typeof again === 'string' ? Buffer.from(again, 'utf8') : again, stored) !== 0)
      problems.push({ file: `${bundleLayout.reports}/${name}`, why: 'it is not what is made of this bundle' })
  }
  const says = `${names.length - unknown.length} reports are what is made of this bundle, byte for byte`
  const checks = [checkOf('reports', says, problems, sameTool ? 'fails' : 'differs')]
  if (unknown.length > 0) checks.push(notChecked('reports', `this version makes no report named ${unknown.join(', ')}`))
  return checks
}
