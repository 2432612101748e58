import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Judged, judgeCluster } from '../conformance/judge-cluster.ts'
import { FipsConformanceError } from '../errors/error.ts'
import type { Seal } from '../evidence/seal.ts'
import { diagnose } from '../host/doctor.ts'
import { askEngine, type Engine } from '../host/engine.ts'
import { type HostLook, look } from '../host/look.ts'
import { thisOwner } from '../host/owner.ts'
import { ensureEngine } from '../host/setup.ts'
import type { BuildDefect } from '../node-image/recipes.ts'
import { type ProgressSink, stepsOf } from '../progress/progress.ts'
import { keeperOf } from '../providers/index.ts'
import { kindProvider } from '../providers/kind/index.ts'
import { machineProvider } from '../providers/machine/index.ts'
import type { ClusterRef } from '../providers/provider.ts'
import { loadCluster, saveCluster } from '../providers/state.ts'
import { machineSpec, prepareForMachines } from './make-machines.ts'
import { obtainImage } from './obtain-image.ts'
import { prepareOut } from './out-directory.ts'
import { newRunId } from './run-id.ts'
import { prepareSealing, type Sealing, seal } from './sealing.ts'
import type { Settings } from './settings.ts'
import { thisTool } from './this-tool.ts'

export type CommandContext = { settings: Settings; progress: ProgressSink; signal: AbortSignal }

/** Name of the cluster of `up`, `test`, `down` where none is given. `run` takes a name of its own, so that runs never meet. */
export const standingName = 'fips-conformance'

/** Hours that a kept cluster may stand before sweep takes it, and that any other may take. */
const keptHours = 72
const runHours = 6

type Phases = Record<string, number>

const timed = async <T>(phases: Phases, phase: string, work: () => Promise<T>): Promise<T> => {
  const started = performance.now()
  try {
    return await work()
  } finally {
    phases[phase] = Math.round(performance.now() - started) / 1000
  }
}

/** What the report says of the machine on which the harness ran: nothing that names it. */
const hostFacts = (engine: Engine): Record<string, string> => ({
  platform: `${process.platform}/${process.arch}`,
  docker: engine.version,
  'engine system': engine.os,
  kernel: engine.kernel,
  cgroup: `v${engine.cgroup.version} (${engine.cgroup.driver})`,
  cpus: String(engine.cpus),
})

type Made = { ref: ClusterRef; phases: Phases; engine: Engine }

/** Makes the node image and a cluster of it. A cluster that failed to come up leaves its logs in `<out>/<run>.logs` and nothing else. */
const makeCluster = async (
  { settings, progress, signal }: CommandContext,
  { run, name, kept, defects = {} }: { run: string; name: string; kept: boolean; defects?: Record<string, BuildDefect> },
): Promise<Made> => {
  const phases: Phases = {}
  const engine = await timed(phases, 'host', async () => {
    const answering = await ensureEngine({ progress, signal })
    await checkHost(progress, signal)
    return answering
  })
  const qemu =
    settings.provider === 'machine' ? await timed(phases, 'qemu', () => prepareForMachines(settings, engine, { progress, signal })) : ''
  const image = await timed(phases, 'image', () => obtainImage(settings, engine, { progress, signal, defects }))
  const expires = new Date(Date.now() + (kept ? keptHours : runHours) * 3_600_000).toISOString()
  const taken = (error: unknown): boolean => error instanceof FipsConformanceError && /^(KIND|MACHINE)_NAME_TAKEN$/.test(error.code)
  const ownership = { run, cluster: name, owner: thisOwner(), expires, kept }
  const make = async (): Promise<ClusterRef> => {
    const watch = { progress, signal }
    if (settings.provider === 'machine') {
      const spec = await timed(phases, 'disk', () => machineSpec(settings, { name, image, engine, qemu, ownership }, watch))
      return timed(phases, 'cluster', () => machineProvider.up(spec, watch))
    }
    const spec = { name, nodes: settings.nodes, image, cgroupVersion: engine.cgroup.version, apiPort: settings['api-port'], ownership }
    return timed(phases, 'cluster', () => kindProvider.up(spec, watch))
  }
  try {
    const ref = await make()
    return { ref, phases, engine }
  } catch (error) {
    if (!taken(error)) {
      const record = await loadCluster(name)
      if (record?.run === run) {
        if (!signal.aborted) await saveLogs(record, settings, progress)
        await keeperOf(record).down(name, { progress })
      }
    }
    throw error
  }
}

/** Says what this host is, and stops where a run is sure to fail for want of room. @throws FipsConformanceError `DISK_TOO_SMALL` */
const checkHost = async (progress: ProgressSink, signal: AbortSignal): Promise<void> => {
  const seen = await stepsOf('host', progress)('what this host is', () => look(signal), summary)
  const disk = diagnose(seen).find(({ id, state }) => id === 'disk' && state === 'missing')
  if (!disk) return
  throw new FipsConformanceError({
    code: 'DISK_TOO_SMALL',
    what: 'there is not enough room for a node image',
    where: disk.title,
    why: disk.found,
    ...(disk.remedy && { remedy: disk.remedy }),
    exit: 3,
  })
}

