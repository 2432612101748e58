import { join } from 'node:path'
import pLimit from 'p-limit'
import { docker } from '../host/docker.ts'
import { type ProgressSink, stepsOf } from '../progress/progress.ts'
import type { BuildHost } from './build-host.ts'
import { type Built, builtOrigins, compile, compileAfAlgProbe, compilePause, hostTarget, stepsDirectory, type Watch } from './compile.ts'
import { componentImages, type ImageRow } from './component-images.ts'
import { inContainer, type Mount } from './container.ts'
import { labelInstructions } from './labels.ts'
import { publishedInputs, publishedOrigins, pullImages } from './published.ts'
import { goRecipes } from './recipes.ts'
import { buildRoot, debianBase, nodeRoot } from './roots.ts'
import { file, filesDirectory, script } from './scripts.ts'
import { builtRepository, type NodeImage, type NodeImageSpec } from './spec.ts'
import { cachedDirectory, cachedImage } from './step-cache.ts'

export type BuildOptions = { host: BuildHost; progress: ProgressSink; signal?: AbortSignal | undefined }

/**
 * The node image for a spec, and the kind CLI that fits this host. Every step is cached by a hash of its own inputs: what did not change is not made again.
 * @throws FipsConformanceError `IMAGE_NO_BASE`, `IMAGE_DEBOOTSTRAP_FAILED`, `IMAGE_PULL_FAILED`, `DISK_FULL`, `DOCKER_*`, `INTERRUPTED`
 */
