import type { Outcome } from './outcome.ts'

/** A plant that was caught, or a control that was passed. */
export const caught = (reason: string, observed: string, expected: string, notes: readonly string[] = []): Outcome => ({
  verdict: 'pass',
  reason,
  expected,
  observed,
  remedy: '',
  notes,
})

export const missed = (reason: string, observed: string, expected: string): Outcome => ({
  verdict: 'fail',
  reason,
  expected,
  observed,
  remedy: 'believe no verdict of this run, and report this to the maintainers of the harness with the bundle',
  notes: [],
})

/** Of how many a plant was drawn; nothing where it was not drawn. */
export const drawnNote = (drawnFrom: number | undefined, found = ''): string[] =>
  drawnFrom === undefined ? [] : [`drawn at random from ${drawnFrom.toLocaleString('en-US')} that could have been planted${found}`]
