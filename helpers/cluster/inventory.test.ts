import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseInventory, programName } from './inventory.ts'

const records = (...lines: string[]): string => `${lines.join('\n')}\n`
const kubelet = 'P\t812\tnet:[4026531840]\t/usr/bin/kubelet\tkubelet\t64\t64\t1001'
const socket = (inode: string): string =>
  `T\tnet:[4026531840]\ttcp\t   0: 0100007F:2808 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`
const namespace = 'N\tnet:[4026531840]\t812'

describe('parseInventory', () => {
  it('reads processes, and listeners with their owners', () => {
    const { processes, listeners, gaps } = parseInventory(
      records(
        kubelet,
        'P\t900\tnet:[4026531840]\t/bin/x\tx\t64\t64\t7',
        'S\t812\t55',
        'S\t812\t56',
        'S\t812\t55',
        'S\t900\t55',
        namespace,
        socket('55'),
        'Z',
      ),
    )
    const [first, second] = processes
    expect(first).toEqual({
      pid: 812,
      namespace: 'net:[4026531840]',
      exe: '/usr/bin/kubelet',
      comm: 'kubelet',
      rootDevice: '64',
      exeFile: '64:1001',
    })
    expect(listeners).toEqual([
      {
        transport: 'tcp',
        address: '127.0.0.1',
        port: 10248,
        inode: '55',
        namespace: 'net:[4026531840]',
        namespaceOf: 812,
        owners: [first, second],
      },
    ])
    expect(gaps).toEqual([])
  })

  it('keeps a listener that no process holds', () => {
    expect(parseInventory(records(kubelet, namespace, socket('99'), 'Z'))).toMatchObject({
      listeners: [{ port: 10248, owners: [] }],
      gaps: [],
    })
  })

  it('keeps a process that ended while it was looked at', () => {
    expect(parseInventory(records('P\t3\tnet:[1]\t/bin/x\tx\t\t\t', 'Z'))).toMatchObject({
      processes: [{ pid: 3, exeFile: ':' }],
      gaps: [],
    })
  })

  it.each([
    ['the end is missing', records(kubelet), ['the list of processes and sockets was cut short']],
    ['nothing came', '', ['the list of processes and sockets was cut short']],
    ['a part could not be read', records('X\texe of process 7: Permission denied', 'Z'), ['exe of process 7: Permission denied']],
    ['a record is unknown', records('Q\t1', 'Z'), ['record that cannot be read: Q\t1']],
    ['a record is named as what objects inherit', records('constructor\t1', 'Z'), ['record that cannot be read: constructor\t1']],
    ['a process is cut short', records('P\t812\tnet:[1]\t/usr/bin/ku', 'Z'), ['record that cannot be read: P\t812\tnet:[1]\t/usr/bin/ku']],
    ['a number is none', records('S\tx\t1', 'Z'), ['record that cannot be read: S\tx\t1']],
    ['a record has too many fields', records('N\tnet:[1]\t1\t2', 'Z'), ['record that cannot be read: N\tnet:[1]\t1\t2']],
    [
      'a socket is cut short',
      records(kubelet, namespace, socket('55').slice(0, 60), 'Z'),
      [expect.stringContaining('socket that cannot be read: net:[4026531840] tcp')],
    ],
    ['a socket is in no namespace', records(kubelet, socket('55'), 'Z'), [expect.stringContaining('socket that cannot be read')]],
  ])('has a gap where %s', (_case, text, gaps) => {
    expect(parseInventory(text).gaps).toEqual(gaps)
  })

  it('has a gap wherever the text is cut', () => {
    const text = records(kubelet, 'S\t812\t55', namespace, socket('55'), 'Z')
    for (let length = 0; length < text.length - 2; length += 1) expect(parseInventory(text.slice(0, length)).gaps).not.toEqual([])
  })
})

it.each([
  ['/usr/bin/kubelet', 'kubelet'],
  ['/usr/bin/containerd (deleted)', 'containerd'],
  ['/memfd:sealed (deleted)', 'memfd:sealed'],
  ['kubelet', 'kubelet'],
])('programName(%s) is %s', (exe, name) => {
  expect(programName(exe)).toBe(name)
})

describe.runIf(process.platform === 'linux' && spawnSync('perl', ['-v']).status === 0)('scripts/inventory.pl on this machine', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  it('finds the listeners of this process, TCP and UDP, and knows them from what is connected', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const [bound, connected] = [createSocket('udp4'), createSocket('udp4')]
    await new Promise<void>((resolve) => bound.bind(0, '127.0.0.1', resolve))
    closing.push(() => bound.close())
    await new Promise<void>((resolve) => connected.bind(0, '127.0.0.1', resolve))
    await new Promise<void>((resolve) => connected.connect(bound.address().port, '127.0.0.1', resolve))
    closing.push(() => connected.close())

    const { stdout, stderr, status } = spawnSync('perl', [join(import.meta.dirname, 'scripts', 'inventory.pl')], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
    })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    const { processes, listeners, gaps } = parseInventory(stdout)
    // What this user may not read is a gap, named as such; nothing is unreadable to the parser.
    expect(gaps.filter((gap) => !/^(exe|network namespace|file descriptors) of process \d+: |^\w+ sockets of net:/.test(gap))).toEqual([])
    const own = processes.find(({ pid }) => pid === process.pid)
    expect(own).toMatchObject({ exe: process.execPath, exeFile: expect.stringMatching(/^\d+:\d+$/) })
    const mine = listeners.filter(({ owners }) => owners.some(({ pid }) => pid === process.pid))
    const shown = mine.map(({ transport, address, port }) => `${transport} ${address}:${port}`)
    expect(shown).toContain(`tcp 127.0.0.1:${(server.address() as { port: number }).port}`)
    expect(shown).toContain(`udp 127.0.0.1:${bound.address().port}`)
    expect(shown).not.toContain(`udp 127.0.0.1:${connected.address().port}`)
    expect(mine.find(({ transport }) => transport === 'tcp')?.namespace).toBe(own?.namespace)
  })
})
