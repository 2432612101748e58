import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDir, stateDir } from '../../helpers/host/paths.ts'
import { machineProcesses } from '../../helpers/providers/machine/processes.ts'

const names = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : [])

/** Everything that machines of ours could leave behind on this host: processes, disks, records, sockets, containers apart. */
export const machineBelongings = async (): Promise<string[]> => [
  ...(await machineProcesses()).map(({ pid, name }) => `process ${pid} ${name}`),
  ...names(join(cacheDir(), 'machines')).map((name) => `disks ${name}`),
  ...names(join(cacheDir(), 'steps'))
    .filter((name) => /^machine-.*\.draft-/.test(name))
    .map((name) => `draft ${name}`),
  ...names(join(stateDir(), 'clusters'))
    .filter((name) => {
      const record = join(stateDir(), 'clusters', name, 'cluster.json')
      return existsSync(record) && readFileSync(record, 'utf8').includes('"provider": "machine"')
    })
    .map((name) => `record ${name}`),
  ...[...new Set([tmpdir(), '/tmp'])].flatMap((directory) =>
    names(directory)
      .filter((name) => /^fips-(machine|ssh)-/.test(name))
      .map((name) => `sockets ${name}`),
  ),
]
