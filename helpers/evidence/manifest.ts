import { z } from 'zod'
import { sha256Hex } from './atomic-file.ts'
import { byText, isPlainPath } from './bundle-files.ts'
import { canonicalJson } from './canonical-json.ts'
import { sha256Pattern } from './layout.ts'

export const manifestFile = 'manifest.json'
export const envelopeFile = 'manifest.dsse.json'
/** RFC 3161 time stamp response over `manifest.json`, DER; there only when one was asked for. */
export const timestampFile = 'manifest.tsr'

const sha256 = z.string().regex(sha256Pattern)

/** A sealed bundle, named by its run and by the SHA-256 of its manifest. */
export const bundleRefSchema = z.strictObject({ run: z.string(), id: sha256 })
export type BundleRef = z.infer<typeof bundleRefSchema>

/** What an audit package leaves out, and what it was made from. */
export const packageSchema = z.strictObject({
  /** The bundle that was redacted: its run, and the SHA-256 of its manifest. */
  of: bundleRefSchema,
  profile: z.string(),
  /** How many values of each kind stand as commitments. */
  commitments: z.record(z.string(), z.number().int().nonnegative()),
  /** Blobs that hold such values and are therefore not in the package. */
  removed: z.array(z.strictObject({ sha256, why: z.string() })),
})
export type PackageNote = z.infer<typeof packageSchema>

/**
 * `manifest.json`: every file of a bundle, and what the bundle is. Its SHA-256 is the bundle's id.
 * Strict on purpose: what this version does not know in it, it cannot vouch for.
 */
export const manifestSchema = z.strictObject({
  format: z.literal('fips-conformance/manifest/1'),
  tool: z.strictObject({ name: z.string(), version: z.string(), commit: z.string().optional() }),
  run: z.string(),
  startedAt: z.string(),
  /** Which cluster: see `clusterIdentity`. */
  cluster: z.string(),
  /** The run of the same cluster that was sealed before this one in the same folder; null when there was none. */
  previous: bundleRefSchema.nullable(),
  package: packageSchema.optional(),
  files: z.array(
    z.strictObject({ path: z.string().refine(isPlainPath, 'no path of a bundle'), size: z.number().int().nonnegative(), sha256 }),
  ),
})
export type Manifest = z.infer<typeof manifestSchema>

/** A manifest as bytes, and the id that they give the bundle. */
export const manifestBytes = (manifest: Manifest): { bytes: Uint8Array; id: string } => {
  const files = manifest.files.toSorted((a, b) => byText(a.path, b.path))
  const bytes = new TextEncoder().encode(canonicalJson(manifestSchema.parse({ ...manifest, files })))
  return { bytes, id: sha256Hex(bytes) }
}
