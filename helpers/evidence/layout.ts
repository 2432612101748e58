import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'

/** Where things stand in a bundle. Names that start with a dot are files that a killed writer did not finish; readers pass over them. */
export const bundleLayout = {
  plan: 'plan.json',
  run: 'run.json',
  findings: 'findings.json',
  policy: 'policy',
  reports: 'reports',
  observations: 'observations',
  blobs: join('observations', 'blobs'),
  /** Every program and library of the nodes and of their images, with its module: inventory, which nothing is judged by. */
  executables: join('inventory', 'executables.json'),
} as const

export const sha256Pattern = /^[0-9a-f]{64}$/

/** A name that becomes a file in a bundle: no separators, no leading dot. Throws `BUNDLE_NAME_INVALID`. */
export const safeName = (name: string, role: string): string => {
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(name)) return name
  throw new FipsConformanceError({
    code: 'BUNDLE_NAME_INVALID',
    what: `${JSON.stringify(name)} cannot be the name of a ${role}`,
    why: 'it becomes a file name',
    remedy: 'use up to 128 of the letters a to z and A to Z, digits, and . _ + -, beginning with a letter or a digit',
    exit: 3,
  })
}

export const blobPath = (bundle: string, sha256: string): string => join(bundle, bundleLayout.blobs, sha256)
