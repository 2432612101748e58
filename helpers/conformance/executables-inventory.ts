import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { readContents, readExecutables } from '../cluster/executables.ts'
import type { NodeAccess } from '../cluster/node-access.ts'
import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import { wholeImage } from '../crypto-modules/analyse/image.ts'
import { analyseImage } from '../crypto-modules/analyse/image-facts.ts'
import { searchFile } from '../crypto-modules/analyse/search.ts'
import { type FoundExecutable, type NodeExecutables, placeOf } from '../disk/analyse/listed-executables.ts'
import { writeAtomically } from '../evidence/atomic-file.ts'
import { canonicalJson, type JsonInput } from '../evidence/canonical-json.ts'
import { bundleLayout } from '../evidence/layout.ts'
import type { Reading } from '../evidence/model.ts'
import { boringCryptoBuilds } from '../policy/modules.ts'
import type { Analysed, AnalysedCache } from './analysed-cache.ts'

// Every program and library of every node and of its images, with the module that it carries: inventory, which nothing is judged by. A content is fetched and analysed
// once, on whichever node it lies; what earlier runs of the same code have said of it is taken from the cache.

/** Files up to here come many at a time; a larger one alone, as a stream. Bytes. */
const smallFile = 24 * 1024 * 1024
const batchBytes = 32 * 1024 * 1024
const batchFiles = 200

/** What the file `inventory/executables.json` of a bundle holds. Paths as text; bytes that are not UTF-8 as U+FFFD. */
export type ExecutablesInventory = {
  executables: (Analysed & {
    size: number
    /** Where it lies; `nodes` are those on which it lies there. `root`: `node`, or the container or layer of an image. */
    places: { root: string; path: string; nodes: string[] }[]
  })[]
  /** What was not read, or not entered, on each node. */
  notRead: { node: string; root: string; path: string; why: string }[]
  /** What the walk saw on each node; `objects` are ELF files that are no programs, `scripts` have the right to run. */
  counts: { node: string; files: number; elf: number; objects: number; scripts: number }[]
}

export const analysedOf = (facts: ExecutableFacts, sha256: string, go: boolean): Analysed =>
  facts.state === 'inspected'
    ? {
        sha256,
        state: facts.state,
        arch: facts.arch,
        go,
        module: facts.module,
        integrity: facts.integrity,
        // A goboring program has no switch: the module is used wherever its wrappers are linked.
        mode: facts.module.startsWith('boringcrypto-') && facts.wrappers === 'yes' ? 'on' : facts.mode,
        ...(facts.certificate !== undefined && { certificate: facts.certificate }),
      }
    : { sha256, state: facts.state, go, module: 'not-inspectable', integrity: 'unknown', mode: 'unknown', reason: facts.reason }

const analyse = (bytes: Uint8Array, path: string, sha256: string): Analysed => {
  const found = searchFile(bytes, boringCryptoBuilds)
  const facts = analyseImage(wholeImage(bytes), { path, size: bytes.length, sha256 }, found, boringCryptoBuilds)
  const go = found.functionTables.length > 0 || (facts.state === 'inspected' && facts.buildInfo !== undefined)
  return analysedOf(facts, sha256, go)
}

const textOf = (path: string): string => new TextDecoder().decode(Buffer.from(path, 'latin1'))

const unread = (sha256: string, reason: string): Analysed => ({
  sha256,
  state: 'unreadable',
  go: false,
  module: 'not-inspectable',
  integrity: 'unknown',
  mode: 'unknown',
  reason,
})

type Wanted = FoundExecutable & { place: string }

const batchesOf = (files: readonly Wanted[]): Wanted[][] => {
  const batches: Wanted[][] = []
  let bytes = 0
  for (const file of files) {
    const last = batches.at(-1)
    if (last === undefined || last.length >= batchFiles || bytes + file.size > batchBytes) {
      batches.push([file])
      bytes = file.size
    } else {
      last.push(file)
      bytes += file.size
    }
  }
  return batches
}

const wholeOf = async (node: NodeAccess, place: string, size: number, signal: AbortSignal): Promise<Uint8Array | undefined> => {
  const bytes = new Uint8Array(size)
  let filled = 0
  for await (const chunk of node.open(textOf(place), signal)) {
    if (filled + chunk.length > size) return undefined
    bytes.set(chunk, filled)
    filled += chunk.length
  }
  return filled === size ? bytes : undefined
}

