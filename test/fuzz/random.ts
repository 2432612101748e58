/** Numbers that look random and follow from a seed. */
export type Random = {
  /** 0 to `bound - 1`. */
  below: (bound: number) => number
  chance: (share: number) => boolean
  pick: <Value>(values: readonly Value[]) => Value
}

/** The generator sfc32 (Chris Doty-Humphrey, PractRand), begun with the seed and the number of the input. */
export const randomOf = (seed: number, input: number): Random => {
  let [a, b, c, counter] = [seed | 0, input | 0, 0x9e3779b9 | 0, 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 15; round++) next()
  const below = (bound: number): number => (bound <= 1 ? 0 : Math.floor((next() / 2 ** 32) * bound))
  return {
    below,
    chance: (share) => next() / 2 ** 32 < share,
    pick: (values) => {
      const value = values[below(values.length)]
      if (value === undefined) throw new Error('nothing to pick from')
      return value
    },
  }
}
