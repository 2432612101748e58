import { type ComponentChild, type ComponentChildren, h } from 'preact'
import { isClaimed } from '../helpers/evidence/claim.ts'
import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Places } from './conversations.ts'
import { anchor, badge, breakable, subjectName, worst } from './html-parts.ts'

type Step = { remedy: string; findings: readonly Finding[]; claimed: boolean }

const stepsOf = ({ findings, claim }: ReportInput): Step[] => {
  const bad = findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
  const steps = [...Map.groupBy(bad, ({ remedy }) => remedy)].map(
    ([remedy, own]): Step => ({ remedy, findings: own, claimed: own.some(({ requirement }) => isClaimed(claim, requirement)) }),
  )
  const rank = ({ claimed, findings: own }: Step): number => (claimed ? 0 : 2) + (own.some(({ verdict }) => verdict === 'fail') ? 0 : 1)
  return steps.sort((a, b) => rank(a) - rank(b))
}

const requirementLinks = (findings: readonly Finding[]): ComponentChildren =>
  [...new Set(findings.map(({ requirement }) => requirement))].map((id, index) => [
    index > 0 ? ', ' : '',
    h('a', { href: `#${anchor(id)}` }, breakable(id)),
  ])

const mostLinks = 200

const affected = (findings: readonly Finding[], { anchorOf }: Places): ComponentChild => {
  const links = findings
    .slice(0, mostLinks)
    .map((finding, index) => [index > 0 ? ', ' : '', h('a', { href: `#${anchorOf(finding)}` }, breakable(subjectName(finding.subject)))])
  return findings.length <= 4
    ? h('div', { class: 'faint' }, links)
    : h(
        'details',
        null,
        h('summary', null, `${findings.length} findings`),
        h('p', null, links, findings.length > mostLinks ? ` and ${findings.length - mostLinks} more` : ''),
      )
}

const stepItem = ({ remedy, findings, claimed }: Step, places: Places): ComponentChild => {
  const verdict = worst(findings.map((finding) => finding.verdict))
  return h(
    'li',
    null,
    verdict ? badge(verdict) : '',
    ' ',
    requirementLinks(findings),
    claimed ? ': ' : ' (not claimed): ',
    remedy === '' ? 'no remedy is known; the reason stands in the finding.' : remedy,
    affected(findings, places),
  )
}

/** What a reader should do: one step for each remedy, what was claimed before what was not, failures before what could not be shown. */
export const nextSteps = (input: ReportInput, places: Places): ComponentChild => {
  const steps = stepsOf(input)
  return steps.length === 0
    ? h('p', null, 'Nothing: no finding fails and none is inconclusive.')
    : h(
        'ol',
        null,
        steps.map((step) => stepItem(step, places)),
      )
}
