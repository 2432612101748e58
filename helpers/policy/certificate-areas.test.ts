import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { areaLevels, areas } from './certificate-areas.ts'
import { certificates } from './certificates-data.ts'

const certificate = (number: number) => certificates.find((one) => one.number === number) ?? expect.fail(String(number))
const levelsOf = (number: number) => Object.fromEntries(areaLevels(certificate(number)).map(({ area, level }) => [area, level]))

it('has eleven areas in either standard, none twice', () => {
  for (const names of Object.values(areas)) expect([names.length, new Set(names).size]).toEqual([11, 11])
})

it('gives the overall level where there is no exception', () => {
  expect(levelsOf(4735)).toMatchObject({
    'Self-tests': 1,
    'Operational environment': 1,
    'Physical security': 'n/a',
    'Non-invasive security': 'n/a',
    'Mitigation of other attacks': 'n/a',
  })
  expect(levelsOf(5102)).toMatchObject({ 'Life-cycle assurance': 3, 'Mitigation of other attacks': 1 })
  expect(levelsOf(4282)).toMatchObject({ 'Design Assurance': 3, 'Physical Security': 'n/a', 'EMI/EMC': 1 })
})

it('says nothing of a certificate whose exceptions it does not know', () => {
  expect(areaLevels({ number: 1, standard: 'FIPS 140-3', level: 1 }).map(({ level }) => level)).toEqual(Array(11).fill(undefined))
  expect(areaLevels({ ...certificate(4735), level: 7 }).find(({ area }) => area === 'Self-tests')?.level).toBeUndefined()
})

/** The public copy of NIST's pages, laid beside the checkout. */
const data = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'cmvp')
type Page = {
  certificate: { certificate_number: string; standard: keyof typeof areas; overall_level: number; security_level_exceptions: string[] }
}

describe.runIf(existsSync(data) || process.env.CI !== undefined)('agrees with the copy of NIST’s page', () => {
  it.each(existsSync(data) ? readdirSync(data) : ['missing'])('%s', (file) => {
    const { certificate: page } = JSON.parse(readFileSync(join(data, file), 'utf8')) as Page
    const levels = areaLevels({ number: Number(page.certificate_number), standard: page.standard, level: page.overall_level })
    expect(levels.map(({ level }) => level)).not.toContain(undefined)
    const told = levels.flatMap(({ area, level }) =>
      level === page.overall_level ? [] : [`${area}: ${level === 'n/a' ? 'N/A' : `Level ${level}`}`],
    )
    expect(told.toSorted()).toEqual(page.security_level_exceptions.toSorted())
  })
})
