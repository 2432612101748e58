import { versions } from 'node:process'
import { plantedBuilds, plantedFiles } from '../crypto-modules/analyse/plant.ts'
import { readExecutable } from '../crypto-modules/read/executable.ts'
import type { FipsConformanceError } from '../errors/error.ts'
import { createBundle } from '../evidence/bundle-writer.ts'
import type { JsonInput } from '../evidence/canonical-json.ts'
import type { Finding, PlannedPair, Reading, Subject } from '../evidence/model.ts'
import { readBundle } from '../evidence/read-bundle.ts'
import { createRecorder, type Recorder } from '../evidence/recorder.ts'
import { derivedInput, replayFindings } from '../evidence/replay.ts'
import type { ReportInput } from '../evidence/report-input.ts'
import type { Run } from '../evidence/run.ts'
import { catalogue } from '../policy/catalogue.ts'
import { certificates } from '../policy/certificates-data.ts'
import { boringCryptoBuilds } from '../policy/modules.ts'
import type { ScannedFile, ScanOptions, ScanResult } from './scan.ts'

export type BundleOptions = {
  /** Directory in which the bundle's directory is made. */
  out: string
  runId: string
  tool: Run['tool']
  startedAt: Date
  scan: Pick<ScanOptions, 'targets' | 'expect' | 'all' | 'asOf' | 'digest' | 'exclude' | 'waivers' | 'certificates'>
}

const requirement = 'FIPS-MOD-1'
const selfRequirement = 'FIPS-SELF-2'
/** What a scan can speak of. */
const requirements = catalogue.filter(({ id }) => id === requirement || id === selfRequirement)

const subjectOf = ({ line }: ScannedFile, { expect, all }: BundleOptions['scan'], twins: number): Subject => ({
  kind: 'component',
  key: `file:${line.path}${twins === 0 ? '' : ` (${twins + 1})`}`,
  name: line.path,
  detail: {
    how: 'named as a target of the scan, or found in one',
    path: line.path,
    expect,
    ...(all && { all: 'true' }),
    ...(line.sha256 !== null && { sha256: line.sha256 }),
  },
})

/**
 * Judged files as subjects. One that was named twice is one; others that are shown by the same path (names that are not UTF-8, images of one name) are told apart by
 * a number, in the order of their digests.
 */
const subjectsOf = (files: readonly ScannedFile[], scan: BundleOptions['scan']): Map<ScannedFile, Subject> => {
  const byPath = Map.groupBy(files, ({ line }) => line.path)
  const sameness = ({ line: { sha256, verdict, reason } }: ScannedFile): string => JSON.stringify([sha256, verdict, reason])
  return new Map(
    [...byPath.values()].flatMap((alike) =>
      [...new Map(alike.map((file) => [sameness(file), file]))]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, file], twins) => [file, subjectOf(file, scan, twins)] as const),
    ),
  )
}

const plantSubject = (plant: string): Subject => ({
  kind: 'plant',
  key: `plant:module/${plant}`,
  name: `planted file: ${plant}`,
  detail: { plant, builds: 'planted' },
})

const recordPlants = async (recorder: Recorder): Promise<void> => {
  const builds = plantedBuilds()
  for (const [plant, bytes] of Object.entries(plantedFiles())) {
    const source = {
      path: `planted:${plant}`,
      means: 'memory of this process',
      async *open() {
        yield bytes
      },
    }
    const pair = { requirement: selfRequirement, subject: plantSubject(plant) }
    const recorded = await recorder.record({ ...pair, readings: [await readExecutable(source, { builds })] })
    await recorder.close({ ...pair, observations: recorded.map(({ id }) => id) })
  }
}

/** The reading of a file in its own place: what stands for the path in it becomes the path. */
const placed = (reading: Reading, path: string): Reading => ({ ...reading, source: path, data: { ...reading.data, path } })

const unread = (path: string, reason: string): Reading => ({
  kind: 'executable',
  means: 'file of this machine',
  source: path,
  data: { state: 'unreadable', reason, path, needles: [], functionTables: [], ranges: [] },
  blobs: {},
})

/** What could not be read whole stands among the judged, too: a bundle must not look better than its scan was. */
const troubleSubject = ({ trouble }: Pick<FipsConformanceError, 'trouble'>, at: number, { expect }: BundleOptions['scan']): Subject => {
  const where = trouble.where ?? `target ${at + 1}`
  return {
    kind: 'component',
    key: `target:${at + 1}:${where}`,
    name: where,
    detail: { how: 'a target of the scan that could not be read whole', path: where, expect },
  }
}

const recordTroubles = async (
  recorder: Recorder,
  troubles: readonly FipsConformanceError[],
  scan: BundleOptions['scan'],
): Promise<void> => {
  for (const [at, { trouble }] of troubles.entries()) {
    const subject = troubleSubject({ trouble }, at, scan)
    const reading = unread(subject.name, [trouble.code, trouble.what, trouble.why].filter(Boolean).join(': '))
    const recorded = await recorder.record({ requirement, subject, readings: [reading] })
    await recorder.close({ requirement, subject, observations: recorded.map(({ id }) => id) })
  }
}

/** What was read of each content, by its digest: of files with one content only one has it, whichever was analysed first. */
const readingsOf = (files: readonly ScannedFile[]): Map<string, Reading> =>
  new Map(
    files.flatMap(({ line, analysis }) =>
      analysis.state === 'analysed' && analysis.reading && line.sha256 !== null ? [[line.sha256, analysis.reading] as const] : [],
    ),
  )

