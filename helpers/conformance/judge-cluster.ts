import { getFips, randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { versions } from 'node:process'
import { reports } from '../../reports/index.ts'
import { otherPrograms, type SeenNode } from '../cluster/subjects.ts'
import { takeInventory } from '../cluster/take-inventory.ts'
import { createBundle } from '../evidence/bundle-writer.ts'
import type { Exit } from '../evidence/claim.ts'
import { bundleLayout } from '../evidence/layout.ts'
import type { PlannedPair } from '../evidence/model.ts'
import { readBundle } from '../evidence/read-bundle.ts'
import { createRecorder } from '../evidence/recorder.ts'
import { derivedInput, replayFindings } from '../evidence/replay.ts'
import type { ReportInput } from '../evidence/report-input.ts'
import type { Clock, Run } from '../evidence/run.ts'
import { interrupted } from '../host/docker.ts'
import { catalogue } from '../policy/catalogue.ts'
import { certificates } from '../policy/certificates-data.ts'
import { components } from '../policy/components.ts'
import { boringCryptoBuilds } from '../policy/modules.ts'
import { fips1403Tls } from '../policy/profiles.ts'
import { tlsQuestions } from '../policy/tls-questions.ts'
import { type ProgressSink, stepsOf } from '../progress/progress.ts'
import { keeperOf } from '../providers/index.ts'
import { machineConsoles } from '../providers/machine/index.ts'
import type { ClusterRef } from '../providers/provider.ts'
import { plantable } from '../tls/read/control-server.ts'
import { contextNodes } from './context.ts'
import { coverageOf, latePairs, makePlan, type PlanInput } from './make-plan.ts'
import { disksToRead, readFromOutside } from './outside.ts'
import { readClocks } from './read-clocks.ts'
import { runSuites } from './run-suites.ts'
import { lateSuites, secondLook } from './second-look.ts'
import { familiesOf, type SuiteName, suiteNames } from './suite-names.ts'

export type JudgeOptions = {
  ref: ClusterRef
  runId: string
  /** The cluster was judged by an earlier run: what is found satisfies no claim. */
  development: boolean
  createdBy: Run['cluster']['createdBy']
  /** A cluster that this run did not create may be changed, too, and its client certificates used. */
  intrusive: boolean
  /** Why its machines go on running after this command; absent where the same command removes them, so that they may be shut down and their disks read. */
  stays?: string
  claim: readonly string[]
  /** Operating systems that the user takes beside the list of the policy, by ID of os-release(5). */
  supportedSystems?: readonly string[]
  /** Who answers for the run. */
  operator?: string
  /** Directory of a bundle of the same kernel without fips=1. */
  twin?: string
  suites: readonly SuiteName[]
  /** Directory in which the bundle’s directory is made. */
  out: string
  tool: Run['tool']
  host: Record<string, string>
  /** Seconds of earlier phases. */
  phases: Record<string, number>
  progress: ProgressSink
  signal?: AbortSignal | undefined
}

export type Judged = { bundle: string; exit: Exit; input: ReportInput; phases: Record<string, number>; suiteErrors: readonly string[] }

/** Dated data and tables that the rules judge with, as they stand in this version: they go into the bundle. */
const policyFiles = {
  catalogue,
  certificates,
  components,
  modules: boringCryptoBuilds,
  profile: fips1403Tls,
  'tls-questions': tlsQuestions,
} as const

/**
 * Judges a standing cluster: inventory, plan, suites, findings, reports, all in one bundle. Findings follow from the stored bytes alone;
 * how the test runner ended plays no part in them.
 * @throws FipsConformanceError `INVENTORY_FAILED`, `NODE_UNREACHABLE`, `BUNDLE_EXISTS`, `INTERRUPTED`
 */
export const judgeCluster = async (options: JudgeOptions): Promise<Judged> => {
  const { ref, runId, out, progress, signal, claim } = options
  const step = stepsOf('judge', progress)
  const phases: Record<string, number> = { ...options.phases }
  const timed = async <T>(phase: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    try {
      return await work()
    } finally {
      phases[phase] = Math.round(performance.now() - started) / 1000
    }
  }
  const startedAt = new Date()
  const writer = await createBundle({ root: out, runId })
  const clocks: Clock[] = []
  const run = (nodes: readonly SeenNode[], late: readonly PlannedPair[] = [], finishedAt?: Date): Run => ({
    runId,
    tool: options.tool,
    startedAt: startedAt.toISOString(),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
    ...(options.operator !== undefined && { operator: options.operator }),
    claim: [...claim],
    provider: ref.provider,
    cluster: {
      name: ref.name,
      id: ref.run,
      createdBy: options.createdBy,
      nodes: ref.nodes.map(({ name, role }) => ({ name, role, ...machineFacts(ref) })),
    },
    host: options.host,
    image: { reference: ref.image.reference, id: ref.image.id, origin: ref.image.origins.map((origin) => originOf(origin)) },
    policy: {
      certificatesAsOf: newest(certificates.map(({ asOf }) => asOf)),
      profile: fips1403Tls.name,
      asOf: startedAt.toISOString(),
    },
    development: options.development,
    phases,
    harness: { node: versions.node, openssl: versions.openssl, fipsMode: getFips() === 1 },
    ...(clocks.length > 0 && { clocks }),
    ...(nodes.length > 0 && { inventory: coverageOf(nodes, late), otherPrograms: nodes.flatMap(otherPrograms) }),
  })

  const nodes = await timed('inventory', () =>
    step(
      'inventory of processes, listeners and components',
      async () => {
        const first: SeenNode[] = []
        const recorder = await createRecorder({ bundle: writer.dir, writer: 'inventory' })
        for (const access of keeperOf(ref).access(ref)) {
          const role = ref.nodes.find(({ name }) => name === access.name)?.role ?? 'worker'
          const taken = await takeInventory(access, role, signal)
          await recorder.record({
            requirement: 'inventory',
            subject: { kind: 'node', key: `node:${access.name}`, name: access.name, detail: {} },
            readings: [taken.reading],
          })
          clocks.push(...(await readClocks([access], 'start', signal)))
          await access.close()
          first.push(taken.seen)
        }
        await recorder.end()
        return first
      },
      (first) => `${first.length} nodes, ${first.flatMap(({ components: found }) => found).length} components, ${countOf(first)} listeners`,
    ),
  )
  const suites = options.suites.length > 0 ? [...new Set([...options.suites, 'self-proof' as const])] : [...suiteNames]
  const planInput = {
    claim,
    suites: suites.flatMap((suite) => familiesOf[suite]),
    plantable: plantable(),
    draw: (from) => (from.length === 0 ? undefined : from[randomInt(from.length)]),
    hostKernel: ref.provider === 'kind',
    ...(options.supportedSystems && { supportedSystems: options.supportedSystems }),
    ...(options.stays !== undefined && { stays: options.stays }),
    ...(options.createdBy !== 'this run' &&
      !options.intrusive && { readOnly: 'this run did not create the cluster, and --intrusive was not given' }),
  } satisfies Omit<PlanInput, 'nodes'>
  const plan = makePlan({ ...planInput, nodes })
  await writer.writePlan(plan)
  await writer.writeRun(run(nodes))
  for (const [name, data] of Object.entries(policyFiles)) await writer.writePolicy(name, JSON.parse(JSON.stringify(data)))

  const judged = (asked: readonly SuiteName[], pairs: number, late?: true) =>
    step(
      `suites ${asked.join(', ')}: ${pairs} pairs of requirement and subject`,
      (note) =>
        runSuites({
          context: {
            bundle: writer.dir,
            asOf: startedAt.toISOString(),
            nodes: contextNodes(ref),
            tools: ref.image.afAlgProbe === undefined ? {} : { afAlgProbe: ref.image.afAlgProbe },
            ...earlierBundle(ref, out),
            ...(options.twin !== undefined &&
              ref.machines && { twin: { bundle: resolve(options.twin), kernel: ref.machines.kernel.origin } }),
            ...(late && { late }),
          },
          suites: asked,
          onTest: (name, state) => note(`${name}: ${state}`),
          signal,
        }),
      ({ tests, errors }) => `${tests} judged${errors.length > 0 ? `, ${errors.length} errors of the test runner` : ''}`,
    )
  const end = await timed('suites', () => judged(suites, plan.pairs.length))
  if (signal?.aborted) throw interrupted('the suites', signal.reason)
  const accesses = keeperOf(ref).access(ref)
  const seen = await timed('second look', () =>
    step(
      'second look: what listens now and did not at first',
      () => secondLook({ bundle: writer.dir, nodes, accesses, signal }),
      (again) => `${countOf(again) - countOf(nodes)} more listeners`,
    ),
  )
  const late = latePairs(plan, { ...planInput, nodes: seen })
  const whole = { ...plan, pairs: [...plan.pairs, ...late] }
  if (late.length > 0) {
    await writer.writePlan(whole)
    const { errors } = await timed('late suites', () => judged(lateSuites(whole, suites), late.length, true))
    end.errors.push(...errors)
    if (signal?.aborted) throw interrupted('the suites', signal.reason)
  }
  clocks.push(...(await readClocks(accesses, 'end', signal)))
  await Promise.all(accesses.map((access) => access.close()))
  const outside = () => readFromOutside({ ref, bundle: writer.dir, plan: whole, nodes: seen, since: startedAt.toISOString(), step, signal })
  await (disksToRead(whole).length > 0 ? timed('outside', outside) : outside())
  await recordConsoles(ref, writer.dir)
  return timed('reports', async () => {
    const finished = run(seen, late, new Date())
    const collected = { ...(await readBundle(writer.dir)), run: finished }
    // The way that `verify` goes: findings follow from what is stored, and from nothing that only this process knows.
    const findings = replayFindings(collected)
    await writer.writeFindings(findings)
    await writer.writeRun(finished)
    const input = derivedInput(collected, findings)
    for (const { file, pieces } of Object.values(reports)) await writer.writeReport(file, pieces(input))
    return { bundle: writer.dir, exit: input.exit, input, phases, suiteErrors: end.errors }
  })
}

/** How a machine ran; nothing for containers. */
const machineFacts = ({ machines }: ClusterRef): { facts?: Record<string, string> } =>
  machines === undefined
    ? {}
    : {
        facts: {
          accelerator: machines.accelerator === 'kvm' ? 'KVM' : 'emulation (TCG)',
          'kernel command line': machines.kernel.commandLine,
          kernel: machines.kernel.origin,
        },
      }

/** What the machines have said on their serial consoles, from power on to now. */
const recordConsoles = async (ref: ClusterRef, bundle: string): Promise<void> => {
  const consoles = await machineConsoles(ref)
  if (consoles.length === 0) return
  const recorder = await createRecorder({ bundle, writer: 'consoles' })
  for (const { node, log } of consoles) {
    await recorder.record({
      requirement: 'inventory',
      subject: { kind: 'node', key: `node:${node}`, name: node, detail: {} },
      readings: [{ kind: 'serial-console', means: 'serial port of the machine', source: 'serial console', data: { node }, blobs: { log } }],
    })
  }
  await recorder.end()
}

const countOf = (nodes: readonly SeenNode[]): number => nodes.reduce((sum, { inventory }) => sum + inventory.listeners.length, 0)

const newest = (days: readonly string[]): string => days.toSorted().at(-1) ?? ''

const originOf = ({ component = '', version = '', origin = '', ...rest }: Record<string, string>) => ({
  component,
  version,
  origin,
  ...rest,
})

/** The bundle of the last run that judged this very cluster, where it is in the same folder. A run of other suites has recorded nothing to compare with. */
const earlierBundle = ({ judgedBy }: ClusterRef, out: string): { earlier?: string } => {
  const last = judgedBy
    .map((run) => join(out, run))
    .findLast(
      (folder) =>
        existsSync(join(folder, bundleLayout.findings)) && existsSync(join(folder, bundleLayout.observations, 'permanence.ndjson')),
    )
  return last === undefined ? {} : { earlier: last }
}
