import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { versions } from 'node:process'
import { reports } from '../../reports/index.ts'
import { conversationWithPlant } from '../conformance/looks/plants.ts'
import { sshPlants } from '../conformance/ssh-plants.ts'
import { createBundle, openBundle } from '../evidence/bundle-writer.ts'
import type { JsonInput } from '../evidence/canonical-json.ts'
import type { Exit } from '../evidence/claim.ts'
import type { PlannedPair, Subject } from '../evidence/model.ts'
import { readBundle } from '../evidence/read-bundle.ts'
import { createRecorder } from '../evidence/recorder.ts'
import { derivedInput, replayFindings } from '../evidence/replay.ts'
import type { Run } from '../evidence/run.ts'
import { catalogue } from '../policy/catalogue.ts'
import { certificates } from '../policy/certificates-data.ts'
import { type Defect, plantable } from '../tls/read/control-server.ts'
import type { Probed, ProbeSettings } from './probe-endpoint.ts'
import { endpointName } from './probe-target.ts'
import { newRunId } from './run-id.ts'
import { prepareSealing, seal } from './sealing.ts'
import { thisTool } from './this-tool.ts'

export type ProbeBundleOptions = {
  /** Directory in which the bundle's directory is made. */
  out: string
  targets: readonly string[]
  settings: ProbeSettings
  tool?: Run['tool']
}

const tlsRequirements = ['FIPS-TLS-1', 'FIPS-TLS-2', 'FIPS-TLS-3', 'FIPS-TLS-6', 'FIPS-TLS-7', 'FIPS-TLS-8']
const sshRequirements = ['FIPS-SSH-1']
const selfRequirement = 'FIPS-SELF-1'

const subjectOf = ({ endpoint }: Probed, { profile, starttls }: ProbeSettings): Subject => ({
  kind: 'listener',
  key: `endpoint:${endpointName(endpoint)}${endpoint.sni === null ? '' : `/${endpoint.sni}`}`,
  name: endpointName(endpoint),
  detail: {
    how: 'named as a target of the probe',
    address: endpoint.address,
    port: String(endpoint.port),
    transport: 'tcp',
    loopback: 'false',
    profile: profile.name,
    ...(endpoint.sni !== null && { sni: endpoint.sni }),
    ...(starttls && { starttls }),
  },
})

const plantSubject = (name: string, defect: Defect, mode: string, drawnFrom?: number): Subject => ({
  kind: 'plant',
  key: `plant:tls/${name}`,
  name: `planted listener: ${name}`,
  detail: { defect: JSON.stringify(defect), mode, ...(drawnFrom !== undefined && { drawnFrom: String(drawnFrom) }) },
})

const draw = <T>(from: readonly T[]): T | undefined => from[randomInt(from.length)]

/** A sound server, one that accepts a suite drawn at random, and one that says nothing where it should refuse; SSH servers for a probe of SSH. */
const plants = ({ ssh }: ProbeSettings): Subject[] => {
  if (ssh) return sshPlants(draw)
  const from = plantable().filter(({ suite }) => suite !== undefined)
  return [
    plantSubject('sound', {}, 'chooser'),
    plantSubject('suite', draw(from) ?? {}, 'chooser', from.length),
    plantSubject('mute', {}, 'mute'),
  ]
}

const plain = (value: unknown): JsonInput => JSON.parse(JSON.stringify(value)) as JsonInput

const runOf = (runId: string, startedAt: Date, { targets, settings, tool = thisTool() }: ProbeBundleOptions, count: number) => {
  const complete = { complete: true, count }
  return (finishedAt?: Date): Run => ({
    runId,
    tool,
    startedAt: startedAt.toISOString(),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
    claim: [settings.ssh ? 'FIPS-SSH' : 'FIPS-TLS'],
    provider: 'probe',
    cluster: { name: targets.join(', '), createdBy: 'user', nodes: [] },
    host: { platform: `${process.platform}/${process.arch}` },
    policy: {
      certificatesAsOf:
        certificates
          .map(({ asOf }) => asOf)
          .toSorted()
          .at(-1) ?? '',
      profile: settings.profile.name,
      asOf: settings.asOf.toISOString(),
    },
    development: false,
    phases: {},
    harness: { node: versions.node, openssl: versions.openssl },
    inventory: { listener: complete },
  })
}

/**
 * A sealed bundle of what was probed: each endpoint, address and name is a subject of kind listener, judged by the same table as a cluster's listeners, for the
 * profile of the probe; and what was planted to show that the prober could have failed. `where` names the bundle and its reports.
 * @throws FipsConformanceError `BUNDLE_EXISTS`, `KEY_UNREADABLE`, `KEY_EXPOSED`
 */
export const writeProbeBundle = async (
  all: readonly Probed[],
  options: ProbeBundleOptions,
): Promise<{ exit: Exit; bundle: string; where: string }> => {
  const { out, settings, targets } = options
  const sealing = await prepareSealing({})
  const startedAt = settings.asOf
  const runId = newRunId(startedAt)
  const ids = settings.ssh ? sshRequirements : tlsRequirements
  const requirements = catalogue.filter(({ id }) => ids.includes(id) || id === selfRequirement)
  const planted = plants(settings)
  const pairs: PlannedPair[] = [
    ...ids.flatMap((requirement) => all.map((probed) => ({ requirement, subject: subjectOf(probed, settings) }))),
    ...planted.map((subject) => ({ requirement: selfRequirement, subject })),
  ]
  const run = runOf(runId, startedAt, options, all.length)
  const writer = await createBundle({ root: out, runId })
  await writer.writePlan({ claim: run().claim, pairs })
  await writer.writeRun(run())
  await writer.writePolicy('catalogue', plain(requirements))
  await writer.writePolicy('certificates', plain(certificates))
  await writer.writePolicy('profile', plain(settings.profile))
  await writer.writePolicy('probe', plain({ targets, ssh: settings.ssh, starttls: settings.starttls ?? null }))
  const recorder = await createRecorder({ bundle: writer.dir, writer: 'probe' })
  const [first = '', ...others] = ids
  for (const probed of all) {
    const subject = subjectOf(probed, settings)
    const recorded = await recorder.record({ requirement: first, subject, readings: [...probed.readings] })
    const observations = recorded.map(({ id }) => id)
    // One conversation bears out every requirement about the listener.
    for (const requirement of [first, ...others]) await recorder.close({ requirement, subject, observations })
  }
  for (const subject of planted) {
    const pair = { requirement: selfRequirement, subject }
    const recorded = await recorder.record({ ...pair, readings: [...(await conversationWithPlant(subject).read(settings.signal))] })
    await recorder.close({ ...pair, observations: recorded.map(({ id }) => id) })
  }
  await recorder.end()
  const findings = replayFindings(await readBundle(writer.dir))
  await writer.writeFindings(findings)
  await writer.writeRun(run(new Date()))
  const input = derivedInput(await readBundle(writer.dir), findings)
  const reporter = openBundle(writer.dir)
  for (const { file, pieces } of Object.values(reports)) await reporter.writeReport(file, pieces(input))
  const sealed = await seal(writer.dir, sealing, settings.signal)
  const where = [
    `evidence: ${writer.dir}`,
    `id:       ${sealed.id}`,
    ...Object.values(reports).map(({ file }) => `report:   ${join(writer.dir, 'reports', file)}`),
  ].join('\n')
  return { exit: input.exit, bundle: writer.dir, where }
}