const summary = (seen: HostLook): string =>
  `${seen.osRelease?.prettyName ?? seen.platform}, ${seen.arch}, ${seen.engine.state === 'reachable' ? `Docker ${seen.engine.engine.version}, cgroup v${seen.engine.engine.cgroup.version}` : 'no engine'}`

/** Logs are a help, not a result: that they could not be had is said, and changes nothing. */
const saveLogs = async (ref: ClusterRef, settings: Settings, progress: ProgressSink): Promise<void> => {
  const directory = join(settings.out, `${ref.run}.logs`)
  await stepsOf('logs', progress)(`save what the nodes say to ${directory}`, () =>
    keeperOf(ref).logs(ref, directory, { progress: () => undefined }),
  ).catch((error: Error) => error.message)
}

/** A run whose bundle is sealed: nothing is written into it any more. */
export type SealedRun = Judged & { seal: Seal }

/** Judges a cluster that stands; one that was judged before is development. */
const judge = async (
  { settings, progress, signal }: CommandContext,
  { ref, engine, phases, sealing, stays }: { ref: ClusterRef; engine: Engine; phases: Phases; sealing: Sealing; stays?: string },
): Promise<SealedRun> => {
  // `up` then `test` is one run; what an earlier run has judged already is somebody's work in progress.
  const development = ref.judgedBy.length > 0
  // A judging that was interrupted has left half a bundle under the run's own name.
  const runId = development || existsSync(join(settings.out, ref.run)) ? newRunId() : ref.run
  const judged = await judgeCluster({
    ref,
    runId,
    development,
    createdBy: development ? 'earlier run' : 'this run',
    intrusive: settings.intrusive,
    ...(stays !== undefined && { stays }),
    claim: settings.require,
    ...(settings['supported-systems'] && { supportedSystems: settings['supported-systems'] }),
    ...(settings.operator !== undefined && { operator: settings.operator }),
    ...(settings.twin !== undefined && { twin: settings.twin }),
    suites: settings.suite,
    out: settings.out,
    tool: thisTool(),
    host: hostFacts(engine),
    phases: { ...(development ? {} : ref.phases), ...phases },
    progress,
    signal,
  })
  await saveCluster({ ...ref, judgedBy: [...ref.judgedBy, runId] })
  return { ...judged, seal: await timed(phases, 'seal', () => seal(judged.bundle, sealing, signal)) }
}

export const sealingOf = ({ key, timestamp, 'sign-command': signCommand }: Settings): Promise<Sealing> =>
  prepareSealing({ key, timestamp, signCommand })

/** `run`: everything from the host to the report; the cluster goes unless it is kept. */
export const run = async (context: CommandContext, defects: Record<string, BuildDefect> = {}): Promise<SealedRun> => {
  const { settings } = context
  if (settings.reuse) return test(context)
  await prepareOut(settings.out)
  const sealing = await sealingOf(settings)
  const id = newRunId()
  const name = settings.name ?? `fips-${id.slice(-6)}`
  return judgeMade(context, { ...(await makeCluster(context, { run: id, name, kept: settings.keep, defects })), sealing })
}

/** What `run` does with a cluster that it has made: judges it, and removes it whatever comes of that, unless it is kept. */
export const judgeMade = async (
  context: CommandContext,
  { ref, phases, engine, sealing }: Made & { sealing: Sealing },
): Promise<SealedRun> => {
  const { settings, progress } = context
  try {
    return await judge(context, { ref, engine, phases, sealing, ...(settings.keep && { stays: 'it is kept with --keep' }) })
  } finally {
    if (!settings.keep) await timed(phases, 'down', () => keeperOf(ref).down(ref.name, { progress }))
  }
}

/** `up`: a cluster that stays until `down`. */
export const up = async (context: CommandContext): Promise<ClusterRef> => {
  const { ref } = await makeCluster(context, { run: newRunId(), name: context.settings.name ?? standingName, kept: true })
  return ref
}

/** The standing cluster that a command is about. @throws FipsConformanceError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_READY` */
export const standing = async (settings: Settings): Promise<ClusterRef> => {
  const name = settings.name ?? standingName
  const ref = await loadCluster(name)
  if (!ref) {
    throw new FipsConformanceError({
      code: 'CLUSTER_UNKNOWN',
      what: `there is no cluster named ${name} that this user made`,
      where: `--name ${name}`,
      remedy: `make it with «fips-conformance up --name ${name}»`,
      exit: 3,
    })
  }
  if (!ref.ready) {
    throw new FipsConformanceError({
      code: 'CLUSTER_NOT_READY',
      what: `the cluster ${name} was never ready: the command that made it did not finish`,
      where: `--name ${name}`,
      remedy: `remove it with «fips-conformance down --name ${name}» and make it again`,
      exit: 3,
    })
  }
  return ref
}

/** `test`: judges a cluster that `up` made. The first time they are one run; later it is development. */
export const test = async (context: CommandContext): Promise<SealedRun> => {
  const ref = await standing(context.settings)
  await prepareOut(context.settings.out)
  const sealing = await sealingOf(context.settings)
  const engine = await askEngine(context.signal)
  return judge(context, { ref, engine, phases: {}, sealing, stays: 'it stood before this command and stands after it' })
}
