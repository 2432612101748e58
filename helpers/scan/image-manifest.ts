import { z } from 'zod'
import { brokenArchive } from './tar.ts'

/** Reads a document of an image by its path in the layout; undefined where there is none. */
export type ReadDocument = (path: string) => Promise<Uint8Array | undefined>

/** One image of a layout: its layers from the lowest to the highest, as paths in the layout. */
export type ImageLayers = {
  name: string
  layers: { path: string; size?: number }[]
  /** `Env` of the image's configuration; absent where the layout has none. */
  environment?: string[]
}

/** What a layout names, and what of it was passed over. */
export type Layout = { images: ImageLayers[]; passed: string[] }

const maximumNesting = 4
const maximumManifests = 256

const descriptor = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, 'no digest'),
  size: z.number().int().nonnegative().optional(),
  platform: z.object({ os: z.string().optional(), architecture: z.string().optional(), variant: z.string().optional() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
type Descriptor = z.infer<typeof descriptor>

const index = z.object({ manifests: z.array(descriptor) })
const manifest = z.object({ layers: z.array(descriptor), config: descriptor.optional() })
const dockerArchive = z.array(
  z.object({ Config: z.string().optional(), Layers: z.array(z.string()).nullable(), RepoTags: z.array(z.string()).nullish() }),
)
/** Image configuration (OCI image specification, config.md), as far as it is read. */
const configuration = z.object({ config: z.object({ Env: z.array(z.string()).nullish() }).nullish() })

const parse = <T>(schema: z.ZodType<T>, bytes: Uint8Array, where: string): T => {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (error) {
    throw brokenArchive(
      where,
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error),
    )
  }
}

const blobOf = ({ digest }: Descriptor): string => `blobs/${digest.replace(':', '/')}`

const platformName = ({ platform }: Descriptor): string =>
  [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join('-')

/** In-toto attestations stand in an index beside the images that they speak of (buildkit); they hold no root file system. */
const isAttestation = ({ platform, annotations }: Descriptor): boolean =>
  annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ||
  (platform?.os === 'unknown' && platform.architecture === 'unknown')

/** What an image gives its programs; nothing where its configuration is not in the layout. */
const environmentOf = async (path: string | undefined, read: ReadDocument, where: string): Promise<Pick<ImageLayers, 'environment'>> => {
  const bytes = path === undefined ? undefined : await read(path)
  if (path === undefined || bytes === undefined) return {}
  return { environment: parse(configuration, bytes, `${where}: ${path}`).config?.Env ?? [] }
}

/** manifest.json of `docker save`. */
const dockerLayout = async (bytes: Uint8Array, read: ReadDocument, where: string): Promise<Layout> => {
  const found: Layout = { images: [], passed: [] }
  for (const [at, { Config, Layers, RepoTags }] of parse(dockerArchive, bytes, `${where}: manifest.json`).entries()) {
    found.images.push({
      name: RepoTags?.[0] ?? `image ${at + 1}`,
      layers: (Layers ?? []).map((path) => ({ path })),
      ...(await environmentOf(Config, read, where)),
    })
  }
  return found
}

/** index.json of an OCI image layout (image-layout.md), and the indexes that it names in turn. */
const ociLayout = async (bytes: Uint8Array, read: ReadDocument, where: string): Promise<Layout> => {
  const found: Layout = { images: [], passed: [] }
  const seen = new Set<string>()
  const visit = async (document: Uint8Array, at: string, names: readonly string[], depth: number): Promise<void> => {
    for (const each of parse(index, document, at).manifests) {
      if (seen.has(each.digest)) continue
      seen.add(each.digest)
      if (seen.size > maximumManifests) throw brokenArchive(where, `its index names more than ${maximumManifests} manifests`)
      const name = [...names, each.annotations?.['org.opencontainers.image.ref.name'] ?? '', platformName(each)].filter(Boolean)
      if (isAttestation(each)) {
        found.passed.push(`attestation ${each.digest.slice(0, 19)}`)
        continue
      }
      const blob = await read(blobOf(each))
      if (blob === undefined) {
        found.passed.push(`${name.join(' ') || each.digest.slice(0, 19)}: named by the index and not in the layout`)
        continue
      }
      const shape = parse(z.looseObject({ manifests: z.unknown().optional(), layers: z.unknown().optional() }), blob, blobOf(each))
      if (shape.manifests !== undefined && depth < maximumNesting) await visit(blob, blobOf(each), name, depth + 1)
      else {
        const { layers, config } = parse(manifest, blob, blobOf(each))
        found.images.push({
          name: name.join(' ') || each.digest.slice(7, 19),
          layers: layers.map((layer) => ({ path: blobOf(layer), ...(layer.size !== undefined && { size: layer.size }) })),
          ...(await environmentOf(config && blobOf(config), read, where)),
        })
      }
    }
  }
  await visit(bytes, `${where}: index.json`, [], 0)
  return found
}

/** The images that a layout holds: by manifest.json where `docker save` wrote one, else by index.json. Undefined where it is no image at all. */
export const readLayout = async (read: ReadDocument, where: string): Promise<Layout | undefined> => {
  const docker = await read('manifest.json')
  if (docker !== undefined) return dockerLayout(docker, read, where)
  const oci = await read('index.json')
  if (oci === undefined) return undefined
  const layout = await ociLayout(oci, read, where)
  if (layout.images.length === 0)
    throw brokenArchive(where, `its index names no image that is in it${layout.passed.length > 0 ? `: ${layout.passed.join('; ')}` : ''}`)
  return layout
}
