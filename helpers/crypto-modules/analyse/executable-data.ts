import { z } from 'zod'

const offset = z.int().nonnegative()

/** `data` of an observation of kind `executable`: what stands beside the stored bytes. */
export const executableDataSchema = z.object({
  /** read: the whole file was read. Else why it was not. */
  state: z.enum(['read', 'missing', 'unreadable', 'truncated', 'too-large']),
  reason: z.string().exactOptional(),
  /** Path on the machine that it was read from. */
  path: z.string(),
  /** Bytes that were read, and the SHA-256 over them; present where all were read. */
  size: offset.exactOptional(),
  sha256: z.string().exactOptional(),
  /** What was searched for over the whole file, in hex, how often it stands there, and where first. */
  needles: z.array(z.object({ id: z.string(), hex: z.string(), count: offset, offsets: z.array(offset) })),
  functionTables: z.array(
    z.object({
      offset,
      functions: offset,
      names: z.object({ offset, length: offset, sha256: z.string() }),
      matches: z.array(z.object({ index: offset, name: z.string() })),
    }),
  ),
  /** What the look at the whole file proposed; analysis computes it again from the ranges. */
  proposals: z
    .object({
      block: z.object({ start: offset, length: offset, digestAt: offset, mac: z.enum(['sha256', 'sha512']) }).exactOptional(),
      calls: z.array(z.object({ functions: z.array(offset), variable: offset, stubs: z.array(offset) })),
    })
    .exactOptional(),
  /** Which bytes of the file each blob holds: `length` bytes from `at` in the blob stand at `offset` in the file. */
  ranges: z.array(z.object({ blob: z.string(), at: offset, offset, length: offset })),
})

export type ExecutableData = z.infer<typeof executableDataSchema>
