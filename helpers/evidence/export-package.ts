import { createWriteStream } from 'node:fs'
import { link, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FipsConformanceError } from '../errors/error.ts'
import { writeAtomically } from './atomic-file.ts'
import { hashFiles, listFiles } from './bundle-files.ts'
import { canonicalJson, type JsonInput } from './canonical-json.ts'
import type { Regenerate } from './check-replay.ts'
import { checkFiles, readSeal } from './check-seal.ts'
import { bundleLayout } from './layout.ts'
import type { Manifest } from './manifest.ts'
import { packFolder } from './package-tar.ts'
import { type Content, inChunks, isWhole } from './pieces.ts'
import { readBundle } from './read-bundle.ts'
import { createHider, type Hider, type Opening, type Redaction } from './redact.ts'
import { derivedInput } from './replay.ts'
import { manifestFor, writeSeal } from './seal.ts'
import type { Signer } from './signer.ts'

export type ExportOptions = {
  /** The sealed bundle. */
  dir: string
  redaction: Redaction
  /** The package: a tar. */
  out: string
  signer: Signer
  timestamp?: string
  regenerate: Regenerate
  signal?: AbortSignal
}

export type Exported = { package: string; id: string; of: string; openings?: string; hidden: Record<string, number>; removed: number }

const hideJson = (value: JsonInput, hider: Hider): JsonInput => {
  if (typeof value === 'string') return hider.hide(value)
  if (Array.isArray(value)) return value.map((item: JsonInput) => hideJson(item, hider))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [hider.hide(key), hideJson(item as JsonInput, hider)]))
}

/** One JSON document, or lines of JSON, with what the profile hides replaced; in canonical form again, for names may stand in another order now. */
const hideDocument = (text: string, hider: Hider): string => canonicalJson(hideJson(JSON.parse(text) as JsonInput, hider))

const hideLines = (text: string, hider: Hider): string =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => `${hideDocument(line, hider)}\n`)
    .join('')

const isBlob = (path: string): boolean => path.startsWith(`${bundleLayout.blobs}/`)
const isReport = (path: string): boolean => path.startsWith(`${bundleLayout.reports}/`)

const put = async (dir: string, path: string, content: Content): Promise<void> => {
  await mkdir(dirname(join(dir, path)), { recursive: true })
  await writeFile(join(dir, path), isWhole(content) ? content : inChunks(content), { flag: 'wx' })
}

type Removed = NonNullable<Manifest['package']>['removed']

/** Documents first, so that blobs are searched for every value that stands anywhere. */
const writeRedacted = async (from: string, to: string, manifest: Manifest, hider: Hider): Promise<Removed> => {
  const paths = manifest.files.map(({ path }) => path)
  for (const path of paths.filter((one) => !isBlob(one) && !isReport(one))) {
    const text = await readFile(join(from, path), 'utf8')
    await put(to, path, path.endsWith('.ndjson') ? hideLines(text, hider) : hideDocument(text, hider))
  }
  const removed: Removed = []
  await mkdir(join(to, bundleLayout.blobs), { recursive: true })
  // Twice: a value that only a later blob shows as text may stand in an earlier one in its binary form.
  const blobs = paths.filter(isBlob)
  for (const path of blobs) hider.holds(await readFile(join(from, path)))
  for (const path of blobs) {
    const bytes = new Uint8Array(await readFile(join(from, path)))
    const why = hider.holds(bytes)
    if (why === undefined) await put(to, path, bytes)
    else removed.push({ sha256: basename(path), why })
  }
  return removed
}

const writeReports = async (to: string, manifest: Manifest, regenerate: Regenerate): Promise<void> => {
  const bundle = await readBundle(to)
  const names = manifest.files.flatMap(({ path }) => (isReport(path) ? [path.slice(bundleLayout.reports.length + 1)] : []))
  if (names.length === 0 || !bundle.findings) return
  const input = derivedInput(bundle, bundle.findings)
  for (const name of names) {
    const made = regenerate(name, input)
    if (made !== undefined) await put(to, `${bundleLayout.reports}/${name}`, made)
  }
}

