import { byText } from './bundle-files.ts'
import type { SealedBundle } from './chain.ts'
import type { HistoryEntry, HistoryRead } from './history-file.ts'

const day = 24 * 60 * 60 * 1000

/** One requirement over a span of days. Figures are of findings, summed over the runs; `waived` ones are among those that fail. */
export type RequirementTrend = {
  requirement: string
  pass: number
  fail: number
  inconclusive: number
  waived: number
  runsThatFail: number
}

export type Span = {
  days: number
  runs: number
  /** Runs by exit code. */
  exits: { '0': number; '1': number; '2': number }
  /** Days of the span on which there was a run. */
  daysWithRun: number
  /** The longest time without a run within the span, in days, rounded up. */
  longestGap: number
  requirements: RequirementTrend[]
}

export type ClusterHistory = {
  cluster: string
  runs: { run: string; id: string; at: string; tool: string; claim: readonly string[]; exit: number; present: boolean }[]
  /** Share of the claimed run's findings that pass, one sign for each run, oldest first. */
  sparkline: string
  month: Span
  year: Span
}

export type History = {
  clusters: ClusterHistory[]
  /** Named in the history, and no bundle with that id lies in the folder. */
  removed: { run: string; id: string; cluster: string; at: string }[]
  /** Bundles that lie here and were sealed elsewhere, or whose line was lost. */
  unlisted: { run: string; id: string; cluster: string }[]
  broken: HistoryRead['broken']
  /** 1: a run was taken away, or a line of the history was changed. */
  exit: 0 | 1
}

const bars = '▁▂▃▄▅▆▇█'

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

/** Share of findings that pass; what is not applicable does not count, and a run with nothing to show is at the bottom. */
const share = ({ requirements }: HistoryEntry): number => {
  const counts = Object.values(requirements)
  const pass = sum(counts.map((one) => one.pass ?? 0))
  const all = pass + sum(counts.map((one) => (one.fail ?? 0) + (one.inconclusive ?? 0)))
  return all === 0 ? 0 : pass / all
}

/** One sign for each number from 0 to 1; only a full 1 has the highest. */
export const sparkline = (shares: readonly number[]): string =>
  shares.map((value) => (value >= 1 ? '█' : (bars[Math.min(6, Math.floor(value * 7))] ?? '▁'))).join('')

const trendOf = (requirement: string, entries: readonly HistoryEntry[]): RequirementTrend => {
  const counts = entries.flatMap(({ requirements }) => (Object.hasOwn(requirements, requirement) ? [requirements[requirement]] : []))
  const of = (name: 'pass' | 'fail' | 'inconclusive' | 'waived'): number => sum(counts.map((one) => one?.[name] ?? 0))
  return {
    requirement,
    pass: of('pass'),
    fail: of('fail'),
    inconclusive: of('inconclusive'),
    waived: of('waived'),
    runsThatFail: counts.filter((one) => (one?.fail ?? 0) > (one?.waived ?? 0)).length,
  }
}

const spanOf = (days: number, all: readonly HistoryEntry[], asOf: Date): Span => {
  const from = asOf.getTime() - days * day
  const entries = all.filter(({ at }) => Date.parse(at) > from && Date.parse(at) <= asOf.getTime())
  const times = entries.map(({ at }) => Date.parse(at)).sort((a, b) => a - b)
  const first = all[0] ? Math.max(from, Date.parse(all[0].at)) : from
  const marks = [first, ...times, asOf.getTime()]
  const exits = (code: number): number => entries.filter(({ exit }) => exit === code).length
  return {
    days,
    runs: entries.length,
    exits: { '0': exits(0), '1': exits(1), '2': exits(2) },
    daysWithRun: new Set(entries.map(({ at }) => at.slice(0, 10))).size,
    longestGap: Math.ceil(Math.max(0, ...marks.slice(1).map((mark, index) => mark - (marks[index] ?? mark))) / day),
    requirements: [...new Set(entries.flatMap(({ requirements }) => Object.keys(requirements)))]
      .sort(byText)
      .map((id) => trendOf(id, entries)),
  }
}

/** What a folder's history and its bundles say together, for spans that end on a day. */
export const historyOf = (read: HistoryRead, bundles: readonly SealedBundle[], asOf: Date): History => {
  const present = new Set(bundles.map(({ id }) => id))
  const listed = new Set(read.entries.map(({ id }) => id))
  const removed = read.entries.filter(({ id }) => !present.has(id)).map(({ run, id, cluster, at }) => ({ run, id, cluster, at }))
  const unlisted = bundles.filter(({ id }) => !listed.has(id)).map(({ id, manifest: { run, cluster } }) => ({ run, id, cluster }))
  const clusters = [...Map.groupBy(read.entries, ({ cluster }) => cluster)]
    .sort(([a], [b]) => byText(a, b))
    .map(
      ([cluster, entries]): ClusterHistory => ({
        cluster,
        runs: entries.map(({ run, id, at, tool, claim, exit }) => ({ run, id, at, tool, claim, exit, present: present.has(id) })),
        sparkline: sparkline(entries.map(share)),
        month: spanOf(30, entries, asOf),
        year: spanOf(365, entries, asOf),
      }),
    )
  return { clusters, removed, unlisted, broken: read.broken, exit: removed.length > 0 || read.broken.length > 0 ? 1 : 0 }
}
