import { stat } from 'node:fs/promises'
import { FipsConformanceError } from '../errors/error.ts'
import { sealedBundles } from '../evidence/chain.ts'
import { type ClusterHistory, type History, historyOf, type Span } from '../evidence/history.ts'
import { historyFile, readHistory } from '../evidence/history-file.ts'
import { wrap } from '../evidence/summary-table.ts'
import { visible, visibleInLine } from '../evidence/visible.ts'
import { readDay } from './evidence-flags.ts'
import type { Printed } from './perform.ts'

const mostRuns = 60

const spanLines = ({ days, runs, exits, daysWithRun, longestGap, requirements }: Span): string[] => [
  `  ${days} days: ${runs} runs on ${daysWithRun} days, longest time without one ${longestGap} days; exit 0: ${exits['0']}, 1: ${exits['1']}, 2: ${exits['2']}`,
  ...requirements.map(
    ({ requirement, pass, fail, inconclusive, waived, runsThatFail }) =>
      `    ${visibleInLine(requirement).padEnd(13)} pass ${pass}, fail ${fail}${waived > 0 ? ` (${waived} waived)` : ''}, inconclusive ${inconclusive}; fails in ${runsThatFail} of the runs`,
  ),
]

const clusterLines = ({ cluster, runs, sparkline, month, year }: ClusterHistory): string[] => [
  visibleInLine(cluster),
  `  ${sparkline.slice(-mostRuns)}  share of findings that pass, a sign for each run, the newest last`,
  ...runs
    .slice(-5)
    .map(({ run, id, exit, present }) => `  ${visibleInLine(run)}  exit ${exit}  ${id.slice(0, 16)}…${present ? '' : '  TAKEN AWAY'}`),
  ...spanLines(month),
  ...spanLines(year),
  '',
]

/** What a person reads. */
export const historyText = ({ clusters, removed, unlisted, broken, exit }: History): string =>
  [
    ...clusters.flatMap(clusterLines),
    ...removed.flatMap(({ run, id, cluster, at }) =>
      wrap(visible(`taken away or changed: ${run} of ${cluster}, begun ${at} (${id})`), 100),
    ),
    ...broken.map(({ line, why }) => visible(`${historyFile}, line ${line}: ${why}`)),
    ...unlisted.flatMap(({ run, cluster }) =>
      wrap(visible(`not in ${historyFile}, so sealed elsewhere, or its line was taken away: ${run} of ${cluster}`), 100),
    ),
    exit === 0 ? `Nothing that ${historyFile} names is missing.` : 'Something is missing or was changed.',
  ].join('\n')

const unreadable = (where: string, cause: Error): FipsConformanceError =>
  new FipsConformanceError({
    code: 'FILE_UNREADABLE',
    what: 'the folder cannot be looked into',
    where,
    why: cause.message,
    remedy: 'name a folder that you may read',
    exit: 3,
    cause,
  })

/** `history`: the runs of a folder by cluster. @throws FipsConformanceError `FOLDER_MISSING` and `DATE_INVALID` exit 64, `FILE_UNREADABLE` */
export const history = async (dir: string, flags: { asOf?: string }): Promise<Printed> => {
  const folder = await stat(dir).catch((error: NodeJS.ErrnoException) => {
    // Only these say that there is none: a folder that may not be looked into is there.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw unreadable(dir, error)
  })
  if (!folder?.isDirectory())
    throw new FipsConformanceError({
      code: 'FOLDER_MISSING',
      what: 'there is no such folder',
      where: dir,
      remedy: 'name the folder that --out of a run named',
      exit: 64,
    })
  const asOf = flags.asOf === undefined ? new Date() : new Date(readDay(flags.asOf).getTime() + 24 * 60 * 60 * 1000 - 1)
  const read = async () => [await readHistory(dir), await sealedBundles(dir)] as const
  const [lines, sealed] = await read().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error
    throw unreadable(error.path ?? dir, error)
  })
  const made = historyOf(lines, sealed, asOf)
  return { exit: made.exit, text: historyText(made), json: made }
}