const recordFiles = async (
  recorder: Recorder,
  files: ReadonlyMap<ScannedFile, Subject>,
  readings: ReadonlyMap<string, Reading>,
): Promise<void> => {
  // One content under many names is stored once; the others name the observation of the first.
  const observed = new Map<string, string>()
  const besides = new Map<Reading, string>()
  for (const [{ line, analysis }, subject] of files) {
    const known = line.sha256 === null ? undefined : observed.get(line.sha256)
    const beside: string[] = []
    // What one root file system holds beside many programs is stored once, too.
    for (const reading of (analysis.state === 'analysed' && analysis.beside) || []) {
      const [first] = besides.has(reading) ? [] : await recorder.record({ requirement, subject, readings: [reading] })
      if (first) besides.set(reading, first.id)
      beside.push(besides.get(reading) ?? '')
    }
    if (known !== undefined) {
      await recorder.close({ requirement, subject, observations: [known, ...beside] })
      continue
    }
    const read = analysis.state === 'analysed' && line.sha256 !== null ? readings.get(line.sha256) : undefined
    const reading = read ? placed(read, line.path) : unread(line.path, line.reason)
    const [recorded] = await recorder.record({ requirement, subject, readings: [reading] })
    if (recorded === undefined) throw new Error('nothing was recorded')
    if (line.sha256 !== null) observed.set(line.sha256, recorded.id)
    await recorder.close({ requirement, subject, observations: [recorded.id, ...beside] })
  }
}

const inventoryReading = (result: ScanResult): Reading => ({
  kind: 'scan-inventory',
  means: 'scan',
  source: result.targets.map(({ given }) => given).join(', '),
  data: {
    files: result.counts.files,
    judged: result.counts.judged,
    inventory: result.counts.inventory,
    symlinks: result.passed.symlinks,
    special: result.passed.special,
    excluded: result.passed.excluded,
  },
  blobs: {
    lines: new TextEncoder().encode(
      [...result.shown.map(({ line }) => line), ...result.others].map((line) => `${JSON.stringify(line)}\n`).join(''),
    ),
  },
})

const plain = (value: unknown): JsonInput => JSON.parse(JSON.stringify(value)) as JsonInput

/**
 * A bundle of a scan that was made with `evidence`: each judged file is a subject of kind component under FIPS-MOD-1, everything else is in the inventory.
 * What kept a target from being read whole makes the inventory incomplete.
 * @throws FipsConformanceError `BUNDLE_EXISTS`
 */
export const writeBundle = async (
  result: ScanResult,
  options: BundleOptions,
): Promise<{ bundle: string; input: ReportInput; findings: readonly Finding[] }> => {
  const { out, runId, tool, startedAt, scan } = options
  const judged = subjectsOf(
    result.shown.filter(({ judged: { role } }) => role === 'judged'),
    scan,
  )
  const pairs: PlannedPair[] = [
    ...[...judged.values()].map((subject) => ({ requirement, subject })),
    ...result.troubles.map((trouble, at) => ({ requirement, subject: troubleSubject(trouble, at, scan) })),
    ...Object.keys(plantedFiles()).map((plant) => ({ requirement: selfRequirement, subject: plantSubject(plant) })),
  ]
  const trouble = result.troubles[0]
  const run = (finishedAt?: Date): Run => ({
    runId,
    tool,
    startedAt: startedAt.toISOString(),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
    claim: ['FIPS-MOD'],
    provider: 'scan',
    cluster: { name: scan.targets.join(', '), createdBy: 'user', nodes: [] },
    targets: [...scan.targets],
    host: { platform: `${process.platform}/${process.arch}` },
    policy: {
      certificatesAsOf:
        (scan.certificates ?? certificates)
          .map(({ asOf }) => asOf)
          .toSorted()
          .at(-1) ?? '',
      profile: 'fips-140-3',
    },
    development: false,
    phases: {},
    harness: { node: versions.node, openssl: versions.openssl },
    inventory: {
      component: { complete: trouble === undefined && !result.cut, count: judged.size, ...(trouble && { reason: trouble.message }) },
    },
  })
  const writer = await createBundle({ root: out, runId })
  await writer.writePlan({ claim: ['FIPS-MOD'], pairs })
  await writer.writeRun(run())
  await writer.writePolicy('catalogue', plain(requirements))
  await writer.writePolicy('certificates', plain(scan.certificates ?? certificates))
  await writer.writePolicy('modules', plain(boringCryptoBuilds))
  await writer.writePolicy(
    'scan',
    plain({
      targets: scan.targets,
      expect: scan.expect,
      all: scan.all,
      asOf: scan.asOf.toISOString(),
      digest: scan.digest,
      exclude: scan.exclude,
    }),
  )
  if (scan.waivers.length > 0) await writer.writePolicy('waivers', plain(scan.waivers))
  const recorder = await createRecorder({ bundle: writer.dir, writer: 'scan' })
  await recorder.record({
    requirement: 'inventory',
    subject: { kind: 'cluster', key: 'targets', name: 'targets', detail: {} },
    readings: [inventoryReading(result)],
  })
  await recordFiles(recorder, judged, readingsOf(result.shown))
  await recordTroubles(recorder, result.troubles, scan)
  await recordPlants(recorder)
  await recorder.end()
  const collected = await readBundle(writer.dir)
  const findings = replayFindings(collected)
  await writer.writeFindings(findings)
  await writer.writeRun(run(new Date()))
  const input = derivedInput(await readBundle(writer.dir), findings)
  return { bundle: writer.dir, input, findings }
}
