import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FipsConformanceError } from '../../errors/error.ts'
import { interrupted } from '../../host/docker.ts'
import { spaceAt } from '../../host/look.ts'
import { ownerState, processStart, thisOwner } from '../../host/owner.ts'
import { type ConsoleNews, lastWords, readConsole } from './console.ts'
import { askMonitor } from './control.ts'
import { forwardedPorts, type MachineHardware, qemuArguments } from './qemu.ts'

/** A machine that was started. It outlives this process; its record and its command line tell who owns it. */
export type Started = { pid: number; start: string; serial: string; output: string; node: string }

const textOf = async (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })

/**
 * Starts a qemu in a session of its own, so that no Ctrl-C reaches it: it is ended in order.
 * @throws FipsConformanceError `MACHINE_NOT_STARTED`, `MACHINE_PORT_TAKEN`
 */
export const startMachine = async (program: string, node: string, machine: MachineHardware): Promise<Started> => {
  const output = `${machine.serial}.qemu`
  const file = await open(output, 'w', 0o600)
  try {
    const child = spawn(program, qemuArguments(machine), { stdio: ['ignore', file.fd, file.fd], detached: true })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(notStarted(node, program, error.message)))
    })
    child.unref()
    const pid = child.pid ?? 0
    return { pid, start: processStart(pid) ?? '', serial: machine.serial, output, node }
  } finally {
    await file.close()
  }
}

const notStarted = (node: string, program: string, why: string): FipsConformanceError => {
  const port = /Could not set up host forwarding rule '([^']*)'/.exec(why)?.[1]
  return port !== undefined
    ? new FipsConformanceError({
        code: 'MACHINE_PORT_TAKEN',
        what: 'a port of this host that the machine was to have is taken',
        where: `${node}: ${port}`,
        why,
        remedy: 'take another port with --api-port, or none: a free one is found then',
        exit: 3,
      })
    : new FipsConformanceError({
        code: 'MACHINE_NOT_STARTED',
        what: `qemu could not start the machine ${node}`,
        where: program,
        why: why.trim() || 'it ended without a word',
        remedy: /allocate memory|set up guest memory/.test(why)
          ? 'free some memory: a node takes 4 GB'
          : 'see whether this qemu runs at all:\n  '.concat(`${program} --version`),
        exit: 3,
      })
}

const isAlive = ({ pid, start }: Started): boolean => ownerState({ ...thisOwner(), pid, start }) === 'alive'

/** Ports of this host that lead into the machine, by port of the guest; qemu is asked until it answers. */
export const portsOf = async (started: Started, program: string, control: string, signal?: AbortSignal): Promise<Map<number, number>> => {
  for (const deadline = Date.now() + 30_000; ; await sleep(100)) {
    if (signal?.aborted) throw interrupted(`starting ${started.node}`, signal.reason)
    if (!isAlive(started)) throw notStarted(started.node, program, await textOf(started.output))
    try {
      const ports = forwardedPorts(await askMonitor(control, 'info usernet', signal))
      if (ports.size > 0) return ports
    } catch (error) {
      if (signal?.aborted) throw interrupted(`starting ${started.node}`, error)
      if (Date.now() > deadline) throw notStarted(started.node, program, `it does not answer: ${String(error)}`)
    }
  }
}

const trouble = (code: string, what: string, node: string, log: string, remedy: string): FipsConformanceError =>
  new FipsConformanceError({ code, what, where: `${node}, serial console`, why: lastWords(log), remedy, exit: 3 })

const noRoom = 'free some space, or let XDG_CACHE_HOME name a directory on a larger disk'

