import { join } from 'node:path'
import { canonicalJson } from './canonical-json.ts'
import { type Check, checkOf, notChecked, type Problem } from './checks.ts'
import { clusterIdentity } from './cluster-identity.ts'
import { placesInPlan } from './indexes.ts'
import { bundleLayout } from './layout.ts'
import type { Manifest } from './manifest.ts'
import type { Finding, Plan } from './model.ts'
import { createPairMap } from './pair-map.ts'
import { type Content, fileHolds } from './pieces.ts'
import type { Bundle } from './read-bundle.ts'
import type { ReportInput } from './report-input.ts'

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
  const planned = placesInPlan(plan)
  if (planned.size() !== plan.pairs.length)
    problems.push({ file: bundleLayout.plan, why: `${plan.pairs.length - planned.size()} of its pairs stand there a second time` })
  const closed = new Uint8Array(plan.pairs.length)
  const elsewhere = createPairMap<true>()
  for (const { requirement, subject } of closings) {
    const place = planned.get(requirement, subject)
    if (place === undefined)
      problems.push({ file: bundleLayout.observations, why: `${requirement} was collected for ${subject} and never planned` })
    if (place === undefined ? elsewhere.has(requirement, subject) : closed[place] === 1)
      problems.push({ file: bundleLayout.observations, why: `${requirement} was collected twice for ${subject}` })
    if (place === undefined) elsewhere.set(requirement, subject, true)
    else closed[place] = 1
  }
  const stray = evidence.find(({ requirement, subject }) => requirement !== 'inventory' && !planned.has(requirement, subject))
  if (stray)
    problems.push({ file: bundleLayout.observations, why: `the observation ${stray.id} was made for a pair that was never planned` })
  const stored = new Set([
    ...manifest.files.map(({ path }) => path),
    ...(manifest.package?.removed ?? []).map(({ sha256 }) => `${bundleLayout.blobs}/${sha256}`),
  ])
  const lacking = evidence.find(({ blobs }) => Object.values(blobs).some((sha256) => !stored.has(`${bundleLayout.blobs}/${sha256}`)))
  if (lacking) problems.push({ file: bundleLayout.observations, why: `the observation ${lacking.id} names bytes that are not there` })
  const checks = [
    checkOf(
      'plan',
      `${planned.size()} pairs of requirement and subject were planned, ${closed.reduce((sum, one) => sum + one, elsewhere.size())} of them collected whole`,
      problems,
    ),
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

const sameTexts = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((text, at) => text === b[at])

const sameFinding = (a: Finding, b: Finding): boolean =>
  a.requirement === b.requirement &&
  a.verdict === b.verdict &&
  a.expected === b.expected &&
  a.observed === b.observed &&
  a.reason === b.reason &&
  a.remedy === b.remedy &&
  sameTexts(a.notes, b.notes) &&
  sameTexts(a.observations, b.observations) &&
  (a.subject === b.subject || canonicalJson(a.subject) === canonicalJson(b.subject))

const problemsOf = (stored: readonly Finding[], again: readonly Finding[]): Problem[] => {
  const problems: Problem[] = []
  const file = bundleLayout.findings
  const left = createPairMap<Finding>()
  for (const finding of again) left.set(finding.requirement, finding.subject.key, finding)
  for (const finding of stored) {
    const other = left.get(finding.requirement, finding.subject.key)
    left.delete(finding.requirement, finding.subject.key)
    if (!other) problems.push({ file, why: `${named(finding)}: it stands there, and does not come out when judged again` })
    else if (!sameFinding(finding, other)) problems.push({ file, why: difference(finding, other) })
  }
  for (const other of left.values())
    problems.push({ file, why: `${named(other)}: it comes out ${other.verdict} when judged again, and does not stand there` })
  if (problems.length === 0 && stored.length > 0) problems.push({ file, why: 'its findings are in another order' })
  return problems
}

/** What comes out differently when the stored bytes are judged again. Findings that are made again are kept only from the first difference on. */
export const findingProblems = (stored: readonly Finding[], again: Iterable<Finding>): Problem[] => {
  let at = 0
  const rest: Finding[] = []
  for (const finding of again) {
    const own = stored[at]
    if (rest.length === 0 && own && sameFinding(own, finding)) at++
    else rest.push(finding)
  }
  return problemsOf(stored.slice(at), rest)
}

/** Findings that rest on bytes which an audit package leaves out: by the observations that they name. */
export const restingOnRemoved = (
  { evidence }: Pick<Bundle, 'evidence'>,
  findings: readonly Finding[],
  removed: ReadonlySet<string>,
): ReadonlySet<Finding> => {
  if (removed.size === 0) return new Set()
  const without = new Set(evidence.filter(({ blobs }) => Object.values(blobs).some((sha256) => removed.has(sha256))).map(({ id }) => id))
  return new Set(findings.filter(({ observations }) => observations.some((id) => without.has(id))))
}

function* findingsText(findings: readonly Finding[]): Generator<string> {
  yield '{"findings":['
  for (const [at, finding] of findings.entries()) yield `${at === 0 ? '' : ','}${canonicalJson(finding)}`
  yield ']}'
}

/** Whether the file of the findings holds them and nothing else: what a reader of this version passes over, another one may believe. */
export const strangeInFindings = async (dir: string, findings: readonly Finding[]): Promise<Problem[]> =>
  (await fileHolds(join(dir, bundleLayout.findings), findingsText(findings)))
    ? []
    : [{ file: bundleLayout.findings, why: 'it holds something beside its findings that this version does not know' }]

const ownFile =
  /^(plan\.json|run\.json|findings\.json|policy\/[^/]+\.json|observations\/([^/]+\.ndjson|blobs\/[0-9a-f]{64})|inventory\/executables\.json|reports\/.+)$/

/** What lies sealed in a bundle, and follows from nothing in it. */
export const checkStrays = ({ files }: Manifest): Check[] => {
  const strays = files.filter(({ path }) => !ownFile.test(path)).map(({ path }) => path)
  return strays.length === 0 ? [] : [notChecked('other files', `sealed with the rest, and nothing is judged by them: ${strays.join(', ')}`)]
}

/** Which pairs the plan's claims are about is the plan's; judged again is the same plan, so that a package's removed bytes leave the rest comparable. */
export const withoutPairs = (plan: Plan, left: ReadonlySet<Finding>): Plan => {
  const pairs = createPairMap<true>()
  for (const { requirement, subject } of left) pairs.set(requirement, subject.key, true)
  return { ...plan, pairs: plan.pairs.filter(({ requirement, subject }) => !pairs.has(requirement, subject.key)) }
}

/** Makes one file of `reports/` again, as a whole or in pieces; undefined where this version has no report of that name. */
export type Regenerate = (file: string, input: ReportInput) => Content | undefined

/** Whether every report is what this version makes of the bundle: one after the other, each compared piece by piece as it is made. */
export const checkReports = async (
  { dir, names }: { dir: string; names: readonly string[] },
  input: ReportInput | undefined,
  regenerate: Regenerate | undefined,
  sameTool: boolean,
): Promise<Check[]> => {
  if (names.length === 0) return [checkOf('reports', 'it holds no reports', [])]
  if (!regenerate || !input) return [notChecked('reports', `nothing here can make ${names.join(', ')} again`)]
  const problems: Problem[] = []
  const unknown: string[] = []
  for (const name of names) {
    const file = `${bundleLayout.reports}/${name}`
    const again = regenerate(name, input)
    if (again === undefined) unknown.push(name)
    else if (!(await fileHolds(join(dir, file), again))) problems.push({ file, why: 'it is not what is made of this bundle' })
  }
  const says = `${names.length - unknown.length} reports are what is made of this bundle, byte for byte`
  const checks = [checkOf('reports', says, problems, sameTool ? 'fails' : 'differs')]
  if (unknown.length > 0) checks.push(notChecked('reports', `this version makes no report named ${unknown.join(', ')}`))
  return checks
}
