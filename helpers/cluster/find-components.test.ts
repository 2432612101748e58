import { describe, expect, it } from 'vitest'
import { configFlag, type FoundComponent, findComponents } from './find-components.ts'
import type { NodeInventory, Process } from './inventory.ts'
import type { CommandResult, NodeAccess } from './node-access.ts'

const process = (pid: number, exe: string): Process => ({
  pid,
  namespace: 'net:[1]',
  exe,
  comm: 'x',
  rootDevice: '1',
  exeFile: `1:${pid}`,
})
const inventory = (...processes: Process[]): NodeInventory => ({ processes, listeners: [], gaps: [] })

type Fake = {
  /** What `containerd config dump` prints; it fails where there is none. */
  dump?: string
  cmdline?: string
  /** Paths of programs by the name that is looked up, and texts of files. */
  path?: Readonly<Record<string, string>>
  files?: Readonly<Record<string, string>>
}

const answer = (stdout: string, exitCode = 0, stderr = ''): CommandResult => ({
  exitCode,
  stdout: new TextEncoder().encode(stdout),
  stderr,
})

const fakeNode = ({ dump, cmdline = '/usr/bin/containerd\0', path = {}, files = {} }: Fake): { node: NodeAccess; asked: string[] } => {
  const asked: string[] = []
  const run: NodeAccess['run'] = async (argv) => {
    asked.push(argv.join(' '))
    const [program = '', ...rest] = argv
    const last = rest.at(-1) ?? ''
    if (program === 'sh') {
      const found = path[rest[3] ?? '']
      return found === undefined ? answer('', 127) : answer(`${found}\n`)
    }
    if (rest.slice(-2).join(' ') === 'config dump') return dump === undefined ? answer('', 1, 'containerd: broken') : answer(dump)
    if (program === 'cat' && last.endsWith('/cmdline')) return answer(cmdline)
    if (program === 'ls') {
      const names = Object.keys(files).filter((file) => file.startsWith(`${last}/`))
      return names.length > 0 ? answer(`${names.map((name) => name.slice(last.length + 1)).join('\n')}\n`) : answer('', 2)
    }
    const text = files[last]
    if (program === 'test') return answer('', text === undefined ? 1 : 0)
    return text === undefined ? answer('', 1, 'No such file or directory') : answer(text)
  }
  const node: NodeAccess = {
    name: 'a',
    means: 'a test',
    run,
    open: () => {
      throw new Error('not asked for')
    },
    dial: () => Promise.reject(new Error('not asked for')),
    close: async () => undefined,
  }
  return { node, asked }
}

const dump = (binary: string): string =>
  `version = 3\n[plugins.'io.containerd.cri.v1.runtime']\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\nBinaryName = '${binary}'\n[plugins.'io.containerd.cri.v1.runtime'.cni]\nbin_dirs = ['/opt/a', '/opt/b']\nconf_dir = '/etc/cni/net.d'`

const find = async (
  fake: Fake,
  found: NodeInventory,
  role: 'control-plane' | 'worker' = 'worker',
): Promise<Record<string, FoundComponent>> => {
  const components = await findComponents(fakeNode(fake).node, role, found)
  return Object.fromEntries(components.map((component) => [component.name, component]))
}

const containerd = process(200, '/usr/bin/containerd')

