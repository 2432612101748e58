import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { csvReport } from './csv.ts'
import { ctrfReport } from './ctrf.ts'
import { cyclonedxReport } from './cyclonedx.ts'
import { hdfReport } from './hdf.ts'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { oscalReport } from './oscal.ts'
import { sarifReport } from './sarif.ts'
import { sdrReport } from './sdr.ts'

/** A report is a pure function of the bundle: no clock, no locale, no file; the same bundle gives the same bytes. */
export type Report = (bundle: ReportInput) => string

/** Every format with the name of its file in `reports/`. */
export const reports = {
  html: { file: 'report.html', report: htmlReport },
  junit: { file: 'junit.xml', report: junitReport },
  oscal: { file: 'oscal-assessment-results.json', report: oscalReport },
  hdf: { file: 'hdf.json', report: hdfReport },
  sarif: { file: 'report.sarif', report: sarifReport },
  cyclonedx: { file: 'cbom.cdx.json', report: cyclonedxReport },
  ctrf: { file: 'ctrf.json', report: ctrfReport },
  markdown: { file: 'summary.md', report: markdownReport },
  sdr: { file: 'fedramp-sdr.json', report: sdrReport },
  csv: { file: 'findings.csv', report: csvReport },
} as const satisfies Readonly<Record<string, { file: string; report: Report }>>

export type ReportFormat = keyof typeof reports

/** Whether a name on the command line is a format that there is. */
export const isReportFormat = (name: string): name is ReportFormat => Object.hasOwn(reports, name)
