/** Collects lines, and keeps no more than the first `head` and the last `tail` characters of them (line ends included). */
export const createExcerpt = ({ head = 16_384, tail = 65_536 }: { head?: number; tail?: number } = {}) => {
  const first: string[] = []
  const latest: string[] = []
  let room = head
  let held = 0
  let dropped = false

  return {
    add: (line: string): void => {
      if (latest.length === 0 && line.length < room) {
        first.push(line)
        room -= line.length + 1
        return
      }
      latest.push(line.slice(-tail))
      held += Math.min(line.length, tail) + 1
      dropped ||= line.length > tail
      while (held > tail && latest.length > 1) {
        held -= (latest.shift()?.length ?? 0) + 1
        dropped = true
      }
    },
    text: (): string => [...first, ...(dropped ? ['[...]'] : []), ...latest].join('\n'),
  }
}
