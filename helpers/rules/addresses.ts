import type { Protocol } from '../tls/analyse/protocol.ts'
import type { JudgedBy, Outcome, Rule } from './outcome.ts'

/** A listener at one of the addresses at which it can be reached. */
export type AtAddress<Facts> = { at: string; protocol: Protocol; seenFrom: string; facts: Facts }

const severity: Readonly<Record<Outcome['verdict'], number>> = { fail: 3, inconclusive: 2, pass: 1, 'not-applicable': 0 }

/** An address that the network namespace does not have (no IPv6, a socket for IPv6 only) has no listener to judge, as long as another one answered. */
const isThere = ({ protocol }: { protocol: Protocol }): boolean => protocol !== 'unreachable'

/** The rule's word on a listener with several addresses: each is judged by itself, and the worst decides. */
export const judgeAddresses = <Facts>(
  rule: Rule<Facts>,
  addresses: readonly [AtAddress<Facts>, ...AtAddress<Facts>[]],
  by: JudgedBy,
): Outcome => {
  const reached = addresses.filter(isThere)
  const judged = (reached.length > 0 ? reached : addresses.slice(0, 1)).map((one) => ({ ...one, outcome: rule(one.facts, by) }))
  const [worst, ...others] = judged.toSorted((one, other) => severity[other.outcome.verdict] - severity[one.outcome.verdict])
  if (worst === undefined) throw new Error('a listener without an address')
  if (addresses.length === 1) return worst.outcome
  const { outcome } = worst
  return {
    ...outcome,
    reason:
      others.length > 0 && others.some((other) => other.outcome.verdict !== outcome.verdict)
        ? `at ${worst.at}: ${outcome.reason}`
        : outcome.reason,
    notes: [
      ...outcome.notes,
      ...others.map(({ at, outcome: other }) => `at ${at}: ${other.verdict}, ${other.reason}`),
      ...(reached.length === 0
        ? []
        : addresses.filter((one) => !isThere(one)).map(({ at, seenFrom }) => `not reached at ${at}: ${seenFrom}`)),
    ],
  }
}
