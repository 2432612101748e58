import type { NodeAccess } from '../../cluster/node-access.ts'
import { type Program, readPrograms } from '../../cluster/programs.ts'
import { rootedFiles } from '../../cluster/rooted-files.ts'
import { activationEntries, type EnvironmentData } from '../../crypto-modules/analyse/activation.ts'
import { analyseExecutable } from '../../crypto-modules/analyse/executable.ts'
import type { InspectedExecutable } from '../../crypto-modules/analyse/executable-facts.ts'
import { readExecutable } from '../../crypto-modules/read/executable.ts'
import { readOpenssl } from '../../crypto-modules/read/openssl-root.ts'
import type { Reading, Subject } from '../../evidence/model.ts'
import { readFipsEnabled } from '../../kernel/read/fips-enabled.ts'
import { type Analysed, analysedCache } from '../analysed-cache.ts'
import { analysedOf, takeExecutablesInventory } from '../executables-inventory.ts'
import type { Listing, Look } from '../requirement.ts'

/** A distinct file, with every process in which it was seen. */
type DistinctFile = Program & { processes: readonly NonNullable<Program['process']>[] }

/** Files that are the same on disk (device and inode) are one. */
const distinctFiles = (programs: readonly Program[]): DistinctFile[] =>
  [...Map.groupBy(programs, ({ identity }) => identity).values()].flatMap((same) =>
    same[0] ? [{ ...same[0], processes: same.flatMap(({ process }) => process ?? []) }] : [],
  )

/** What was read once of a content: it travels once in a run, on whichever node it was seen first. */
const known = new Map<string, Promise<{ reading: Reading; on: string }>>()

const fetched = (node: NodeAccess, path: string, size: number | undefined, signal: AbortSignal): Promise<Reading> =>
  readExecutable({ path, ...(size !== undefined && { size }), means: node.means, open: (during) => node.open(path, during) }, { signal })

/** The reading of a file whose digest the node has computed: its bytes where no node has given them yet, else those with another path. */
const readOnce = async (node: NodeAccess, { path, size, sha256 }: Program, signal: AbortSignal): Promise<Reading> => {
  if (sha256 === undefined) return fetched(node, path, size, signal)
  const first = known.get(sha256)
  if (first === undefined) {
    const reading = fetched(node, path, size, signal)
    const taken = reading.then((own) => ({ reading: own, on: node.name }))
    // Who reads it now hears of its failure; who comes later reads for himself.
    taken.catch(() => known.delete(sha256))
    known.set(sha256, taken)
    return reading
  }
  const { reading, on } = await first
  if (reading.data.sha256 !== sha256 || reading.data.size !== size) return fetched(node, path, size, signal)
  return {
    ...reading,
    source: path,
    means: `${node.means} sha256sum; the bytes of this digest as read on ${on}`,
    data: { ...reading.data, path },
  }
}

const inspectedOf = (reading: Reading): InspectedExecutable | undefined => {
  const facts = analyseExecutable({ data: reading.data, bytes: (blob) => reading.blobs[blob] ?? new Uint8Array() })
  return facts.state === 'inspected' ? facts : undefined
}

/** The variables of a process that decide over modules; of processes that agree, one. */
const environmentsOf = (node: NodeAccess, { path, processes }: DistinctFile): Reading[] => {
  const distinct = new Map(processes.map((process) => [JSON.stringify(process.environment), process]))
  return [...distinct.values()].map(({ pid, environment }): Reading => {
    const data: EnvironmentData = {
      ...('unreadable' in environment ? { state: 'unreadable', reason: environment.unreadable } : { state: 'read' }),
      of: 'process',
      owner: 'the environment of its process',
      program: path,
    }
    const blobs: Record<string, Uint8Array> = 'unreadable' in environment ? {} : { variables: activationEntries(environment.entries) }
    return { kind: 'environment', means: node.means, source: `/proc/${pid}/environ`, data, blobs }
  })
}