/** Why a machine is of no use any more, as its console and its process show; undefined while it may still come. */
export const failureOf = (node: string, log: string, alive: boolean): FipsConformanceError | undefined => {
  const news = readConsole(log)
  if (news.panic !== undefined)
    return trouble(
      'MACHINE_PANIC',
      `the kernel of ${node} panicked: ${news.panic}`,
      node,
      // What led to it; a trace of addresses comes behind.
      log.slice(0, log.indexOf(news.panic) + news.panic.length),
      'a kernel of one’s own (--kernel) needs virtio_blk, virtio_net and ext4 built in, or an --initrd that loads them; in FIPS mode it panics where a self-test or a module’s signature fails',
    )
  if (news.trouble !== undefined)
    return trouble('MACHINE_TROUBLE', `the machine ${node} could not be prepared: ${news.trouble}`, node, log, 'look at its serial log')
  if (news.diskError !== undefined)
    return trouble(
      'MACHINE_DISK_ERROR',
      `what the machine ${node} writes to its disk cannot be written on this host: ${news.diskError}`,
      node,
      log,
      `see whether the file system of the machines is full; ${noRoom}`,
    )
  if (news.deadline) return trouble('MACHINE_EXPIRED', `the time of the machine ${node} is over`, node, log, 'run it again')
  if (!alive)
    return trouble(
      'MACHINE_ENDED',
      `the machine ${node} ended before it was ready`,
      node,
      log,
      'look at its serial log and at what else uses this host’s memory',
    )
  return undefined
}

/** What is left of a file system on which nothing can be written any more, in bytes. */
const nothing = 1_000_000

/** Where the disk of a machine is full its serial log is cut off with it: then the room itself has to tell. */
const fullDisk = async ({ node, serial }: Started): Promise<FipsConformanceError | undefined> => {
  const { freeBytes, measuredAt } = await spaceAt(dirname(serial))
  if (freeBytes > nothing) return undefined
  return new FipsConformanceError({
    code: 'MACHINE_DISK_ERROR',
    what: `the file system is full on which the machine ${node} has its disk`,
    where: measuredAt,
    why: lastWords(await textOf(serial)),
    remedy: noRoom,
    exit: 3,
  })
}

/**
 * Waits until a machine has told its host key on the serial console, and that its sshd listens.
 * @throws FipsConformanceError `MACHINE_PANIC`, `MACHINE_TROUBLE`, `MACHINE_ENDED`, `MACHINE_HANGS` with the last serial lines, `INTERRUPTED`
 */
export const waitForHostKey = async (
  started: Started,
  seconds: number,
  signal?: AbortSignal,
): Promise<ConsoleNews & { hostKey: string }> => {
  for (const deadline = Date.now() + seconds * 1000; ; await sleep(200)) {
    if (signal?.aborted) throw interrupted(`waiting for ${started.node}`, signal.reason)
    const alive = isAlive(started)
    const log = await textOf(started.serial)
    const news = readConsole(log)
    if (news.hostKey !== undefined && news.ssh && alive) return { ...news, hostKey: news.hostKey }
    const failure = failureOf(started.node, log, alive) ?? (await fullDisk(started))
    if (failure) throw failure
    if (Date.now() > deadline) {
      throw trouble(
        'MACHINE_HANGS',
        `the machine ${started.node} did not come up within ${seconds} s`,
        started.node,
        log,
        'give it more time with --boot-timeout, or look at its serial log: a kernel of one’s own needs console= to be the serial port',
      )
    }
  }
}

/** Runs work that needs the machine; when that fails because the machine has ended or panicked, this is what is told. */
export const whileItRuns = async <T>(started: Started, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> => {
  const watch = new AbortController()
  let failure: FipsConformanceError | undefined
  const timer = setInterval(() => {
    void Promise.all([textOf(started.serial), fullDisk(started)]).then(
      ([log, full]) => {
        failure ??= failureOf(started.node, log, isAlive(started)) ?? full
        if (failure) watch.abort(failure)
      },
      (error: unknown) => watch.abort(error),
    )
  }, 1_000)
  try {
    return await work(signal ? AbortSignal.any([signal, watch.signal]) : watch.signal)
  } catch (error) {
    if (!signal?.aborted) {
      const now = failure ?? failureOf(started.node, await textOf(started.serial), isAlive(started)) ?? (await fullDisk(started))
      if (now) throw now
    }
    throw error
  } finally {
    clearInterval(timer)
  }
}