const sealedManifest = async (dir: string): Promise<{ id: string; manifest: Manifest }> => {
  const { id, manifest, checks } = await readSeal(dir)
  const problem = [...checks, ...(manifest ? [await checkFiles(dir, manifest)] : [])].flatMap(({ state, problems }) =>
    state === 'fails' ? problems : [],
  )[0]
  if (problem || id === undefined || !manifest)
    throw new FipsConformanceError({
      code: 'BUNDLE_NOT_AS_SEALED',
      what: 'only a sealed bundle that verifies can be exported',
      where: `${dir}: ${problem?.file}`,
      why: problem?.why ?? 'it has no manifest',
      remedy: `«fips-conformance verify ${dir}» says more`,
      exit: 3,
    })
  if (manifest.package)
    throw new FipsConformanceError({
      code: 'BUNDLE_IS_PACKAGE',
      what: 'this is an audit package already',
      where: dir,
      remedy: 'export the bundle that it was made from',
      exit: 3,
    })
  return { id, manifest }
}

const countByKind = (openings: readonly Opening[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(openings, ({ kind }) => kind)].map(([kind, own]) => [kind, own.length]))

const existing = (where: string, cause?: unknown): FipsConformanceError =>
  new FipsConformanceError({
    code: 'PACKAGE_EXISTS',
    what: 'there is a file already',
    where,
    remedy: 'name another with --out',
    exit: 3,
    cause,
  })

const refuseExisting = async (path: string): Promise<void> => {
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (there) throw existing(path)
}

const writeTar = async (dir: string, name: string, out: string): Promise<void> => {
  const draft = `${out}.${process.pid}.tmp`
  try {
    await packFolder(dir, name, (chunks) => pipeline(chunks, createWriteStream(draft, { flags: 'wx', flush: true })))
    await link(draft, out).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? existing(out, error) : error
    })
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Makes an audit package: every value that the profile hides is replaced, wherever it stands as text, by the same commitment; blobs that hold one are left out whole, for bytes that
 * were changed are no evidence. Reports are made anew, the package is signed anew and names the bundle that it came from. What opens the commitments is written
 * beside it (`<out>.openings.json`, mode 0600) and stays with the owner.
 * @throws FipsConformanceError `BUNDLE_NOT_AS_SEALED`, `BUNDLE_IS_PACKAGE`, `PACKAGE_EXISTS`
 */
export const exportBundle = async ({ dir, redaction, out, regenerate, ...sealing }: ExportOptions): Promise<Exported> => {
  const { id, manifest } = await sealedManifest(dir)
  const original = await readBundle(dir)
  const hider = createHider(redaction, original.run)
  const target = resolve(out)
  const opened = `${target}.openings.json`
  await mkdir(dirname(target), { recursive: true })
  // What opens an earlier package is kept nowhere else.
  for (const path of [target, opened]) await refuseExisting(path)
  const work = await mkdtemp(join(dirname(target), '.package-'))
  try {
    const removed = await writeRedacted(dir, work, manifest, hider)
    await writeReports(work, manifest, regenerate)
    const redacted = await readBundle(work)
    const files = await hashFiles(work, (await listFiles(work)).files)
    const openings = hider.openings()
    const hidden = countByKind(openings)
    const note = { of: { run: manifest.run, id }, profile: redaction.name, commitments: hidden, removed }
    const sealed = await writeSeal(await manifestFor(work, redacted, { previous: manifest.previous, package: note }, files), {
      dir: work,
      ...sealing,
    })
    // Without them nobody could open a value of the package ever again: they come first.
    if (openings.length > 0) await writeAtomically(opened, canonicalJson({ package: sealed.id, of: id, openings }), { mode: 0o600 })
    await writeTar(work, manifest.run, target)
    return { package: target, id: sealed.id, of: id, hidden, removed: removed.length, ...(openings.length > 0 && { openings: opened }) }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