const valueIn = (entries: readonly string[], name: string): string | undefined =>
  entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)

/** The OpenSSL that a program would load, in each root file system and under each configuration in which it runs. */
const opensslOf = async (node: NodeAccess, file: DistinctFile, facts: InspectedExecutable, signal: AbortSignal): Promise<Reading[]> => {
  const places = file.processes.map(({ pid, root, exe, environment }) => {
    const entries = 'entries' in environment ? environment.entries : []
    const given = ['OPENSSL_CONF', 'OPENSSL_MODULES'].flatMap((name) => {
      const value = valueIn(entries, name)
      return value === undefined ? [] : [[name, value] as const]
    })
    return { key: JSON.stringify([root, exe, given]), root: `/proc/${pid}/root`, path: exe, environment: Object.fromEntries(given) }
  })
  const distinct =
    places.length > 0 ? [...new Map(places.map((place) => [place.key, place])).values()] : [{ root: '/', path: file.path, environment: {} }]
  const readings: Reading[] = []
  for (const { root, path, environment } of distinct) {
    const loader = { path, arch: facts.arch, ...(facts.libraryPaths ?? { rpath: [], runpath: [] }) }
    readings.push(await readOpenssl(rootedFiles(node, root, signal), { loader, environment, program: file.path, means: node.means }))
  }
  return readings
}

/** One file with everything beside it that decides over its module. */
const readingsOf = async (node: NodeAccess, file: DistinctFile, signal: AbortSignal): Promise<Reading[]> => {
  const reading = await readOnce(node, file, signal)
  const facts = inspectedOf(reading)
  const readings = [reading, ...environmentsOf(node, file)]
  if (facts?.module === 'openssl') readings.push(...(await opensslOf(node, file, facts, signal)))
  // A module with a switch may be left to the kernel: by its own setting, by its library, by GODEBUG.
  if (facts !== undefined && facts.mode !== 'n/a') readings.push(await readFipsEnabled(node, signal))
  return readings
}

/** Every distinct file that runs under a component’s name, or lies where it was found, with its environments; nothing when it was not found. */
export const executablesOf = (node: NodeAccess, { detail }: Subject): Look => ({
  name: 'executables',
  read: async (signal) => {
    const paths = detail.pids ? detail.pids.split(' ').map((pid) => `/proc/${pid}/exe`) : detail.path ? [detail.path] : []
    const [first] = paths
    // A process that has ended meanwhile shows nothing any more; its twin does.
    const files = distinctFiles(await readPrograms(node, paths, signal))
    // Where all of them have ended the first stays, so that a component is never lost from sight.
    if (files.length === 0 && first !== undefined) return [await fetched(node, first, undefined, signal)]
    const readings: Reading[] = []
    // One at a time: each is held in memory while it is analysed.
    for (const file of files) readings.push(...(await readingsOf(node, file, signal)))
    return readings
  },
})

/** What this run has read already, as the inventory has it. */
const analysedHere = async (): Promise<Map<string, Analysed>> => {
  const all = await Promise.all(
    [...known].map(async ([sha256, first]): Promise<[string, Analysed][]> => {
      const { reading } = await first
      const facts = analyseExecutable({ data: reading.data, bytes: (blob) => reading.blobs[blob] ?? new Uint8Array() })
      if (facts.state !== 'inspected' || facts.sha256 !== sha256) return []
      return [[sha256, analysedOf(facts, sha256, facts.buildInfo !== undefined || facts.wrappers !== 'unknown')]]
    }),
  )
  return new Map(all.flat())
}

/** Lists every program and library of the nodes and of their images; a content that the components showed is not fetched again. */
export const everyExecutable = async ({ nodes, bundle, signal, record }: Listing): Promise<void> => {
  const { readings } = await takeExecutablesInventory({ nodes, bundle, signal, seen: await analysedHere(), cache: await analysedCache() })
  for (const { node, reading } of readings) await record(node, reading)
}
