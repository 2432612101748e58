import { readFile } from 'node:fs/promises'
import type { SeenNode } from '../cluster/subjects.ts'
import { readDiskFiles } from '../disk/read/disk-files.ts'
import { blobPath } from '../evidence/layout.ts'
import type { Plan, PlannedPair, Reading, Subject } from '../evidence/model.ts'
import { createRecorder } from '../evidence/recorder.ts'
import { interrupted } from '../host/docker.ts'
import type { Step } from '../progress/progress.ts'
import { debugfsFor } from '../providers/machine/debugfs-program.ts'
import { machineAccess, patienceFor } from '../providers/machine/index.ts'
import { type EndedMachine, powerOff } from '../providers/machine/power-off.ts'
import type { ClusterRef } from '../providers/provider.ts'
import { type ToldByNode, toldByNodes, toldReading } from './told-programs.ts'

/** The requirement whose evidence is taken when the suites are over, because it ends the cluster. */
const requirement = 'FIPS-MOD-2'

const isAsked = ({ detail }: Subject): boolean => detail.kernel !== 'host' && detail.stays === undefined

/** The disks that a run is to read from outside: none where the nodes are containers or stay. */
export const disksToRead = ({ pairs }: Plan): PlannedPair[] =>
  pairs.filter((pair) => pair.requirement === requirement && isAsked(pair.subject))

type Outside = {
  ref: ClusterRef
  bundle: string
  plan: Plan
  nodes: readonly SeenNode[]
  /** When this run began to judge: RFC 3339. */
  since: string
  step: Step
  signal?: AbortSignal | undefined
}

/** Longest time that one disk may take, in milliseconds; seen: a few seconds. */
const limit = 300_000

const readOne = async ({ ref, step, signal }: Outside, { node, disk, ended }: EndedMachine, { components }: ToldByNode): Promise<Reading> =>
  step(
    `read the disk of ${node} from outside`,
    async (note) => {
      const { program, means, release } = await debugfsFor(disk, ref.image.reference)
      const late = AbortSignal.timeout(limit)
      try {
        const watched = signal ? AbortSignal.any([signal, late]) : late
        return await readDiskFiles({ node, disk, program, means, places: components, ended, note }, watched)
      } catch (error) {
        if (signal?.aborted) throw interrupted(`reading the disk of ${node}`, error)
        if (!late.aborted) throw error
        const failed = `it was not read within ${limit / 1000} s`
        return { kind: 'disk-files', means, source: `${node}: raw disk`, data: { node, ended, failed }, blobs: {} }
      } finally {
        // What is left behind is found by its label: it does not undo what was read.
        await release().catch((error: unknown) => note(`not removed: ${error instanceof Error ? error.message : String(error)}`))
      }
    },
    ({ data, blobs }) => (blobs.files === undefined ? String(data.failed ?? 'not left in order') : `${blobs.files.length} bytes of list`),
  )

/** Shuts the machines down, since none of them is needed any more, and reads the disk of each without its help. */
const readDisks = async (outside: Outside): Promise<Map<string, Reading[]>> => {
  const { ref, bundle, plan, nodes, since, step, signal } = outside
  const { machines } = ref
  if (machines === undefined) throw new Error('only machines have disks')
  const told = await toldByNodes(bundle, plan, nodes)
  const patience = patienceFor(machines)
  const access = (name: string) => {
    const node = machines.nodes.find((one) => one.name === name)
    if (node === undefined) throw new Error(`there is no machine ${name}`)
    return machineAccess(node, [], patience)
  }
  const ended = await step(
    'shut down what was judged, to read its disks',
    (note) => powerOff({ run: ref.run, machines }, access, { patience, note, signal }),
    (all) => all.map(({ ended: how }) => how).join('; '),
  )
  const readings = new Map<string, Reading[]>()
  for (const machine of ended) {
    if (signal?.aborted) throw interrupted('reading disks', signal.reason)
    const own = told.get(machine.node) ?? { components: [], list: undefined }
    const blob = own.list?.blobs.records
    const records = blob === undefined ? undefined : new Uint8Array(await readFile(blobPath(bundle, blob)))
    readings.set(machine.node, [toldReading(machine.node, own, { records, since }), await readOne(outside, machine, own)])
  }
  return readings
}

/**
 * Takes the evidence of FIPS-MOD-2 for every planned node: of a machine that goes with this run by shutting it down and reading its disk, of any other nothing, since its
 * subject says why. After it no machine of the cluster runs.
 * @throws FipsConformanceError `INTERRUPTED`, `MACHINE_WILL_NOT_END`
 */
export const readFromOutside = async (outside: Outside): Promise<void> => {
  const pairs = outside.plan.pairs.filter((pair) => pair.requirement === requirement)
  if (pairs.length === 0) return
  const readings = disksToRead(outside.plan).length > 0 ? await readDisks(outside) : new Map<string, Reading[]>()
  const recorder = await createRecorder({ bundle: outside.bundle, writer: 'outside' })
  for (const { subject } of pairs) {
    const own = isAsked(subject) ? (readings.get(subject.node ?? '') ?? []) : []
    const evidence = own.length > 0 ? await recorder.record({ requirement, subject, readings: own }) : []
    await recorder.close({ requirement, subject, observations: evidence.map(({ id }) => id) })
  }
  await recorder.end()
}
