import { shown } from '../policy/code-points.ts'
import type { OfferDefect } from '../tls/analyse/planted-offer.ts'
import { type ClientFacts, offersApprovedOnly } from './outbound.ts'
import type { JudgedBy, Outcome } from './outcome.ts'
import { caught, drawnNote, missed } from './self-proof-outcome.ts'

/** A client of this run that offers one thing too many; an empty defect is a sound client: the control. Its process is the one that it told of itself. */
export type PlantedClient = {
  speaks: 'client'
  defect: OfferDefect
  /** Of how many it was drawn at random. */
  drawnFrom?: number
  facts: ClientFacts
}

/** FIPS-SELF-1 for clients: what listens for the cluster's components knows this run's own program for the caller, and their rule names what it should not have offered. */
export const plantedClientIsCaught = ({ defect: { kind, code }, drawnFrom, facts }: PlantedClient, by: JudgedBy): Outcome => {
  const { verdict, reason, observed: seen } = offersApprovedOnly(facts, by)
  const observed = `${verdict}: ${reason} | ${seen}`
  if (kind === undefined || code === undefined) {
    const expected = 'a sound client passes'
    return verdict === 'pass'
      ? caught(expected, observed, expected)
      : missed('a sound client of this run does not pass', observed, expected)
  }
  const expected = `a fail that names ${shown(kind, code)} and nothing else`
  return verdict === 'fail' && reason === `${shown(kind, code)} offered`
    ? caught(`the planted offer was found: ${reason}`, observed, expected, drawnNote(drawnFrom))
    : missed(`the planted offer of ${shown(kind, code)} was not found`, observed, expected)
}
