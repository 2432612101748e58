import type { KeyObject } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { FipsConformanceError } from '../errors/error.ts'
import type { Certificate } from '../policy/certificates.ts'
import { checkChain } from './check-chain.ts'
import {
  checkPlan,
  checkReports,
  checkStrays,
  findingProblems,
  type Regenerate,
  restingOnRemoved,
  strangeInFindings,
  withoutPairs,
} from './check-replay.ts'
import { checkCanonical, checkFiles, readSeal, type SealRead } from './check-seal.ts'
import { type Check, checkOf, notChecked, type Problem } from './checks.ts'
import { claimLine, type Exit, exitCode } from './claim.ts'
import { bundleLayout } from './layout.ts'
import type { Manifest } from './manifest.ts'
import type { Finding } from './model.ts'
import { checkPolicy } from './policy-tables.ts'
import { type Bundle, readBundle } from './read-bundle.ts'
import { claimedOf, derivedInput, judgedByOf, replayEach, replayFindings } from './replay.ts'
import type { ReportInput } from './report-input.ts'
import type { Run } from './run.ts'
import { incomplete } from './seal.ts'

export type VerifyOptions = {
  /** The bundle's folder. */
  dir: string
  /** This tool. */
  tool: Run['tool']
  /** The public key that must have signed. */
  key?: KeyObject
  /** Judge again for this day, once the bundle has verified. */
  asOf?: Date
  /** Rows that take the place of the stored ones when it is judged for another day. */
  certificates?: readonly Certificate[]
  regenerate?: Regenerate
}

/** What the stored bytes come to on another day. */
export type Rejudged = {
  asOf: Date
  exit: Exit
  claimLine: string
  changed: { requirement: string; subject: string; from: string; to: string; reason: string }[]
}

export type Verification = {
  /** Nothing that was checked failed. */
  verified: boolean
  /** 1: it does not verify. 2: another version of the tool wrote it, and something comes out differently. Else 0, or the re-judged claim's. */
  exit: 0 | 1 | 2
  id?: string
  run?: Pick<Run, 'runId' | 'startedAt' | 'tool'>
  /** The tool that verified. */
  tool: Run['tool']
  sameTool: boolean
  /** The command that runs the version that wrote the bundle; where it is another one. */
  recorded?: string
  checks: readonly Check[]
  rejudged?: Rejudged
}

/** Whether this tool is the one that wrote a bundle; an unknown commit cannot tell two builds of one version apart. */
const isSameTool = (recorded: Run['tool'], own: Run['tool']): boolean =>
  recorded.name === own.name &&
  recorded.version === own.version &&
  (recorded.commit === undefined || own.commit === undefined || recorded.commit === own.commit)

const plainWord = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/

/** None where the bundle names what is no version of this tool: a reader would run whatever somebody wrote there. */
const recordedCommand = ({ name, version, commit }: Run['tool'], own: Run['tool'], dir: string): string | undefined => {
  if (name !== own.name || ![version, commit ?? version].every((word) => plainWord.test(word))) return undefined
  return commit === undefined
    ? `npx --yes ${name}@${version} verify ${dir}`
    : `npx --yes ${name}@${version} verify ${dir}   # or, in a checkout: git checkout ${commit} && npm ci && npx ${name} verify ${dir}`
}

const reportNames = ({ files }: Manifest): string[] => {
  const folder = `${bundleLayout.reports}/`
  return files.flatMap(({ path }) => (path.startsWith(folder) ? [path.slice(folder.length)] : []))
}

const asProblem = (error: unknown): Problem => {
  if (!(error instanceof FipsConformanceError)) throw error
  return { file: error.trouble.where ?? '', why: error.trouble.why ?? error.trouble.what }
}

const readOr = async (dir: string): Promise<Bundle | Problem> => {
  try {
    return await readBundle(dir)
  } catch (error) {
    return asProblem(error)
  }
}

