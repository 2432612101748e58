import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import { catalogue, matchesClaim, unknownNames } from '../policy/catalogue.ts'

const maximumDays = 180
const day = 24 * 60 * 60 * 1000
const date = z.iso.date()
const said = z.string().trim().min(1)

/** One accepted failure. Dates are `yyyy-mm-dd`, UTC; it holds through the day on which it expires. */
export const waiverSchema = z
  .strictObject({
    id: said,
    scope: z.strictObject({
      /** A requirement or a family. */
      requirement: said,
      /** Key or name of the subject, or its path; `*` and `**` as in globs. */
      subject: said,
      /** Only for a file with this SHA-256. */
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
        .optional(),
    }),
    reason: said,
    owner: said,
    approver: said,
    ticket: said,
    created: date,
    expires: date,
  })
  .superRefine(({ scope, owner, approver, created, expires }, context) => {
    const days = (Date.parse(expires) - Date.parse(created)) / day
    const complain = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    if (days < 0) complain('expires', 'it expires before it was made')
    if (days > maximumDays) complain('expires', `it holds for ${days} days; at most ${maximumDays} are possible`)
    if (owner.toLowerCase() === approver.toLowerCase()) complain('approver', 'the approver must be somebody else than the owner')
    if (unknownNames([scope.requirement]).length > 0)
      complain('scope', `there is no requirement named ${scope.requirement}: known are ${catalogue.map(({ id }) => id).join(', ')}`)
    if (matchesClaim(scope.requirement, 'FIPS-SELF-1') || matchesClaim(scope.requirement, 'FIPS-SELF-2'))
      complain('scope', 'what the harness proves of itself cannot be waived')
  })
export type Waiver = z.infer<typeof waiverSchema>

const fileSchema = z.strictObject({ waivers: z.array(waiverSchema) })

/**
 * A waiver file: a mapping with the list `waivers`, as it was parsed from YAML or JSON.
 * @throws FipsConformanceError `WAIVERS_INVALID` exit 64, which names the field
 */
export const readWaivers = (parsed: unknown, where: string): Waiver[] => {
  const checked = fileSchema.safeParse(parsed)
  const invalid = (why: string): FipsConformanceError =>
    new FipsConformanceError({
      code: 'WAIVERS_INVALID',
      what: 'the waiver file is not valid, and a waiver that cannot be read waives nothing',
      where,
      why,
      remedy: `each waiver has id, scope (requirement, subject), reason, owner, approver, ticket, created and expires (at most ${maximumDays} days later)`,
      exit: 64,
    })
  if (!checked.success) throw invalid(z.prettifyError(checked.error))
  const { waivers } = checked.data
  const twin = waivers.find(({ id }, at) => waivers.findIndex((other) => other.id === id) !== at)
  if (twin) throw invalid(`two waivers have the id ${twin.id}`)
  return waivers
}
