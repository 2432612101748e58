import { type BoringCryptoBuild, boringCryptoBuilds } from '../../policy/modules.ts'
import { type ExecutableData, executableDataSchema } from './executable-data.ts'
import type { ExecutableFacts, Uninspectable } from './executable-facts.ts'
import { type Piece, sparseImage } from './image.ts'
import { analyseImage } from './image-facts.ts'

const uninspected = ({ path, size, sha256, reason }: ExecutableData, state: Uninspectable['state']): Uninspectable => ({
  state,
  reason: reason ?? 'no reason was recorded',
  path,
  ...(size === undefined ? {} : { size }),
  ...(sha256 === undefined ? {} : { sha256 }),
})

/** An observation of kind `executable` as it is replayed: its data, and the bytes of its blobs. `Evidence` fits. */
export type ExecutableEvidence = { data: unknown; bytes: (blob: string) => Uint8Array }

/** The stored pieces of a file. A range that its blob does not cover is left out, so what rests on it is not at hand. */
const piecesOf = ({ ranges }: ExecutableData, bytes: ExecutableEvidence['bytes']): Piece[] =>
  ranges.flatMap(({ blob, at, offset, length }) => {
    const held = bytes(blob)
    return at + length <= held.length ? [{ offset, bytes: held.subarray(at, at + length) }] : []
  })

/** The facts of an executable from what was stored of it, and from nothing else. */
export const analyseExecutable = (
  { data, bytes }: ExecutableEvidence,
  builds: readonly BoringCryptoBuild[] = boringCryptoBuilds,
): ExecutableFacts => {
  const checked = executableDataSchema.safeParse(data)
  if (!checked.success)
    return { state: 'unreadable', reason: `the stored observation does not have its form: ${checked.error.message}`, path: '' }
  const stored = checked.data
  if (stored.state !== 'read') return uninspected(stored, stored.state)
  const { path, size, sha256 } = stored
  if (size === undefined || sha256 === undefined)
    return { state: 'unreadable', reason: 'the stored observation lacks size or SHA-256', path }
  return analyseImage(sparseImage(size, piecesOf(stored, bytes)), { path, size, sha256 }, stored, builds)
}
