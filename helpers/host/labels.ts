import { z } from 'zod'
import type { Owner } from './owner.ts'

/** Labels that everything of ours carries; nothing without them is ever touched by down or sweep. */
export const labelNames = {
  run: 'fips-conformance.run',
  cluster: 'fips-conformance.cluster',
  owner: 'fips-conformance.owner',
  expires: 'fips-conformance.expires',
  kept: 'fips-conformance.kept',
  /** On containers of a node image build: the owner. */
  build: 'fips-conformance.build',
} as const

export type Ownership = {
  run: string
  cluster: string
  owner: Owner
  /** RFC 3339, UTC: after this moment sweep may remove the thing, whoever owns it. */
  expires: string
  /** It was meant to outlive the process that made it (`up`, `--keep`). */
  kept: boolean
}

/** The owner as a label tells it. */
export const ownerSchema = z.object({ host: z.string(), boot: z.string(), pid: z.number(), start: z.string() })

export const toLabels = (ownership: Ownership): Record<string, string> => ({
  [labelNames.run]: ownership.run,
  [labelNames.cluster]: ownership.cluster,
  [labelNames.owner]: JSON.stringify(ownership.owner),
  [labelNames.expires]: ownership.expires,
  [labelNames.kept]: String(ownership.kept),
})

/** The ownership that labels tell; undefined when they are not ours or not whole. */
export const fromLabels = (labels: Readonly<Record<string, string>>): Ownership | undefined => {
  const run = labels[labelNames.run]
  const cluster = labels[labelNames.cluster]
  const expires = labels[labelNames.expires]
  if (!run || !cluster || !expires) return undefined
  const owner = ownerFrom(labels[labelNames.owner] ?? '')
  return owner && { run, cluster, expires, owner, kept: labels[labelNames.kept] === 'true' }
}

/** The owner that the text of a label tells; undefined when it tells none. */
export const ownerFrom = (text: string): Owner | undefined => ownerSchema.safeParse(parseJson(text)).data

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    return error
  }
}
