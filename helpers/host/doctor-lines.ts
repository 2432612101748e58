import type { Check } from './doctor.ts'
import type { HostLook } from './look.ts'

const width = 100
const indent = ' '.repeat(10)

/** What `doctor` prints: a line about the host, each check with what was found and what to do, and a verdict. No line is longer than 100 columns. */
export const doctorLines = (look: HostLook, checks: readonly Check[]): string[] => {
  const titleWidth = Math.max(...checks.map(({ title }) => title.length))
  const missing = checks.filter(({ state }) => state === 'missing').length
  const warned = checks.filter(({ state }) => state === 'warn').length
  const name = look.osRelease?.prettyName ?? look.platform
  return [
    ...wrap(
      `${name}, ${look.arch}, kernel ${look.kernel}, ${look.uid === 0 ? 'root' : 'not root'}${look.systemd ? ', systemd' : ''}`,
      '',
      '',
    ),
    '',
    ...checks.flatMap(({ title, state, found, remedy }) => [
      ...wrap(found, `${state.padEnd(8)}${title.padEnd(titleWidth)}  `, ' '.repeat(titleWidth + 10)),
      ...(remedy === undefined ? [] : remedy.split('\n').flatMap(remedyLines)),
    ]),
    '',
    missing > 0
      ? `not ready: ${missing} of ${checks.length} things are missing`
      : `ready${warned > 0 ? `, with ${warned} ${warned === 1 ? 'thing' : 'things'} to know about` : ''}`,
  ]
}

// A command must stay one line to be copied; sentences are wrapped.
const remedyLines = (line: string): string[] => (line.startsWith('  ') ? [`${indent}${line}`] : wrap(line, indent, indent))

const wrap = (words: string, first: string, rest: string): string[] => {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of words.split(/\s+/).flatMap((long) => pieces(long, width - Math.max(first.length, rest.length)))) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = rest
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line]
}

const pieces = (word: string, size: number): string[] => word.match(new RegExp(`.{1,${size}}`, 'gu')) ?? []
