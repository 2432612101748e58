import { statSync } from 'node:fs'
import { FipsConformanceError } from '../errors/error.ts'
import type { Waiver } from '../evidence/waiver-file.ts'
import { type AppliedWaivers, applyWaivers } from '../evidence/waivers.ts'
import type { Certificate } from '../policy/certificates.ts'
import type { BoringCryptoBuild } from '../policy/modules.ts'
import type { ExpectedModule } from '../rules/modules-verdicts.ts'
import type { Outcome } from '../rules/outcome.ts'
import { directoryFiles } from './directory-files.ts'
import { excluder, withParents } from './exclude.ts'
import { type JudgedFile, judgeFile } from './judge.ts'
import { type FileLine, lineOf } from './line.ts'
import type { Settled } from './model.ts'
import { createPool, type Pool } from './pool.ts'
import { joinRaw, rawOf, shownPath } from './raw-path.ts'
import type { LayerFile } from './read-layer.ts'
import type { Place, Surroundings } from './surroundings.ts'
import { resolveTarget, type Target } from './target.ts'
import { nothingPassedOver, type PassedOver, walk } from './walk.ts'

export type ScanOptions = {
  targets: readonly string[]
  expect: ExpectedModule
  all: boolean
  asOf: Date
  digest: 'sha256' | 'none'
  exclude: readonly string[]
  waivers: readonly Waiver[]
  certificates?: readonly Certificate[]
  /** Keep of each judged file what a bundle needs. */
  evidence: boolean
  signal: AbortSignal
  /** Called for each file as soon as it is known. */
  onLine: (line: FileLine) => void
  threads?: number
  /** Modules that are known, in place of the built-in table: made ones, in tests. */
  builds?: readonly BoringCryptoBuild[]
}

/** A judged file with what a bundle keeps of it. */
export type ScannedFile = { line: FileLine; judged: JudgedFile; analysis: Settled }

export type ScanCounts = {
  files: number
  judged: number
  inventory: number
  scripts: number
  data: number
  archives: number
  contents: number
  bytes: number
}
export type Verdicts = { pass: number; fail: number; inconclusive: number; 'not-applicable': number; waived: number }

