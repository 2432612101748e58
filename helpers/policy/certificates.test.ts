import { describe, expect, it } from 'vitest'
import { type Certificate, certificateByNumber, certificateStatus, fips1403 } from './certificates.ts'
import { certificates } from './certificates-data.ts'

const on = (day: string): Date => new Date(`${day}T12:00:00Z`)

const active: Certificate = {
  number: 1,
  module: 'Module',
  vendor: 'Vendor',
  standard: 'FIPS 140-3',
  level: 1,
  status: 'Active',
  validated: ['2024-07-23'],
  sunset: '2029-07-22',
  asOf: '2026-03-29',
  source: 'a page',
  secondHand: false,
}

const rowOf = (number: number): Certificate => {
  const row = certificateByNumber(number)
  if (row === undefined) throw new Error(`no certificate ${number}`)
  return row
}

describe('certificateStatus', () => {
  it.each([
    ['on the day of its data', {}, '2026-03-29', 'pass', 'Active'],
    ['on its last day', { asOf: '2029-07-01' }, '2029-07-22', 'pass', 'Active'],
    ['on the day after its sunset', { asOf: '2029-07-01' }, '2029-07-23', 'fail', 'Historical'],
    ['after its sunset, with old data', { asOf: '2024-08-01' }, '2029-07-23', 'fail', 'Historical'],
    ['without a sunset date', { sunset: undefined }, '2026-03-29', 'pass', 'Active'],
    ['before it was validated', { asOf: '2024-07-23' }, '2024-07-22', 'fail', 'Unknown'],
    ['on the day it was validated', { asOf: '2024-07-23' }, '2024-07-23', 'pass', 'Active'],
    ['with data of 400 days', {}, '2027-05-03', 'pass', 'Active'],
    ['with data of 401 days', {}, '2027-05-04', 'inconclusive', 'Unknown'],
    ['Historical', { status: 'Historical' }, '2026-03-29', 'fail', 'Historical'],
    ['Historical, with old data', { status: 'Historical' }, '2029-01-01', 'fail', 'Historical'],
    ['Revoked', { status: 'Revoked' }, '2026-03-29', 'fail', 'Revoked'],
    ['In Process', { status: 'In Process' }, '2026-03-29', 'fail', 'In Process'],
    ['Unknown', { status: 'Unknown' }, '2026-03-29', 'fail', 'Unknown'],
  ] as const)('judges a certificate %s', (_, change, day, verdict, status) => {
    const { sunset, ...rest } = { ...active, ...change }
    const row: Certificate = sunset === undefined ? rest : { ...rest, sunset }
    expect(certificateStatus(row, on(day))).toMatchObject({ verdict, status })
  })

  it('is inconclusive for a day that is none', () => {
    expect(certificateStatus(active, new Date(Number.NaN)).verdict).toBe('inconclusive')
    expect(certificateStatus({ ...active, asOf: 'yesterday' }, on('2026-04-01')).verdict).toBe('inconclusive')
  })

  it('lets a profile accept Historical, and says so', () => {
    const policy = { ...fips1403, profile: 'agency', acceptHistorical: true }
    expect(certificateStatus({ ...active, status: 'Historical' }, on('2026-03-29'), policy)).toMatchObject({
      verdict: 'pass',
      status: 'Historical',
      reason: expect.stringContaining('agency accepts'),
    })
  })

  it('warns of old data from 90 days on, of a sunset within 180 days, and of second-hand data', () => {
    const warnings = (change: Partial<Certificate>, day: string): readonly string[] =>
      certificateStatus({ ...active, ...change }, on(day)).warnings
    expect(warnings({}, '2026-06-26')).toEqual([])
    expect(warnings({}, '2026-06-27')).toEqual([expect.stringContaining('90 days old')])
    expect(warnings({ asOf: '2029-01-20' }, '2029-01-22')).toEqual([])
    expect(warnings({ asOf: '2029-01-20' }, '2029-01-24')).toEqual([expect.stringContaining('2029-07-22 in 179 days')])
    expect(warnings({ secondHand: true }, '2026-03-29')).toEqual([expect.stringContaining('second-hand: a page')])
  })
})

describe('the certificates', () => {
  it('are in order of their numbers, each once', () => {
    const numbers = certificates.map(({ number }) => number)
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  })

  it('hold dates that are dates', () => {
    const dates = certificates.flatMap(({ validated, sunset, asOf }) => [...validated, asOf, ...(sunset === undefined ? [] : [sunset])])
    for (const date of dates) expect(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10)).toBe(date)
  })

  it.each([
    [3678, '2026-11-22', 'fail'],
    [4407, '2026-09-21', 'pass'],
    [4407, '2026-09-22', 'fail'],
    [4735, '2026-11-22', 'pass'],
    [4746, '2026-11-22', 'fail'],
    [5244, '2026-11-22', 'fail'],
    [5247, '2026-11-22', 'pass'],
  ] as const)('give for %s on %s: %s', (number, day, verdict) => {
    expect(certificateStatus(rowOf(number), on(day)).verdict).toBe(verdict)
  })

  it('are none for a number that is not there', () => expect(certificateByNumber(1)).toBeUndefined())
})
