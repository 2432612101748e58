import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { explain, FipsConformanceError, troubleToJson } from '../errors/error.ts'
import { stylerFor } from '../evidence/summary-table.ts'
import type { Waiver } from '../evidence/waiver-file.ts'
import type { Certificate } from '../policy/certificates.ts'
import { type ExpectedModule, expectedModules } from '../rules/modules-verdicts.ts'
import { type ScanOptions, type ScanResult, scan } from '../scan/scan.ts'
import { scanText } from '../scan/table.ts'

// Only what a scan itself needs is imported here: one small file has to be judged before a heavier start would be over.

/** The flags of `scan`, as commander gives them. */
export type ScanFlags = {
  json?: boolean
  out?: string
  format?: string[]
  expect?: string
  all?: boolean
  asOf?: string
  exclude?: string[]
  waivers?: string
  certificates?: string
  digest?: string
  key?: string
  signCommand?: string
  timestamp?: string
}

export type ScanContext = {
  signal: AbortSignal
  /** Writes to stdout; lines come while the scan runs. */
  write: (text: string) => void
  /** For people and errors: stderr. */
  warn: (text: string) => void
  stream: { isTTY?: boolean }
  tool: { name: string; version: string }
}

/** Everything has been written when a scan ends; what is left is its exit code. */
export type Scanned = { exit: number; text: string; json: undefined }

const usage = (code: string, what: string, where: string, remedy: string, why?: string): FipsConformanceError =>
  new FipsConformanceError({ code, what, where, remedy, exit: 64, ...(why !== undefined && { why }) })

const oneOf = <T extends string>(value: string | undefined, all: readonly T[], fallback: T, flag: string): T => {
  if (value === undefined) return fallback
  const found = all.find((each) => each === value)
  if (found === undefined)
    throw usage('SETTING_INVALID', `${JSON.stringify(value)} is no value for ${flag}`, `--${flag}`, `take one of ${all.join(', ')}`)
  return found
}

/** A day in UTC, judged as it begins; without one, now. */
const dayOf = (value: string | undefined): Date => {
  if (value === undefined) return new Date()
  const date = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : new Date(Number.NaN)
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== value)
    throw usage('DATE_INVALID', `${JSON.stringify(value)} is no day`, '--as-of', 'write it as 2026-11-22')
  return date
}

const readSettingFile = async (path: string, flag: string): Promise<unknown> => {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw usage('FILE_UNREADABLE', 'the file cannot be read', `--${flag} ${path}`, 'check the path', error.message)
  })
  const { parse } = await import('yaml')
  try {
    return parse(text)
  } catch (error) {
    throw usage(
      'FILE_INVALID',
      'the file is neither YAML nor JSON',
      `--${flag} ${path}`,
      'see the reason above',
      error instanceof Error ? error.message : String(error),
    )
  }
}

const waiversOf = async (path: string | undefined): Promise<Waiver[]> => {
  if (path === undefined) return []
  const { readWaivers } = await import('../evidence/waiver-file.ts')
  return readWaivers(await readSettingFile(path, 'waivers'), path)
}

const certificatesOf = async (path: string | undefined): Promise<{ certificates?: Certificate[] }> => {
  if (path === undefined) return {}
  const { readCertificates } = await import('../scan/certificate-file.ts')
  return { certificates: readCertificates(await readSettingFile(path, 'certificates'), path) }
}

const cutLine = (result: ScanResult): Record<string, unknown> | undefined => {
  const [trouble] = result.troubles
  if (!result.cut && trouble === undefined) return undefined
  return {
    incomplete: true,
    reason: result.cut ? 'interrupted' : 'not everything that was named could be read whole',
    ...(trouble && troubleToJson(trouble.trouble)),
    ...(result.troubles.length > 1 && { errors: result.troubles.map((each) => troubleToJson(each.trouble).error) }),
    files: result.counts.files,
  }
}

