import { expect, it } from 'vitest'
import { catalogue, selfFamily } from './catalogue.ts'
import { conflictsOf, fedrampIndicators, frameworkConflicts, indicatorsOf, oscalControl, oscalObjective } from './frameworks.ts'

it.each([
  ['SC-13', 'sc-13', 'sc-13_obj.b'],
  ['SC-8(1)', 'sc-8.1', 'sc-8.1_obj'],
  ['IA-7', 'ia-7', 'ia-7_obj'],
  ['CM-3(6)', 'cm-3.6', 'cm-3.6_obj'],
])('%s is %s in OSCAL content, and its objective %s', (control, id, objective) => {
  expect(oscalControl(control)).toBe(id)
  expect(oscalObjective(control)).toBe(objective)
})

it('has an indicator for each requirement about the cluster, and none for the harness itself', () => {
  for (const { id, family } of catalogue) {
    const indicators = indicatorsOf(id)
    if (family === selfFamily) expect(indicators).toEqual([])
    else expect(indicators.length).toBeGreaterThan(0)
    for (const indicator of indicators) expect(Object.keys(fedrampIndicators)).toContain(indicator)
  }
  expect(indicatorsOf('__proto__-1')).toEqual([])
})

it('names conflicts of requirements that exist, with ids that those carry', () => {
  for (const { requirement, ids, document } of frameworkConflicts) {
    const row = catalogue.find(({ id }) => id === requirement)
    expect(row?.id).toBe(requirement)
    // An id of another version of the document than the catalogue’s is told for itself.
    if (document.version !== 'V1R1') for (const id of ids) expect([...(row?.stig ?? []), ...(row?.cis ?? [])]).toContain(id)
  }
  expect(conflictsOf('FIPS-TLS-2')[0]?.words).toMatch(/ChaCha20/)
  expect(conflictsOf('FIPS-TLS-1')).toEqual([])
})
