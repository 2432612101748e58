import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBundle } from '../helpers/evidence/bundle-writer.ts'
import { canonicalJson, type JsonInput } from '../helpers/evidence/canonical-json.ts'
import { madeBundle, madeSigner } from '../helpers/evidence/made-bundle.ts'
import { readBundle } from '../helpers/evidence/read-bundle.ts'
import { replayFindings } from '../helpers/evidence/replay.ts'
import { sealBundle } from '../helpers/evidence/seal.ts'

// verify of a bundle with many findings, in a process of its own: seconds, processor seconds, and the most memory that it held.

const count = Number(process.argv[2] ?? 100_000)
const root = mkdtempSync(join(tmpdir(), 'bench-verify-'))
const say = (text: string): void => void process.stdout.write(`${text}\n`)

const program = `
import { verifyBundle } from ${JSON.stringify(new URL('../helpers/evidence/verify.ts', import.meta.url).href)}
const started = performance.now()
const { exit, checks } = await verifyBundle({ dir: process.argv[1], tool: { name: 'fips-conformance', version: '0.1.0' } })
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
console.log(JSON.stringify({
  exit,
  seconds: Math.round(performance.now() - started) / 1000,
  cpu: Math.round((userCPUTime + systemCPUTime) / 1e3) / 1000,
  mebibytes: Math.round(maxRSS / 1024),
  says: checks.find(({ name }) => name === 'findings')?.says,
}))
`

/** The made bundle, its one node many times over: what the recorder would have written, without a hundred thousand writes. */
const grow = async (dir: string): Promise<void> => {
  const { plan, evidence, closings } = await readBundle(dir)
  const [pair, one, closing] = [plan.pairs[0], evidence[0], closings[0]]
  if (!pair || !one || !closing) throw new Error('the made bundle is empty')
  const { bytes: _bytes, ...observation } = one
  const subjects = Array.from({ length: count }, (_, n) => ({ ...pair.subject, key: `node:n${n}`, name: `n${n}`, node: `n${n}` }))
  const writer = openBundle(dir)
  await writer.writePlan({ ...plan, pairs: subjects.map((subject) => ({ requirement: pair.requirement, subject })) })
  const lines = subjects.flatMap(({ key }, n) => [
    { ...observation, type: 'observation', id: `nodes-${n}`, subject: key },
    { ...closing, type: 'closing', subject: key, observations: [`nodes-${n}`] },
  ])
  await rm(join(dir, 'observations', 'nodes.ndjson'))
  await writeFile(join(dir, 'observations', 'nodes.ndjson'), lines.map((line) => `${canonicalJson(line as JsonInput)}\n`).join(''))
  await writer.writeFindings(replayFindings(await readBundle(dir)))
}

try {
  const dir = await madeBundle(root, 'many')
  await grow(dir)
  await sealBundle({ dir, signer: madeSigner() })
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, dir], { encoding: 'utf8' })
  say(stdout || stderr)
} finally {
  rmSync(root, { recursive: true })
}
