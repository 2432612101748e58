import { describe, expect, it } from 'vitest'
import { type Check, diagnose } from './doctor.ts'
import { doctorLines } from './doctor-lines.ts'
import type { Engine } from './engine.ts'
import type { HostLook, Unreachable } from './look.ts'

const engine: Engine = {
  version: '28.2.2',
  os: 'Ubuntu 24.04.3 LTS',
  arch: 'amd64',
  cgroup: { version: '2', driver: 'systemd' },
  rootless: false,
  defaultRuntime: 'runc',
  storageDriver: 'overlay2',
  rootDirectory: '/var/lib/docker',
  kernel: '6.8.0',
  cpus: 4,
  memoryBytes: 16e9,
}

const space = (freeBytes: number, device = 1) => ({ path: '/var/lib/docker', measuredAt: '/var/lib', device, freeBytes })

const good: HostLook = {
  platform: 'linux',
  arch: 'x64',
  osRelease: { id: 'ubuntu', like: ['debian'], versionId: '24.04', prettyName: 'Ubuntu 24.04.3 LTS' },
  uid: 1000,
  systemd: true,
  docker: {
    client: { path: '/usr/bin/docker', version: 'Docker version 28.2.2' },
    daemon: '/usr/bin/dockerd',
    podman: undefined,
    endpoint: 'unix:///var/run/docker.sock',
    group: 'member',
  },
  engine: { state: 'reachable', engine },
  cgroup: '2',
  cores: 4,
  memoryBytes: 16e9,
  disk: { dockerRoot: space(100e9), cache: space(100e9), cacheWarm: false },
  kernel: '6.8.0',
  kernelFips: 'on',
  missingCapabilities: { here: [], init: [] },
  proxies: [],
  caBundle: '/etc/ssl/certs/ca-certificates.crt',
}

const without = (reason: Unreachable, more: Partial<HostLook> = {}, docker: Partial<HostLook['docker']> = {}): HostLook => ({
  ...good,
  engine: { state: 'unreachable', reason, detail: 'what the client said' },
  ...more,
  docker: { ...good.docker, ...(reason === 'no-client' && { client: undefined, daemon: undefined, endpoint: undefined }), ...docker },
})

const os = (id: string, versionId = '', like: string[] = []) => ({ id, like, versionId, prettyName: id })
const withEngine = (change: Partial<Engine>, more: Partial<HostLook> = {}): HostLook => ({
  ...good,
  ...more,
  engine: { state: 'reachable', engine: { ...engine, ...change } },
})
const check = (look: HostLook, id: Check['id']): Check | undefined => diagnose(look).find((one) => one.id === id)
const commands = (look: HostLook): string[] =>
  (check(look, 'engine')?.remedy ?? '').split('\n').flatMap((line) => (line.startsWith('  ') ? [line.trim()] : []))

const group = ['sudo usermod -aG docker "$USER"', 'newgrp docker']
const enable = 'sudo systemctl enable --now docker'
const noClient: [string, HostLook, string[]][] = [
  ['Ubuntu', without('no-client'), ['sudo apt-get update', 'sudo apt-get install -y docker.io iptables', enable, ...group]],
  [
    'Debian 12 without systemd',
    without('no-client', { osRelease: os('debian', '12'), systemd: false }),
    ['sudo apt-get update', 'sudo apt-get install -y docker.io iptables', 'sudo service docker start', ...group],
  ],
  [
    'Debian 13',
    without('no-client', { osRelease: os('debian', '13') }),
    ['sudo apt-get update', 'sudo apt-get install -y docker.io docker-cli iptables', enable, ...group],
  ],
  [
    'Debian 12, root',
    without('no-client', { osRelease: os('debian', '12'), uid: 0 }),
    ['fips-conformance setup', 'apt-get update', 'apt-get install -y docker.io iptables', 'systemctl enable --now docker'],
  ],
  [
    'Debian 12, root, no systemd',
    without('no-client', { osRelease: os('debian', '12'), uid: 0, systemd: false }),
    ['fips-conformance setup', 'apt-get update', 'apt-get install -y docker.io iptables'],
  ],
  ['Fedora', without('no-client', { osRelease: os('fedora', '42') }), ['sudo dnf install -y moby-engine docker-cli', enable, ...group]],
  [
    'Fedora with Podman',
    without('no-client', { osRelease: os('fedora', '42') }, { podman: '/usr/bin/podman' }),
    ['sudo dnf install -y moby-engine docker-cli', enable, ...group],
  ],
  [
    'Rocky, root',
    without('no-client', { osRelease: os('rocky', '9', ['rhel', 'centos', 'fedora']), uid: 0 }),
    ['dnf install -y docker-ce docker-ce-cli containerd.io', 'systemctl enable --now docker'],
  ],
  ['Amazon Linux', without('no-client', { osRelease: os('amzn', '2023', ['fedora']) }), ['sudo dnf install -y docker', enable, ...group]],
  ['Arch', without('no-client', { osRelease: os('arch') }), ['sudo pacman -S --needed docker', enable, ...group]],
  [
    'openSUSE',
    without('no-client', { osRelease: os('opensuse-leap', '15.6', ['suse', 'opensuse']) }),
    ['sudo zypper install -y docker', enable, ...group],
  ],
  [
    'Alpine',
    without('no-client', { osRelease: os('alpine', '3.22'), systemd: false }),
    ['sudo apk add docker', 'sudo rc-update add docker default', 'sudo service docker start', 'sudo addgroup "$USER" docker'],
  ],
  ['macOS', without('no-client', { platform: 'darwin', osRelease: undefined, systemd: false, cgroup: undefined }), ['open -a Docker']],
  ['Windows', without('no-client', { platform: 'win32', osRelease: undefined, systemd: false, uid: undefined, cgroup: undefined }), []],
  ['another Linux', without('no-client', { osRelease: os('nixos') }), []],
]

