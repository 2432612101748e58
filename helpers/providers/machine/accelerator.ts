import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { interrupted } from '../../host/docker.ts'
import { cacheDir } from '../../host/paths.ts'
import { kvmRemedy, lookAtKvm } from '../../host/virtualisation.ts'

/** How the guest's instructions are run, why, and what would make it faster. */
export type Accelerator = { name: 'kvm' | 'tcg'; why: string; remedy?: string }

/**
 * A boot sector (512 bytes, signature 55 AA) that writes 0x10 to port 0xf4 and halts: qemu's isa-debug-exit device ends with (0x10 << 1) | 1 then.
 * mov al, 0x10; out 0xf4, al; hlt
 */
const bootSector = (): Uint8Array => {
  const bytes = new Uint8Array(512)
  bytes.set([0xb0, 0x10, 0xe6, 0xf4, 0xf4])
  bytes.set([0x55, 0xaa], 510)
  return bytes
}
const expectedExit = 33

export type Trial = { milliseconds: number } | { failed: string }

/** Milliseconds that a machine takes to run through its firmware to that boot sector, or why it does not get there. */
const tryAccelerator = async (program: string, name: 'kvm' | 'tcg', sector: string, signal?: AbortSignal): Promise<Trial> => {
  const started = performance.now()
  const { exitCode, timedOut, stderr, shortMessage, isCanceled } = await execa(
    program,
    [
      ...['-accel', name, '-m', '16', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=1', '-drive', `file=${sector.replaceAll(',', ',,')},format=raw,if=ide,snapshot=on`],
    ],
    { reject: false, stdin: 'ignore', timeout: 20_000, forceKillAfterDelay: 1_000, ...(signal && { cancelSignal: signal }) },
  )
  if (isCanceled) throw interrupted(`${program} -accel ${name}`, signal?.reason)
  if (exitCode === expectedExit) return { milliseconds: performance.now() - started }
  if (timedOut) return { failed: 'a machine that does nothing but boot did not get there in 20 s' }
  return { failed: stderr?.trim().split('\n').at(-1) || (shortMessage ?? `exit code ${exitCode}`) }
}

/** What two trials say. A KVM that something else emulates in turn is slower than plain emulation. */
export const chooseBy = (kvm: Trial, tcg: Trial): Accelerator => {
  if ('failed' in kvm) return { name: 'tcg', why: `KVM cannot be used: ${kvm.failed}` }
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`
  if ('milliseconds' in tcg && kvm.milliseconds > 1_000 && kvm.milliseconds > 3 * tcg.milliseconds) {
    return {
      name: 'tcg',
      why: `KVM answers, but is slower than emulation here: ${seconds(kvm.milliseconds)} against ${seconds(tcg.milliseconds)} for the same boot sector`,
    }
  }
  return { name: 'kvm', why: `KVM works: a boot sector ran in ${seconds(kvm.milliseconds)}` }
}

/** KVM where this user can open it and it is worth it, else emulation (TCG): found by trying. Another architecture than the host's is always emulated. */
export const chooseAccelerator = async (program: string, native: boolean, signal?: AbortSignal): Promise<Accelerator> => {
  if (process.platform !== 'linux') return { name: 'tcg', why: `there is no KVM on ${process.platform}` }
  if (!native) return { name: 'tcg', why: 'the machine has another architecture than this host' }
  const kvm = await lookAtKvm()
  if (kvm !== 'opens') return { name: 'tcg', why: `/dev/kvm cannot be opened (${kvm.trouble})`, remedy: kvmRemedy(kvm.trouble) }
  // The trial speaks the language of PCs: elsewhere a device that opens has to do.
  if (!program.endsWith('x86_64')) return { name: 'kvm', why: '/dev/kvm opens' }
  const sector = join(cacheDir(), 'boot-sector')
  await mkdir(cacheDir(), { recursive: true })
  await writeFile(sector, bootSector())
  const chosen = chooseBy(await tryAccelerator(program, 'kvm', sector, signal), await tryAccelerator(program, 'tcg', sector, signal))
  return chosen.name === 'tcg' ? { ...chosen, remedy: kvmRemedy('slow') } : chosen
}