/** The findings that are not about removed bytes, judged again. */
const checkFindings = async (bundle: Bundle, stored: readonly Finding[], manifest: Manifest, sameTool: boolean): Promise<Check[]> => {
  const removed = new Set(manifest.package?.removed.map(({ sha256 }) => sha256))
  const left = restingOnRemoved(bundle, stored, removed)
  const rest = new Set([...left].map(({ requirement }) => requirement))
  const comparable = function* (): Generator<Finding> {
    for (const finding of replayEach(left.size === 0 ? bundle : { ...bundle, plan: withoutPairs(bundle.plan, left) })) {
      // A requirement all of whose pairs were left out has no placeholder in the original.
      if (!(rest.has(finding.requirement) && finding.subject.key === 'no-subject')) yield finding
    }
  }
  const kept = left.size === 0 ? stored : stored.filter((finding) => !left.has(finding))
  const says = `${kept.length} findings come out of the stored bytes again, byte for byte`
  const problems = [...findingProblems(kept, comparable()), ...(await strangeInFindings(bundle.dir, stored))]
  const checks = [checkOf('findings', says, problems, sameTool ? 'fails' : 'differs')]
  if (left.size > 0) {
    const list = [...left].map(({ requirement, subject }) => ({ file: bundleLayout.findings, why: `${requirement} for ${subject.key}` }))
    checks.push(notChecked('findings', `${left.size} findings rest on bytes that the package leaves out`, list))
  }
  return checks
}

/** What was read and judged again: the checks of it, what reports are made from, and the bundle where it is judged once more for another day. */
type Content = { checks: Check[]; input?: ReportInput; bundle?: Bundle }

const judgeContent = async ({ dir, tool, regenerate, asOf }: VerifyOptions, manifest: Manifest): Promise<Content> => {
  const sameTool = isSameTool(manifest.tool, tool)
  const read = await readOr(dir)
  if ('why' in read) {
    // What another version wrote need not be readable for this one; what this one wrote must be.
    return { checks: [checkOf('content', 'every document can be read', [read], sameTool ? 'fails' : 'differs')] }
  }
  const lacks = incomplete(read)
  if (lacks !== undefined || !read.findings)
    return { checks: [checkOf('content', 'it is whole', [{ file: dir, why: lacks ?? 'it has no findings' }])] }
  const { findings } = read
  try {
    const checks = [
      ...checkPlan(read, manifest),
      ...checkPolicy(read, sameTool),
      ...(await checkFindings(read, findings, manifest, sameTool)),
      ...checkStrays(manifest),
    ]
    const hasReports = regenerate !== undefined && reportNames(manifest).length > 0
    return { checks, ...(hasReports && { input: derivedInput(read, findings) }), ...(asOf && { bundle: read }) }
  } catch (error) {
    // What it was judged by has its shape from whoever wrote it, and is looked at when it is used.
    if (!(error instanceof FipsConformanceError) && !(error instanceof RangeError)) throw error
    // A RangeError: it is nested deeper than can be followed.
    const problem = error instanceof RangeError ? { file: bundleLayout.policy, why: error.message } : asProblem(error)
    return { checks: [checkOf('content', 'every document can be read', [problem], sameTool ? 'fails' : 'differs')] }
  }
}

/** A function of its own, so that of a large bundle no more is held while its reports are made than they are made from. */
const checkContent = async (options: VerifyOptions, manifest: Manifest): Promise<Pick<Content, 'checks' | 'bundle'>> => {
  const { checks, input, bundle } = await judgeContent(options, manifest)
  const isRead = checks.every(({ name }) => name !== 'content')
  const names = reportNames(manifest)
  if (isRead)
    checks.push(...(await checkReports({ dir: options.dir, names }, input, options.regenerate, isSameTool(manifest.tool, options.tool))))
  return { checks, ...(bundle && { bundle }) }
}

