import { expect, it } from 'vitest'
import { sampleFinding, sampleSubject } from '../helpers/evidence/sample.ts'
import type { FindingGroup } from './finding-groups.ts'
import { groupFindings } from './finding-groups.ts'
import { hostile, plain, threeNodes } from './sample-input.ts'

/** The findings again, from what the groups say. */
const ungrouped = (groups: readonly FindingGroup[]) =>
  groups.flatMap(({ members, requirement, verdict, reason, expected, remedy, observed, notes }) =>
    members.map((member) => ({
      subject: member.finding.subject,
      observations: member.finding.observations,
      ...{ requirement, verdict, reason, expected, remedy },
      observed: observed === '' ? member.observed : observed,
      notes: [...notes, ...member.notes].toSorted(),
    })),
  )

const byText = (values: readonly object[]): string[] =>
  values.map((value) => JSON.stringify(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))).toSorted()

it.each([
  ['plain', plain],
  ['hostile', hostile],
  ['three nodes', threeNodes()],
])('loses nothing of %s findings', (_name, { findings }) => {
  const groups = groupFindings(findings)
  expect(byText(ungrouped(groups))).toEqual(byText(findings.map((finding) => ({ ...finding, notes: finding.notes.toSorted() }))))
})

it('puts equal words together, the worst first, and leaves to each member what is its own', () => {
  const on = (node: string) => ({ subject: sampleSubject(`kubelet/${node}`, { name: 'kubelet', node }) })
  const groups = groupFindings([
    sampleFinding('FIPS-MOD-1', 'pass', { ...on('a'), observed: 'same', notes: ['for all', 'of a'] }),
    sampleFinding('FIPS-MOD-1', 'not-applicable', on('b')),
    sampleFinding('FIPS-MOD-1', 'pass', { ...on('c'), observed: 'same', notes: ['for all'] }),
    sampleFinding('FIPS-MOD-1', 'fail', on('d')),
  ])
  expect(groups.map(({ verdict, members }) => [verdict, members.length])).toEqual([
    ['fail', 1],
    ['pass', 2],
    ['not-applicable', 1],
  ])
  expect(groups[1]).toMatchObject({
    observed: 'same',
    notes: ['for all'],
    members: [
      { observed: '', notes: ['of a'] },
      { observed: '', notes: [] },
    ],
  })
})

it('does not put together what was seen differently', () => {
  const [group, ...others] = groupFindings(['one', 'two'].map((observed) => sampleFinding('FIPS-MOD-1', 'fail', { observed })))
  expect(others).toEqual([])
  expect(group).toMatchObject({ observed: '', members: [{ observed: 'one' }, { observed: 'two' }] })
})

it.each(['reason', 'expected', 'remedy'] as const)('keeps findings apart that differ in their %s', (part) => {
  expect(groupFindings(['one', 'two'].map((text) => sampleFinding('FIPS-MOD-1', 'fail', { [part]: text })))).toHaveLength(2)
})
