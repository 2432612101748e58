import { type ComponentChild, type ComponentChildren, h } from 'preact'
import { isClaimed } from '../helpers/evidence/claim.ts'
import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Places } from './conversations.ts'
import { anchor, badge, breakable, clipped, subjectName, worst } from './html-parts.ts'

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

const mostOfRemedy = 2000
/** Of one step, of all together, and how many steps are told. */
const few = 4
const [mostLinks, mostLinksTogether, mostSteps] = [200, 1000, 150]

const affected = (findings: readonly Finding[], most: number, { anchorOf }: Places): ComponentChild => {
  const links = findings
    .slice(0, most)
    .map((finding, index) => [index > 0 ? ', ' : '', h('a', { href: `#${anchorOf(finding)}` }, breakable(subjectName(finding.subject)))])
  return findings.length <= few
    ? h('div', { class: 'faint' }, links)
    : h(
        'details',
        null,
        h('summary', null, `${findings.length} findings`),
        h('p', null, links, findings.length > most ? ` and ${findings.length - most} more` : ''),
      )
}

const stepItem = ({ remedy, findings, claimed }: Step, most: number, places: Places): ComponentChild => {
  const verdict = worst(findings.map((finding) => finding.verdict))
  return h(
    'li',
    null,
    verdict ? badge(verdict) : '',
    ' ',
    requirementLinks(findings),
    claimed ? ': ' : ' (not claimed): ',
    remedy === '' ? 'no remedy is known; the reason stands in the finding.' : clipped(remedy, mostOfRemedy),
    affected(findings, most, places),
  )
}

/** What a reader should do: one step for each remedy, what was claimed before what was not, failures before what could not be shown. */
export const nextSteps = (input: ReportInput, places: Places): ComponentChildren => {
  const steps = stepsOf(input)
  if (steps.length === 0) return h('p', null, 'Nothing: no finding fails and none is inconclusive.')
  let room: number = mostLinksTogether
  const items = steps.slice(0, mostSteps).map((step) => {
    const most = step.findings.length <= few ? few : Math.min(mostLinks, room)
    room -= Math.min(most, step.findings.length)
    return stepItem(step, Math.max(0, most), places)
  })
  return [
    h('ol', null, items),
    steps.length > mostSteps ? h('p', null, `And ${steps.length - mostSteps} steps more, which findings.csv holds.`) : null,
  ]
}
