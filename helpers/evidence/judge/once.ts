import type { Evidence } from '../model.ts'

/** A function of observations that works out the same ones once: several requirements judge what one conversation showed. */
export const once = <Facts>(work: (evidence: readonly Evidence[]) => Facts): ((evidence: readonly Evidence[]) => Facts) => {
  const known = new WeakMap<Evidence, { evidence: readonly Evidence[]; facts: Facts }>()
  return (evidence) => {
    const [first] = evidence
    if (first === undefined) return work(evidence)
    const earlier = known.get(first)
    if (earlier?.evidence.length === evidence.length && earlier.evidence.every((one, index) => one === evidence[index]))
      return earlier.facts
    const facts = work(evidence)
    known.set(first, { evidence: [...evidence], facts })
    return facts
  }
}
