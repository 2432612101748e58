import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { CertificateSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { areaLevels, areas } from '../helpers/policy/certificate-areas.ts'
import { breakable, rowHead, table } from './html-parts.ts'

const carriedBy = (number: number, { modules }: ReportInput): number =>
  Object.values(modules).filter((seen) => seen.some((module) => module.state === 'read' && module.certificate === number)).length

const certificateRow = (row: CertificateSeen, input: ReportInput): ComponentChild =>
  h(
    'tr',
    null,
    rowHead(String(row.number)),
    h('td', null, breakable(`${row.module}, ${row.vendor}`)),
    h('td', { class: 'line' }, row.standard),
    h('td', { class: 'number' }, `${row.level} of 4`),
    h('td', null, `${row.worth.status}; ${row.worth.reason}`),
    h('td', { class: 'line' }, row.sunset ?? 'not known'),
    h('td', null, row.caveat ?? ''),
    h('td', { class: 'number' }, carriedBy(row.number, input)),
  )

const levelCell = (level: ReturnType<typeof areaLevels>[number]['level']): ComponentChild =>
  h('td', { class: 'number' }, level === undefined ? 'not known' : level === 'n/a' ? 'n/a' : `${level} of 4`)

const areaTable = (standard: keyof typeof areas, certificates: readonly CertificateSeen[]): ComponentChild => {
  const levels = certificates.map((certificate) => areaLevels(certificate))
  return table(
    `Levels of the eleven areas of ${standard}, by certificate`,
    ['area', ...certificates.map(({ number }) => String(number))],
    areas[standard].map((area, index) =>
      h(
        'tr',
        null,
        rowHead(area),
        levels.map((own) => levelCell(own[index]?.level)),
      ),
    ),
  )
}

/** The certificates that the modules found here are on: status, caveat, and the level of each area. */
export const certificateTables = (input: ReportInput): ComponentChildren => {
  const { certificates } = input
  if (certificates.length === 0) return null
  return [
    table(
      'Certificates of the modules that were found',
      ['certificate', 'module, vendor', 'standard', 'level', 'status on the day judged', 'sunset', 'caveat', 'carried by'],
      certificates.map((row) => certificateRow(row, input)),
    ),
    [...Map.groupBy(certificates, ({ standard }) => standard)].map(([standard, own]) => areaTable(standard, own)),
    h(
      'p',
      { class: 'faint' },
      'Level n/a: the module has nothing that the area is about. Levels say how strictly a module was validated, not how strong its algorithms are.',
    ),
  ]
}
