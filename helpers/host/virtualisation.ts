import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import type { ProgressSink } from '../progress/progress.ts'
import { stepsOf } from '../progress/progress.ts'
import { afterInstalling, installPackages, updateLists } from './apt.ts'
import type { Check } from './doctor.ts'
import { findProgram, type HostLook } from './look.ts'
import { familyOf } from './os-release.ts'

/** What a machine provider needs of the host beside Docker. */
export type QemuLook = { path: string; version: string } | undefined

/** `-netdev stream`, by which nodes are wired together without a port, came with this version. */
const leastQemu = { major: 7, minor: 2 } as const

/** Version as `qemu-system-x86_64 --version` tells it, such as `7.2.22`. */
export const parseQemuVersion = (text: string): string | undefined => /version (\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1]

export const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > leastQemu.major || (major === leastQemu.major && minor >= leastQemu.minor)
}

/** The qemu of this host; undefined where there is none, or one that does not even tell its version. */
export const lookAtQemu = async (program: string): Promise<QemuLook> => {
  const path = await findProgram(program)
  if (path === undefined) return undefined
  const { stdout } = await execa(path, ['--version'], { reject: false, stdin: 'ignore', timeout: 20_000 })
  const version = parseQemuVersion(String(stdout ?? ''))
  return version === undefined ? undefined : { path, version }
}

const sudo = (look: Pick<HostLook, 'uid'>, command: string): string => `  ${look.uid === 0 ? '' : 'sudo '}${command}`

/** The command that brings qemu (and ssh) to this host. */
export const qemuRemedy = (look: Pick<HostLook, 'uid' | 'platform' | 'osRelease'>): string => {
  if (look.platform === 'darwin') return '  brew install qemu'
  if (look.platform !== 'linux') return 'use a Linux host'
  switch (familyOf(look.osRelease)) {
    case 'debian':
      return sudo(look, 'apt-get install -y --no-install-recommends qemu-system-x86 openssh-client')
    case 'fedora':
      return sudo(look, 'dnf install -y qemu-system-x86-core openssh-clients')
    case 'rhel':
      return 'qemu-system-x86_64 is in EPEL; enable it, then:\n'.concat(sudo(look, 'dnf install -y qemu-system-x86-core openssh-clients'))
    case 'arch':
      return sudo(look, 'pacman -S --needed qemu-system-x86 openssh')
    case 'suse':
      return sudo(look, 'zypper install -y qemu-x86 openssh-clients')
    case 'alpine':
      return sudo(look, 'apk add qemu-system-x86_64 openssh-client')
    default:
      return 'install qemu-system-x86_64 (7.2 or later) and an ssh client with the package manager of this distribution'
  }
}

/** What gives this user KVM; `trouble` is the errno of opening /dev/kvm, or `slow`. */
export const kvmRemedy = (trouble: string): string => {
  switch (trouble) {
    case 'EACCES':
    case 'EPERM':
      return 'let this user open /dev/kvm, then log in again:\n  sudo usermod -aG kvm "$USER"'
    case 'slow':
      return 'this host is probably a virtual machine itself: let its hypervisor offer nested virtualisation, or use a host of metal'
    default:
      return 'load the kernel module of this processor (and switch on virtualisation in the firmware):\n  sudo modprobe kvm_intel || sudo modprobe kvm_amd'
  }
}

/** What this host has for machines with a kernel of their own. */
export type VirtualisationLook = { qemu: QemuLook; ssh: string | undefined; kvm: 'opens' | { trouble: string } }

/** Whether this user may read and write /dev/kvm; whether it is of use is found out by trying. */
export const lookAtKvm = async (path = '/dev/kvm'): Promise<VirtualisationLook['kvm']> => {
  try {
    await access(path, constants.R_OK | constants.W_OK)
    return 'opens'
  } catch (error) {
    return { trouble: error instanceof Error && 'code' in error ? String(error.code) : String(error) }
  }
}

/** Looks; starts nothing but `qemu --version`. `arch` as node spells it. */
export const lookAtVirtualisation = async (arch: string): Promise<VirtualisationLook> => ({
  qemu: await lookAtQemu(arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'),
  ssh: await findProgram('ssh'),
  kvm: await lookAtKvm(),
})

/** What that means for `--provider machine`. Never `missing`: clusters of containers need none of it. */
export const machineCheck = (look: Pick<HostLook, 'uid' | 'platform' | 'osRelease'>, { qemu, ssh, kvm }: VirtualisationLook): Check => {
  const base = { id: 'machine', title: 'Machines (qemu)' } as const
  if (qemu === undefined || ssh === undefined || !isNewEnough(qemu.version)) {
    const lacks = qemu === undefined ? 'no qemu' : ssh === undefined ? 'no ssh client' : `qemu ${qemu.version}, which is too old`
    return { ...base, state: 'warn', found: `${lacks}: --provider machine cannot be used`, remedy: qemuRemedy(look) }
  }
  if (kvm === 'opens')
    return { ...base, state: 'ok', found: `qemu ${qemu.version}; /dev/kvm opens (whether it is of use is tried when it is needed)` }
  return {
    ...base,
    state: 'warn',
    found: `qemu ${qemu.version}; /dev/kvm cannot be opened (${kvm.trouble}): guests are emulated, which takes minutes`,
    remedy: kvmRemedy(kvm.trouble),
  }
}

/**
 * qemu and ssh of this host; installed where that can be done (root on Debian’s family), else named.
 * @throws FipsConformanceError `MACHINE_NO_QEMU`, `MACHINE_QEMU_TOO_OLD`, `MACHINE_NO_SSH`, `SETUP_FAILED`, `INTERRUPTED`
 */
export const ensureQemu = async (
  program: string,
  look: Pick<HostLook, 'uid' | 'platform' | 'osRelease'>,
  { progress, signal }: { progress: ProgressSink; signal?: AbortSignal | undefined },
): Promise<{ path: string; version: string }> => {
  let qemu = await lookAtQemu(program)
  let ssh = await findProgram('ssh')
  const canInstall = look.platform === 'linux' && look.uid === 0 && familyOf(look.osRelease) === 'debian'
  if ((qemu === undefined || ssh === undefined) && canInstall) {
    const step = stepsOf('host', progress)
    await step('install qemu', async (note) => {
      await updateLists({ step, note, signal })
      const installed = await installPackages(['qemu-system-x86', 'openssh-client'], { step, note, signal })
      if (signal?.aborted) throw afterInstalling(installed, '', signal)
    })
    qemu = await lookAtQemu(program)
    ssh = await findProgram('ssh')
  }
  if (qemu === undefined) {
    throw new FipsConformanceError({
      code: 'MACHINE_NO_QEMU',
      what: `there is no ${program} on this host`,
      where: 'PATH',
      remedy: qemuRemedy(look),
      exit: 3,
    })
  }
  if (!isNewEnough(qemu.version)) {
    throw new FipsConformanceError({
      code: 'MACHINE_QEMU_TOO_OLD',
      what: `qemu ${qemu.version} is too old: ${leastQemu.major}.${leastQemu.minor} or later is needed`,
      where: qemu.path,
      remedy: qemuRemedy(look),
      exit: 3,
    })
  }
  if (ssh === undefined) {
    throw new FipsConformanceError({
      code: 'MACHINE_NO_SSH',
      what: 'there is no ssh client on this host',
      where: 'PATH',
      remedy: qemuRemedy(look),
      exit: 3,
    })
  }
  return qemu
}
