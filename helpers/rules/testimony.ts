import type { Testimony } from '../tls/analyse/testimony.ts'
import type { Outcome } from './outcome.ts'

/** How our connections to the server ended, as we saw it: by its alert, or without an end (then what it decided is not known here). */
export type Ends = { refused: number; open: number }

/**
 * The outcome beside what the server itself tells. That a server says less than was seen is no doubt: it may not log everything. That it refused more than was seen
 * refused, and more than was left open, is: then one of the two is wrong, and no pass can rest on it.
 */
export const besideTestimony = (outcome: Outcome, testimonies: readonly Testimony[], { refused, open }: Ends): Outcome => {
  if (outcome.verdict === 'not-applicable') return outcome
  const notes = testimonies.map((one) => {
    if (one.witness === 'apiserver metric')
      return `the server's own counter of failed handshakes went up by ${one.rejected} meanwhile, of which ${refused} were seen to be refused here; the rest are connections that were closed when enough was seen, and other clients`
    const reasons = one.reasons.map(({ why, count }) => `${count} ${why}`).join(', ')
    return `the server's own log has ${one.rejected} refusals among these ${one.connections} connections, matched by address and port (${reasons || 'nothing'}); ${refused} were seen to be refused here`
  })
  const contradicted = testimonies.some((one) => one.witness === 'etcd log' && one.rejected > refused + open)
  const told = { ...outcome, notes: [...outcome.notes, ...notes] }
  if (!contradicted || outcome.verdict !== 'pass') return told
  return {
    ...told,
    verdict: 'inconclusive',
    reason: `contradiction: the server's log has more refusals than were seen here; beside that, ${outcome.reason}`,
    remedy: 'Look at the notes and at the log of the server, and run again.',
  }
}
