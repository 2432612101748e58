import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Plan } from '../evidence/model.ts'
import { sampleSubject } from '../evidence/sample.ts'
import { stepsOf } from '../progress/progress.ts'
import type { ClusterRef } from '../providers/provider.ts'
import { disksToRead, readFromOutside } from './outside.ts'

let bundle = ''
beforeEach(async () => {
  bundle = await mkdtemp(join(tmpdir(), 'outside-'))
  await mkdir(join(bundle, 'observations', 'blobs'), { recursive: true })
})
afterEach(() => rm(bundle, { recursive: true, force: true }))

const node = (name: string, detail: Record<string, string>) => sampleSubject(`node:${name}`, { kind: 'node', node: name, detail })
const planOf = (...details: Record<string, string>[]): Plan => ({
  claim: [],
  pairs: details.flatMap((detail, index) => [
    { requirement: 'FIPS-NODE-1', subject: node(`n${index}`, detail) },
    { requirement: 'FIPS-MOD-2', subject: node(`n${index}`, detail) },
  ]),
})

it('reads disks of machines that go, of no others', () => {
  const plan = planOf({ kernel: 'own' }, { kernel: 'host' }, { kernel: 'own', stays: 'it is kept' })
  expect(disksToRead(plan).map(({ requirement, subject }) => `${requirement} ${subject.key}`)).toEqual(['FIPS-MOD-2 node:n0'])
})

it('closes what has no disk to be read, and touches nothing', async () => {
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
