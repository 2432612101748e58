import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeAccess } from '../../cluster/node-access.ts'
import { interrupted } from '../../host/docker.ts'
import { processStart } from '../../host/owner.ts'
import type { ClusterRef, Machines } from '../provider.ts'
import { pressPowerButton, quitMachine } from './control.ts'
import { endMachines, type MachineProcess, machineProcesses } from './processes.ts'
import { namePrefix } from './qemu.ts'

/** A machine that does not run any more: where its disk is on this host, and how it ended, in words. */
export type EndedMachine = { node: string; disk: string; ended: string }

/** Milliseconds that a machine may take for each way of ending it; an emulated one takes several times as long. */
const patienceOf = { shutdown: 60_000, button: 30_000, quit: 10_000 } as const

/**
 * All that is written goes to the disk; then the init kills every process, unmounts or remounts read-only every file system, and powers off (systemctl(1): `--force`
 * leaves out the orderly stop of each service, which takes minutes and changes nothing on the disk that matters here).
 */
const shutdown = ['sh', '-c', 'sync; exec systemctl poweroff --force']

type RunningMachine = Pick<MachineProcess, 'pid' | 'start' | 'name'>

export type PowerOffOptions = {
  /** How many times longer than usual the machines may take. */
  patience?: number
  note?: (text: string) => void
  signal?: AbortSignal | undefined
  running?: () => Promise<readonly RunningMachine[]>
}

type Way = { name: string; ask: (signal: AbortSignal) => Promise<unknown>; milliseconds: number }

const hasEnded = async ({ pid, start }: RunningMachine, milliseconds: number, signal?: AbortSignal): Promise<boolean> => {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await sleep(100)) {
    if (signal?.aborted) throw interrupted('shutting a machine down', signal.reason)
    if (processStart(pid) !== start) return true
  }
  return processStart(pid) !== start
}

/** Tries one way after the other, each for its time, until the process has ended; says which one it was. */
const endBy = async (
  process: RunningMachine,
  ways: readonly Way[],
  note: (text: string) => void,
  signal?: AbortSignal,
): Promise<string> => {
  const failed: string[] = []
  for (const { name, ask, milliseconds } of ways) {
    note(name)
    const started = performance.now()
    const limit = AbortSignal.timeout(Math.ceil(milliseconds))
    // The guest goes away in the middle of its answer: only its process tells whether it ended.
    let why = 'it did not end'
    const asked = ask(signal ? AbortSignal.any([signal, limit]) : limit).catch((error: unknown) => {
      why = error instanceof Error ? error.message : String(error)
    })
    const ended = await hasEnded(process, milliseconds, signal)
    await asked
    if (ended) return `${name}, after ${Math.round((performance.now() - started) / 100) / 10} s`
    failed.push(`${name}: ${why}`)
  }
  await endMachines([process])
  return `by force (${failed.join('; ')})`
}

/**
 * Shuts the machines of a cluster down in order and waits until each has ended: by its own shutdown, else by its power button, else by force. How it went is told, not
 * judged: whether a disk was left in order is to be seen on the disk.
 * @throws FipsConformanceError `INTERRUPTED`, `MACHINE_WILL_NOT_END`
 */
export const powerOff = async (
  { run, machines }: Pick<ClusterRef, 'run'> & { machines: Machines },
  access: (node: string) => NodeAccess,
  { patience = 1, note = () => undefined, signal, running = machineProcesses }: PowerOffOptions = {},
): Promise<EndedMachine[]> => {
  const processes = await running()
  return Promise.all(
    machines.nodes.map(async ({ name: node }, index): Promise<EndedMachine> => {
      const disk = join(machines.directory, `${node}.raw`)
      const process = processes.find(({ name }) => name === `${namePrefix}${run}.${node}`)
      if (process === undefined) return { node, disk, ended: 'it did not run any more' }
      const control = join(machines.sockets, `control-${index}`)
      const way = access(node)
      const ways: Way[] = [
        { name: 'by its own shutdown', ask: (limit) => way.run(shutdown, { signal: limit }), milliseconds: patienceOf.shutdown * patience },
        { name: 'by its power button', ask: (limit) => pressPowerButton(control, limit), milliseconds: patienceOf.button * patience },
        { name: 'by force', ask: (limit) => quitMachine(control, limit), milliseconds: patienceOf.quit * patience },
      ]
      try {
        return { node, disk, ended: await endBy(process, ways, (text) => note(`${node}: ${text}`), signal) }
      } finally {
        await way.close()
      }
    }),
  )
}
