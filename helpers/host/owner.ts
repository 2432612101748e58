import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { execaSync } from 'execa'

/** Who made a thing: enough to tell, later and from another process, whether its maker still lives. */
export type Owner = { host: string; boot: string; pid: number; start: string }

/** Boot id of this host; hosts without one are told apart by name alone. */
const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

/** Start time of a process as the system tells it (clock ticks since boot on Linux: proc_pid_stat(5), field 22); undefined when there is no such process. */
export const processStart = (pid: number): string | undefined => {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The command's name, in parentheses, may hold spaces: fields are counted from behind it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? undefined : fields[19]
    } catch {
      return undefined
    }
  }
  const shown = execaSync('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false })
  return shown.exitCode === 0 && shown.stdout.trim() !== '' ? shown.stdout.trim() : undefined
}

/** The owner that this process is. */
export const thisOwner = (): Owner => ({
  host: hostname(),
  boot: bootId(),
  pid: process.pid,
  start: processStart(process.pid) ?? 'unknown',
})

/** Whether an owner lives: `unknown` when it belongs to another host, of which this one can say nothing. */
export const ownerState = (owner: Owner): 'alive' | 'dead' | 'unknown' => {
  if (owner.host !== hostname()) return 'unknown'
  if (owner.boot !== bootId()) return 'dead'
  return processStart(owner.pid) === owner.start ? 'alive' : 'dead'
}
