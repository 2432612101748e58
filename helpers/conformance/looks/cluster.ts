import type { NodeAccess } from '../../cluster/node-access.ts'
import type { Evidence, Reading } from '../../evidence/model.ts'
import { readBundle } from '../../evidence/read-bundle.ts'
import { readFipsEnabled } from '../../kernel/read/fips-enabled.ts'
import { readNodeHistory, readNodeSystem } from '../../operating-system/read/system.ts'
import type { Look } from '../requirement.ts'

/** A reading of one node for a subject that is the whole cluster. */
const of = (node: string, reading: Reading): Reading => ({
  ...reading,
  source: `${node}: ${reading.source}`,
  data: { ...reading.data, node },
})

const atEach = (name: string, nodes: readonly NodeAccess[], read: (node: NodeAccess, signal: AbortSignal) => Promise<Reading>): Look => ({
  name,
  read: (signal) => Promise.all(nodes.map(async (node) => of(node.name, await read(node, signal)))),
})

export const kernelFlags = (nodes: readonly NodeAccess[]): Look => atEach('kernel flags', nodes, readFipsEnabled)
export const systems = (nodes: readonly NodeAccess[]): Look => atEach('operating systems', nodes, readNodeSystem)
export const histories = (nodes: readonly NodeAccess[]): Look => atEach('histories', nodes, readNodeHistory)

const kinds: readonly string[] = ['fips-enabled', 'node-system']

const copied = async ({ kind, means, source, data, blobs, bytes }: Evidence, run: string): Promise<Reading> => ({
  kind: `baseline-${kind}`,
  means: `bundle of run ${run}, ${means}`,
  source,
  data: { ...data, run },
  blobs: Object.fromEntries(Object.keys(blobs).map((name) => [name, bytes(name)])),
})

/** What an earlier run of the same cluster stored about its nodes, copied byte for byte, so that this bundle can be judged alone. */
export const baseline = (earlier: string | undefined): Look => ({
  name: 'baseline',
  read: async () => {
    if (earlier === undefined) return []
    const { run, evidence } = await readBundle(earlier)
    const own = evidence.filter(({ kind, data, subject }) => kinds.includes(kind) && subject === 'cluster' && typeof data.node === 'string')
    return Promise.all(own.map((one) => copied(one, run.runId)))
  },
})
