import { join } from 'node:path'
import { z } from 'zod'
import type { SeenNode } from '../cluster/subjects.ts'
import type { ToldComponent } from '../disk/analyse/places.ts'
import { bundleLayout } from '../evidence/layout.ts'
import { ledgerLineSchema } from '../evidence/ledger.ts'
import type { Observation, Plan, Reading, Subject } from '../evidence/model.ts'
import { linesOf } from '../evidence/read-bundle.ts'
import { writerOf } from './suite-names.ts'

/** What the suites recorded of one node's programs: the observations of its components, and its own list of everything. */
export type ToldByNode = { components: ToldComponent[]; list: Observation | undefined }

const executableData = z.object({ path: z.string(), sha256: z.string().exactOptional(), reason: z.string().exactOptional() })

const replaced = / \(deleted\)$/

/** A path as lists of files spell it: one character for each byte. */
const bytewise = (path: string): string => Buffer.from(path, 'utf8').toString('latin1')

/** Where a component runs, by what the inventory of its node says of its process. */
const placeOf = (path: string, { inventory }: SeenNode): Pick<ToldComponent, 'exe' | 'root' | 'unread'> => {
  const pid = /^\/proc\/(\d+)\/exe$/.exec(path)?.[1]
  if (pid === undefined) return { exe: path, root: 'node' }
  const process = inventory.processes.find((one) => one.pid === Number(pid))
  const init = inventory.processes.find((one) => one.pid === 1)
  if (process === undefined || init === undefined) return { exe: path, root: 'node', unread: 'the inventory does not have its process' }
  if (process.rootDevice === '' || init.rootDevice === '')
    return { exe: process.exe, root: 'node', unread: 'whose root file system its process has is not known' }
  const root = process.rootDevice === init.rootDevice ? 'node' : 'container'
  if (replaced.test(process.exe)) return { exe: process.exe, root, unread: 'its file was removed or replaced while it ran' }
  return { exe: process.exe, root }
}

const componentOf = (observation: Observation, subject: Subject, seen: SeenNode): ToldComponent => {
  const data = executableData.parse(observation.data)
  const { exe, ...place } = placeOf(data.path, seen)
  return {
    component: subject.name,
    source: data.path,
    observation: observation.id,
    exe: bytewise(exe),
    ...place,
    ...(data.sha256 === undefined ? { unread: data.reason ?? 'its bytes were not read' } : { sha256: data.sha256 }),
  }
}

/** What each node told of its programs in this run, from what the suite of modules wrote; empty where it wrote nothing. */
export const toldByNodes = async (bundle: string, plan: Plan, nodes: readonly SeenNode[]): Promise<Map<string, ToldByNode>> => {
  const subjects = new Map(
    plan.pairs.filter(({ requirement }) => requirement === 'FIPS-MOD-1').map(({ subject }) => [subject.key, subject]),
  )
  const told = new Map(nodes.map(({ name }): [string, ToldByNode] => [name, { components: [], list: undefined }]))
  const take = (observation: Observation): void => {
    const subject = subjects.get(observation.subject)
    const seen = nodes.find(({ name }) => name === subject?.node)
    if (observation.kind === 'executable' && subject !== undefined && seen !== undefined)
      told.get(seen.name)?.components.push(componentOf(observation, subject, seen))
    const own = observation.kind === 'executables' ? told.get(String(observation.data.node)) : undefined
    if (own !== undefined) own.list = observation
  }
  for (const writer of [writerOf('modules'), writerOf('modules', true)]) {
    try {
      for await (const line of linesOf(join(bundle, bundleLayout.observations, `${writer}.ndjson`))) {
        const parsed = ledgerLineSchema.parse(JSON.parse(new TextDecoder().decode(line)))
        if (parsed.type === 'observation') take(parsed)
      }
    } catch (error) {
      // A suite that did not run wrote nothing.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  return told
}

/** What one node told, and since when it could have told of it (RFC 3339), as an observation that is judged together with its disk: by itself, whatever else the bundle holds. */
export const toldReading = (
  node: string,
  { components, list }: ToldByNode,
  { records, since }: { records: Uint8Array | undefined; since: string },
): Reading => ({
  kind: 'told-programs',
  means: 'observations of this run',
  source: `${node}: what it told of its programs`,
  data: { node, since, components: components.map((one) => ({ ...one })), ...(list && { list: list.id }) },
  blobs: records === undefined ? {} : { records },
})
