import { generateKeyPairSync, sign } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { catalogue } from '../policy/catalogue.ts'
import { listFiles } from './bundle-files.ts'
import { createBundle } from './bundle-writer.ts'
import { canonicalJson, type JsonInput } from './canonical-json.ts'
import { readSealed } from './chain.ts'
import { envelopeFile, manifestFile, timestampFile } from './manifest.ts'
import type { Reading, Subject } from './model.ts'
import { readBundle } from './read-bundle.ts'
import { createRecorder } from './recorder.ts'
import { replayFindings } from './replay.ts'
import type { Run } from './run.ts'
import { sampleRun } from './sample.ts'
import { manifestFor, sealBundle, writeSeal } from './seal.ts'
import type { Signer } from './signer.ts'
import { verifyBundle } from './verify.ts'

/** Small whole bundles for tests: nodes whose kernel's flag was read. Nothing else imports this. */

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A signer with a key of its own. */
export const madeSigner = (): Signer => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { publicKey, key: 'key file', sign: async (bytes) => Uint8Array.from(sign('sha256', bytes, privateKey)) }
}

export const madeTool: Run['tool'] = { name: 'fips-conformance', version: '0.1.0' }

const flagReading = (flag: string): Reading => ({
  kind: 'fips-enabled',
  means: 'test',
  source: '/proc/sys/crypto/fips_enabled',
  data: { exitCode: 0, stderr: '', procSeen: true },
  blobs: {
    flag: bytesOf(`${flag}\n`),
    kernel: bytesOf('6.1.0\n'),
    commandLine: bytesOf('quiet fips=1\n'),
    mounts: bytesOf('22 1 0:21 / /proc rw - proc proc rw\n'),
  },
})

export type MadeNode = { name: string; flag: string; reading?: Partial<Reading> }

const nodeSubject = (name: string): Subject => ({ kind: 'node', key: `node:${name}`, name, node: name, detail: { kernel: 'own' } })

/** A finished bundle that is not sealed; gives its folder. */
export const madeBundle = async (
  root: string,
  runId: string,
  {
    nodes = [{ name: 'node-a', flag: '1' }],
    run = {},
    policy = {},
  }: { nodes?: readonly MadeNode[]; run?: Partial<Run>; policy?: Record<string, JsonInput> } = {},
): Promise<string> => {
  const writer = await createBundle({ root, runId })
  const pairs = nodes.map(({ name }) => ({ requirement: 'FIPS-NODE-1', subject: nodeSubject(name) }))
  await writer.writePlan({ claim: ['FIPS-NODE'], pairs })
  await writer.writeRun(sampleRun({ runId, claim: ['FIPS-NODE'], image: undefined, ...run } as Partial<Run>))
  const stored: Record<string, JsonInput> = {
    certificates: [],
    catalogue: JSON.parse(JSON.stringify(catalogue.filter(({ id }) => id === 'FIPS-NODE-1'))),
    ...policy,
  }
  for (const [name, value] of Object.entries(stored)) await writer.writePolicy(name, value)
  const recorder = await createRecorder({ bundle: writer.dir, writer: 'nodes', now: () => new Date('2026-11-22T10:00:00Z') })
  for (const { name, flag, reading } of nodes) {
    const pair = { requirement: 'FIPS-NODE-1', subject: nodeSubject(name) }
    const recorded = await recorder.record({ ...pair, readings: [{ ...flagReading(flag), ...reading }] })
    await recorder.close({ ...pair, observations: recorded.map(({ id }) => id) })
  }
  await recorder.end()
  await writer.writeFindings(replayFindings(await readBundle(writer.dir)))
  return writer.dir
}

/** The same, sealed. */
export const sealedBundle = async (
  root: string,
  runId: string,
  more: Parameters<typeof madeBundle>[2] & { signer?: Signer } = {},
): Promise<string> => {
  const dir = await madeBundle(root, runId, more)
  await sealBundle({ dir, signer: more.signer ?? madeSigner() })
  return dir
}

/** What a forger with a key does: all hashes made right again, and signed, with the chain as it was. */
export const resealed = async (dir: string, signer: Signer = madeSigner()): Promise<void> => {
  const before = await readSealed(dir)
  for (const name of [manifestFile, envelopeFile, timestampFile]) await rm(join(dir, name), { force: true })
  const manifest = await manifestFor(dir, await readBundle(dir), { previous: before?.manifest.previous ?? null })
  await writeSeal(manifest, { dir, signer })
}

/** Changes one JSON document of a bundle. */
export const editJson = async (dir: string, file: string, edit: (value: Record<string, JsonInput>) => JsonInput): Promise<void> => {
  const value = JSON.parse(await readFile(join(dir, file), 'utf8')) as Record<string, JsonInput>
  await writeFile(join(dir, file), canonicalJson(edit(value)))
}

/**
 * Flips one bit of every `step`-th byte of every file, in turn, and gives the places that verify does not name. Of files over 4 KiB a sample of 512 bytes, both ends in it.
 */
export const unnoticedFlips = async (dir: string, step: number): Promise<string[]> => {
  const unnoticed: string[] = []
  for (const path of (await listFiles(dir)).files) {
    const bytes = await readFile(join(dir, path))
    const places = new Set([0, bytes.length - 1])
    for (let at = 0; at < bytes.length; at += Math.max(step, bytes.length > 4096 ? Math.ceil(bytes.length / 512) : 1)) places.add(at)
    for (const at of places) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      await writeFile(join(dir, path), changed)
      const { exit, checks } = await verifyBundle({ dir, tool: madeTool })
      const named = checks.some(({ state, problems }) => state === 'fails' && problems.some(({ file }) => file === path))
      if (exit !== 1 || !named) unnoticed.push(`byte ${at} of ${path}`)
    }
    await writeFile(join(dir, path), bytes)
  }
  return unnoticed
}
