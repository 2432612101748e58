import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { writeAtomically } from '../evidence/atomic-file.ts'
import { canonicalJson, type JsonInput } from '../evidence/canonical-json.ts'
import { plainStyler, type Styler, wrap } from '../evidence/summary-table.ts'
import { type Certificate, type CertificateStatus, certificateStatus } from '../policy/certificates.ts'
import { certificates as registry } from '../policy/certificates-data.ts'
import { certificateOfCopy } from '../scan/certificate-file.ts'
import { readDay, readSnapshot } from './evidence-flags.ts'
import type { Printed } from './perform.ts'

export type CertificateFlags = { from?: string; out?: string; asOf?: string; certificates?: string }

/** The public copy of NIST's certificate pages that the registry was made from. */
const defaultSource = 'https://raw.githubusercontent.com/ethanolivertroy/NIST-CMVP-API/main/api/certificates'
const timeout = 30_000

const dayOf = (value: string | undefined): Date => (value === undefined ? new Date() : readDay(value))

const rows = (all: readonly Certificate[], asOf: Date) =>
  all
    .toSorted((a, b) => a.number - b.number)
    .map((certificate) => {
      const { status, verdict, reason, warnings } = certificateStatus(certificate, asOf)
      return { certificate, today: { status, verdict, reason, warnings } }
    })

/** That data are second-hand, or how old they are, stands in a column; what else takes something from a status is told in words. */
const remarks = ({ verdict, reason, warnings }: Pick<CertificateStatus, 'verdict' | 'reason' | 'warnings'>): string[] =>
  verdict === 'pass' ? warnings.filter((warning) => warning.includes('sunset')) : verdict === 'inconclusive' ? [reason] : []

/** `certificates show`: the registry with what each certificate is worth on a day. */
export const showCertificates = async (flags: CertificateFlags, style: Styler = plainStyler): Promise<Printed> => {
  const asOf = dayOf(flags.asOf)
  const all = rows(flags.certificates === undefined ? registry : await readSnapshot(flags.certificates), asOf)
  const text = [
    style.strong(
      `${'number'.padEnd(7)} ${'status'.padEnd(11)} ${'sunset'.padEnd(11)} ${'standard'.padEnd(11)} level  ${'data of'.padEnd(11)} module`,
    ),
    ...all.flatMap(({ certificate, today }) => [
      [
        String(certificate.number).padEnd(7),
        style.verdict(today.verdict, today.status.padEnd(11)),
        (certificate.sunset ?? '-').padEnd(11),
        certificate.standard.padEnd(11),
        String(certificate.level).padEnd(6),
        `${certificate.asOf}${certificate.secondHand ? '*' : ' '}`.padEnd(11),
        `${certificate.module} (${certificate.vendor})`,
      ]
        .join(' ')
        .slice(0, 100)
        .trimEnd(),
      ...remarks(today).flatMap((remark) => wrap(remark, 92).map((line) => `        ${line}`)),
    ]),
    '',
    ...wrap(
      '* second-hand: not read from NIST itself. Status is that of the day asked for: a sunset date that has passed counts whatever the data say.',
      100,
    ),
  ].join('\n')
  return {
    exit: 0,
    text,
    json: { asOf: asOf.toISOString().slice(0, 10), certificates: all.map(({ certificate, today }) => ({ ...certificate, today })) },
  }
}

const unreachable = (where: string, why: string, cause?: unknown): FipsConformanceError =>
  new FipsConformanceError({
    code: 'CERTIFICATE_UNREADABLE',
    what: 'a certificate cannot be had',
    where,
    why,
    remedy: 'name a directory with <number>.json for each certificate, or another address: --from DIR or --from URL',
    exit: 3,
    cause,
  })

const unwritable = (out: string, cause: unknown): FipsConformanceError =>
  new FipsConformanceError({
    code: 'OUT_UNUSABLE',
    what: 'the snapshot cannot be written there',
    where: `--out ${out}`,
    why: cause instanceof Error ? cause.message : String(cause),
    remedy: 'name a file in a directory that stands and that you may write to',
    exit: 3,
    cause,
  })

