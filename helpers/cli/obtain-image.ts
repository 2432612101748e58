import { FipsConformanceError } from '../errors/error.ts'
import type { Engine } from '../host/engine.ts'
import { cacheDir } from '../host/paths.ts'
import { type BuildOptions, buildNodeImage } from '../node-image/build.ts'
import { buildHost } from '../node-image/build-host.ts'
import { prebuiltNodeImage } from '../node-image/prebuilt.ts'
import { publishedImages, type Repositories } from '../node-image/published.ts'
import type { BuildDefect } from '../node-image/recipes.ts'
import type { NodeImage } from '../node-image/spec.ts'
import { type VersionsRow, versionsFor, versionsTable } from '../node-image/versions.ts'
import type { Settings } from './settings.ts'

const withoutV = (version: string): string => version.replace(/^v/, '')

/** The row of the versions table for a Kubernetes version as flags spell it, and its build metadata. */
const rowFor = (spelled: string | undefined): { row: VersionsRow; metadata: string } => {
  const [newest] = versionsTable
  if (!newest) throw new Error('the versions table is empty')
  if (spelled === undefined) return { row: newest, metadata: 'fips.0' }
  const [version = '', metadata = 'fips.0'] = withoutV(spelled).split('+')
  const row = versionsFor(version)
  if (row) return { row, metadata }
  throw new FipsConformanceError({
    code: 'KUBERNETES_UNKNOWN',
    what: `Kubernetes ${version} cannot be had: what vendors do not publish as images (kubelet, kubeadm, containerd, runc) is built from the versions table, which lacks it`,
    where: `--kubernetes-version ${spelled}`,
    why: `it has ${versionsTable.map(({ kubernetes }) => kubernetes).join(', ')}`,
    remedy: 'take one of these versions, add a row to helpers/node-image/versions.ts, or name a prebuilt image with --node-image',
    exit: 3,
  })
}

/** What the repository flags name, in the versions that the version flags name. */
const repositoriesOf = (settings: Settings, row: VersionsRow, metadata: string): Repositories => {
  const kubernetes = settings['kubernetes-image-repository']
  const etcd = settings['etcd-image-repository']
  const etcdVersion = settings['etcd-version']
  return {
    kubernetes: kubernetes === undefined ? undefined : { repository: kubernetes, version: `v${row.kubernetes}+${metadata}` },
    etcd: etcd === undefined ? undefined : { repository: etcd, version: etcdVersion ?? `${row.etcd}+${metadata}` },
    coredns: settings['coredns-image-repository'],
    pause: settings['pause-image-repository'],
  }
}

/**
 * The node image that the settings ask for: built from source, with images of repositories in place of what they publish, or prebuilt.
 * @throws FipsConformanceError `KUBERNETES_UNKNOWN`, `ETCD_VERSION_UNKNOWN` and those of the node image
 */
export const obtainImage = async (
  settings: Settings,
  engine: Engine,
  { defects = {}, ...options }: Omit<BuildOptions, 'host'> & { defects?: Record<string, BuildDefect> },
): Promise<NodeImage> => {
  const host = buildHost(engine, cacheDir())
  if (settings['node-image'] !== undefined) {
    const { row, metadata } =
      settings['kubernetes-version'] && versionsFor(withoutV(settings['kubernetes-version']).split('+')[0] ?? '')
        ? rowFor(settings['kubernetes-version'])
        : rowFor(undefined)
    const published = { ...repositoriesOf(settings, row, metadata) }
    // The control plane images have to be those of the version that is asked for, whatever row the rest comes from.
    if (published.kubernetes && settings['kubernetes-version'])
      published.kubernetes = { ...published.kubernetes, version: settings['kubernetes-version'] }
    return prebuiltNodeImage(settings['node-image'], row, published, { host, ...options })
  }
  const { row, metadata } = rowFor(settings['kubernetes-version'])
  const wanted = settings['etcd-version']
  if (wanted !== undefined && settings['etcd-image-repository'] === undefined && withoutV(wanted).split('+')[0] !== row.etcd) {
    throw new FipsConformanceError({
      code: 'ETCD_VERSION_UNKNOWN',
      what: `etcd ${wanted} cannot be built: the versions table pairs Kubernetes ${row.kubernetes} with etcd ${row.etcd}`,
      where: `--etcd-version ${wanted}`,
      remedy: 'leave --etcd-version out, or name a repository that has it with --etcd-image-repository',
      exit: 3,
    })
  }
  const published = publishedImages(repositoriesOf(settings, row, metadata), row)
  return buildNodeImage({ row, arch: engine.arch, metadata, defects, published }, { host, ...options })
}
