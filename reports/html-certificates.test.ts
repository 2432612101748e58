import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { CertificateSeen, ModuleSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { certificates } from '../helpers/policy/certificates-data.ts'
import { certificateTables } from './html-certificates.ts'
import { nasty, plain } from './sample-input.ts'

const seen = (number: number, more: Partial<CertificateSeen> = {}): CertificateSeen => {
  const {
    validated: _validated,
    testedEnvironments: _tested,
    ...row
  } = certificates.find((one) => one.number === number) ?? expect.fail(String(number))
  return { ...row, worth: { status: row.status, reason: `it is ${row.status}` }, ...more }
}
const carrying = (certificate: number): ModuleSeen[] => [
  {
    state: 'read',
    observation: 'w-1',
    path: '/usr/bin/kubelet',
    size: 1,
    sha256: 'ab'.repeat(32),
    arch: 'amd64',
    module: 'boringcrypto-20220613',
    moduleName: 'BoringCrypto',
    integrity: 'intact',
    mode: 'on',
    certificate,
    outside: [],
  },
]
const shown = (more: Partial<ReportInput>): string => renderToString(h('div', null, certificateTables({ ...plain, ...more })))
const rows = (html: string): string[][] =>
  [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell.replace(/<[^>]*>/g, '')),
  )

it('tells of each certificate its status, level and caveat, and how many carry its module', () => {
  const html = shown({ certificates: [seen(4735)], modules: { a: carrying(4735), b: carrying(4735), c: carrying(4407) } })
  expect(rows(html)[1]).toEqual([
    '4735',
    'BoringCrypto, Google, LLC.',
    'FIPS 140-3',
    '1 of 4',
    'Active; it is Active',
    '2029-07-22',
    expect.stringContaining('No assurance of the minimum strength'),
    '2',
  ])
})

it('tells the level of each of the eleven areas, a table for each standard', () => {
  const html = shown({ certificates: [seen(4735), seen(5102), seen(4282)] })
  const byArea = Object.fromEntries(
    rows(html)
      .slice(5)
      .map(([area, ...levels]) => [area, levels]),
  )
  expect(byArea['Life-cycle assurance']).toEqual(['1 of 4', '3 of 4'])
  expect(byArea['Physical security']).toEqual(['n/a', 'n/a'])
  expect(byArea['Design Assurance']).toEqual(['3 of 4'])
  expect([...html.matchAll(/<caption>Levels of the eleven areas of ([^,]*)/g)].map(([, standard]) => standard)).toEqual([
    'FIPS 140-3',
    'FIPS 140-2',
  ])
})

it('says that it does not know where no source says, and shows text as text', () => {
  const html = shown({ certificates: [seen(4735, { number: 99_999, module: nasty, caveat: nasty })] })
  expect(html).toContain('not known')
  expect(html).not.toContain('<script>')
})

it('is nothing where no module is on a certificate', () => {
  expect(shown({})).toBe('<div></div>')
})
