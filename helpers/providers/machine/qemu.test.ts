import { describe, expect, it } from 'vitest'
import { forwardedPorts, kernelCommandLine, type MachineHardware, qemuArguments } from './qemu.ts'

const machine: MachineHardware = {
  arch: 'amd64',
  name: 'fips-conformance.run.node',
  ownership: 'e30',
  accelerator: 'tcg',
  cpus: 2,
  memoryMegabytes: 4096,
  kernel: '/k',
  initrd: '/i',
  commandLine: 'root=/dev/vda fips=1',
  disk: '/odd, name/disk.raw',
  seed: '/seed',
  serial: '/serial',
  control: '/c',
  pidFile: '/p',
  apiPort: 0,
  number: 1,
  wire: { role: 'hub', sockets: [] },
}
const valuesOf = (argv: readonly string[], option: string): string[] =>
  argv.flatMap((word, at) => (word === option ? [argv[at + 1] ?? ''] : []))

describe('qemuArguments', () => {
  it('lets in from loopback only, and nothing out', () => {
    const [host] = valuesOf(qemuArguments(machine), '-netdev')
    expect(host).toBe('user,id=host,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22,hostfwd=tcp:127.0.0.1:0-:6443')
    expect(qemuArguments(machine).join(' ')).not.toMatch(/hostfwd=tcp:(?!127\.0\.0\.1:)/)
  })

  it('forwards no API server of a node that has none', () => {
    expect(valuesOf(qemuArguments({ ...machine, apiPort: undefined }), '-netdev')[0]).not.toContain('6443')
  })

  it('wires the nodes by sockets in the file system: the first has an end for each of the others', () => {
    expect(valuesOf(qemuArguments({ ...machine, wire: { role: 'hub', sockets: ['/w1', '/w2'] } }), '-netdev').slice(1)).toEqual([
      'stream,id=end0,server=on,addr.type=unix,addr.path=/w1',
      'hubport,id=port0,hubid=1,netdev=end0',
      'stream,id=end1,server=on,addr.type=unix,addr.path=/w2',
      'hubport,id=port1,hubid=1,netdev=end1',
      'hubport,id=wire,hubid=1',
    ])
    expect(valuesOf(qemuArguments({ ...machine, wire: { role: 'end', socket: '/w1' } }), '-netdev')[1]).toBe(
      'stream,id=wire,server=off,addr.type=unix,addr.path=/w1',
    )
  })

  it('doubles commas in paths', () => {
    expect(valuesOf(qemuArguments(machine), '-drive')[0]).toMatch(/^file=\/odd,, name\/disk\.raw,/)
  })

  it('gives no two machines of a cluster one hardware address', () => {
    const addresses = [1, 2, 3].flatMap((number) =>
      valuesOf(qemuArguments({ ...machine, number }), '-device').flatMap((device) => /mac=(\S+)/.exec(device)?.[1] ?? []),
    )
    expect(new Set(addresses).size).toBe(6)
  })

  it('ends where it would start again, and leaves out an initrd that there is not', () => {
    const argv = qemuArguments({ ...machine, initrd: undefined })
    expect(argv).toContain('-no-reboot')
    expect(argv).not.toContain('-initrd')
  })
})

describe('kernelCommandLine', () => {
  it.each([
    [true, true],
    [false, false],
  ])('fips %s: fips=1 is there %s', (fips, there) => {
    expect(kernelCommandLine({ arch: 'amd64', accelerator: 'kvm', fips }).split(' ').includes('fips=1')).toBe(there)
  })

  it('ends the machine on a panic, and leaves mitigations on where a real processor runs the guest', () => {
    expect(kernelCommandLine({ arch: 'amd64', accelerator: 'kvm', fips: true })).toMatch(/panic=-1/)
    expect(kernelCommandLine({ arch: 'amd64', accelerator: 'kvm', fips: true })).not.toContain('mitigations')
    expect(kernelCommandLine({ arch: 'arm64', accelerator: 'tcg', fips: true })).toContain('console=ttyAMA0')
  })
})

describe('forwardedPorts', () => {
  it('reads what the monitor of qemu 7.2 prints', () => {
    const shown = [
      'Hub -1 (m):',
      '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
      '  TCP[HOST_FORWARD]  13       127.0.0.1 35631       10.0.2.15    22     0     0',
      '  TCP[HOST_FORWARD]  12       127.0.0.1 38309       10.0.2.15  6443     0     0',
      '  TCP[ESTABLISHED]   14       127.0.0.1 35631       10.0.2.15    22     0     0',
    ].join('\r\n')
    expect(forwardedPorts(shown)).toEqual(
      new Map([
        [22, 35631],
        [6443, 38309],
      ]),
    )
    expect(forwardedPorts('')).toEqual(new Map())
  })
})
