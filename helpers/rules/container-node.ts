import type { Outcome } from './outcome.ts'

/** What cannot be asked of a node that is a container: it has the host’s kernel and shows nothing of the host’s user space. */
export const containerNode = (expected: string): Outcome => ({
  verdict: 'not-applicable',
  reason: 'container node: the host’s user space is not visible; the image is judged under FIPS-MOD',
  expected,
  observed: 'a container node',
  remedy: '',
  notes: [],
})

/** Likewise for what is about boots. */
export const noBootOfItsOwn = (expected: string): Outcome => ({
  ...containerNode(expected),
  reason: 'a container node has no boot of its own: nothing can be said of when FIPS mode was switched on',
})
