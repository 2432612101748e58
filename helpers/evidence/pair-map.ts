/** Values by requirement and key of a subject. The texts are those that are there already: joined into one each they would be the largest part of a large bundle. */
export type PairMap<T> = {
  get: (requirement: string, subject: string) => T | undefined
  has: (requirement: string, subject: string) => boolean
  set: (requirement: string, subject: string, value: T) => void
  delete: (requirement: string, subject: string) => void
  values: () => Generator<T>
  size: () => number
}

export const createPairMap = <T>(): PairMap<T> => {
  const byRequirement = new Map<string, Map<string, T>>()
  return {
    get: (requirement, subject) => byRequirement.get(requirement)?.get(subject),
    has: (requirement, subject) => byRequirement.get(requirement)?.has(subject) === true,
    set: (requirement, subject, value) => {
      const own = byRequirement.get(requirement)
      if (own) own.set(subject, value)
      else byRequirement.set(requirement, new Map([[subject, value]]))
    },
    delete: (requirement, subject) => void byRequirement.get(requirement)?.delete(subject),
    values: function* () {
      for (const own of byRequirement.values()) yield* own.values()
    },
    size: () => [...byRequirement.values()].reduce((sum, own) => sum + own.size, 0),
  }
}
