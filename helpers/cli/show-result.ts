import { join } from 'node:path'
import { stylerFor, summaryTable, wrap } from '../evidence/summary-table.ts'
import { visible } from '../evidence/visible.ts'
import { elapsed } from './progress-lines.ts'
import type { SealedRun } from './run.ts'

const endings = {
  0: 'Everything that was claimed passes.',
  1: 'The run worked, and found something that fails.',
  2: 'The run worked, but not everything that was claimed could be told.',
} as const

const remediesOf = ({ input }: Pick<SealedRun, 'input'>): string[] => {
  const bad = input.findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
  const byRemedy = Map.groupBy(
    bad.filter(({ remedy }) => remedy !== ''),
    ({ remedy }) => remedy,
  )
  return [...byRemedy].map(([remedy, findings]) => `${[...new Set(findings.map(({ requirement }) => requirement))].join(', ')}: ${remedy}`)
}

/** What a person reads when a run has ended; lines of at most 100 columns. */
export const resultText = (judged: SealedRun, stream: { isTTY?: boolean }): string => {
  const { input, bundle, phases, exit, suiteErrors, seal } = judged
  const style = stylerFor({ env: process.env, isTerminal: stream.isTTY === true })
  const paragraph = (text: string, indent = ''): string[] => wrap(visible(text), 100 - indent.length).map((line) => indent + line)
  const development = input.run.development
    ? ['Development: an earlier run has judged this cluster; what is shown satisfies no claim.']
    : []
  const todo = remediesOf(judged)
  const took = Object.entries(phases)
    .map(([phase, seconds]) => `${phase} ${elapsed(seconds)}`)
    .join(', ')
  const lines = [
    ...paragraph(input.claimLine),
    ...development,
    '',
    summaryTable(input.summary, { style }).trimEnd(),
    '',
    style.strong(endings[exit]),
    ...(suiteErrors.length > 0
      ? [
          '',
          'The test runner reported errors (what they left uncollected is inconclusive):',
          ...suiteErrors.flatMap((error) => paragraph(error, '  ')),
        ]
      : []),
    ...(todo.length > 0 ? ['', 'What to do next:', ...todo.flatMap((line) => paragraph(line, '  '))] : []),
    '',
    `evidence: ${bundle}`,
    `id:       ${seal.id}`,
    `report:   ${join(bundle, 'reports', 'report.html')}`,
    ...wrap(took, 90).map((line, at) => (at === 0 ? 'time:     ' : '          ') + line),
  ]
  return lines.join('\n')
}

/** The one object that `--json` prints on stdout (DESIGN.md, section 8). */
export const resultJson = ({ input, bundle, phases, exit, seal }: SealedRun): Record<string, unknown> => ({
  run: input.run.runId,
  bundle,
  id: seal.id,
  claim: input.claim,
  claimLine: input.claimLine,
  development: input.run.development,
  verdicts: input.summary.cluster,
  plants: input.summary.plants,
  exit,
  seconds: phases,
})
