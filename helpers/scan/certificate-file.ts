import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import type { Certificate } from '../policy/certificates.ts'

const date = z.iso.date()
const text = z.string().min(1)

/** A certificate as a snapshot file has it. More keys than these are kept as they are. */
const certificateSchema = z.looseObject({
  number: z.number().int().positive(),
  module: text,
  vendor: text,
  standard: z.enum(['FIPS 140-2', 'FIPS 140-3']),
  level: z.number().int().min(1).max(4),
  status: z.enum(['Active', 'Historical', 'Revoked', 'In Process', 'Unknown']),
  validated: z.array(date),
  sunset: date.exactOptional(),
  caveat: z.string().exactOptional(),
  testedEnvironments: z.array(z.string()).exactOptional(),
  asOf: date,
  source: text,
  secondHand: z.boolean(),
})

const snapshotSchema = z.object({ asOf: date, certificates: z.array(certificateSchema).min(1) })

/**
 * The certificates of a snapshot (what `certificates update` writes and `--certificates` reads), as it was parsed from JSON or YAML.
 * @throws FipsConformanceError `CERTIFICATES_INVALID` exit 64, which names the field
 */
export const readCertificates = (parsed: unknown, where: string): Certificate[] => {
  const checked = snapshotSchema.safeParse(parsed)
  const invalid = (why: string): FipsConformanceError =>
    new FipsConformanceError({
      code: 'CERTIFICATES_INVALID',
      what: 'the file is no snapshot of certificates',
      where,
      why,
      remedy: 'make one: fips-conformance certificates update',
      exit: 64,
    })
  if (!checked.success) throw invalid(z.prettifyError(checked.error))
  const { certificates } = checked.data
  const twin = certificates.find(({ number }, at) => certificates.findIndex((other) => other.number === number) !== at)
  if (twin) throw invalid(`it has certificate ${twin.number} twice`)
  return certificates
}

/** A date as NIST's pages write it (7/23/2024), or as ISO 8601 does. */
const nistDate = z.string().transform((value, context) => {
  const [, month = '', dayOfMonth = '', year = ''] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(value) ?? []
  const iso = year === '' ? value : `${year}-${month.padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}`
  if (date.safeParse(iso).success) return iso
  context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is no date` })
  return z.NEVER
})

const known = { standards: ['FIPS 140-2', 'FIPS 140-3'], statuses: ['Active', 'Historical', 'Revoked'] } as const

/** One certificate's document in the shape of the public copy NIST-CMVP-API (`certificates/<number>.json`). */
const copySchema = z.object({
  metadata: z.object({ generated_at: z.string(), source: z.string().optional() }),
  certificate: z.object({
    certificate_number: z.coerce.number().int().positive(),
    module_name: text,
    vendor_name: text,
    standard: z.enum(known.standards),
    status: z.string(),
    overall_level: z.coerce.number().int().min(1).max(4),
    validation_date: nistDate.nullish(),
    validation_dates: z.array(nistDate).nullish(),
    sunset_date: nistDate.nullish(),
    caveat: z.string().nullish(),
    nist_page_url: z.string().nullish(),
    tested_configurations: z.array(z.string()).nullish(),
  }),
})

/**
 * One certificate out of a document of the public copy. What such a copy says is second-hand, whatever it names as its own source.
 * @throws FipsConformanceError `CERTIFICATE_UNREADABLE` exit 3
 */
export const certificateOfCopy = (parsed: unknown, where: string): Certificate => {
  const checked = copySchema.safeParse(parsed)
  if (!checked.success) {
    throw new FipsConformanceError({
      code: 'CERTIFICATE_UNREADABLE',
      what: 'the document has not the shape that is known',
      where,
      why: z.prettifyError(checked.error),
      exit: 3,
    })
  }
  const { metadata, certificate: row } = checked.data
  const asOf = metadata.generated_at.slice(0, 10)
  return {
    number: row.certificate_number,
    module: row.module_name,
    vendor: row.vendor_name,
    standard: row.standard,
    level: row.overall_level,
    status: known.statuses.find((status) => status === row.status) ?? 'Unknown',
    validated: row.validation_dates?.length ? row.validation_dates : row.validation_date ? [row.validation_date] : [],
    ...(row.sunset_date && { sunset: row.sunset_date }),
    ...(row.caveat && { caveat: row.caveat }),
    ...(row.tested_configurations?.length && { testedEnvironments: row.tested_configurations }),
    asOf: date.parse(asOf),
    source: `NIST's certificate page${row.nist_page_url ? ` (${row.nist_page_url})` : ''}, through ${where}`,
    secondHand: true,
  }
}
