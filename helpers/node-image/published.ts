import { FipsConformanceError } from '../errors/error.ts'
import { docker } from '../host/docker.ts'
import { type Origin, type PublishedImage, tagOf } from './spec.ts'
import { imageExists } from './step-cache.ts'
import type { VersionsRow } from './versions.ts'

/** What the flags of the FIPS distributions name (`--kubernetes-image-repository` and its like); versions with their build metadata. */
export type Repositories = {
  kubernetes?: { repository: string; version: string } | undefined
  etcd?: { repository: string; version: string } | undefined
  coredns?: string | undefined
  pause?: string | undefined
}

/** Kubernetes publishes CoreDNS and pause here, and kubeadm takes them from here unless it is told otherwise (cmd/kubeadm/app/constants). */
const upstream = { coredns: 'registry.k8s.io/coredns', pause: 'registry.k8s.io' }

/**
 * The images that are taken from repositories. FIPS distributions publish the control plane and etcd; CoreDNS and pause keep their own repositories then.
 * Empty when no repository is named: everything is built from source.
 */
export const publishedImages = (
  { kubernetes, etcd, coredns, pause }: Repositories,
  row: Pick<VersionsRow, 'coredns' | 'pause'>,
): PublishedImage[] => {
  const image = (component: string, repository: string, version: string): PublishedImage => ({
    component,
    reference: `${repository}/${component}:${tagOf(version)}`,
  })
  const planes = kubernetes
    ? ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map((component) =>
        image(component, kubernetes.repository, kubernetes.version),
      )
    : []
  const own = kubernetes
    ? [image('coredns', coredns ?? upstream.coredns, `v${row.coredns}`), image('pause', pause ?? upstream.pause, row.pause)]
    : [...(coredns ? [image('coredns', coredns, `v${row.coredns}`)] : []), ...(pause ? [image('pause', pause, row.pause)] : [])]
  return [...planes, ...(etcd ? [image('etcd', etcd.repository, etcd.version)] : []), ...own]
}

/** What a cached step depends on: an archive carries the names of its images, so the same bytes under another name are another archive. */
export const publishedInputs = (images: readonly (PublishedImage & { digest: string })[]): string[] =>
  images.map(({ reference, digest }) => `${reference}@${digest}`)

/** Where published components came from, with the digest under which the repository gave them. */
export const publishedOrigins = (images: readonly (PublishedImage & { digest: string })[]): Origin[] =>
  images.map(({ component, reference, digest }) => ({
    component,
    version: reference.slice(reference.lastIndexOf(':') + 1),
    origin: reference,
    sum: digest,
  }))

/**
 * Pulls images with the host’s engine (its credentials, its trusted registries); one that the engine has already is not pulled again.
 * @throws FipsConformanceError `IMAGE_PULL_FAILED`
 */
export const pullImages = async (
  images: readonly PublishedImage[],
  note: (text: string) => void,
  signal?: AbortSignal,
): Promise<(PublishedImage & { digest: string })[]> => {
  const pulled: (PublishedImage & { digest: string })[] = []
  for (const image of images) {
    if (!(await imageExists(image.reference, signal))) {
      note(`pulling ${image.reference}`)
      await docker(['pull', '--quiet', image.reference], { signal }).catch((error) => {
        if (signal?.aborted || !(error instanceof FipsConformanceError) || error.code === 'DOCKER_UNREACHABLE') throw error
        throw new FipsConformanceError({
          code: 'IMAGE_PULL_FAILED',
          what: `the image of ${image.component} cannot be pulled`,
          where: image.reference,
          why: error.trouble.why ?? error.message,
          remedy:
            'check repository and version (tags hold _ where versions hold +), and «docker login» if the repository asks for it; «docker load» serves as well',
          exit: 3,
          cause: error,
        })
      })
    }
    const shown = await docker(
      ['image', 'inspect', '--format', '{{if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end}}', image.reference],
      { signal },
    )
    pulled.push({ ...image, digest: shown.slice(shown.indexOf('@') + 1) })
  }
  return pulled
}
