import { z } from 'zod'
import { type CommandEvidence, commandOf, outputOf } from './commands.ts'

/** One boot as the journal tells of it. Times are seconds since the epoch. */
export type Boot = { id: string; at: number; commandLine?: string; fipsMode?: boolean }

export type BootHistory = {
  boots: readonly Boot[]
  /** Whether the oldest boot that the journal knows is the system’s first; with the reason. */
  first: { known: true; boot: Boot; reason: string } | { known: false; reason: string }
  current: { id: string; commandLine: string; at: number }
}

const entrySchema = z.object({ _BOOT_ID: z.string(), __REALTIME_TIMESTAMP: z.string(), MESSAGE: z.string() })

const hasFips = (commandLine: string): boolean => /(?:^|\s)fips=1(?:\s|$)/.test(commandLine)

const bootsOf = (journal: string): Boot[] => {
  const boots = new Map<string, Boot>()
  for (const line of journal.split('\n')) {
    if (line.trim() === '') continue
    const entry = entrySchema.safeParse(parsed(line))
    if (!entry.success) continue
    const { _BOOT_ID: id, __REALTIME_TIMESTAMP: time, MESSAGE: message } = entry.data
    const boot = boots.get(id) ?? { id, at: Number(time) / 1e6 }
    const commandLine = /^(?:Kernel )?[Cc]ommand line: (.*)$/.exec(message)?.[1]
    if (commandLine !== undefined && boot.commandLine === undefined) {
      boot.commandLine = commandLine
      boot.fipsMode = hasFips(commandLine)
    }
    boots.set(id, boot)
  }
  return [...boots.values()].toSorted((a, b) => a.at - b.at)
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch (error) {
    // A line that is no JSON is no entry; what it might have said is missing, and then the first boot is not known.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Seconds between the writing of /etc/machine-id and the start of the boot that wrote it: an installer writes it before, systemd in the first seconds. */
const before = 3_600
const after = 3_600

/**
 * Commands `journal` (journalctl -o json of the kernel’s lines), `command-line`, `boot-id`, `boot-time` (btime of /proc/stat) and `machine-id` (time of its last
 * change; systemd writes it at the first boot, machine-id(5)).
 */
export const analyseBootHistory = (evidence: CommandEvidence): BootHistory => {
  const boots = bootsOf(outputOf(evidence, 'journal') ?? '')
  const id = (outputOf(evidence, 'boot-id') ?? '').trim().replaceAll('-', '')
  const at = Number(/^btime (\d+)$/m.exec(outputOf(evidence, 'boot-time') ?? '')?.[1] ?? Number.NaN)
  const current = { id, commandLine: (outputOf(evidence, 'command-line') ?? '').trim(), at }
  const written = Number((outputOf(evidence, 'machine-id') ?? '').trim().split(' ').at(-1) || Number.NaN)
  const unknown = (reason: string): BootHistory => ({ boots, current, first: { known: false, reason } })
  if (Number.isNaN(written)) {
    const result = commandOf(evidence, 'machine-id')
    return unknown(
      `when this system was booted first is not known: ${result.state === 'ran' ? '/etc/machine-id shows no time' : result.reason}`,
    )
  }
  const [oldest] = boots
  if (!oldest) return unknown('the journal tells of no boot')
  if (written < oldest.at - before)
    return unknown(
      `/etc/machine-id was written ${Math.round((oldest.at - written) / 3600)} hours before the oldest boot that the journal tells of`,
    )
  if (written > oldest.at + after)
    return unknown('/etc/machine-id was written again after the first boot that the journal tells of, so that boot may be another system’s')
  return {
    boots,
    current,
    first: { known: true, boot: oldest, reason: 'the oldest boot in the journal is the one that wrote /etc/machine-id' },
  }
}

export { hasFips }
