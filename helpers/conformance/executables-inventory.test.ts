import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeAccess } from '../cluster/node-access.ts'
import { madeElf } from '../crypto-modules/analyse/made-elf.ts'
import { analysedCache } from './analysed-cache.ts'
import { takeExecutablesInventory } from './executables-inventory.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-executables-'))
  await mkdir(join(folder, 'bundle'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const signal = new AbortController().signal
const program = (fill: number): Uint8Array => madeElf({ segments: [{ rights: 'rx', bytes: new Uint8Array(64).fill(fill) }] })
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A node with files in its own root; `asked` notes which of them were fetched. */
const nodeWith = (
  name: string,
  files: Readonly<Record<string, Uint8Array>>,
  asked: string[],
  stated: Readonly<Record<string, string>> = {},
): NodeAccess => ({
  name,
  means: 'a test',
  run: async (argv, { input } = {}) => {
    if (argv[1] === '-') {
      const listed = Object.entries(files).map(([path, bytes]) => `F\t0\t${stated[path] ?? digest(bytes)}\t${bytes.length}\t${path}`)
      return { exitCode: 0, stdout: new TextEncoder().encode(['R\t0\tnode\t/\t', ...listed, 'Z'].join('\n')), stderr: '' }
    }
    const paths = new TextDecoder()
      .decode(input as Uint8Array)
      .split('\0')
      .filter(Boolean)
    asked.push(...paths.map((path) => `${name}${path}`))
    const parts = paths.map((path) => {
      const bytes = files[path] ?? new Uint8Array()
      const head = Buffer.alloc(8)
      head.writeBigUInt64BE(BigInt(bytes.length))
      return Buffer.concat([head, bytes])
    })
    return { exitCode: 0, stdout: new Uint8Array(Buffer.concat(parts)), stderr: '' }
  },
  open: () => {
    throw new Error('nothing is opened here')
  },
  dial: () => Promise.reject(new Error('nothing is dialled here')),
  close: async () => undefined,
})
const take = async (nodes: readonly NodeAccess[]) =>
  takeExecutablesInventory({
    nodes,
    bundle: join(folder, 'bundle'),
    seen: new Map(),
    cache: await analysedCache(join(folder, 'cache')),
    signal,
  })

describe('the inventory of executables', () => {
  it('analyses each content once, on whichever node it lies, and says where it lies', async () => {
    const asked: string[] = []
    const nodes = [
      nodeWith('one', { '/bin/a': program(1), '/bin/b': program(2) }, asked),
      nodeWith('two', { '/bin/a': program(1), '/opt/c': program(3), '/opt/d': program(3) }, asked),
    ]
    const { inventory, readings } = await take(nodes)
    expect(asked.toSorted()).toEqual(['one/bin/a', 'one/bin/b', 'two/opt/d'])
    expect(inventory.executables.map(({ places, module, state, arch }) => ({ places, module, state, arch }))).toEqual([
      { places: [{ root: 'node', path: '/bin/a', nodes: ['one', 'two'] }], module: 'none', state: 'inspected', arch: 'amd64' },
      { places: [{ root: 'node', path: '/bin/b', nodes: ['one'] }], module: 'none', state: 'inspected', arch: 'amd64' },
      {
        places: [
          { root: 'node', path: '/opt/c', nodes: ['two'] },
          { root: 'node', path: '/opt/d', nodes: ['two'] },
        ],
        module: 'none',
        state: 'inspected',
        arch: 'amd64',
      },
    ])
    expect(JSON.parse(await readFile(join(folder, 'bundle/inventory/executables.json'), 'utf8'))).toEqual(inventory)
    expect(readings.map(({ node, reading }) => [node, reading.kind])).toEqual([
      ['one', 'executables'],
      ['two', 'executables'],
    ])
    asked.length = 0
    expect((await take(nodes)).inventory).toEqual(inventory)
    expect(asked).toEqual([])
  })

  it('names what changed while it was read, and asks another node, and the next run, for it again', async () => {
    const asked: string[] = []
    const stated = { '/bin/a': digest(program(9)) }
    const changing = nodeWith('one', { '/bin/a': program(1) }, asked, stated)
    expect((await take([changing])).inventory.executables).toMatchObject([
      { module: 'not-inspectable', state: 'unreadable', reason: 'the file changed while it was read' },
    ])
    expect((await take([changing, nodeWith('two', { '/x': program(9) }, asked)])).inventory.executables).toMatchObject([
      { state: 'inspected' },
    ])
    expect(asked).toEqual(['one/bin/a', 'one/bin/a', 'two/x'])
  })
})

it('passes over lines of the cache that are none', async () => {
  const cache = await analysedCache(folder)
  const one = { sha256: digest(program(1)), state: 'inspected', go: false, module: 'none', integrity: 'n/a', mode: 'n/a' }
  await cache.add([one])
  const [name = ''] = (await readdir(folder)).filter((each) => each.endsWith('.ndjson'))
  await appendFile(join(folder, name), '{"sha256":"no"}\n{"cut')
  expect([...(await analysedCache(folder)).known.values()]).toEqual([one])
})
