import type { CodePoint } from './code-points.ts'

/** All numbers of a 16-bit registry. */
const spaceSize = 65_536

/** Suites that signal and are none: TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746, section 3.3), TLS_FALLBACK_SCSV (RFC 7507, section 2). */
export const signallingSuites: readonly CodePoint[] = ['00ff', '5600']

/** Reserved so that nobody may choose them (RFC 8701, section 2): 0a0a, 1a1a, ... fafa. */
export const greaseValues: readonly CodePoint[] = Array.from({ length: 16 }, (_, index) => `${index.toString(16)}a${index.toString(16)}a`)

export type SpaceKind = 'suite' | 'group' | 'scheme'

/** What is never asked for, and why it is not. */
export const notAsked = (kind: SpaceKind): { signalling: readonly CodePoint[]; grease: readonly CodePoint[] } => ({
  signalling: kind === 'suite' ? signallingSuites : [],
  grease: greaseValues,
})

const askableOf = (kind: SpaceKind): readonly number[] => {
  const { signalling, grease } = notAsked(kind)
  const left = new Set([...signalling, ...grease].map((code) => Number.parseInt(code, 16)))
  return Array.from({ length: spaceSize }, (_, number) => number).filter((number) => !left.has(number))
}

/** Made when they are first asked for: what judges no listener need not wait for them. */
const spaces: Partial<Record<SpaceKind, readonly number[]>> = {}

/** Every number that is asked for, ascending: 65,518 suites, 65,520 groups, 65,520 signature schemes. */
export const askable = (kind: SpaceKind): readonly number[] => {
  const made = spaces[kind] ?? askableOf(kind)
  spaces[kind] = made
  return made
}