/** Analyses what lies on one node and was not known before. */
const analyseOn = async (node: NodeAccess, files: readonly Wanted[], signal: AbortSignal): Promise<Analysed[]> => {
  const done: Analysed[] = []
  const take = async (file: Wanted, bytes: Uint8Array | undefined, why: string): Promise<void> => {
    const isIt = bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === file.sha256
    done.push(
      isIt ? analyse(bytes, file.path, file.sha256) : unread(file.sha256, bytes === undefined ? why : 'the file changed while it was read'),
    )
    await setImmediate()
  }
  for (const batch of batchesOf(files.filter(({ size }) => size <= smallFile))) {
    const contents = await readContents(
      node,
      batch.map(({ place }) => place),
      signal,
    )
    for (const [at, file] of batch.entries()) await take(file, contents[at], 'its bytes did not come')
  }
  for (const file of files.filter(({ size }) => size > smallFile)) {
    const failed = { why: 'its bytes did not come whole' }
    const bytes = await wholeOf(node, file.place, file.size, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      failed.why = error instanceof Error ? error.message : String(error)
      return undefined
    })
    await take(file, bytes, failed.why)
  }
  return done
}

const rootName = ({ roots }: NodeExecutables, root: number): string => {
  const found = roots.get(root)
  if (found === undefined) return 'unknown'
  return found.kind === 'node' ? 'node' : found.kind === 'container' ? `container of ${textOf(found.name)}` : 'layer of an image'
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The inventory from what each node listed and from what is known of each content. */
const inventoryOf = (
  nodes: readonly { node: string; found: NodeExecutables }[],
  known: ReadonlyMap<string, Analysed>,
): ExecutablesInventory => {
  const all = nodes.flatMap(({ node, found }) =>
    found.files.map(({ root, sha256, size, path }) => ({ node, root: rootName(found, root), sha256, size, path: textOf(path) })),
  )
  const executables = [...Map.groupBy(all, ({ sha256 }) => sha256)].map(([sha256, same]) => ({
    ...(known.get(sha256) ?? unread(sha256, 'it was not analysed')),
    size: same[0]?.size ?? 0,
    places: [...Map.groupBy(same, ({ root, path }) => JSON.stringify([root, path])).values()].flatMap((own) => {
      const [first] = own
      return first ? [{ root: first.root, path: first.path, nodes: [...new Set(own.map(({ node }) => node))].toSorted(byText) }] : []
    }),
  }))
  return {
    executables: executables.toSorted((a, b) => byText(a.places[0]?.path ?? '', b.places[0]?.path ?? '') || byText(a.sha256, b.sha256)),
    notRead: nodes.flatMap(({ node, found }) =>
      found.notRead.map(({ root, path, why }) => ({ node, root: rootName(found, root), path: textOf(path), why })),
    ),
    counts: nodes.map(({ node, found }) => ({ node, ...found.counts })),
  }
}

/**
 * Lists every program and library of the nodes and of their images, analyses each content once, and writes `inventory/executables.json` to the bundle. `seen` are
 * contents that this run has analysed already.
 */
export const takeExecutablesInventory = async (options: {
  nodes: readonly NodeAccess[]
  bundle: string
  seen: ReadonlyMap<string, Analysed>
  cache: AnalysedCache
  signal: AbortSignal
}): Promise<{ inventory: ExecutablesInventory; readings: { node: string; reading: Reading }[] }> => {
  const { nodes, bundle, seen, cache, signal } = options
  const listed = await Promise.all(nodes.map(async (node) => ({ node, ...(await readExecutables(node, signal)) })))
  const known = new Map([...cache.known, ...seen])
  const fresh: Analysed[] = []
  for (const { node, found } of listed) {
    const wanted = new Map<string, Wanted>()
    // What could not be read on one node may be had on another.
    const isOpen = ({ sha256 }: FoundExecutable): boolean => (known.get(sha256)?.state ?? 'unreadable') === 'unreadable'
    for (const file of found.files.filter(isOpen)) wanted.set(file.sha256, { ...file, place: placeOf(found, file) })
    for (const analysed of await analyseOn(node, [...wanted.values()], signal)) {
      known.set(analysed.sha256, analysed)
      if (analysed.state !== 'unreadable') fresh.push(analysed)
    }
  }
  await cache.add(fresh)
  const inventory = inventoryOf(
    listed.map(({ node, found }) => ({ node: node.name, found })),
    known,
  )
  const path = join(bundle, bundleLayout.executables)
  await mkdir(dirname(path), { recursive: true })
  await writeAtomically(path, canonicalJson(JSON.parse(JSON.stringify(inventory)) as JsonInput))
  return { inventory, readings: listed.map(({ node, reading }) => ({ node: node.name, reading })) }
}
