import type { Clock } from './run.ts'

/** What asks a node for its time: seconds since 1970, with a fraction where its date(1) knows one. */
export const clockCommand: readonly string[] = ['date', '-u', '+%s.%N']

/** Seconds since 1970 as `date +%s.%N` prints them; a date(1) without %N prints the letter, or nothing, behind the dot. */
const printed = /^(\d{1,12})\.(\d{1,9}|%?N)?\s*$/

const half = (from: Date, to: Date): number => Math.max(0, Math.round((to.getTime() - from.getTime()) / 2))

/**
 * How far a node's clock is from the host's. `asked` and `answered` are the host's times around the question, `said` is what `clockCommand` printed. A clock that prints whole seconds
 * may be off by one more.
 */
export const clockOf = (
  about: Pick<Clock, 'node' | 'when'>,
  { asked, answered, said }: { asked: Date; answered: Date; said: string },
): Clock => {
  const withinMs = half(asked, answered)
  const at = new Date(asked.getTime() + withinMs)
  const base: Clock = { node: about.node, when: about.when, at: at.toISOString() }
  const [, seconds, fraction] = printed.exec(said) ?? []
  if (seconds === undefined) return { ...base, reason: `its clock was not told in seconds: ${JSON.stringify(said.slice(0, 80))}` }
  const isWhole = fraction === undefined || !/^\d/.test(fraction)
  const told = Number(seconds) * 1000 + (isWhole ? 0 : Math.floor(Number(`0.${fraction}`) * 1000))
  return { ...base, differenceMs: told - at.getTime(), withinMs: withinMs + (isWhole ? 1000 : 0) }
}

/** A clock that could not be read at all. */
export const unreadClock = (about: Pick<Clock, 'node' | 'when'>, asked: Date, reason: string): Clock => ({
  node: about.node,
  when: about.when,
  at: asked.toISOString(),
  reason,
})
