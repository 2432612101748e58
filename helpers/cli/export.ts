import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import { exportBundle } from '../evidence/export-package.ts'
import { auditRedaction, noRedaction, type Redaction, redactionSchema } from '../evidence/redact.ts'
import { readFlagFile } from './evidence-flags.ts'
import type { Printed } from './perform.ts'
import { refuseInside } from './report.ts'
import { prepareSealing, type SealingFlags } from './sealing.ts'
import { regenerate } from './verify.ts'

const redactionOf = async (name: string): Promise<Redaction> => {
  const built = [auditRedaction, noRedaction].find((one) => one.name === name)
  if (built) return built
  const parsed = redactionSchema.safeParse(await readFlagFile(name, '--redact'))
  if (parsed.success) return parsed.data
  throw new FipsConformanceError({
    code: 'REDACTION_INVALID',
    what: 'the redaction profile is not valid',
    where: `--redact ${name}`,
    why: z.prettifyError(parsed.error),
    remedy: 'name audit, none, or a file with name, hide (address, host, account) and names (more host names)',
    exit: 64,
  })
}

/** `export`: an audit package of a sealed bundle. */
export const exportPackage = async (
  bundle: string,
  flags: SealingFlags & { redact: string; out: string },
  signal: AbortSignal,
): Promise<Printed> => {
  await refuseInside(bundle, flags.out)
  const redaction = await redactionOf(flags.redact)
  const made = await exportBundle({ dir: bundle, redaction, out: flags.out, regenerate, signal, ...(await prepareSealing(flags)) })
  const hidden = Object.entries(made.hidden).map(([kind, count]) => `${count} of kind ${kind}`)
  const text = [
    `package: ${made.package}`,
    `id:      ${made.id}`,
    `of:      ${made.of}`,
    `hidden:  ${hidden.length > 0 ? hidden.join(', ') : 'nothing'}; ${made.removed} files of bytes left out`,
    ...(made.openings === undefined ? [] : [`opens:   ${made.openings} (keep it: it opens every value that is hidden)`]),
    `next:    fips-conformance verify ${made.package}`,
  ].join('\n')
  return { exit: 0, text, json: made }
}