describe('findComponents', () => {
  it('finds what runs, with every process of it', async () => {
    const found = await find(
      {},
      inventory(process(7, '/usr/bin/kubelet'), process(9, '/opt/kubelet'), process(10, '/usr/bin/kubelet-helper')),
    )
    expect(found.kubelet).toEqual({
      name: 'kubelet',
      optional: false,
      path: '/proc/7/exe',
      shown: '/usr/bin/kubelet',
      pids: [7, 9],
      how: 'running process',
    })
  })

  it('finds what runs from a file that was replaced meanwhile, containerd among it', async () => {
    const gone = process(200, '/usr/bin/containerd (deleted)')
    const found = await find({ dump: dump('/usr/bin/runc'), files: { '/usr/bin/runc': '\u007fELF' } }, inventory(gone))
    expect(found.containerd).toMatchObject({ path: '/proc/200/exe', shown: '/usr/bin/containerd (deleted)' })
    expect(found.runc).toMatchObject({ path: '/usr/bin/runc' })
  })

  it('expects the control plane where it belongs, and CoreDNS where it runs', async () => {
    const planes = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd']
    const worker = await find({}, inventory())
    const plane = await find({}, inventory(process(3, '/coredns')), 'control-plane')
    expect(planes.map((name) => worker[name])).toEqual(planes.map(() => undefined))
    expect(planes.map((name) => plane[name])).toEqual(
      planes.map((name) => ({ name, optional: false, shown: 'not found', pids: [], how: `no process on the node runs ${name}` })),
    )
    expect({ worker: worker.coredns, plane: plane.coredns?.path }).toEqual({ worker: undefined, plane: '/proc/3/exe' })
  })

  it('looks for tools on the PATH of init, and lets only kubectl and ctr be missing', async () => {
    const found = await find({ path: { kubeadm: '/usr/bin/kubeadm' } }, inventory())
    expect(found.kubeadm).toMatchObject({ path: '/usr/bin/kubeadm', optional: false })
    expect([found.kubectl, found.ctr].map((tool) => ({ optional: tool?.optional, path: tool?.path }))).toEqual([
      { optional: true, path: undefined },
      { optional: true, path: undefined },
    ])
    expect((await find({ path: { kubeadm: 'kubeadm' } }, inventory())).kubeadm?.path).toBeUndefined()
  })

  it('finds the shim on the PATH of containerd where none runs', async () => {
    const { node, asked } = fakeNode({ path: { 'containerd-shim-runc-v2': '/usr/local/bin/containerd-shim-runc-v2' } })
    const found = await findComponents(node, 'worker', inventory(containerd))
    expect(found.find(({ name }) => name === 'containerd-shim-runc-v2')).toMatchObject({ path: '/usr/local/bin/containerd-shim-runc-v2' })
    expect(asked).toContainEqual(expect.stringMatching(/ sh containerd-shim-runc-v2 200$/))
  })

  it.each<[string, Fake, object]>([
    ['as the configuration names it', { dump: dump('/usr/bin/crun'), files: { '/usr/bin/crun': '\u007fELF' } }, { path: '/usr/bin/crun' }],
    [
      'on the PATH of containerd',
      { dump: dump('runc'), path: { runc: '/usr/sbin/runc' }, files: { '/usr/sbin/runc': '\u007fELF' } },
      { path: '/usr/sbin/runc' },
    ],
    [
      'behind a wrapper',
      { dump: dump('/usr/local/sbin/w'), files: { '/usr/local/sbin/w': '#!/bin/sh\nexec runc "$@"\n' }, path: { runc: '/usr/sbin/runc' } },
      { path: '/usr/sbin/runc', wrapper: '/usr/local/sbin/w' },
    ],
    [
      'behind a wrapper with a path',
      { dump: dump('/w'), files: { '/w': '#!/bin/sh\nexec /opt/runc "$@"\n' } },
      { path: '/opt/runc', wrapper: '/w' },
    ],
    [
      'as the wrapper itself, where that does not say what it executes',
      { dump: dump('/w'), files: { '/w': '#!/bin/sh\nexec "$X" "$@"\n' } },
      { path: '/w' },
    ],
    ['at a path where nothing is', { dump: dump('/gone') }, { path: '/gone' }],
    ['nowhere: not on PATH', { dump: dump('runc') }, { shown: 'not found', how: expect.stringContaining('not on its PATH') }],
    [
      'nowhere: what the wrapper executes is not there',
      { dump: dump('/w'), files: { '/w': '#!/bin/sh\nexec runc "$@"\n' } },
      { shown: 'not found', how: expect.stringContaining('executes runc, which is not found') },
    ],
    ['nowhere: containerd does not tell', {}, { shown: 'not found', how: '«containerd config dump» failed: containerd: broken' }],
    ['nowhere: what containerd tells is no TOML', { dump: '{' }, { shown: 'not found', how: expect.stringContaining('cannot be read') }],
  ])('finds the OCI runtime %s', async (_case, fake, expected) => {
    expect((await find(fake, inventory(containerd))).runc).toMatchObject({ name: 'runc', optional: false, ...expected })
  })

  it('finds no OCI runtime where containerd does not run', async () => {
    expect((await find({ dump: dump('/usr/bin/runc') }, inventory())).runc).toMatchObject({ how: 'containerd does not run on the node' })
  })

  it('asks containerd with its own configuration file', async () => {
    const { node, asked } = fakeNode({ cmdline: '/usr/bin/containerd\0--config\0/etc/c.toml\0', dump: '' })
    await findComponents(node, 'worker', inventory(containerd))
    expect(asked).toContain('/proc/200/exe --config /etc/c.toml config dump')
  })

  const conflist = '{"plugins":[{"type":"ptp","ipam":{"type":"host-local"}}]}'
  it('finds the CNI plugins of the first configuration, each in the first directory that has it', async () => {
    const files = {
      '/etc/cni/net.d/10-a.conflist': conflist,
      '/etc/cni/net.d/20-b.conflist': '{"plugins":[{"type":"bridge"}]}',
      '/etc/cni/net.d/00-README': 'x',
      '/opt/b/ptp': '',
      '/opt/a/host-local': '',
      '/opt/b/host-local': '',
    }
    const found = await find({ dump: dump('runc'), files }, inventory(containerd))
    expect(Object.keys(found).filter((name) => name.startsWith('cni'))).toEqual(['cni/ptp', 'cni/host-local', 'cni/loopback'])
    expect([found['cni/ptp']?.path, found['cni/host-local']?.path, found['cni/loopback']?.path]).toEqual([
      '/opt/b/ptp',
      '/opt/a/host-local',
      undefined,
    ])
    expect(found['cni/loopback']?.how).toBe('called by /etc/cni/net.d/10-a.conflist, but not in /opt/a, /opt/b')
  })

  it.each<[string, Fake, string]>([
    ['there is no configuration', { dump: dump('runc') }, 'no network configuration in /etc/cni/net.d'],
    ['it is no JSON', { dump: dump('runc'), files: { '/etc/cni/net.d/1.conf': 'x' } }, 'cannot be read as a network configuration'],
    ['containerd does not tell where it is', {}, '«containerd config dump» failed'],
  ])('says that CNI plugins were not found where %s', async (_case, fake, how) => {
    expect((await find(fake, inventory(containerd))).cni).toMatchObject({
      shown: 'not found',
      optional: false,
      how: expect.stringContaining(how),
    })
  })
})

it.each([
  ['/usr/bin/containerd\0--config\0/etc/c.toml\0', ['--config', '/etc/c.toml']],
  ['/usr/bin/containerd\0-c\0/etc/c.toml\0--log-level\0info\0', ['--config', '/etc/c.toml']],
  ['/usr/bin/containerd\0--config=/etc/c.toml\0', ['--config', '/etc/c.toml']],
  ['/usr/bin/containerd\0-c=/etc/c.toml\0', ['--config', '/etc/c.toml']],
  ['/usr/bin/containerd\0--config\0/a\0--config\0/b\0', ['--config', '/b']],
  ['/usr/bin/containerd\0', []],
  ['/usr/bin/containerd\0--config\0', []],
  ['/usr/bin/containerd\0--config-version\0/x\0', []],
  ['', []],
])('configFlag of %j is %j', (cmdline, flags) => {
  expect(configFlag(cmdline)).toEqual(flags)
})
