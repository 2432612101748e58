/** What a machine is, as far as qemu has to know. Paths are the host's. */
export type MachineHardware = {
  arch: 'amd64' | 'arm64'
  /** As it is told apart from other processes: `fips-conformance.<run>.<node>`. */
  name: string
  /** Text that goes with the process for whoever finds it: who owns it. */
  ownership: string
  accelerator: 'kvm' | 'tcg'
  cpus: number
  memoryMegabytes: number
  kernel: string
  initrd?: string | undefined
  commandLine: string
  disk: string
  seed: string
  serial: string
  /** Socket of qemu's own protocol. */
  control: string
  pidFile: string
  /** Port of this host's loopback for the API server; 0 lets the system choose. Absent on a node without one. */
  apiPort?: number | undefined
  /** Last byte of the hardware addresses: different for every node of a cluster. */
  number: number
  /** The wire between the nodes: the first node has an end for each of the others, each other one end. */
  wire: { role: 'hub'; sockets: readonly string[] } | { role: 'end'; socket: string }
}

/** The program and what makes a bare machine of it, by architecture. */
export const qemuProgram = { amd64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' } as const
const boards = { amd64: 'q35', arm64: 'virt' } as const
const serialConsole = { amd64: 'ttyS0', arm64: 'ttyAMA0' } as const

/** Commas end a value in qemu's options; doubled they stand for themselves. */
const value = (text: string): string => text.replaceAll(',', ',,')

const hardwareAddress = (net: number, node: number): string =>
  ['52', '54', '00', 'fc', net.toString(16).padStart(2, '0'), node.toString(16).padStart(2, '0')].join(':')

const wireArguments = ({ wire }: MachineHardware): string[] =>
  wire.role === 'end'
    ? ['-netdev', `stream,id=wire,server=off,addr.type=unix,addr.path=${value(wire.socket)}`]
    : [
        ...wire.sockets.flatMap((socket, index) => [
          '-netdev',
          `stream,id=end${index},server=on,addr.type=unix,addr.path=${value(socket)}`,
          '-netdev',
          `hubport,id=port${index},hubid=1,netdev=end${index}`,
        ]),
        '-netdev',
        'hubport,id=wire,hubid=1',
      ]

/** Prefix of the names of our processes, by which they are found again. */
export const namePrefix = 'fips-conformance.'
/** Name under which the owner stands on the command line (fw_cfg, for items of users: `opt/`). */
export const ownershipItem = 'opt/fips-conformance.ownership'

/**
 * The command line of a machine (qemu-system(1), 7.2 and later). What it lets in from this host is bound to loopback; nothing of it gets out
 * (`restrict=on`). It ends where it would start again.
 */
export const qemuArguments = (machine: MachineHardware): string[] => [
  '-name',
  value(machine.name),
  '-machine',
  boards[machine.arch],
  '-accel',
  machine.accelerator === 'tcg' ? 'tcg,thread=multi' : 'kvm',
  '-cpu',
  machine.accelerator === 'tcg' ? 'max' : 'host',
  '-smp',
  String(machine.cpus),
  '-m',
  String(machine.memoryMegabytes),
  '-nodefaults',
  '-no-user-config',
  '-display',
  'none',
  '-no-reboot',
  '-rtc',
  'base=utc',
  '-fw_cfg',
  `name=${ownershipItem},string=${value(machine.ownership)}`,
  '-kernel',
  machine.kernel,
  ...(machine.initrd === undefined ? [] : ['-initrd', machine.initrd]),
  '-append',
  machine.commandLine,
  '-drive',
  // Nothing of it has to outlive a power cut of the host: it is thrown away after the run. Where this host's disk is full the guest is told, and says so;
  // qemu would stop it without a word.
  `file=${value(machine.disk)},format=raw,if=virtio,cache=unsafe,werror=report`,
  '-drive',
  `file=${value(machine.seed)},format=raw,if=virtio,readonly=on`,
  '-netdev',
  [
    'user,id=host,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22',
    ...(machine.apiPort === undefined ? [] : [`hostfwd=tcp:127.0.0.1:${machine.apiPort}-:6443`]),
  ].join(','),
  '-device',
  `virtio-net-pci,netdev=host,romfile=,mac=${hardwareAddress(0, machine.number)}`,
  ...wireArguments(machine),
  '-device',
  `virtio-net-pci,netdev=wire,romfile=,mac=${hardwareAddress(1, machine.number)}`,
  '-device',
  'virtio-rng-pci',
  '-serial',
  `file:${value(machine.serial)}`,
  '-qmp',
  `unix:${value(machine.control)},server=on,wait=off`,
  '-pidfile',
  machine.pidFile,
]

/**
 * The kernel's command line. A panic ends the machine. On an emulated processor the kernel's mitigations of flaws of real ones cost time and protect nothing.
 */
export const kernelCommandLine = ({ arch, fips, accelerator }: Pick<MachineHardware, 'arch' | 'accelerator'> & { fips: boolean }): string =>
  [
    `console=${serialConsole[arch]}`,
    'root=/dev/vda',
    'rw',
    ...(fips ? ['fips=1'] : []),
    'quiet',
    'panic=-1',
    'net.ifnames=0',
    'systemd.show_status=0',
    ...(accelerator === 'tcg' ? ['mitigations=off'] : []),
  ].join(' ')

/** Ports of this host by the port of the guest that they lead to, from what the monitor's `info usernet` prints. */
export const forwardedPorts = (shown: string): Map<number, number> =>
  new Map(
    [...shown.matchAll(/TCP\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)/g)].map(([, host, guest]) => [Number(guest), Number(host)]),
  )
