import type { Json } from './json-document.ts'

/** A property under this tool's own names. */
export const property = (name: string, value: string): Json => ({ name: `fips-conformance:${name}`, value })

/** The name by which a BOM refers to a part of itself. */
export const ref = (kind: string, ...words: readonly string[]): string => [kind, ...words].join(':')
