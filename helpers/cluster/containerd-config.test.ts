import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cniPlugins, parseContainerdConfig, wrappedProgram } from './containerd-config.ts'

const version2 = `
version = 2
[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.k8s.io/pause:3.10"
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/v2"
    [plugins."io.containerd.grpc.v1.cri".containerd]
      default_runtime_name = "fips"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.fips]
        runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.fips.options]
          BinaryName = "/usr/local/sbin/runc-fips"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "/usr/bin/other"
`
const version3 = `
version = 3
[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'
[plugins.'io.containerd.cri.v1.runtime']
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = 'runc'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = '/usr/local/sbin/runc-within-bounds'
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dir = ''
    bin_dirs = ['/opt/cni/bin', '/opt/more']
    conf_dir = '/etc/cni/net.d'
[plugins.'io.containerd.grpc.v1.cri']
  disable_tcp_service = true
`

describe('parseContainerdConfig', () => {
  it.each([
    ['version 2', version2, { runtimeBinary: '/usr/local/sbin/runc-fips', cniBinDirs: ['/usr/lib/cni'], cniConfDir: '/etc/cni/v2' }],
    [
      'version 3',
      version3,
      { runtimeBinary: '/usr/local/sbin/runc-within-bounds', cniBinDirs: ['/opt/cni/bin', '/opt/more'], cniConfDir: '/etc/cni/net.d' },
    ],
    ['nothing', '', { runtimeBinary: 'runc', cniBinDirs: ['/opt/cni/bin'], cniConfDir: '/etc/cni/net.d' }],
    [
      'an empty name of a binary',
      version3.replace("'/usr/local/sbin/runc-within-bounds'", "''"),
      { runtimeBinary: 'runc', cniBinDirs: ['/opt/cni/bin', '/opt/more'], cniConfDir: '/etc/cni/net.d' },
    ],
    [
      'values of other types',
      'plugins = 7\n[other]\nversion = "x"',
      { runtimeBinary: 'runc', cniBinDirs: ['/opt/cni/bin'], cniConfDir: '/etc/cni/net.d' },
    ],
  ])('%s', (_case, toml, expected) => {
    expect(parseContainerdConfig(toml)).toEqual(expected)
  })

  it('throws where there is no TOML', () => {
    expect(() => parseContainerdConfig('containerd: not found')).toThrow()
  })
})

describe('wrappedProgram', () => {
  const ours = readFileSync(join(import.meta.dirname, '..', 'node-image', 'files', 'runc-within-bounds'), 'utf8')

  it.each<[string, string, string | undefined]>([
    ['the wrapper of our own node image', ours, 'runc'],
    ['a path', '#!/bin/sh\nexec /usr/bin/runc "$@"\n', '/usr/bin/runc'],
    ['a path in quotes', '#!/bin/bash\n  exec "/usr/bin/runc" "$@"\n', '/usr/bin/runc'],
    ['a path in single quotes', '#!/bin/bash\nexec \'/opt/runc-1.2\' "$@"\n', '/opt/runc-1.2'],
    ['flags of its own', '#!/bin/sh\nexec runc --systemd-cgroup --log-format=json "$@"', 'runc'],
    ['one program in two places', '#!/bin/sh\nif true; then exec runc "$@"; fi\nexec runc "$@"\n', 'runc'],
    ['a redirection before it', '#!/bin/sh\nexec 2>/tmp/log\nexec runc "$@"\n', 'runc'],
    ['another program in a comment', '#!/bin/sh\n# exec crun "$@"\nexec runc "$@"\n', 'runc'],
    ['no exec', '#!/bin/sh\nrunc "$@"\n', undefined],
    ['arguments alone', '#!/bin/sh\nexec "$@"\n', undefined],
    ['a variable', '#!/bin/sh\nexec "$RUNC" "$@"\n', undefined],
    ['a variable in the path', '#!/bin/sh\nexec $DIR/runc "$@"\n', undefined],
    ['two programs', '#!/bin/sh\n[ -x /usr/bin/crun ] && exec /usr/bin/crun "$@"\nexec runc "$@"\n', undefined],
    ['a program or a variable', '#!/bin/sh\nif [ "$X" ]; then exec "$X" "$@"; fi\nexec runc "$@"\n', undefined],
    ['a program that starts another', '#!/bin/sh\nexec env A=1 runc "$@"\n', undefined],
    ['a program that starts another by priority', '#!/bin/sh\nexec nice -n 5 runc "$@"\n', undefined],
    ['another name for itself', '#!/bin/bash\nexec -a runc /usr/bin/crun "$@"\n', undefined],
    ['fixed arguments', '#!/bin/sh\nexec runc --version\n', undefined],
    ['a redirection only', '#!/bin/sh\nexec >/dev/null\n', undefined],
    ['no script', '\u007fELF exec runc "$@"', undefined],
    ['nothing', '', undefined],
  ])('%s', (_case, script, program) => {
    expect(wrappedProgram(script)).toBe(program)
  })
})

describe('cniPlugins', () => {
  it.each([
    [
      'a list with IPAM',
      { name: 'x', plugins: [{ type: 'ptp', ipam: { type: 'host-local' } }, { type: 'portmap' }] },
      ['ptp', 'host-local', 'portmap', 'loopback'],
    ],
    [
      'the template of our own node image',
      JSON.parse(readFileSync(join(import.meta.dirname, '..', 'node-image', 'files', 'cni.conflist.template'), 'utf8')),
      ['ptp', 'host-local', 'portmap', 'loopback'],
    ],
    ['one network', { type: 'bridge', ipam: { type: 'dhcp' } }, ['bridge', 'dhcp', 'loopback']],
    ['one plugin twice', { plugins: [{ type: 'loopback' }, { type: 'tuning' }, { type: 'tuning' }] }, ['loopback', 'tuning']],
    ['no plugin', { plugins: [] }, ['loopback']],
  ])('%s', (_case, network, expected) => {
    expect(cniPlugins(JSON.stringify(network))).toEqual(expected)
  })

  it.each(['', '[]', '{"plugins":[{}]}', '{"plugins":{}}', '{"type":7}'])('throws at %s', (json) => {
    expect(() => cniPlugins(json)).toThrow()
  })
})