export const buildNodeImage = async (spec: NodeImageSpec, { host, progress, signal }: BuildOptions): Promise<NodeImage> => {
  const step = stepsOf('image', progress)
  const recipes = goRecipes(spec.row, spec.arch, hostTarget())
  const base = await step(
    'Debian base image',
    (note) => debianBase(host, { onLine: note, signal }),
    ({ how }) => how,
  )

  const published =
    spec.published.length === 0 ? [] : await step('images of repositories', (note) => pullImages(spec.published, note, signal))
  const root = step('root filesystem of the nodes', (note) => nodeRoot(base.tag, host, { onLine: note, signal }), cachedOrNot)
  // A failure of one branch is reported once, where it is awaited.
  root.catch(() => undefined)
  const compiler = await step('build container', (note) => buildRoot(base.tag, host, { onLine: note, signal }), cachedOrNot)

  // The Go compiler uses every core by itself: two modules at a time only fill the gaps at their starts and ends.
  const atOnce = pLimit(2)
  const built = await settled(
    recipes.map((recipe) =>
      atOnce(() =>
        step(
          `compile ${recipe.name} ${recipe.version}`,
          (note) => compile(recipe, spec.row.go, spec.defects[recipe.name], compiler.tag, host, { onLine: note, signal }),
          cachedOrNot,
        ),
      ),
    ),
  )
  const pause = await step('compile pause', (note) => compilePause(compiler.tag, host, { onLine: note, signal }), cachedOrNot)
  const afAlg = await step(
    'compile the program that asks kernels for digests',
    (note) => compileAfAlgProbe(compiler.tag, host, { onLine: note, signal }),
    cachedOrNot,
  )
  const byName = (name: string): Built => {
    const found = built.find(({ recipe }) => recipe.name === name)
    if (!found) throw new Error(`no recipe ${name}`)
    return found
  }
  const origins = [...(await builtOrigins(built, spec)), ...publishedOrigins(published)]

  const rootImage = await root
  const rows = componentImages(spec)
  const inputs = {
    rows,
    root: rootImage.key,
    script: script('component-images.sh'),
    from: [...built.map(({ key }) => key), pause.key],
    published: publishedInputs(published),
  }
  const stepMounts: Mount[] = [...built.filter(({ recipe }) => recipe.fips), { recipe: { name: 'pause' }, directory: pause.directory }].map(
    ({ recipe, directory }) => ({ from: directory, to: `/in/${recipe.name}`, readOnly: true }),
  )
  const images = await step(
    'component images',
    (note) =>
      cachedDirectory(stepsDirectory(host), 'images', inputs, async (directory) => {
        await makeImages(rows, rootImage.tag, stepMounts, directory, host, { onLine: note, signal })
        await saveImages(published, directory, note, signal)
      }),
    cachedOrNot,
  )

  const kubernetesVersion = `v${spec.row.kubernetes}+${spec.metadata}`
  const pauseImage =
    spec.published.find(({ component }) => component === 'pause')?.reference ?? `${builtRepository}/pause:${spec.row.pause}`
  const repositoryOf = (component: string): { repository: string; tag: string } => {
    const reference =
      spec.published.find((image) => image.component === component)?.reference ??
      rows.find((row) => row.component === component)?.name ??
      ''
    const colon = reference.lastIndexOf(':')
    return { repository: reference.slice(0, reference.lastIndexOf('/')), tag: reference.slice(colon + 1) }
  }
  const shown = {
    origins,
    imageRepository: repositoryOf('kube-apiserver').repository,
    etcdImage: repositoryOf('etcd'),
    coredns: repositoryOf('coredns'),
  }
  const assembly = `${script('assemble.sh')}${script('import-images.sh')}`
  const node = await step(
    'node image',
    (note) =>
      cachedImage(
        'node',
        {
          ...inputs,
          images: images.key,
          kubernetesVersion,
          pauseImage,
          origins,
          script: assembly,
          files: [file('runc-within-bounds'), file('cni.conflist.template')],
        },
        (tag) =>
          inContainer({
            image: rootImage.tag,
            privileged: true,
            script: assembly,
            env: { KUBERNETES_VERSION: kubernetesVersion, PAUSE_IMAGE: pauseImage },
            mounts: [
              ...stepMounts,
              { from: join(byName('kind').directory, 'files'), to: '/in/kind/files', readOnly: true },
              { from: images.directory, to: '/in/images', readOnly: true },
              { from: filesDirectory, to: '/in/files', readOnly: true },
            ],
            labels: host.labels,
            commit: {
              tag,
              changes: [
                ...host.unlabel,
                'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]',
                'CMD []',
                'ENV container=docker',
                ...labelInstructions(shown),
              ],
            },
            onLine: note,
            signal,
          }),
        signal,
      ),
    cachedOrNot,
  )
  return {
    reference: node.tag,
    id: await imageId(node.tag, signal),
    kubernetesVersion,
    kindBinary: join(byName('kind').directory, 'bin', 'kind'),
    afAlgProbe: join(afAlg.directory, 'bin', 'af-alg-probe'),
    images: images.directory,
    ownNetwork: true,
    ...shown,
  }
}

const cachedOrNot = ({ cached, key }: { cached: boolean; key: string }): string => (cached ? `${key}, as made earlier` : key)

/** All results, or the first failure once every branch has ended: nothing is left running behind an error. */
const settled = async <T>(work: readonly Promise<T>[]): Promise<T[]> => {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

const makeImages = async (
  rows: readonly ImageRow[],
  image: string,
  mounts: readonly Mount[],
  directory: string,
  host: BuildHost,
  watch: Watch,
): Promise<void> => {
  const lines = rows.map(({ source, target, name, programs }) => [source, target, name, programs.join(',')].join(' ').trim())
  await inContainer({
    image,
    script: script('component-images.sh'),
    env: { IMAGES: lines.join('\n'), ARCH: host.arch, OWNER: host.user ?? '0:0' },
    mounts: [...mounts, { from: directory, to: '/out' }],
    labels: host.labels,
    ...watch,
  })
}

/** Images of repositories, saved beside those that were built. */
export const saveImages = async (
  images: readonly { component: string; reference: string }[],
  directory: string,
  note: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> => {
  for (const { component, reference } of images) {
    note(`saving ${reference}`)
    await docker(['save', '--output', join(directory, `${component}.tar`), reference], { signal })
  }
}

/** Content-addressed id of an image in the local engine. */
export const imageId = (reference: string, signal?: AbortSignal): Promise<string> =>
  docker(['image', 'inspect', '--format', '{{.Id}}', reference], { signal })
