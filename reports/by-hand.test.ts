import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { sampleFinding, sampleSubject } from '../helpers/evidence/sample.ts'
import { stepsByHand } from './by-hand.ts'
import { listener } from './sample-input.ts'

const folder = mkdtempSync(join(tmpdir(), 'by-hand-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const block = Uint8Array.from({ length: 3000 }, (_, index) => (index * 7) % 256)
const key = '00'.repeat(64)
const expected = createHmac('sha256', Uint8Array.from(Buffer.from(key, 'hex')))
  .update(block.subarray(100, 2100))
  .digest('hex')
const stored = new Uint8Array([...block, ...Buffer.from(expected, 'hex')])
const sha256 = createHash('sha256').update(stored).digest('hex')

const seen = (more: object = {}): Pick<ReportInput, 'modules' | 'listeners'> => ({
  listeners: {},
  modules: {
    kubelet: [
      {
        state: 'read',
        observation: 'w-1',
        path: '/usr/bin/kubelet',
        size: 9000,
        sha256: 'cd'.repeat(32),
        arch: 'amd64',
        module: 'boringcrypto-20220613',
        moduleName: 'BoringCrypto',
        integrity: 'intact',
        mode: 'n/a',
        outside: [],
        proof: {
          blockOffset: 4196,
          blockLength: 2000,
          mac: 'sha256',
          key,
          digestOffset: 7096,
          expected,
          command: '',
          block: { sha256, at: 100 },
          digest: { sha256, at: 3000 },
          ...more,
        },
      },
    ],
  },
})
const finding = sampleFinding('FIPS-MOD-1', 'pass', { subject: sampleSubject('kubelet') })

// A machine with no more than Node and npm may lack openssl; only who reads a report runs these commands.
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
it.runIf(hasOpenssl || process.env.CI !== undefined)('prints what openssl and a shell give on the stored bytes', () => {
  mkdirSync(join(folder, 'observations', 'blobs'), { recursive: true })
  writeFileSync(join(folder, 'observations', 'blobs', sha256), stored)
  const steps = stepsByHand(finding, seen())
  expect(steps).toHaveLength(3)
  for (const { command, prints } of steps)
    expect(execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' }).trim()).toMatch(new RegExp(`${prints}$`))
})

it.each([
  { key: "00'; rm -rf /; '" },
  { expected: '$(reboot)' },
  { block: { sha256: '../../etc/passwd', at: 0 }, digest: { sha256: '`id`', at: 0 } },
  { block: { sha256, at: -1 }, digest: { sha256, at: 1.5 } },
])('makes no command of what is no number and no hash: %j', (more) => {
  expect(stepsByHand(finding, seen(more))).toEqual([])
})

it('reads the record of an alert aloud', () => {
  const refusals = [
    { observation: 'w-2', what: 'suite' as const, version: '0303', code: 'cca8', alert: 40, received: '15030300020228', blob: sha256 },
  ]
  const input = { modules: {}, listeners: { [listener.key]: { state: 'read' as const, protocol: 'tls' as const, accepted: [], refusals } } }
  const [step] = stepsByHand(sampleFinding('FIPS-TLS-2', 'pass', { subject: listener }), input)
  expect(step?.prints).toBe(
    '15 03 03 00 02 02 28: record of type 15 (alert), version 0303, 2 octets: level 02, 28 is alert 40 handshake_failure',
  )
  expect(stepsByHand(sampleFinding('FIPS-TLS-1', 'pass', { subject: listener }), input)).toEqual([])
})
