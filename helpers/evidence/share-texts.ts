import { canonicalJson } from './canonical-json.ts'
import type { Finding, Observation, Plan, Subject } from './model.ts'

/** Gives the one text that stands for all equal ones. */
export type Share = (text: string) => string

/** Texts that were read from a file are each their own, equal or not; most of a large bundle are the same few, said of many subjects. */
export const createShare = (): Share => {
  const known = new Map<string, string>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    known.set(text, text)
    return text
  }
}

/** The same observation, with shared texts. */
export const shareObservation = (observation: Observation, share: Share): Observation => ({
  ...observation,
  kind: share(observation.kind),
  subject: share(observation.subject),
  requirement: share(observation.requirement),
  at: share(observation.at),
  means: share(observation.means),
  source: share(observation.source),
  blobs: Object.fromEntries(Object.entries(observation.blobs).map(([name, sha256]) => [name, share(sha256)])),
})

/** The same findings, with shared texts, and with the plan's subjects where they are the same. */
export const shareFindings = (findings: Finding[], plan: Plan, share: Share): Finding[] => {
  const subjects = new Map<string, Subject>(plan.pairs.map(({ subject }) => [subject.key, subject]))
  for (const [at, finding] of findings.entries()) {
    const planned = subjects.get(finding.subject.key)
    const same = planned !== undefined && canonicalJson(planned) === canonicalJson(finding.subject)
    findings[at] = {
      ...finding,
      subject: same ? planned : finding.subject,
      requirement: share(finding.requirement),
      expected: share(finding.expected),
      observed: share(finding.observed),
      reason: share(finding.reason),
      remedy: share(finding.remedy),
      notes: finding.notes.map(share),
    }
  }
  return findings
}
