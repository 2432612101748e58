import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { NodeAccess } from '../../cluster/node-access.ts'
import type { Reading, Subject } from '../../evidence/model.ts'
import { toOwnListeners } from '../../evidence/own-listeners.ts'
import { startRawServer } from '../../tls/read/control-server.ts'
import { dialTcp } from '../../tls/read/dial-tcp.ts'
import { executablesOf } from './executables.ts'
import { kernelFlag } from './kernel.ts'
import { conversation, listenersOf } from './listeners.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const signal = new AbortController().signal
const hex = (text: string): string => Buffer.from(text).toString('hex')

/** A node whose files are given by path: identity on disk, and bytes. */
type FakeFile = { identity: string; text: string; environment?: readonly string[] }
const fakeNode = (files: Readonly<Record<string, FakeFile>>, opened: string[] = []): NodeAccess => ({
  name: 'a',
  means: 'a test',
  run: async (argv) => {
    if (argv[0] !== 'perl') return { exitCode: 1, stdout: encode(''), stderr: 'No such file or directory' }
    const records = argv.slice(2).flatMap((path) => {
      const file = files[path]
      if (file === undefined) return []
      const sha256 = createHash('sha256').update(file.text).digest('hex')
      const process =
        file.environment === undefined ? [] : [['E', path, '1', '8', '/x'], ...file.environment.map((one) => ['V', path, hex(one)])]
      return [['F', path, file.identity, `${file.text.length}`, sha256], ...process]
    })
    return { exitCode: 0, stdout: encode([...records.map((fields) => fields.join('\t')), 'Z'].join('\n')), stderr: '' }
  },
  async *open(path) {
    const file = files[path]
    opened.push(path)
    if (!file) throw Object.assign(new Error(`${path}: No such file or directory`))
    yield encode(file.text)
  },
  dial: ({ host, port }, during) => dialTcp(host, port)(during ?? signal),
  close: async () => undefined,
})
const component = (detail: Record<string, string>): Subject => ({ kind: 'component', key: 'c', name: 'c', node: 'a', detail })
const read = (node: NodeAccess, detail: Record<string, string>): Promise<Reading[]> => executablesOf(node, component(detail)).read(signal)
const sources = (readings: readonly Reading[]): string[] => readings.map(({ source }) => source)

describe('executablesOf', () => {
  const files = {
    '/proc/1/exe': { identity: '8:1', text: 'one' },
    '/proc/2/exe': { identity: '8:1', text: 'one' },
    '/proc/3/exe': { identity: '8:2', text: 'other' },
    '/usr/bin/x': { identity: '8:3', text: 'x' },
  }

  it('reads each distinct file of the processes once', async () => {
    expect(sources(await read(fakeNode(files), { pids: '1 2 3', path: '/proc/1/exe' }))).toEqual(['/proc/1/exe', '/proc/3/exe'])
  })

  it('reads what lies at a path where nothing runs, and nothing for what was not found', async () => {
    expect(sources(await read(fakeNode(files), { path: '/usr/bin/x' }))).toEqual(['/usr/bin/x'])
    expect(await read(fakeNode(files), {})).toEqual([])
  })

  it('passes over a process that has ended where another runs the same program', async () => {
    expect(sources(await read(fakeNode(files), { pids: '9 2' }))).toEqual(['/proc/2/exe'])
  })

  it('has the bytes of one content travel once, whichever node shows them', async () => {
    const opened: string[] = []
    const content = { identity: '8:9', text: 'a content of its own' }
    const [first] = await read(fakeNode({ '/a': content }, opened), { path: '/a' })
    const [second] = await read(fakeNode({ '/b': content }, opened), { path: '/b' })
    expect(opened).toEqual(['/a'])
    expect(second?.data).toEqual({ ...first?.data, path: '/b' })
    expect(second?.means).toContain('as read on a')
  })

  it('keeps of the environments of its processes what decides over modules, once for those that agree', async () => {
    const file = (...environment: string[]): FakeFile => ({ identity: '8:1', text: 'one', environment })
    const node = fakeNode({
      '/proc/1/exe': file('GODEBUG=x'),
      '/proc/2/exe': file('GODEBUG=x'),
      '/proc/3/exe': file('TOKEN=y', 'GOFIPS=1'),
    })
    const readings = await read(node, { pids: '1 2 3' })
    expect(readings.map(({ kind }) => kind)).toEqual(['executable', 'environment', 'environment'])
    expect(readings.slice(1).map(({ blobs, data }) => [data.program, new TextDecoder().decode(blobs.variables)])).toEqual([
      ['/proc/1/exe', 'GODEBUG=x\0'],
      ['/proc/1/exe', 'GOFIPS=1\0'],
    ])
  })

  it.each(['9', '9 10'])('keeps a component in sight whose processes %s have all ended', async (pids) => {
    const readings = await read(fakeNode(files), { pids })
    expect(readings.map(({ kind, source, data }) => ({ kind, source, state: data.state }))).toEqual([
      { kind: 'executable', source: '/proc/9/exe', state: expect.stringMatching(/^(missing|unreadable)$/) },
    ])
  })
})

describe('listenersOf', () => {
  const listener = (port: string): Subject => ({
    kind: 'listener',
    key: port,
    name: `127.0.0.1:${port}`,
    node: 'a',
    detail: { dial: '127.0.0.1', port, namespaceOf: '7' },
  })

  it('gives what a process listens on as subjects to talk to', () => {
    const [first, second] = listenersOf(component({ listeners: toOwnListeners([listener('1'), listener('2')]) }))
    expect(first).toMatchObject({
      key: 'c',
      name: '127.0.0.1:1',
      node: 'a',
      detail: { transport: 'tcp', dial: '127.0.0.1', port: '1', namespaceOf: '7' },
    })
    const node = fakeNode({})
    expect(conversation(node, first!).name).not.toBe(conversation(node, second!).name)
  })

  it('gives none for a named component', () => {
    expect(listenersOf(component({ pids: '1' }))).toEqual([])
  })
})

describe('conversation', () => {
  it('talks to a TCP listener through the node, and names it as its source', async () => {
    const server = await startRawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    try {
      const subject: Subject = {
        kind: 'listener',
        key: 'l',
        name: 'lab listener',
        node: 'a',
        detail: { transport: 'tcp', dial: '127.0.0.1', port: String(server.port), namespaceOf: '' },
      }
      const readings = await conversation(fakeNode({}), subject).read(signal)
      expect(readings.length).toBeGreaterThan(0)
      expect(new Set(readings.map(({ kind, source, means }) => `${kind}, ${source}, ${means}`))).toEqual(
        new Set(['tls-exchange, lab listener, tcp from within the node (a test)']),
      )
    } finally {
      await server.close()
    }
  })

  it('asks a UDP socket nothing', async () => {
    expect(await conversation(fakeNode({}), component({ transport: 'udp' })).read(signal)).toEqual([])
  })
})

it('keeps how the reading of the flag failed', async () => {
  const [reading] = await kernelFlag(fakeNode({})).read(signal)
  expect(reading?.data).toEqual({ exitCode: 1, stderr: 'No such file or directory', procSeen: false })
})