const other: [string, HostLook, string[]][] = [
  ['daemon down, systemd', without('no-daemon'), [enable]],
  ['daemon down, no systemd', without('no-daemon', { systemd: false }), ['sudo service docker start']],
  ['daemon down, root on Debian without systemd', without('no-daemon', { systemd: false, uid: 0 }), ['fips-conformance setup']],
  ['daemon down, Alpine root', without('no-daemon', { systemd: false, uid: 0, osRelease: os('alpine') }), ['service docker start']],
  [
    'daemon down, macOS',
    without(
      'no-daemon',
      { platform: 'darwin', osRelease: undefined },
      { daemon: undefined, endpoint: 'unix:///Users/ana/.docker/run/docker.sock' },
    ),
    ['open -a Docker'],
  ],
  [
    'a client only',
    without('no-daemon', { osRelease: os('arch') }, { daemon: undefined }),
    ['sudo pacman -S --needed docker', enable, ...group],
  ],
  [
    'another endpoint',
    without('no-daemon', { uid: 0 }, { endpoint: 'tcp://10.0.0.9:2375' }),
    ['unset DOCKER_HOST DOCKER_CONTEXT', 'docker context use default'],
  ],
  ['socket, not in the group', without('no-permission', {}, { group: 'not-member' }), group],
  ['socket, in the group since this session began', without('no-permission', {}, { group: 'listed' }), ['newgrp docker']],
  ['socket, in the group all the same', without('no-permission'), ['ls -l /var/run/docker.sock']],
  ['socket, Alpine', without('no-permission', { osRelease: os('alpine') }, { group: 'not-member' }), ['sudo addgroup "$USER" docker']],
  [
    'Podman under the name of docker',
    without(
      'other',
      { osRelease: os('fedora') },
      { client: { path: '/usr/bin/docker', version: 'podman version 5.4.0' }, podman: '/usr/bin/podman', daemon: undefined },
    ),
    ['sudo dnf remove -y podman-docker', 'sudo dnf install -y moby-engine docker-cli', enable, ...group],
  ],
  ['something else', without('other'), ['docker info', enable]],
]

describe('what brings an engine back', () => {
  it.each([...noClient, ...other])('%s', (_, look, expected) => {
    expect(check(look, 'engine')?.state).toBe('missing')
    expect(check(look, 'engine')?.remedy).toMatch(/\S/)
    expect(commands(look)).toEqual(expected)
  })
})

