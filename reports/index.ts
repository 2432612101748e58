import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'

/** A report is a pure function of the bundle: no clock, no locale, no file; the same bundle gives the same bytes. */
export type Report = (bundle: ReportInput) => string

/** Every format with the name of its file in `reports/`. */
export const reports = {
  html: { file: 'report.html', report: htmlReport },
  junit: { file: 'junit.xml', report: junitReport },
} as const satisfies Readonly<Record<string, { file: string; report: Report }>>

export type ReportFormat = keyof typeof reports

/** Whether a name on the command line is a format that there is. */
export const isReportFormat = (name: string): name is ReportFormat => Object.hasOwn(reports, name)
