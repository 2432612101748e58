import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseInventory } from '../cluster/inventory.ts'
import type { NodeAccess } from '../cluster/node-access.ts'
import { listenerSubjects, ownerComponent, type SeenNode } from '../cluster/subjects.ts'
import { createBundle } from '../evidence/bundle-writer.ts'
import type { PlannedPair } from '../evidence/model.ts'
import { lateSuites, secondLook } from './second-look.ts'

let bundle: string
let root: string
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'fips-conformance-second-look-'))
  bundle = (await createBundle({ root, runId: 'test' })).dir
})
afterEach(() => rmSync(root, { recursive: true }))

const process = (pid: number, exe: string): string => `P\t${pid}\tnet:[1]\t${exe}\tx\t64\t64\t${pid}\nS\t${pid}\t${pid}`
const socket = (pid: number, port: number): string =>
  `T\tnet:[1]\ttcp\t0: 00000000:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A 0:0 0:0 0 0 0 ${pid}`
const records = (...ports: readonly number[]): string =>
  ['P\t1\tnet:[1]\t/init\tx\t64\t64\t1', ...ports.map((port) => process(port, '/app')), 'N\tnet:[1]\t1']
    .concat(
      ports.map((port) => socket(port, port)),
      'Z',
    )
    .join('\n')
const seen = (...ports: readonly number[]): SeenNode => {
  const inventory = parseInventory(records(...ports))
  return {
    name: 'a',
    role: 'worker',
    inventory,
    components: inventory.listeners.flatMap(({ owners: [owner] }) => (owner ? [ownerComponent([owner])] : [])),
  }
}

/** A node that tells what it is given to tell of its processes and sockets; it has no programs to look up. */
const node = (tell: () => string): NodeAccess => ({
  name: 'a',
  means: 'a test',
  run: async ([program]) => {
    const stdout = program === 'perl' ? tell() : ''
    return { exitCode: program === 'perl' ? 0 : 1, stdout: new TextEncoder().encode(stdout), stderr: 'no such program' }
  },
  open: () => {
    throw new Error('not asked for')
  },
  dial: () => Promise.reject(new Error('not asked for')),
  close: async () => undefined,
})

const keysOf = (nodes: readonly SeenNode[]) => nodes.flatMap(listenerSubjects).map(({ key }) => key)
const ledger = (): { kind: string; requirement: string }[] =>
  readFileSync(join(bundle, 'observations', 'inventory-late.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

describe('secondLook', () => {
  it('finds what listens now and did not at first, and keeps the words of the node', async () => {
    const again = await secondLook({ bundle, nodes: [seen(80)], accesses: [node(() => records(80, 81))] })
    expect(keysOf(again)).toEqual(['listener:a/node/tcp/0.0.0.0:80', 'listener:a/node/tcp/0.0.0.0:81'])
    expect(again[0]?.components.map(({ pids }) => pids)).toContainEqual([81])
    expect(ledger()).toEqual([expect.objectContaining({ kind: 'inventory', requirement: 'inventory' })])
  })

  it('leaves a node as it was where nothing is new', async () => {
    const first = seen(80, 81)
    expect(await secondLook({ bundle, nodes: [first], accesses: [node(() => records(80))] })).toEqual([first])
  })

  it.each([
    ['breaks off', () => ''],
    [
      'does not answer',
      () => {
        throw new Error('connection lost')
      },
    ],
  ])('has a gap where the node %s, so that nobody takes the inventory for whole', async (_, tell) => {
    const [again] = await secondLook({ bundle, nodes: [seen(80)], accesses: [node(tell)] })
    expect(again?.inventory.gaps).toHaveLength(1)
    expect(keysOf(again ? [again] : [])).toEqual(['listener:a/node/tcp/0.0.0.0:80'])
  })

  it('has a gap where there is no way in', async () => {
    const [again] = await secondLook({ bundle, nodes: [seen(80)], accesses: [] })
    expect(again?.inventory.gaps).toEqual(['not looked at again when the suites were over: there is no way in to it any more'])
  })

  it('ends when it is interrupted', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'))
    const tell = () => {
      throw new Error('connection lost')
    }
    await expect(secondLook({ bundle, nodes: [seen(80)], accesses: [node(tell)], signal })).rejects.toThrow('interrupted')
  })
})

describe('lateSuites', () => {
  const pair = (requirement: string, late?: true): PlannedPair => ({
    requirement,
    subject: { kind: 'listener', key: 'k', name: 'n', detail: {} },
    ...(late && { late }),
  })
  it.each([
    [[pair('FIPS-TLS-1'), pair('FIPS-MOD-1')], []],
    [[pair('FIPS-TLS-1', true), pair('FIPS-MOD-1')], ['refusal']],
    [
      [pair('FIPS-SSH-1', true), pair('FIPS-MOD-1', true)],
      ['modules', 'refusal'],
    ],
  ] as const)('%#', (pairs, expected) => {
    expect(lateSuites({ claim: [], pairs: [...pairs] }, ['modules', 'nodes', 'refusal'])).toEqual(expected)
  })
})
