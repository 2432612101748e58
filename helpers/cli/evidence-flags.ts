import { readFile } from 'node:fs/promises'
import { FipsConformanceError } from '../errors/error.ts'
import type { Certificate } from '../policy/certificates.ts'
import { readCertificates } from '../scan/certificate-file.ts'

/** A day in UTC, as it begins. @throws FipsConformanceError `DATE_INVALID` exit 64 */
export const readDay = (value: string): Date => {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : new Date(Number.NaN)
  if (!Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === value) return date
  throw new FipsConformanceError({
    code: 'DATE_INVALID',
    what: `${JSON.stringify(value)} is no day`,
    where: '--as-of',
    remedy: 'write it as 2026-11-22',
    exit: 64,
  })
}

/** A YAML or JSON file that a flag names. @throws FipsConformanceError `FILE_UNREADABLE`, `FILE_INVALID` exit 64 */
export const readFlagFile = async (path: string, flag: string): Promise<unknown> => {
  const { parse } = await import('yaml')
  try {
    return parse(await readFile(path, 'utf8'))
  } catch (error) {
    const unreadable = error instanceof Error && 'code' in error && 'syscall' in error
    throw new FipsConformanceError({
      code: unreadable ? 'FILE_UNREADABLE' : 'FILE_INVALID',
      what: unreadable ? 'the file cannot be read' : 'the file is neither YAML nor JSON',
      where: `${flag} ${path}`,
      why: error instanceof Error ? error.message : String(error),
      exit: 64,
      cause: error,
    })
  }
}

/** A snapshot of certificates. */
export const readSnapshot = async (path: string): Promise<readonly Certificate[]> =>
  readCertificates(await readFlagFile(path, '--certificates'), path)