const rejudge = (bundle: Bundle, asOf: Date, certificates: readonly Certificate[] | undefined): Rejudged => {
  const stored = judgedByOf(bundle, asOf)
  const own = new Map((stored.certificates ?? []).map((row) => [row.number, row]))
  for (const row of certificates ?? []) own.set(row.number, row)
  const findings = replayFindings(bundle, { asOf, certificates: [...own.values()] })
  const before = new Map((bundle.findings ?? []).map((finding) => [JSON.stringify([finding.requirement, finding.subject.key]), finding]))
  const claimed = claimedOf(bundle, findings, asOf)
  return {
    asOf,
    exit: exitCode(claimed),
    claimLine: claimLine(claimed),
    changed: findings.flatMap(({ requirement, subject, verdict, reason }) => {
      const old = before.get(JSON.stringify([requirement, subject.key]))
      return old && old.verdict !== verdict ? [{ requirement, subject: subject.key, from: old.verdict, to: verdict, reason }] : []
    }),
  }
}

const stored = (dir: string, seal: SealRead): Promise<Check[]> =>
  seal.manifest
    ? Promise.all([
        checkFiles(dir, seal.manifest),
        seal.manifest.package
          ? notChecked(
              'chain',
              `this is an audit package of the run ${seal.manifest.package.of.run}, whose bundle is ${seal.manifest.package.of.id}: the chain is checked there`,
            )
          : checkChain(dir, seal.id ?? '', seal.manifest, seal.signer?.keyId ?? ''),
      ])
    : Promise.resolve([notChecked('files', 'there is no manifest to hold them against')])

const fails = (checks: readonly Check[]): boolean => checks.some(({ state }) => state === 'fails')

/**
 * Checks a sealed bundle from its bytes alone: signature, hashes, canonical form, chain; then every finding is judged again from the stored bytes and every report made again.
 * Says what it could not check. Never throws for what is wrong with the bundle.
 */
export const verifyBundle = async (options: VerifyOptions): Promise<Verification> => {
  const { dir, tool, key } = options
  const folder = await lstat(dir).catch((error: NodeJS.ErrnoException) => {
    throw new FipsConformanceError({
      code: 'BUNDLE_MISSING',
      what: 'there is no bundle',
      where: dir,
      why: error.message,
      remedy: 'name the folder of a bundle, or an audit package',
      exit: 64,
      cause: error,
    })
  })
  if (!folder.isDirectory())
    throw new FipsConformanceError({
      code: 'BUNDLE_MISSING',
      what: 'this is no folder of a bundle',
      where: dir,
      remedy: 'name the folder of a bundle, or an audit package (.tar)',
      exit: 64,
    })
  const seal = await readSeal(dir, key)
  const checks: Check[] = [...seal.checks, ...(await stored(dir, seal))]
  const { manifest } = seal
  const sameTool = manifest !== undefined && isSameTool(manifest.tool, tool)
  let bundle: Bundle | undefined
  // What is not as it was sealed is named by now; judging it again would only repeat that in other words.
  const whole = manifest !== undefined && checks.every(({ name, state }) => state !== 'fails' || (name !== 'files' && name !== 'signature'))
  if (whole && manifest) {
    checks.push(await checkCanonical(dir, manifest))
    const content = fails(checks.slice(-1)) ? undefined : await checkContent(options, manifest)
    checks.push(...(content?.checks ?? [notChecked('findings', 'not judged again, since a document is not in canonical form')]))
    bundle = content?.bundle
  } else checks.push(notChecked('findings', 'not judged again, since the bundle is not as it was sealed'))
  const verified = !fails(checks)
  const differs = checks.some(({ state }) => state === 'differs')
  const rejudged = verified && bundle && options.asOf ? rejudge(bundle, options.asOf, options.certificates) : undefined
  const recorded = manifest && !sameTool ? recordedCommand(manifest.tool, tool, dir) : undefined
  return {
    verified,
    exit: verified ? (differs && rejudged?.exit !== 1 ? 2 : (rejudged?.exit ?? 0)) : 1,
    tool,
    sameTool,
    checks,
    ...(seal.id !== undefined && { id: seal.id }),
    ...(manifest && { run: { runId: manifest.run, startedAt: manifest.startedAt, tool: manifest.tool } }),
    ...(recorded !== undefined && { recorded }),
    ...(rejudged && { rejudged }),
  }
}
