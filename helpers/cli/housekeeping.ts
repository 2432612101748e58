import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isReportFormat, reports } from '../../reports/index.ts'
import { FipsConformanceError } from '../errors/error.ts'
import { readBundle } from '../evidence/read-bundle.ts'
import { reportInput } from '../evidence/report-input.ts'
import { visible } from '../evidence/visible.ts'
import { catalogue } from '../policy/catalogue.ts'
import { kindProvider } from '../providers/kind/index.ts'
import { loadCluster } from '../providers/state.ts'
import type { Printed, WorkContext } from './perform.ts'
import { type CommandContext, standing, standingName } from './run.ts'

/** `down`: removes a cluster by its labels, whole or half made. */
export const down = async ({ settings, progress }: CommandContext): Promise<Printed> => {
  const name = settings.name ?? standingName
  const known = await loadCluster(name)
  const removed = await kindProvider.down(name, { progress })
  if (!known && removed === 0) {
    throw new FipsConformanceError({
      code: 'CLUSTER_UNKNOWN',
      what: `there is no cluster named ${name} that this tool made`,
      where: `--name ${name}`,
      remedy: '«fips-conformance sweep» lists what was left behind',
      exit: 3,
    })
  }
  return { exit: 0, text: `cluster ${name} is removed`, json: { name, removed } }
}

/** `sweep`: what dead or expired owners left behind. */
export const sweep = async ({ progress, signal }: WorkContext, execute: boolean): Promise<Printed> => {
  const left = await kindProvider.sweep({ progress, signal, execute })
  const lines = left.map(({ what, name, why }) => `${execute ? 'removed' : 'left behind'}: ${what} ${visible(name)} (${why})`)
  const hint = left.length > 0 && !execute ? ['nothing was removed: «fips-conformance sweep --execute» does'] : []
  return {
    exit: 0,
    text: left.length === 0 ? 'nothing was left behind' : [...lines, ...hint].join('\n'),
    json: { executed: execute, left },
  }
}

/** `logs`: what the nodes of a standing cluster say, as kind exports it. */
export const logs = async ({ settings, progress, signal }: CommandContext): Promise<Printed> => {
  const ref = await standing(settings)
  const directory = join(settings.out, `${ref.name}.logs`)
  await kindProvider.logs(ref, directory, { progress, signal })
  return { exit: 0, text: `logs: ${directory}`, json: { directory } }
}

const requirementIds = z.array(z.object({ id: z.string() }))

/** `report`: documents from a bundle, which itself is not touched. One format without `--out` goes to stdout. */
export const report = async (bundle: string, flags: Readonly<Record<string, unknown>>): Promise<Printed> => {
  const formats = Array.isArray(flags.format) ? flags.format.map(String) : ['html']
  const unknown = formats.find((format) => !isReportFormat(format))
  if (unknown !== undefined) {
    throw new FipsConformanceError({
      code: 'FORMAT_UNKNOWN',
      what: `there is no report format ${unknown}`,
      where: '--format',
      remedy: `take one of ${Object.keys(reports).join(', ')}`,
      exit: 64,
    })
  }
  const out = typeof flags.out === 'string' ? flags.out : undefined
  if (out === undefined && formats.length > 1) {
    throw new FipsConformanceError({
      code: 'OUT_MISSING',
      what: 'several formats need a directory to go to',
      where: '--format',
      remedy: 'name one with --out',
      exit: 64,
    })
  }
  const read = await readBundle(bundle)
  if (!read.findings) {
    throw new FipsConformanceError({
      code: 'BUNDLE_UNFINISHED',
      what: 'this bundle has no findings: its run was cut short',
      where: bundle,
      remedy: 'run it again',
      exit: 3,
    })
  }
  // Which requirements a bundle speaks of, it says itself: a scan judges no node.
  const own = read.policy.get('catalogue')
  const judged = own === undefined ? undefined : new Set(requirementIds.parse(own).map(({ id }) => id))
  const requirements = catalogue.filter(({ id }) => judged?.has(id) ?? true)
  const input = reportInput({ bundle: read, findings: read.findings, requirements })
  const made = formats.filter(isReportFormat).map((format) => ({ ...reports[format], text: reports[format].report(input) }))
  if (out === undefined) return { exit: 0, text: made[0]?.text ?? '', json: { report: made[0]?.text } }
  await mkdir(out, { recursive: true })
  for (const { file, text } of made) await writeFile(join(out, file), text)
  return { exit: 0, text: made.map(({ file }) => join(out, file)).join('\n'), json: { files: made.map(({ file }) => join(out, file)) } }
}
