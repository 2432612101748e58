import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { matchesClaim, selfFamily } from '../policy/catalogue.ts'
import { sha256Hex } from './atomic-file.ts'
import { hashFiles, listFiles } from './bundle-files.ts'
import { canonicalJson } from './canonical-json.ts'
import { headOf, sealedBundles } from './chain.ts'
import { exitCode } from './claim.ts'
import { clusterIdentity } from './cluster-identity.ts'
import { envelopeBytes, payloadType, preAuthEncoding, statementOf } from './dsse.ts'
import { withLock } from './folder-lock.ts'
import { appendHistory, readHistory } from './history-file.ts'
import { placesInPlan } from './indexes.ts'
import { bundleLayout } from './layout.ts'
import { type BundleRef, envelopeFile, type Manifest, manifestBytes, manifestFile, type PackageNote, timestampFile } from './manifest.ts'
import { type Bundle, readBundle } from './read-bundle.ts'
import { claimedOf } from './replay.ts'
import { type Signer, signerNote, signPayload } from './signer.ts'
import { summarise } from './summary.ts'
import { requestTimestamp } from './timestamp.ts'

export type SealOptions = {
  /** The bundle's folder. */
  dir: string
  signer: Signer
  /** Address of a time stamp authority (RFC 3161). */
  timestamp?: string
  signal?: AbortSignal
}

/** What a bundle is called from now on. */
export type Seal = { id: string; keyId: string; previous: BundleRef | null; cluster: string }

const refuse = (code: string, what: string, where: string, why: string, remedy = 'run it again'): FipsConformanceError =>
  new FipsConformanceError({ code, what, where, why, remedy, exit: 3 })

/** What a whole bundle has; sealing less would let a cut run pass for a finished one. */
export const incomplete = ({ run, plan, findings, policy }: Bundle): string | undefined => {
  if (run.finishedAt === undefined) return 'the run did not finish'
  if (findings === undefined) return 'it has no findings'
  const places = placesInPlan(plan)
  const judged = new Uint8Array(plan.pairs.length)
  for (const { requirement, subject } of findings) judged[places.get(requirement, subject.key) ?? plan.pairs.length] = 1
  const left = plan.pairs.find(({ requirement, subject }) => judged[places.get(requirement, subject.key) ?? 0] === 0)
  if (left) return `${left.requirement} was planned for ${left.subject.key}, and there is no finding`
  const missing = ['catalogue', 'certificates'].find((name) => !policy.has(name))
  return missing === undefined ? undefined : `${bundleLayout.policy}/${missing}.json is missing`
}

const draft = /(^|\/)\.[^/]+\.[0-9a-f-]{36}\.tmp$/

/** Drafts of writers that were killed are no part of a bundle: they go, or no reader could tell them from something hidden. */
const withoutDrafts = async (dir: string): Promise<string[]> => {
  const { files, refused } = await listFiles(dir)
  for (const { path } of refused.filter(({ path: name }) => draft.test(name))) await rm(join(dir, path))
  const left = refused.find(({ path }) => !draft.test(path))
  if (left)
    throw refuse(
      'BUNDLE_FOREIGN_FILE',
      'something lies in the bundle that does not belong there',
      join(dir, left.path),
      left.why,
      'take it away',
    )
  return files
}

/** Puts a file in place only if there is none; both the file and its name are on the disk when this ends. */
const writeOnce = async (path: string, bytes: Uint8Array): Promise<void> => {
  const temporary = join(dirname(path), `.seal.${randomUUID()}.tmp`)
  try {
    await writeFile(temporary, bytes, { flag: 'wx', flush: true })
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST')
        throw refuse(
          'BUNDLE_SEALED',
          'the bundle is sealed already',
          path,
          'another process was first',
          'a sealed bundle is never written into',
        )
      throw error
    })
  } finally {
    await rm(temporary, { force: true })
  }
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )

/** A seal that was begun and not ended leaves a manifest without an envelope: it binds nothing, and the next one takes its place. */
const clearUnended = async (dir: string): Promise<void> => {
  if (await exists(join(dir, envelopeFile)))
    throw refuse('BUNDLE_SEALED', 'the bundle is sealed already', dir, `it has a ${envelopeFile}`, 'a sealed bundle is never written into')
  for (const name of [manifestFile, timestampFile]) await rm(join(dir, name), { force: true })
}

