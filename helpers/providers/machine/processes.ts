import { readdir, readFile, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { FipsConformanceError } from '../../errors/error.ts'
import { fromLabels, type Ownership, toLabels } from '../../host/labels.ts'
import { processStart } from '../../host/owner.ts'
import { namePrefix, ownershipItem } from './qemu.ts'

/** A qemu of ours: told by its command line, and kept apart from a later process with the same number by its start time. */
export type MachineProcess = { pid: number; start: string; name: string; ownership: Ownership }

/** The ownership as text for a command line, where nothing has to be quoted. */
export const ownershipText = (ownership: Ownership): string => Buffer.from(JSON.stringify(toLabels(ownership))).toString('base64url')

const ownershipFrom = (text: string): Ownership | undefined => {
  try {
    const labels: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return typeof labels === 'object' && labels !== null ? fromLabels(labels as Record<string, string>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What a command line says of itself; undefined where it is no machine of ours. */
export const machineOf = (argv: readonly string[]): { name: string; ownership: Ownership } | undefined => {
  if (!/(^|\/)qemu-system-[a-z0-9_]+$/.test(argv[0] ?? '')) return undefined
  const name = argv[argv.indexOf('-name') + 1] ?? ''
  const item = argv.find((argument) => argument.startsWith(`name=${ownershipItem},string=`))
  const ownership = item && ownershipFrom(item.slice(item.indexOf('string=') + 'string='.length))
  return name.startsWith(namePrefix) && ownership ? { name, ownership } : undefined
}

/** Command lines of this user's processes. */
const commandLines = async (): Promise<{ pid: number; argv: string[] }[]> => {
  if (process.platform !== 'linux') {
    // In a group of its own: the clean-up asks as well, and a Ctrl-C of a terminal would take the answer away.
    const { stdout } = await execa('ps', ['-axww', '-o', 'pid=,args='], { reject: false, detached: true })
    return stdout.split('\n').flatMap((line) => {
      const [pid, ...argv] = line.trim().split(/\s+/)
      return argv.length > 0 ? [{ pid: Number(pid), argv }] : []
    })
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        if ((await stat(`/proc/${pid}`)).uid !== process.getuid?.()) return []
        return [{ pid: Number(pid), argv: (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0') }]
      } catch (error) {
        // It has ended meanwhile.
        if (error instanceof Error && 'code' in error && /^(ENOENT|ESRCH|EACCES|EPERM)$/.test(String(error.code))) return []
        throw error
      }
    }),
  )
  return found.flat()
}

/** Every machine of ours that runs on this host, whoever made it. */
export const machineProcesses = async (): Promise<MachineProcess[]> =>
  (await commandLines()).flatMap(({ pid, argv }) => {
    const machine = machineOf(argv)
    const start = machine && processStart(pid)
    return machine && start !== undefined ? [{ pid, start, ...machine }] : []
  })

const isThere = ({ pid, start }: Pick<MachineProcess, 'pid' | 'start'>): boolean => processStart(pid) === start

const signalProcess = (target: Pick<MachineProcess, 'pid' | 'start'>, name: NodeJS.Signals): void => {
  if (!isThere(target)) return
  try {
    process.kill(target.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const ended = async (target: Pick<MachineProcess, 'pid' | 'start'>, milliseconds: number): Promise<boolean> => {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await sleep(50)) if (!isThere(target)) return true
  return !isThere(target)
}

/** Ends machines as pulling the plug does. @throws FipsConformanceError `MACHINE_WILL_NOT_END` */
export const endMachines = async (machines: readonly Pick<MachineProcess, 'pid' | 'start' | 'name'>[]): Promise<void> => {
  await Promise.all(
    machines.map(async (machine) => {
      signalProcess(machine, 'SIGTERM')
      if (await ended(machine, 3_000)) return
      signalProcess(machine, 'SIGKILL')
      if (await ended(machine, 5_000)) return
      throw new FipsConformanceError({
        code: 'MACHINE_WILL_NOT_END',
        what: `process ${machine.pid} of the machine ${machine.name} does not end`,
        where: `process ${machine.pid}`,
        remedy: `see what holds it:\n  cat /proc/${machine.pid}/status`,
        exit: 3,
      })
    }),
  )
}
