import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDir } from '../../helpers/host/paths.ts'
import { type MachineProcess, machineProcesses } from '../../helpers/providers/machine/processes.ts'

/** A place of its own for what a test makes, so that nothing else on this host is mistaken for it, and the other way round. */
export type Place = {
  directory: string
  /** Where copies of disks go. */
  disks: string
  machines: () => Promise<MachineProcess[]>
  /** Programs that read its disks, beside the machines themselves. */
  readers: () => Promise<string[]>
  /** Everything that machines have left in it: processes, disks, drafts, records, sockets. */
  belongings: () => Promise<string[]>
  remove: () => void
}

const names = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : [])

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch (error) {
    // It has ended meanwhile.
    if (error instanceof Error && /ENOENT|ESRCH/.test(error.message)) return ''
    throw error
  }
}

/**
 * Moves this process, and what it starts from now on, to state, temporary files and machines of its own. What is made once for all clusters (compiled programs,
 * disks) is shared with everybody.
 */
export const moveToOwnPlace = (): Place => {
  const shared = cacheDir()
  // Sockets are below it, and their names must not be long.
  const directory = mkdtempSync(join(tmpdir(), 'fm-'))
  const own = { XDG_CACHE_HOME: join(directory, 'c'), XDG_STATE_HOME: join(directory, 's'), TMPDIR: join(directory, 't') }
  const cache = join(own.XDG_CACHE_HOME, 'fips-conformance')
  const disks = join(cache, 'machines')
  for (const path of [cache, own.XDG_STATE_HOME, own.TMPDIR, join(shared, 'steps')]) mkdirSync(path, { recursive: true })
  for (const name of names(shared)) if (name !== 'machines') symlinkSync(join(shared, name), join(cache, name))
  Object.assign(process.env, own)
  const machines = async (): Promise<MachineProcess[]> =>
    (await machineProcesses()).filter(({ pid }) => commandLine(pid).includes(`file=${disks}/`))
  const readers = async (): Promise<string[]> => {
    const own = new Set((await machines()).map(({ pid }) => pid))
    return names('/proc')
      .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)) && commandLine(Number(name)).includes(`${disks}/`))
      .map((name) => `reader ${name} ${commandLine(Number(name)).replaceAll('\0', ' ')}`)
  }
  return {
    directory,
    disks,
    machines,
    readers,
    belongings: async () => [
      ...(await readers()),
      ...(await machines()).map(({ pid, name }) => `process ${pid} ${name}`),
      ...names(disks).map((name) => `disks ${name}`),
      ...names(join(shared, 'steps'))
        .filter((name) => /^machine-.*\.draft-/.test(name))
        .map((name) => `draft ${name}`),
      ...names(join(own.XDG_STATE_HOME, 'fips-conformance', 'clusters')).map((name) => `record ${name}`),
      ...names(own.TMPDIR)
        .filter((name) => /^fips-(machine|ssh)-/.test(name))
        .map((name) => `sockets ${name}`),
    ],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
