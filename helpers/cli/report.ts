import { realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { isReportFormat, type ReportFormat, reports } from '../../reports/index.ts'
import { FipsConformanceError } from '../errors/error.ts'
import { writeAtomically } from '../evidence/atomic-file.ts'
import { compareRuns, comparisonSeen, type Side } from '../evidence/compare.ts'
import type { Finding } from '../evidence/model.ts'
import { type Bundle, readBundle } from '../evidence/read-bundle.ts'
import { derivedInput, judgedDay, waivedOn } from '../evidence/replay.ts'
import type { ReportInput } from '../evidence/report-input.ts'
import { heldSeal } from './held-seal.ts'
import { prepareOut } from './out-directory.ts'
import type { Printed } from './perform.ts'

const formatsOf = (asked: unknown): ReportFormat[] => {
  const formats = Array.isArray(asked) ? asked.map(String) : ['html']
  const unknown = formats.find((format) => !isReportFormat(format))
  if (unknown === undefined && formats.length > 0) return [...new Set(formats.filter(isReportFormat))]
  throw new FipsConformanceError({
    code: 'FORMAT_UNKNOWN',
    what: unknown === undefined ? 'no report format was named' : `there is no report format ${unknown}`,
    where: '--format',
    remedy: `take one of ${Object.keys(reports).join(', ')}`,
    exit: 64,
  })
}

/** The real path of a place that need not exist yet: of its nearest ancestor that does, and the rest. */
const realPlace = async (path: string): Promise<string> => {
  const absolute = resolve(path)
  return realpath(absolute).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(absolute) === absolute) throw error
    return join(await realPlace(dirname(absolute)), relative(dirname(absolute), absolute))
  })
}

/** A file that nobody sealed would make the bundle another one. */
export const refuseInside = async (bundle: string, out: string): Promise<void> => {
  const inside = relative(await realPlace(bundle), await realPlace(out))
  if (inside === '..' || inside.startsWith(`..${sep}`)) return
  throw new FipsConformanceError({
    code: 'OUT_IN_BUNDLE',
    what: 'nothing is written into a bundle: it would not verify any more',
    where: `--out ${out}`,
    remedy: 'name a directory outside of it',
    exit: 64,
  })
}

/** A document of a bundle that was changed would speak for whoever changed it. @throws FipsConformanceError `BUNDLE_NOT_AS_SEALED` */
const judgedBundle = async (dir: string): Promise<{ bundle: Bundle; findings: readonly Finding[] }> => {
  const bundle = await readBundle(dir)
  await heldSeal(dir)
  if (bundle.findings) return { bundle, findings: bundle.findings }
  throw new FipsConformanceError({
    code: 'BUNDLE_UNFINISHED',
    what: 'this bundle has no findings: its run was cut short',
    where: dir,
    remedy: 'run it again',
    exit: 3,
  })
}

const sideOf = ({ bundle, findings }: Awaited<ReturnType<typeof judgedBundle>>): Side => ({
  run: bundle.run,
  claim: bundle.plan.claim,
  findings,
  evidence: bundle.evidence,
  waived: waivedOn(bundle, findings, judgedDay(bundle)),
})

const inputOf = async (dir: string, since: string | undefined): Promise<ReportInput> => {
  const now = await judgedBundle(dir)
  const input = derivedInput(now.bundle, now.findings)
  if (since === undefined) return input
  const before = sideOf(await judgedBundle(since))
  return { ...input, comparison: comparisonSeen(compareRuns(before, sideOf(now)), before) }
}

/** An absolute URI (RFC 3986), as the schema of the decision record asks for. */
const overviewFrom = (flag: unknown): { overview?: string } => {
  if (flag === undefined) return {}
  if (typeof flag === 'string' && /^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(flag) && URL.canParse(flag)) return { overview: flag }
  throw new FipsConformanceError({
    code: 'URI_INVALID',
    what: `${JSON.stringify(flag)} is no absolute URI`,
    where: '--overview',
    remedy: 'write it as https://trust.example.com/overview.json',
    exit: 64,
  })
}

/** `report`: documents from a bundle, which itself is never touched. One format without `--out` goes to stdout. */
export const report = async (bundle: string, flags: Readonly<Record<string, unknown>>): Promise<Printed> => {
  const formats = formatsOf(flags.format)
  const out = typeof flags.out === 'string' ? flags.out : undefined
  const [only, ...others] = formats
  if (out === undefined && others.length > 0) {
    throw new FipsConformanceError({
      code: 'OUT_MISSING',
      what: 'several formats need a directory to go to',
      where: '--format',
      remedy: 'name one with --out',
      exit: 64,
    })
  }
  if (out !== undefined) await refuseInside(bundle, out)
  const overview = overviewFrom(flags.overview)
  const input = { ...(await inputOf(bundle, typeof flags.since === 'string' ? flags.since : undefined)), ...overview }
  if (out === undefined) {
    const text = only ? reports[only].report(input) : ''
    return { exit: 0, text, json: { report: text } }
  }
  await prepareOut(out)
  const files: string[] = []
  for (const format of formats) {
    const { file, pieces } = reports[format]
    // Replaced, not written into: what stands there may be a link to a file of a sealed bundle.
    await writeAtomically(join(out, file), pieces(input), { flush: false })
    files.push(join(out, file))
  }
  return { exit: 0, text: files.join('\n'), json: { files } }
}
