/** Four lower-case hex digits of a 16-bit number. */
export const code4 = (number: number): string => number.toString(16).padStart(4, '0')

const bounds = (item: string): [number, number] => {
  const first = Number.parseInt(item.slice(0, 4), 16)
  return [first, item.length > 4 ? Number.parseInt(item.slice(5), 16) : first]
}

/** Calls `visit` with every number of a list of code points and ranges, in the order of the list. */
export const eachNumber = (list: readonly string[], visit: (number: number, index: number) => void): void => {
  let index = 0
  for (const item of list) {
    const [first, last] = bounds(item)
    for (let number = first; number <= last; number++) visit(number, index++)
  }
}

/** Numbers of a list of code points and ranges, in the order of the list: `['0017', '0100-0102']` is 0x17, 0x100, 0x101, 0x102. */
export const expand = (list: readonly string[]): number[] => {
  const numbers: number[] = []
  eachNumber(list, (number) => numbers.push(number))
  return numbers
}

/** The shortest list of code points and ranges that expands to `numbers`, in their order. */
export const ranges = (numbers: readonly number[]): string[] => {
  const list: string[] = []
  let at = 0
  while (at < numbers.length) {
    const first = numbers[at] ?? 0
    let last = first
    while (numbers[at + 1] === last + 1) {
      last += 1
      at += 1
    }
    list.push(first === last ? code4(first) : `${code4(first)}-${code4(last)}`)
    at += 1
  }
  return list
}

/** Whether a list of code points and ranges has this code point. */
export const holds = (list: readonly string[], code: string): boolean =>
  list.some((item) => item === code || (item.length > 4 && item.slice(0, 4) <= code && code <= item.slice(5)))

/** How many code points a list of code points and ranges has. */
export const countOf = (list: readonly string[]): number =>
  list.reduce((sum, item) => {
    const [first, last] = bounds(item)
    return sum + last - first + 1
  }, 0)
