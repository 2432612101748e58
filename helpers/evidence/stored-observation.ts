import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { sha256Hex } from './atomic-file.ts'
import { blobPath, bundleLayout } from './layout.ts'
import type { Evidence, Observation } from './model.ts'
import { withoutWaiting } from './read-chunks.ts'

/** The bytes of a blob, checked against the name that they are stored under. Throws `BLOB_MISSING` or `BLOB_DIFFERS`, which name the file. */
const readBlob = (bundle: string, sha256: string): Uint8Array => {
  // Findings and reports repeat this message: where the reader keeps the bundle must not stand in it.
  const where = join(bundleLayout.blobs, sha256)
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(readFileSync(blobPath(bundle, sha256), { flag: withoutWaiting }))
  } catch (cause) {
    throw new FipsConformanceError({
      code: 'BLOB_MISSING',
      what: `a blob that an observation names cannot be read: ${where}`,
      where,
      why: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown',
      cause,
    })
  }
  const actual = sha256Hex(bytes)
  if (actual === sha256) return bytes
  throw new FipsConformanceError({
    code: 'BLOB_DIFFERS',
    what: `a blob is not what was stored: ${where}`,
    where,
    why: `its SHA-256 is ${actual}`,
  })
}

/**
 * An observation of a bundle, whose bytes stay on disk until they are asked for. What gives them is the class's and no member of each object: of hundreds of thousands
 * each is as small as it can be, and is the plain data that reports are made from as it stands.
 */
class StoredObservation {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly requirement: string
  readonly at: string
  readonly means: string
  readonly source: string
  readonly data: Observation['data']
  readonly blobs: Observation['blobs']
  declare readonly redacted?: Exclude<Observation['redacted'], undefined>
  readonly #bundle: string

  constructor(bundle: string, one: Observation) {
    this.id = one.id
    this.kind = one.kind
    this.subject = one.subject
    this.requirement = one.requirement
    this.at = one.at
    this.means = one.means
    this.source = one.source
    this.data = one.data
    this.blobs = one.blobs
    if (one.redacted) this.redacted = one.redacted
    this.#bundle = bundle
  }

  get bytes(): Evidence['bytes'] {
    return (name) => {
      const sha256 = Object.hasOwn(this.blobs, name) ? this.blobs[name] : undefined
      if (sha256 !== undefined) return readBlob(this.#bundle, sha256)
      throw new FipsConformanceError({
        code: 'BLOB_UNKNOWN',
        what: `the observation ${this.id} has no blob called ${JSON.stringify(name)}`,
      })
    }
  }
}

/** An observation with the bytes of its bundle at hand. */
export const storedObservation = (bundle: string, observation: Observation): Evidence => new StoredObservation(bundle, observation)

/** What a report may show of an observation: all but what gives its bytes. */
export const plainObservation = (one: Evidence): Observation => {
  if (one instanceof StoredObservation) return one
  const { bytes: _bytes, ...plain } = one
  return plain
}
