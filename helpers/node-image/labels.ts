import { z } from 'zod'
import { docker } from '../host/docker.ts'
import type { NodeImage } from './spec.ts'

/** Labels of a node image, through which it can be used again by its reference alone. */
const labels = { origins: 'fips-conformance.origins', images: 'fips-conformance.images' } as const

const reference = z.object({ repository: z.string(), tag: z.string() })
const imagesSchema = z.object({ imageRepository: z.string().optional(), etcdImage: reference.optional(), coredns: reference.optional() })
const originsSchema = z.array(
  z.object({
    component: z.string(),
    version: z.string(),
    origin: z.string(),
    module: z.string().optional(),
    sum: z.string().optional(),
    toolchain: z.string().optional(),
    build: z.string().optional(),
  }),
)

type Labelled = Pick<NodeImage, 'origins' | 'imageRepository' | 'etcdImage' | 'coredns'>

/** Dockerfile instructions that write the labels. A JSON string is a valid quoted value there as long as it holds no `$`, and none of ours does. */
export const labelInstructions = ({ origins, imageRepository, etcdImage, coredns }: Labelled): string[] => [
  `LABEL ${labels.origins}=${JSON.stringify(JSON.stringify(origins))}`,
  `LABEL ${labels.images}=${JSON.stringify(JSON.stringify({ imageRepository, etcdImage, coredns }))}`,
]

/** What the labels of a node image tell; undefined for one that was not made here. */
export const readLabels = async (image: string, signal?: AbortSignal): Promise<Labelled | undefined> => {
  const shown = z
    .record(z.string(), z.string())
    .nullable()
    .parse(JSON.parse(await docker(['image', 'inspect', '--format', '{{json .Config.Labels}}', image], { signal })))
  const [origins, images] = [shown?.[labels.origins], shown?.[labels.images]]
  if (!origins || !images) return undefined
  const parsed = imagesSchema.parse(JSON.parse(images))
  return {
    origins: originsSchema.parse(JSON.parse(origins)),
    imageRepository: parsed.imageRepository,
    etcdImage: parsed.etcdImage,
    coredns: parsed.coredns,
  }
}