export type ScanResult = {
  targets: Target[]
  /** Files whose verdict counts, by path; with `--all` every file. */
  shown: ScannedFile[]
  /** Everything else, as lines. */
  others: FileLine[]
  counts: ScanCounts
  /** Of the judged files. */
  verdicts: Verdicts
  passed: PassedOver
  notes: string[]
  waivers: ReturnType<AppliedWaivers['report']>
  selfProof: { plant: string; outcome: Outcome }[]
  /** What kept a target from being read whole. */
  troubles: FipsConformanceError[]
  /** It was interrupted. */
  cut: boolean
  exit: 0 | 1 | 2 | 3
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || path

const asTrouble = (error: unknown, target: string): FipsConformanceError => {
  if (error instanceof FipsConformanceError) return error
  // Only what the system says of files is a trouble of the target; everything else is a defect of this program.
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error
  const isForbidden = error.code === 'EACCES' || error.code === 'EPERM'
  return new FipsConformanceError({
    code: isForbidden ? 'PATH_FORBIDDEN' : 'PATH_UNREADABLE',
    what: isForbidden ? 'there is no permission to read it' : 'it cannot be read',
    where: target,
    why: error.message,
    remedy: isForbidden ? 'give the user that runs this the right to read it, or run it as another user' : 'see the reason above',
    exit: 3,
    cause: error,
  })
}

type Take = (path: string, size: number, analysis: Promise<Settled>, place?: Place) => void

/** Names of files that are judged by more than their bytes: a FIPS provider, libraries that check themselves. */
const hasOwnCheck = /\/(?:fips\.so|lib(?:gcrypt|gnutls|nettle|hogweed|gmp)\.so[.\d]*)$/

/** A file with the root file system that it is in, where that decides; loaded when it is first wanted. */
const inItsPlace = async (analysis: Settled, place: Place | undefined): Promise<Settled> => {
  if (place === undefined || analysis.state !== 'analysed' || analysis.facts?.state !== 'inspected') return analysis
  const { module } = analysis.facts
  const isJoined =
    module === 'openssl' || hasOwnCheck.test(place.path) || (module !== 'none' && place.surroundings.environment !== undefined)
  return isJoined ? (await import('./join-place.ts')).joinPlace(analysis, place) : analysis
}

const scanDirectory = (given: string, { exclude }: ScanOptions, pool: Pool, passed: PassedOver, take: Take): void => {
  const byIdentity = new Map<string, Promise<Settled>>()
  const root = rawOf(given)
  const surroundings: Surroundings = { files: directoryFiles(root), means: 'directory of this machine' }
  for (const found of walk(root, excluder(exclude), passed)) {
    const path = joinRaw(root, found.path)
    if (found.kind === 'unreadable') {
      take(shownPath(path), 0, Promise.resolve({ state: 'unreadable', reason: found.reason }))
      continue
    }
    const known = byIdentity.get(found.identity)
    const analysis = known ?? pool.analyse({ kind: 'file', path, follow: false }, found.size)
    byIdentity.set(found.identity, analysis)
    take(shownPath(path), found.size, analysis, { surroundings, path: `/${shownPath(found.path)}` })
  }
}

const analysisOf = (file: LayerFile, pool: Pool): Promise<Settled> => {
  if (file.hidden !== undefined) return Promise.resolve({ state: 'unreadable', reason: file.hidden, size: file.size })
  if (file.analysis === undefined && file.content !== undefined) file.analysis = pool.analyse(file.content, file.size)
  return file.analysis ?? Promise.resolve({ state: 'unreadable', reason: 'it was not read', size: file.size })
}

const scanArchive = async (
  target: Target & { kind: 'layout' | 'archive' | 'image' },
  options: ScanOptions,
  pool: Pool,
  passed: PassedOver,
  notes: string[],
  take: Take,
): Promise<void> => {
  const { given } = target
  const archive = await import('./archive.ts')
  const isExcluded = withParents(excluder(options.exclude))
  const own = {
    pool,
    all: options.all,
    signal: options.signal,
    passed,
    onNote: (note: string) => void notes.push(`${given}: ${note}`),
    sink: (image: string, path: string, file: LayerFile, surroundings: Surroundings) => {
      const shown = shownPath(path)
      if (isExcluded(shown)) passed.excluded++
      else take([given, image, shown].filter(Boolean).join('/'), file.size, analysisOf(file, pool), { surroundings, path: `/${shown}` })
    },
  }
  switch (target.kind) {
    case 'layout':
      if (!(await archive.readLayoutDirectory(rawOf(given), own)))
        throw (await import('./tar.ts')).brokenArchive(given, 'its index is no file of the layout, or is longer than an index is')
      break
    case 'archive':
      await archive.readArchiveFile(rawOf(given), target.size, given, own)
      break
    case 'image': {
      const { saveImage } = await import('./engine-image.ts')
      const { streamSource } = await import('./byte-source.ts')
      const { chunks, stop } = await saveImage(given, options.signal)
      try {
        await archive.readStream(streamSource(chunks), given, own)
      } finally {
        stop()
      }
      break
    }
    default:
      target satisfies never
  }
}

const emptyCounts = (): ScanCounts => ({ files: 0, judged: 0, inventory: 0, scripts: 0, data: 0, archives: 0, contents: 0, bytes: 0 })

const countFile = (counts: ScanCounts, { role, format }: FileLine): void => {
  counts.files++
  if (role !== 'aside') counts[role]++
  else if (format === 'script') counts.scripts++
  else if (format === 'archive') counts.archives++
  else counts.data++
}

const exitOf = ({
  troubles,
  selfProof,
  verdicts,
  counts,
}: Pick<ScanResult, 'troubles' | 'selfProof' | 'verdicts' | 'counts'>): ScanResult['exit'] => {
  if (troubles.length > 0) return 3
  if (selfProof.some(({ outcome }) => outcome.verdict !== 'pass') || verdicts.fail > verdicts.waived) return 1
  return verdicts.inconclusive > 0 || counts.judged === 0 ? 2 : 0
}

/**
 * Scans files, directories, archives and images. What a target holds is given line by line as it becomes known; what keeps one from being read whole is told at the end
 * beside what was read. Exit: 3 a target could not be read whole; 1 a judged file fails and no waiver covers it, or a planted defect was missed;
 * 2 something judged is inconclusive, or there was nothing to judge; else 0.
 */
export const scan = async (options: ScanOptions): Promise<ScanResult> => {
  const { signal, asOf, all, digest, evidence, threads } = options
  const passed = nothingPassedOver()
  const notes: string[] = []
  const troubles: FipsConformanceError[] = []
  const counts = emptyCounts()
  const verdicts: Verdicts = { pass: 0, fail: 0, inconclusive: 0, 'not-applicable': 0, waived: 0 }
  const applied = applyWaivers(options.waivers, asOf)
  const shown: ScannedFile[] = []
  const others: FileLine[] = []
  const contents = new Set<object>()
  const selfProof: ScanResult['selfProof'] = []
  const pool = createPool(
    { digest, all, evidence, ...(options.builds && { builds: options.builds }) },
    threads === undefined ? {} : { threads },
  )
  const pending: Promise<void>[] = []

  const settle = (path: string, analysis: Settled): void => {
    if (signal.aborted) return
    const judged = judgeFile(nameOf(path), analysis, options)
    const line = lineOf(path, analysis, judged)
    countFile(counts, line)
    const content = analysis.state === 'analysed' ? (analysis.origin ?? analysis.facts) : undefined
    if (analysis.state === 'analysed' && content && !contents.has(content)) {
      contents.add(content)
      counts.contents++
      counts.bytes += analysis.size
    }
    if (judged.role === 'judged') {
      verdicts[line.verdict]++
      const waiver = applied.waiverOf({
        requirement: 'FIPS-MOD-1',
        verdict: line.verdict,
        names: [path, nameOf(path)],
        ...(line.sha256 !== null && { sha256: line.sha256 }),
      })
      if (waiver) {
        verdicts.waived++
        line.waiver = waiver.id
      }
    }
    if (judged.role === 'judged' || all) shown.push({ line, judged, analysis })
    else others.push(line)
    options.onLine(line)
  }
  const take: Take = (path, _size, analysis, place) =>
    void pending.push(analysis.then((known) => inItsPlace(known, place)).then((known) => settle(path, known)))

  const targets: Target[] = []
  const aborted = new Promise<void>((go) => signal.addEventListener('abort', () => go(), { once: true }))
  try {
    for (const given of options.targets) {
      if (signal.aborted) break
      try {
        const target = await resolveTarget(given)
        targets.push(target)
        if (target.kind === 'file') {
          if (statSync(given).isFile())
            take(given, target.size, pool.analyse({ kind: 'file', path: rawOf(given), follow: true }, target.size))
        } else if (target.kind === 'directory') scanDirectory(given, options, pool, passed, take)
        else await Promise.race([scanArchive(target, options, pool, passed, notes, take), aborted])
      } catch (error) {
        if (!signal.aborted) troubles.push(asTrouble(error, given))
      }
    }
    // While the threads have something to do: at the end everything would wait for it.
    const { proveSelf } = await import('./self-proof.ts')
    selfProof.push(...proveSelf(asOf))
    await Promise.race([pool.drain().then(() => Promise.all(pending)), aborted])
  } finally {
    await pool.stop()
  }
  shown.sort((a, b) => (a.line.path < b.line.path ? -1 : 1))
  const found = {
    targets,
    shown,
    others,
    counts,
    verdicts,
    passed,
    notes,
    waivers: applied.report(),
    selfProof,
    troubles,
    cut: signal.aborted,
  }
  return { ...found, exit: exitOf(found) }
}