const fetchDocument = async (address: string, signal: AbortSignal): Promise<string> => {
  const response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]), redirect: 'follow' }).catch(
    (error: unknown) => {
      throw unreachable(address, error instanceof Error ? String(error.cause ?? error.message) : String(error), error)
    },
  )
  if (!response.ok) throw unreachable(address, `HTTP ${response.status}`)
  return response.text()
}

const documentOf = async (from: string, number: number, signal: AbortSignal): Promise<{ text: string; where: string }> => {
  if (/^https?:\/\//.test(from)) {
    const where = `${from.replace(/\/$/, '')}/${number}.json`
    return { text: await fetchDocument(where, signal), where }
  }
  const where = join(from, `${number}.json`)
  const text = await readFile(where, 'utf8').catch((error: Error) => {
    throw unreachable(where, error.message, error)
  })
  return { text, where }
}

const parsed = (text: string, where: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreachable(where, error instanceof Error ? error.message : String(error), error)
  }
}

/** What a new document does not say (tested environments, levels of the areas) stays as it was known, since a certificate does not lose it. */
const merged = (old: Certificate, fresh: Certificate): Certificate => ({ ...old, ...fresh })

/**
 * `certificates update`: a dated snapshot of the certificates that the registry has, from NIST's public copy, another address, or a directory. What cannot be had stays as
 * the registry knows it, and is named; nothing at all is an error.
 * @throws FipsConformanceError `CERTIFICATE_UNREADABLE`, `OUT_UNUSABLE` exit 3
 */
export const updateCertificates = async (flags: CertificateFlags, { signal }: { signal: AbortSignal }): Promise<Printed> => {
  const from = flags.from ?? defaultSource
  const troubles: FipsConformanceError[] = []
  const updated: Certificate[] = []
  const kept: Certificate[] = []
  for (const old of registry) {
    try {
      const { text, where } = await documentOf(from, old.number, signal)
      const fresh = certificateOfCopy(parsed(text, where), where)
      if (fresh.number !== old.number) throw unreachable(where, `it is the document of certificate ${fresh.number}`)
      // Older data must not replace newer ones.
      if (fresh.asOf < old.asOf) kept.push(old)
      else updated.push(merged(old, fresh))
    } catch (error) {
      if (!(error instanceof FipsConformanceError) || signal.aborted) throw error
      troubles.push(error)
      kept.push(old)
    }
  }
  const [first] = troubles
  if (first && updated.length === 0 && troubles.length === registry.length) throw first
  const all = [...updated, ...kept].toSorted((a, b) => a.number - b.number)
  const asOf =
    all
      .map((row) => row.asOf)
      .toSorted()
      .at(-1) ?? ''
  const out = flags.out ?? `certificates-${asOf}.json`
  const snapshot = JSON.parse(JSON.stringify({ asOf, certificates: all })) as JsonInput
  await writeAtomically(out, `${canonicalJson(snapshot)}\n`).catch((error: unknown) => {
    throw unwritable(out, error)
  })
  const changes = updated.flatMap((fresh) => {
    const old = registry.find(({ number }) => number === fresh.number)
    return old && (old.status !== fresh.status || old.sunset !== fresh.sunset)
      ? [`certificate ${fresh.number}: ${old.status} ${old.sunset ?? '-'} -> ${fresh.status} ${fresh.sunset ?? '-'}`]
      : []
  })
  const text = [
    `${updated.length} of ${registry.length} certificates are from ${from}, as of ${asOf}`,
    ...changes,
    ...troubles.map(({ trouble }) => `kept as known: ${trouble.where}: ${trouble.why}`),
    `snapshot: ${out}`,
    `next: fips-conformance scan PATH... --certificates ${out}`,
  ].join('\n')
  return {
    exit: troubles.length > 0 ? 2 : 0,
    text,
    json: { file: out, asOf, updated: updated.length, kept: kept.map(({ number }) => number), changes },
  }
}
