import type { Closing } from './ledger.ts'
import type { Finding, Observation, PlannedPair, Subject } from './model.ts'

/** Gives the one text that stands for all equal ones. */
export type Share = (text: string) => string

const mostTexts = 20_000

/**
 * Texts that were read from a file are each their own, equal or not; most of a large bundle are the same few, said of many subjects. Those are remembered, and not the hundreds of thousands
 * that stand there once: whatever was not met again among so many others is forgotten.
 */
export const createShare = (): Share => {
  const share = createShareBy<string>(mostTexts)
  return (text) => share(text, text)
}

const createShareBy = <T>(most: number): ((text: string, value: T) => T) => {
  let known = new Map<string, T>()
  let earlier = known
  return (text, value) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const shared = earlier.get(text) ?? value
    if (known.size === most) {
      earlier = known
      known = new Map()
    }
    known.set(text, shared)
    return shared
  }
}

/** So many objects are remembered, and none that is longer as text: such a one is hardly there twice. */
const mostObjects = 4000
const longest = 1000

/** Gives the one plain object that stands for all that are written alike; whoever is given it changes nothing in it. */
export type ShareObject = <T extends object>(value: T) => T

export const createShareObject = (): ShareObject => {
  const share = createShareBy<object>(mostObjects)
  return <T extends object>(value: T): T => {
    const text = JSON.stringify(value)
    return text.length > longest ? value : (share(text, value) as T)
  }
}

const none: string[] = []
Object.freeze(none)

const textsOf = (texts: readonly string[], share: Share): string[] => (texts.length === 0 ? none : texts.map(share))

// The functions below write out every member: an object that is written so takes half the memory of one that was spread, and there are hundreds of thousands.

/** The same observation, with shared texts and objects. */
export const shareObservation = (one: Observation, share: Share, shareKey: Share, shareObject: ShareObject): Observation => {
  const { id, redacted } = one
  const shared: Observation = {
    id,
    kind: share(one.kind),
    subject: shareKey(one.subject),
    requirement: share(one.requirement),
    at: share(one.at),
    means: share(one.means),
    source: share(one.source),
    data: shareObject(one.data),
    blobs: shareObject(one.blobs),
  }
  if (redacted) shared.redacted = redacted
  return shared
}

/** The same closing, with shared texts. */
export const shareClosing = (
  { requirement, subject, observations, at }: Closing,
  share: Share,
  shareKey: Share,
  shareId: Share,
): Closing => ({
  requirement: share(requirement),
  subject: shareKey(subject),
  observations: observations.map(shareId),
  at: share(at),
})

const sameDetail = (a: Subject['detail'], b: Subject['detail']): boolean => {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
}

const same = (a: Subject, b: Subject): boolean =>
  a.kind === b.kind && a.key === b.key && a.name === b.name && a.node === b.node && sameDetail(a.detail, b.detail)

/** Gives the one subject that stands for all equal ones: a subject is planned, and found about, once for each requirement. */
export type ShareSubject = (subject: Subject) => Subject

/** `shareKey` gives the one text of a subject's key, where the subject is known. */
export const createShareSubject = (share: Share, shareObject: ShareObject): { shareSubject: ShareSubject; shareKey: Share } => {
  const known = new Map<string, Subject>()
  const shareSubject = (subject: Subject): Subject => {
    const found = known.get(subject.key)
    if (found && same(found, subject)) return found
    const { kind, key, name, node, detail } = subject
    const own = shareObject(detail)
    const shared: Subject =
      node === undefined
        ? { kind, key: found?.key ?? key, name: share(name), detail: own }
        : { kind, key: found?.key ?? key, name: share(name), node: share(node), detail: own }
    if (!found) known.set(shared.key, shared)
    return shared
  }
  return { shareSubject, shareKey: (key) => known.get(key)?.key ?? key }
}

export const sharePair = ({ requirement, subject }: PlannedPair, share: Share, shareSubject: ShareSubject): PlannedPair => ({
  requirement: share(requirement),
  subject: shareSubject(subject),
})

/** The same finding, with shared texts and a shared subject. */
export const shareFinding = (one: Finding, share: Share, shareSubject: ShareSubject, shareId: Share): Finding => ({
  requirement: share(one.requirement),
  subject: shareSubject(one.subject),
  verdict: one.verdict,
  expected: share(one.expected),
  observed: share(one.observed),
  reason: share(one.reason),
  remedy: share(one.remedy),
  notes: textsOf(one.notes, share),
  observations: textsOf(one.observations, shareId),
})
