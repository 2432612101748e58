import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reports } from '../../reports/index.ts'
import { FipsConformanceError } from '../errors/error.ts'
import type { Regenerate } from '../evidence/check-replay.ts'
import type { Check } from '../evidence/checks.ts'
import { signatureCommands } from '../evidence/dsse.ts'
import { readPublicKey } from '../evidence/signer.ts'
import { wrap } from '../evidence/summary-table.ts'
import { type Verification, verifyBundle } from '../evidence/verify.ts'
import { visible, visibleInLine } from '../evidence/visible.ts'
import { readDay, readSnapshot } from './evidence-flags.ts'
import type { Printed } from './perform.ts'
import { thisTool } from './this-tool.ts'

export type VerifyFlags = { key?: string; asOf?: string; certificates?: string; commands?: boolean }

/** A report of a bundle made again, by the name of its file. */
export const regenerate: Regenerate = (file, input) =>
  Object.values(reports)
    .find((one) => one.file === file)
    ?.pieces(input)

const words: Record<Check['state'], string> = { holds: 'holds', fails: 'FAILS', differs: 'differs', 'not-checked': 'not checked' }
const mostLines = 20

const checkLines = ({ name, state, says, problems }: Check): string[] => {
  const head = wrap(visible(`${`${words[state]}:`.padEnd(12)} ${name}: ${says}`), 100).map((line, at) =>
    at === 0 ? line : `             ${line}`,
  )
  if (problems.length === 0) return head
  const shown = problems
    .slice(0, mostLines)
    .flatMap(({ file, why }) => wrap(visible(`${file}: ${why}`), 85).map((line) => `             ${line}`))
  const more = problems.length > mostLines ? [`             and ${problems.length - mostLines} more (--json has them all)`] : []
  return [...(state === 'not-checked' ? head : [`${`${words[state]}:`.padEnd(12)} ${name}`]), ...shown, ...more]
}

const verdictLine = ({ verified, exit, checks, rejudged }: Verification): string => {
  if (!verified) return 'This bundle does not verify.'
  const differs = checks.some(({ state }) => state === 'differs')
  if (differs)
    return 'Nothing that was checked of the seal fails, but another version wrote this bundle and this one comes to something else (see «differs»).'
  return rejudged ? `The bundle verifies. The exit code ${exit} is that of the claim judged again.` : 'The bundle verifies.'
}

const rejudgedLines = ({ rejudged }: Verification): string[] =>
  rejudged
    ? [
        '',
        `Judged again for ${rejudged.asOf.toISOString().slice(0, 10)}: exit code ${rejudged.exit}.`,
        ...wrap(visible(rejudged.claimLine), 100),
        ...rejudged.changed
          .slice(0, mostLines)
          .flatMap(({ requirement, subject, from, to, reason }) =>
            wrap(visible(`${requirement} for ${subject}: ${from} -> ${to}: ${reason}`), 96).map((line) => `  ${line}`),
          ),
        ...(rejudged.changed.length > mostLines ? [`  and ${rejudged.changed.length - mostLines} more (--json has them all)`] : []),
      ]
    : []

/** What a person reads; lines of at most 100 columns, but for commands. */
export const verificationText = (result: Verification): string => {
  const { id, run, tool, sameTool, recorded, checks } = result
  const versions =
    run && !sameTool
      ? [
          visibleInLine(`written by: ${run.tool.name} ${run.tool.version}${run.tool.commit ? ` (${run.tool.commit})` : ''}`),
          `verified by: ${tool.name} ${tool.version}${tool.commit ? ` (${tool.commit})` : ''}`,
          ...(recorded === undefined ? [] : [`with the version that wrote it: ${recorded}`]),
        ]
      : []
  return [
    ...(run ? [visibleInLine(`run: ${run.runId}, begun ${run.startedAt}`)] : []),
    ...(id === undefined ? [] : [`bundle: ${id}`]),
    ...versions,
    '',
    ...checks.flatMap(checkLines),
    ...rejudgedLines(result),
    '',
    verdictLine(result),
  ].join('\n')
}

/** The same for machines. */
const verificationJson = ({ rejudged, ...rest }: Verification): Record<string, unknown> => ({
  ...rest,
  ...(rejudged && { rejudged: { ...rejudged, asOf: rejudged.asOf.toISOString().slice(0, 10) } }),
  exitOf: rejudged ? 'claim judged again' : 'verification',
})

/** A bundle's folder as it is, or an audit package unpacked for as long as the work takes. */
export const withBundle = async <T>(path: string, work: (dir: string) => Promise<T>): Promise<T> => {
  // What cannot be looked at is no package; reading it as a folder says what is wrong with it.
  const seen = await stat(path).catch(() => undefined)
  if (!seen?.isFile()) return work(path)
  const { unpackPackage } = await import('../evidence/package-tar.ts')
  const folder = await mkdtemp(join(tmpdir(), 'fips-conformance-package-'))
  try {
    return await work(await unpackPackage(path, folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** `verify`: everything that can be told of a bundle without the cluster. @throws FipsConformanceError exit 64 for flags that are none */
export const verify = async (path: string, flags: VerifyFlags): Promise<Printed> => {
  if (flags.commands) return { exit: 0, text: signatureCommands(flags.key).join('\n'), json: { commands: signatureCommands(flags.key) } }
  if (flags.certificates !== undefined && flags.asOf === undefined)
    throw new FipsConformanceError({
      code: 'SETTING_INVALID',
      what: 'a bundle is verified with the certificates that it holds',
      where: '--certificates',
      remedy: 'add --as-of to judge again with others',
      exit: 64,
    })
  const key = flags.key === undefined ? undefined : await readPublicKey(flags.key)
  const asOf = flags.asOf === undefined ? undefined : readDay(flags.asOf)
  const certificates = flags.certificates === undefined ? undefined : await readSnapshot(flags.certificates)
  const result = await withBundle(path, (dir) =>
    verifyBundle({ dir, tool: thisTool(), regenerate, ...(key && { key }), ...(asOf && { asOf }), ...(certificates && { certificates }) }),
  )
  return { exit: result.exit, text: verificationText(result), json: verificationJson(result) }
}