const knownFormats = async (formats: readonly string[]) => {
  const { isReportFormat, reports } = await import('../../reports/index.ts')
  const unknown = formats.find((format) => !isReportFormat(format))
  if (unknown !== undefined)
    throw usage('FORMAT_UNKNOWN', `there is no report format ${unknown}`, '--format', `take one of ${Object.keys(reports).join(', ')}`)
  return formats.filter(isReportFormat).map((format) => reports[format])
}

/**
 * `scan`: judges files, directories, archives and images; without a cluster, and without Go. With `--json` one object a line as soon as it is known, and at the end of a
 * scan that did not get through, one that says so.
 * @throws FipsConformanceError exit 64: `TARGET_MISSING`, `SETTING_INVALID`, `DATE_INVALID`, `FORMAT_UNKNOWN`, `OUT_MISSING`, `WAIVERS_INVALID`, `CERTIFICATES_INVALID`, `FILE_UNREADABLE`, `FILE_INVALID`; exit 3: `OUT_UNUSABLE`
 */
export const scanCommand = async (targets: readonly string[], flags: ScanFlags, context: ScanContext): Promise<Scanned> => {
  const { signal, write, warn } = context
  const isJson = flags.json === true
  if (targets.length === 0)
    throw usage('TARGET_MISSING', 'nothing was named to scan', 'scan PATH...', 'name a file, a directory, an archive or an image')
  if (flags.format !== undefined && flags.out === undefined)
    throw usage('OUT_MISSING', 'reports are made of a bundle, which needs a directory', '--format', 'name one with --out')
  const formats = flags.format === undefined ? undefined : await knownFormats(flags.format)
  const expect: ExpectedModule = oneOf(flags.expect, expectedModules, 'any-validated', 'expect')
  const all = flags.all === true
  const sealing = flags.out === undefined ? undefined : await (await import('./sealing.ts')).prepareSealing(flags)
  const startedAt = new Date()
  const options: ScanOptions = {
    targets,
    expect,
    all,
    asOf: dayOf(flags.asOf),
    digest: oneOf(flags.digest, ['sha256', 'none'], 'sha256', 'digest'),
    exclude: flags.exclude ?? [],
    waivers: await waiversOf(flags.waivers),
    ...(await certificatesOf(flags.certificates)),
    evidence: flags.out !== undefined,
    signal,
    onLine: (line) => {
      if (isJson) write(`${JSON.stringify(line)}\n`)
    },
  }
  if (options.evidence && options.digest === 'none')
    throw usage('SETTING_INVALID', 'a bundle names every file by its digest', '--digest none', 'leave out --digest none or --out')
  if (flags.out !== undefined) await (await import('./out-directory.ts')).prepareOut(flags.out)
  const result = await scan(options)
  if (!isJson)
    write(`${scanText(result, { all, expect, style: stylerFor({ env: process.env, isTerminal: context.stream.isTTY === true }) })}\n`)
  for (const trouble of result.troubles) warn(explain(trouble.trouble))
  if (flags.out !== undefined && !result.cut) {
    const { writeBundle } = await import('../scan/bundle.ts')
    const { newRunId } = await import('./run-id.ts')
    const { openBundle } = await import('../evidence/bundle-writer.ts')
    const { bundle, input } = await writeBundle(result, {
      out: flags.out,
      runId: newRunId(startedAt),
      tool: context.tool,
      startedAt,
      scan: options,
    })
    const { reports } = await import('../../reports/index.ts')
    const writer = openBundle(bundle)
    for (const { file, pieces } of formats ?? Object.values(reports)) await writer.writeReport(file, pieces(input))
    const sealed = sealing && (await (await import('./sealing.ts')).seal(bundle, sealing, signal))
    const where = [
      `evidence: ${bundle}`,
      `id:       ${sealed?.id}`,
      ...(formats ?? Object.values(reports)).map(({ file }) => `report:   ${join(bundle, 'reports', file)}`),
    ].join('\n')
    if (isJson) warn(where)
    else write(`\n${where}\n`)
  }
  const cut = cutLine(result)
  if (isJson && cut) write(`${JSON.stringify(cut)}\n`)
  return { exit: result.exit, text: '', json: undefined }
}
