import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openBundle } from '../helpers/evidence/bundle-writer.ts'
import { canonicalJson, type JsonInput } from '../helpers/evidence/canonical-json.ts'
import { madeBundle, madeSigner } from '../helpers/evidence/made-bundle.ts'
import type { Finding } from '../helpers/evidence/model.ts'
import { inChunks } from '../helpers/evidence/pieces.ts'
import { readBundle } from '../helpers/evidence/read-bundle.ts'
import { derivedInput, replayEach } from '../helpers/evidence/replay.ts'
import type { Run } from '../helpers/evidence/run.ts'
import { sealBundle } from '../helpers/evidence/seal.ts'
import { plainObservation } from '../helpers/evidence/stored-observation.ts'
import { reports } from './index.ts'

/** Bundles with as many findings as the largest clusters have. Only for tests and measurements. */

function* findingsFile(findings: Iterable<Finding>): Generator<string> {
  let before = '{"findings":['
  for (const finding of findings) {
    yield `${before}${canonicalJson(finding)}`
    before = ','
  }
  yield ']}'
}

/** A sealed bundle with every report: one node so many times over, as the recorder would have written it. Gives its folder. */
export const largeBundle = async (root: string, count: number, tool: Run['tool']): Promise<string> => {
  const dir = await madeBundle(root, `run-${count}`, { run: { tool } })
  const { plan, evidence, closings } = await readBundle(dir)
  const [pair, one, closing] = [plan.pairs[0], evidence[0], closings[0]]
  if (!pair || !one || !closing) throw new Error('the made bundle is empty')
  const observation = plainObservation(one)
  const subjects = Array.from({ length: count }, (_, n) => ({ ...pair.subject, key: `node:n${n}`, name: `n${n}`, node: `n${n}` }))
  const writer = openBundle(dir)
  await writer.writePlan({ ...plan, pairs: subjects.map((subject) => ({ requirement: pair.requirement, subject })) })
  const lines = function* (): Generator<string> {
    for (const [n, { key }] of subjects.entries()) {
      const own: JsonInput[] = [
        { ...observation, type: 'observation', id: `nodes-${n}`, subject: key },
        { ...closing, type: 'closing', subject: key, observations: [`nodes-${n}`] },
      ]
      for (const line of own) yield `${canonicalJson(line)}\n`
    }
  }
  await rm(join(dir, 'observations', 'nodes.ndjson'))
  await writeFile(join(dir, 'observations', 'nodes.ndjson'), inChunks(lines()))
  await writeFile(join(dir, 'findings.json'), inChunks(findingsFile(replayEach(await readBundle(dir)))))
  const bundle = await readBundle(dir)
  const input = derivedInput(bundle, bundle.findings ?? [])
  for (const { file, pieces } of Object.values(reports)) await writer.writeReport(file, pieces(input))
  await sealBundle({ dir, signer: madeSigner() })
  return dir
}

/** What the command took: processor seconds, and the most memory that the whole process held, in megabytes (millions of bytes). */
export type Taken = { exit: number | null; says: string; seconds: number; cpu: number; megabytes: number }

const tell = 'process.on("exit", () => process.stderr.write("\\n" + JSON.stringify(process.resourceUsage()) + "\\n"))'

/** Runs the command line as a user does. `caches` keeps its compiled code from one run to the next. */
export const runCommand = (args: readonly string[], caches: string): Taken => {
  const bin = join(import.meta.dirname, '..', 'bin', 'fips-conformance.js')
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, bin, ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, XDG_CACHE_HOME: caches },
    },
  )
  const used = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as NodeJS.ResourceUsage
  return {
    exit: status,
    says: stdout + stderr,
    seconds: (performance.now() - started) / 1000,
    cpu: (used.userCPUTime + used.systemCPUTime) / 1e6,
    megabytes: (used.maxRSS * 1024) / 1e6,
  }
}
