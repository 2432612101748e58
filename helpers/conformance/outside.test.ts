import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Plan } from '../evidence/model.ts'
import { sampleSubject } from '../evidence/sample.ts'
import { processStart } from '../host/owner.ts'
import { stepsOf } from '../progress/progress.ts'
import type { ClusterRef, Machines } from '../providers/provider.ts'
import { disksToRead, readFromOutside } from './outside.ts'

let bundle = ''
beforeEach(async () => {
  bundle = await mkdtemp(join(tmpdir(), 'outside-'))
  await mkdir(join(bundle, 'observations', 'blobs'), { recursive: true })
})
afterEach(() => {
  vi.unstubAllEnvs()
  return rm(bundle, { recursive: true, force: true })
})

const node = (name: string, detail: Record<string, string>) => sampleSubject(`node:${name}`, { kind: 'node', node: name, detail })
const planOf = (...details: Record<string, string>[]): Plan => ({
  claim: [],
  pairs: details.flatMap((detail, index) => [
    { requirement: 'FIPS-NODE-1', subject: node(`n${index}`, detail) },
    { requirement: 'FIPS-MOD-2', subject: node(`n${index}`, detail) },
  ]),
})

const ref: ClusterRef = {
  provider: 'kind',
  name: 'c',
  run: 'r',
  owner: { host: '', boot: '', pid: 1, start: '' },
  createdAt: '',
  nodes: [],
  kubeconfig: '',
  ready: true,
  judgedBy: [],
  image: { reference: '', id: '', kubernetesVersion: '', kindBinary: '', origins: [] },
}

it('reads disks of machines that go, of no others', () => {
  const plan = planOf({ kernel: 'own' }, { kernel: 'host' }, { kernel: 'own', stays: 'it is kept' })
  expect(disksToRead(plan).map(({ requirement, subject }) => `${requirement} ${subject.key}`)).toEqual(['FIPS-MOD-2 node:n0'])
})

it('closes what has no disk to be read, and touches nothing', async () => {
  const step = stepsOf('judge', ({ step: name }) => {
    throw new Error(`${name} is not to be done`)
  })
  const plan = planOf({ kernel: 'host' }, { kernel: 'own', stays: 'it is kept' })
  await readFromOutside({ ref, bundle, plan, nodes: [], since: '2026-11-22T00:00:00.000Z', step })
  const lines = (await readFile(join(bundle, 'observations', 'outside.ndjson'), 'utf8')).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: 'closing', requirement: 'FIPS-MOD-2', subject: 'node:n0', observations: [] },
    { type: 'closing', requirement: 'FIPS-MOD-2', subject: 'node:n1', observations: [] },
  ])
})

it('is cut short by an interrupt while it reads, which says nothing of the disk and leaves no reader', async () => {
  // In place of debugfs: a program that does not answer. The machine does not run any more.
  await writeFile(join(bundle, 'debugfs'), `#!/bin/sh\necho $$ >'${bundle}/pid'\nexec sleep 60\n`, { mode: 0o755 })
  vi.stubEnv('PATH', `${bundle}:${process.env.PATH}`)
  const machines: Machines = {
    directory: bundle,
    sockets: bundle,
    accelerator: 'kvm',
    kernel: { commandLine: '', file: '', origin: '' },
    standIns: [],
    nodes: [{ name: 'n0', address: '' }],
  }
  const controller = new AbortController()
  const states: string[] = []
  const step = stepsOf('judge', ({ step: name, state }) => states.push(`${name}: ${state}`))
  const since = '2026-11-22T00:00:00.000Z'
  const plan = planOf({ kernel: 'own' })
  const reading = readFromOutside({ ref: { ...ref, machines }, bundle, plan, nodes: [], since, step, signal: controller.signal })
  await vi.waitUntil(() => existsSync(join(bundle, 'pid')) && readFileSync(join(bundle, 'pid'), 'utf8') !== '', { timeout: 10_000 })
  const pid = Number(await readFile(join(bundle, 'pid'), 'utf8'))
  // A group of its own: a Ctrl-C in a terminal, which goes to the whole group of the command, would end it before anybody knows why.
  expect(process.kill(-pid, 0)).toBe(true)
  controller.abort(new Error('interrupted by SIGINT'))
  await expect(reading).rejects.toMatchObject({ trouble: { code: 'INTERRUPTED', where: 'reading the disk of n0' } })
  expect(states.at(-1)).toBe('read the disk of n0 from outside: failed')
  expect(processStart(pid)).toBeUndefined()
  expect(existsSync(join(bundle, 'observations', 'outside.ndjson'))).toBe(false)
})
