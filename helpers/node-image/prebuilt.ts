import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { docker } from '../host/docker.ts'
import { stepsOf } from '../progress/progress.ts'
import { type BuildOptions, imageId, saveImages } from './build.ts'
import { compile, compileAfAlgProbe, hostTarget } from './compile.ts'
import { inContainer } from './container.ts'
import { labelInstructions, readLabels } from './labels.ts'
import { publishedImages, publishedInputs, publishedOrigins, pullImages, type Repositories } from './published.ts'
import { goRecipes } from './recipes.ts'
import { buildRoot, debianBase } from './roots.ts'
import { script } from './scripts.ts'
import type { NodeImage } from './spec.ts'
import { cachedImage, imageExists } from './step-cache.ts'
import type { VersionsRow } from './versions.ts'

/**
 * A node image that somebody made (`--node-image`), with images of repositories added to its store where flags name them. Only the kind CLI is built.
 * @throws FipsConformanceError `IMAGE_NOT_FOUND`, `IMAGE_NO_NODE`, `IMAGE_PULL_FAILED` and those of `buildNodeImage`
 */
export const prebuiltNodeImage = async (
  reference: string,
  row: VersionsRow,
  repositories: Repositories,
  { host, progress, signal }: BuildOptions,
): Promise<NodeImage> => {
  const step = stepsOf('image', progress)
  await step(`node image ${reference}`, async () => findImage(reference, signal))
  const kubernetesVersion = await kubernetesOf(reference, signal)
  const base = await step('Debian base image', (note) => debianBase(host, { onLine: note, signal }))
  const compiler = await step('build container', (note) => buildRoot(base.tag, host, { onLine: note, signal }))
  const recipe = goRecipes(row, host.arch, hostTarget()).find(({ name }) => name === 'kind')
  if (!recipe) throw new Error('no recipe of kind')
  const kind = await step(`compile ${recipe.name} ${recipe.version}`, (note) =>
    compile(recipe, row.go, undefined, compiler.tag, host, { onLine: note, signal }),
  )

  const afAlg = await step('compile the program that asks kernels for digests', (note) =>
    compileAfAlgProbe(compiler.tag, host, { onLine: note, signal }),
  )

  const labelled = await readLabels(reference, signal)
  const common = {
    kubernetesVersion,
    kindBinary: join(kind.directory, 'bin', 'kind'),
    afAlgProbe: join(afAlg.directory, 'bin', 'af-alg-probe'),
    ownNetwork: labelled !== undefined,
  }
  const wanted = publishedImages(repositories, row)
  const own = labelled ?? {
    origins: [{ component: 'node image', version: kubernetesVersion, origin: reference }],
    imageRepository: undefined,
    etcdImage: undefined,
    coredns: undefined,
  }
  if (wanted.length === 0) return { ...common, ...own, reference, id: await imageId(reference, signal) }

  const images = await step('images of repositories', (note) => pullImages(wanted, note, signal))
  const named = (component: string) => {
    const image = images.find((candidate) => candidate.component === component)?.reference
    return image === undefined
      ? undefined
      : { repository: image.slice(0, image.lastIndexOf('/')), tag: image.slice(image.lastIndexOf(':') + 1) }
  }
  const replaced = new Set(images.map(({ component }) => component))
  const shown = {
    origins: [...own.origins.filter(({ component }) => !replaced.has(component)), ...publishedOrigins(images)],
    imageRepository: named('kube-apiserver')?.repository ?? own.imageRepository,
    etcdImage: named('etcd') ?? own.etcdImage,
    coredns: named('coredns') ?? own.coredns,
  }
  const inputs = { from: await imageId(reference, signal), images: publishedInputs(images), script: script('import-images.sh') }
  const node = await step('node image with those images', (note) =>
    cachedImage(
      'node',
      inputs,
      async (tag) => {
        const directory = await mkdtemp(join(tmpdir(), 'fips-conformance-images-'))
        try {
          await saveImages(images, directory, note, signal)
          await inContainer({
            image: reference,
            entrypoint: 'sh',
            privileged: true,
            script: script('import-images.sh'),
            mounts: [{ from: directory, to: '/in/images', readOnly: true }],
            labels: host.labels,
            commit: {
              tag,
              changes: [...host.unlabel, 'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]', 'CMD []', ...labelInstructions(shown)],
            },
            onLine: note,
            signal,
          })
        } finally {
          await rm(directory, { recursive: true, force: true })
        }
      },
      signal,
    ),
  )
  return { ...common, ...shown, reference: node.tag, id: await imageId(node.tag, signal) }
}

const findImage = async (reference: string, signal: AbortSignal | undefined): Promise<void> => {
  if (await imageExists(reference, signal)) return
  await docker(['pull', '--quiet', reference], { signal }).catch((error) => {
    if (signal?.aborted || !(error instanceof FipsConformanceError) || error.code === 'DOCKER_UNREACHABLE') throw error
    throw new FipsConformanceError({
      code: 'IMAGE_NOT_FOUND',
      what: 'the node image is not in the local engine and cannot be pulled',
      where: reference,
      why: error.trouble.why ?? error.message,
      remedy: 'check the reference («docker image ls» shows what is here), or «docker load» an archive of it',
      exit: 3,
      cause: error,
    })
  })
}

/** /kind/version, which every kind node image has. */
const kubernetesOf = async (reference: string, signal: AbortSignal | undefined): Promise<string> =>
  docker(['run', '--rm', '--network', 'none', '--entrypoint', 'cat', reference, '/kind/version'], { signal }).catch((error) => {
    if (signal?.aborted || !(error instanceof FipsConformanceError) || error.code !== 'DOCKER_FAILED') throw error
    throw new FipsConformanceError({
      code: 'IMAGE_NO_NODE',
      what: 'this is no node image for kind: it has no /kind/version',
      where: reference,
      why: error.trouble.why ?? error.message,
      remedy: 'name an image that «kind build node-image» or this tool made',
      exit: 3,
      cause: error,
    })
  })