/** Signs a manifest and writes manifest, time stamp and envelope, the envelope last: a bundle without it does not verify. */
export const writeSeal = async (
  manifest: Manifest,
  { dir, signer, timestamp, signal }: SealOptions,
): Promise<{ id: string; keyId: string }> => {
  const { bytes, id } = manifestBytes(manifest)
  const stamp = timestamp === undefined ? undefined : await requestTimestamp(timestamp, bytes, signal)
  const note = signerNote(signer)
  const statement = statementOf(id, stamp && sha256Hex(stamp), { run: manifest.run, signer: note })
  const payload = new TextEncoder().encode(canonicalJson(statement))
  const signature = await signPayload(signer, payload, preAuthEncoding(payloadType, payload), signal)
  await writeOnce(join(dir, manifestFile), bytes)
  if (stamp) await writeOnce(join(dir, timestampFile), stamp)
  await writeOnce(join(dir, envelopeFile), envelopeBytes(payload, note.keyId, signature))
  return { id, keyId: note.keyId }
}

/** The manifest of a folder that holds a whole bundle. */
export const manifestFor = async (
  dir: string,
  { run }: Pick<Bundle, 'run'>,
  more: { previous: BundleRef | null; package?: PackageNote },
  files?: Manifest['files'],
): Promise<Manifest> => ({
  format: 'fips-conformance/manifest/1',
  tool: run.tool,
  run: run.runId,
  startedAt: run.startedAt,
  cluster: clusterIdentity(run),
  ...more,
  files: files ?? (await hashFiles(dir, await withoutDrafts(dir))),
})

const requirementCounts = (bundle: Bundle, findings: NonNullable<Bundle['findings']>) =>
  Object.fromEntries(
    summarise(claimedOf(bundle, findings))
      .rows.filter(({ requirement }) => !matchesClaim(selfFamily, requirement))
      .map(({ requirement, counts }) => [requirement, counts]),
  )

/**
 * Seals a finished bundle: nothing in it is written again. Its manifest names the run of the same cluster that was sealed before it in the same folder, and a line is added to the
 * folder's history. Manifest first, envelope last, each whole or not at all: a full disk, a kill or a second sealer leave a bundle that does not verify, or one that lacks nothing.
 * @throws FipsConformanceError `BUNDLE_INCOMPLETE`, `BUNDLE_SEALED`, `BUNDLE_FOREIGN_FILE`, `SEALING_BUSY`, those of the signer and of the time stamp
 */
export const sealBundle = async (options: SealOptions): Promise<Seal> => {
  const dir = resolve(options.dir)
  const root = dirname(dir)
  return withLock(root, async () => {
    await clearUnended(dir)
    // Hashed before it is read: what is checked for being whole is what was hashed, or verify tells the difference.
    const files = await hashFiles(dir, await withoutDrafts(dir))
    const bundle = await readBundle(dir)
    const lacks = incomplete(bundle)
    if (lacks !== undefined || !bundle.findings)
      throw refuse('BUNDLE_INCOMPLETE', 'only a finished bundle can be sealed', dir, lacks ?? 'it has no findings')
    const cluster = clusterIdentity(bundle.run)
    const head = headOf(await sealedBundles(root), cluster)
    const listed = (await readHistory(root)).entries.findLast((entry) => entry.cluster === cluster)
    // A head that lies here follows the history's last line or is that line; where the last one was taken away the history still names it.
    const previous = newest(head && { run: head.manifest.run, id: head.id, previous: head.manifest.previous }, listed)
    const seal = await writeSeal(await manifestFor(dir, bundle, { previous }, files), { ...options, dir })
    await appendHistory(root, {
      run: bundle.run.runId,
      id: seal.id,
      previous,
      cluster,
      at: bundle.run.startedAt,
      tool: bundle.run.tool.version,
      claim: bundle.plan.claim,
      exit: exitCode(claimedOf(bundle, bundle.findings)),
      requirements: requirementCounts(bundle, bundle.findings),
    })
    return { ...seal, previous, cluster }
  })
}

type Link = { run: string; id: string; previous: BundleRef | null }

/** A bundle that was sealed and killed before its line in the history was written comes after the history's last; any other end of the chain comes before it. */
const newest = (head: Link | undefined, listed: Link | undefined): BundleRef | null => {
  const last = listed === undefined || head?.previous?.id === listed.id ? (head ?? listed) : listed
  return last ? { run: last.run, id: last.id } : null
}

/** The manifest's bytes as they lie there. */
export const storedManifest = async (dir: string): Promise<Uint8Array> => new Uint8Array(await readFile(join(dir, manifestFile)))
