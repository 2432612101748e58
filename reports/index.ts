import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { csvPieces } from './csv.ts'
import { ctrfPieces } from './ctrf.ts'
import { cyclonedxPieces } from './cyclonedx.ts'
import { hdfPieces } from './hdf.ts'
import { htmlReport } from './html.ts'
import { junitPieces } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { oscalPieces } from './oscal.ts'
import { sarifPieces } from './sarif.ts'
import { sdrPieces } from './sdr.ts'

/**
 * A report is a pure function of the bundle: no clock, no locale, no file; the same bundle gives the same bytes. `pieces` makes one part after the other, so that a document of many
 * findings can be written, or compared with a stored one, without ever standing in memory; `report` is all of them together, as long as a text can be that long.
 */
export type Report = {
  /** The name of its file in `reports/`. */
  file: string
  pieces: (bundle: ReportInput) => Iterable<string>
  report: (bundle: ReportInput) => string
}

const inPieces = <File extends string>(file: File, pieces: Report['pieces']) => ({
  file,
  pieces,
  report: (bundle: ReportInput): string => [...pieces(bundle)].join(''),
})

/** A report that is short whatever the cluster: it leaves out what would be too much. */
const asWhole = <File extends string>(file: File, report: Report['report']) => ({
  file,
  pieces: (bundle: ReportInput): Iterable<string> => [report(bundle)],
  report,
})

/** Every format. */
export const reports = {
  html: asWhole('report.html', htmlReport),
  junit: inPieces('junit.xml', junitPieces),
  oscal: inPieces('oscal-assessment-results.json', oscalPieces),
  hdf: inPieces('hdf.json', hdfPieces),
  sarif: inPieces('report.sarif', sarifPieces),
  cyclonedx: inPieces('cbom.cdx.json', cyclonedxPieces),
  ctrf: inPieces('ctrf.json', ctrfPieces),
  markdown: asWhole('summary.md', markdownReport),
  sdr: inPieces('fedramp-sdr.json', sdrPieces),
  csv: inPieces('findings.csv', csvPieces),
} as const satisfies Readonly<Record<string, Report>>

export type ReportFormat = keyof typeof reports

/** Whether a name on the command line is a format that there is. */
export const isReportFormat = (name: string): name is ReportFormat => Object.hasOwn(reports, name)