describe('diagnose', () => {
  it('finds nothing wrong with a good host', () => {
    expect(diagnose(good).map(({ id, state }) => [id, state])).toEqual(
      [
        'engine',
        'engine-version',
        'linux-containers',
        'architecture',
        'cgroup',
        'disk',
        'memory',
        'capabilities',
        'kernel-fips',
        'network',
      ].map((id) => [id, 'ok']),
    )
  })

  it('is pure', () => {
    expect(diagnose(structuredClone(good))).toEqual(diagnose(good))
  })

  it.each([
    ['20.10.24+dfsg1', 'ok'],
    ['20.10.0', 'ok'],
    ['19.03.15', 'missing'],
    ['20.9.1', 'missing'],
    ['28.2.2', 'ok'],
  ])('engine version %s: %s', (version, state) => {
    expect(check(withEngine({ version }), 'engine-version')?.state).toBe(state)
  })

  it.each([
    [11e9, false, 'warn'],
    [12e9, false, 'ok'],
    [3e9, false, 'missing'],
    [4e9, true, 'ok'],
    [3e9, true, 'missing'],
  ])('one disk with %d bytes free, warm %s: %s', (free, cacheWarm, state) => {
    const look = { ...good, disk: { dockerRoot: space(free), cache: space(free), cacheWarm } }
    expect(check(look, 'disk')?.state).toBe(state)
    expect(check(look, 'cache-disk')).toBeUndefined()
  })

  it('judges two disks apart', () => {
    const look = { ...good, disk: { dockerRoot: space(5e9), cache: space(2e9, 2), cacheWarm: false } }
    expect([check(look, 'disk')?.state, check(look, 'cache-disk')?.state]).toEqual(['ok', 'warn'])
  })

  it('does not call a disk good that it cannot see', () => {
    const look = { ...good, disk: { ...good.disk, dockerRoot: undefined } }
    expect([check(look, 'disk')?.state, check(look, 'cache-disk')?.state]).toEqual(['warn', 'ok'])
  })

  it('asks for the memory of the engine, which may be a smaller machine than this host', () => {
    expect(check(withEngine({ memoryBytes: 2e9 }), 'memory')?.state).toBe('warn')
    expect(check({ ...withEngine({ memoryBytes: 2e9 }), platform: 'darwin' }, 'memory')?.remedy).toContain('Docker Desktop')
    expect(check(withEngine({ memoryBytes: 3.9e9 }), 'memory')?.state).toBe('ok')
    expect(check(without('no-daemon', { memoryBytes: 2e9 }), 'memory')?.state).toBe('warn')
  })

  it('tells of control groups by what the engine uses, else by what the host shows', () => {
    expect(check(withEngine({ cgroup: { version: '1', driver: 'cgroupfs' } }), 'cgroup')).toMatchObject({
      state: 'warn',
      found: expect.stringContaining('deprecate'),
    })
    expect(check(without('no-daemon', { cgroup: 'none' }), 'cgroup')?.state).toBe('missing')
    expect(check(without('no-daemon', { cgroup: undefined }), 'cgroup')?.state).toBe('ok')
  })

  it('warns of capability gaps unless the runtime stays within them', () => {
    const missingCapabilities = { here: ['CAP_SYS_RESOURCE'], init: [] }
    expect(check({ ...good, missingCapabilities }, 'capabilities')?.state).toBe('warn')
    expect(check(withEngine({ defaultRuntime: 'bounded' }, { missingCapabilities }), 'capabilities')?.state).toBe('ok')
    expect(check(without('no-client', { missingCapabilities, uid: 0 }), 'capabilities')?.found).toContain('setup starts')
    expect(check({ ...good, platform: 'darwin' }, 'capabilities')).toBeUndefined()
  })

  it('says whose FIPS mode kind can show', () => {
    for (const kernelFips of ['off', 'absent'] as const) {
      expect(check({ ...good, kernelFips }, 'kernel-fips')).toMatchObject({
        state: 'warn',
        found: expect.stringContaining('kind can show only this kernel'),
      })
    }
    expect(check({ ...good, kernelFips: 'absent', platform: 'darwin' }, 'kernel-fips')?.found).toContain("only the engine's kernel")
  })

  it('refuses Windows containers and processors without node images', () => {
    expect(check(withEngine({ os: 'Microsoft Windows Server 2022' }), 'linux-containers')?.state).toBe('missing')
    expect(check(withEngine({ os: 'Docker Desktop' }), 'linux-containers')?.state).toBe('ok')
    expect(check({ ...good, arch: 'ppc64' }, 'architecture')?.state).toBe('missing')
  })
})

describe('doctorLines', () => {
  const looks: [string, HostLook][] = [
    ['good', good],
    ...[...noClient, ...other].map(([name, look]): [string, HostLook] => [name, look]),
    ['long words', without('no-daemon', {}, { endpoint: `unix:///${'very-long-name/'.repeat(20)}docker.sock` })],
    [
      'gaps',
      {
        ...good,
        missingCapabilities: { here: ['CAP_SYS_RESOURCE', 'CAP_SYS_ADMIN', 'CAP_SYS_TIME', 'CAP_NET_ADMIN', 'CAP_BPF'], init: [] },
      },
    ],
  ]

  it.each(looks)('fits 100 columns and shows every check: %s', (_, look) => {
    const checks = diagnose(look)
    const lines = doctorLines(look, checks)
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    for (const { state, title } of checks) expect(lines.some((line) => line.startsWith(state) && line.includes(title))).toBe(true)
    for (const command of commands(look)) expect(lines.some((line) => line.trim() === command)).toBe(true)
  })

  it('ends with a verdict', () => {
    expect(doctorLines(good, diagnose(good)).at(-1)).toBe('ready')
    expect(doctorLines(without('no-client'), diagnose(without('no-client'))).at(-1)).toMatch(/^not ready: 1 of/)
  })
})
