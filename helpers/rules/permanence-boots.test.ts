import { describe, expect, it } from 'vitest'
import { analyseBootHistory } from '../operating-system/analyse/boot-history.ts'
import { madeCommands } from '../operating-system/analyse/made-commands.ts'
import { inFipsSinceFirstBoot } from './permanence.ts'

const start = 1_790_000_000
const line = (boot: string, at: number, message: string): string =>
  JSON.stringify({ _BOOT_ID: boot, __REALTIME_TIMESTAMP: String(at * 1e6), MESSAGE: message })
const boot = (id: string, at: number, fips: boolean): string =>
  [line(id, at, 'Linux version 6.1.0'), line(id, at, `Command line: root=/dev/vda rw${fips ? ' fips=1' : ''} quiet`)].join('\n')

const history = ({
  journal,
  machineId = start + 5,
  commandLine = 'root=/dev/vda rw fips=1 quiet',
}: {
  journal: string
  machineId?: number
  commandLine?: string
}) =>
  analyseBootHistory(
    madeCommands({
      journal,
      'command-line': `${commandLine}\n`,
      'boot-id': '0a-0b\n',
      'boot-time': `btime ${start}\n`,
      'machine-id': `0 ${machineId}\n`,
    }),
  )

const verdict = (given: ReturnType<typeof history>) =>
  inFipsSinceFirstBoot({ containerNode: false, history: given }, { asOf: new Date() }).verdict

describe('since the first boot', () => {
  it.each([
    ['one boot, with fips=1', { journal: boot('a', start, true) }, 'pass'],
    ['each of two', { journal: `${boot('a', start, true)}\n${boot('b', start + 9_000, true)}` }, 'pass'],
    ['switched on at the second', { journal: `${boot('a', start, false)}\n${boot('b', start + 9_000, true)}` }, 'fail'],
    ['this boot without it', { journal: boot('a', start, true), commandLine: 'root=/dev/vda' }, 'fail'],
    ['a journal that begins later', { journal: boot('b', start + 90_000, true) }, 'inconclusive'],
    ['a machine-id that was written again', { journal: boot('a', start, true), machineId: start + 90_000 }, 'inconclusive'],
    ['no journal', { journal: '' }, 'inconclusive'],
    ['a boot without its command line', { journal: line('a', start, 'Linux version 6.1.0') }, 'inconclusive'],
    ['lines that are no JSON', { journal: 'garbage' }, 'inconclusive'],
    ['fips=10 is another word', { journal: boot('a', start, true), commandLine: 'fips=10' }, 'fail'],
  ])('%s', (_case, given, expected) => {
    expect(verdict(history(given))).toBe(expected)
  })
})
