import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type BuildHost, buildMounts } from './build-host.ts'
import { inContainer } from './container.ts'
import { type BuildDefect, type GoRecipe, recipeEnvironment } from './recipes.ts'
import { file, filesDirectory, script } from './scripts.ts'
import type { NodeImageSpec, Origin } from './spec.ts'
import { cachedDirectory } from './step-cache.ts'
import { debian } from './versions.ts'

export type Watch = { onLine: (line: string) => void; signal?: AbortSignal | undefined }

/** A recipe and the directory with what it became: `bin/` and `origin.json`. */
export type Built = { recipe: GoRecipe; directory: string; key: string; cached: boolean }

export const stepsDirectory = (host: BuildHost): string => join(host.cache, 'steps')

/** The platform for which the kind CLI is built: the one that this process runs on. */
export const hostTarget = (): { os: string; arch: string } => ({
  os: process.platform === 'win32' ? 'windows' : process.platform,
  arch: process.arch === 'x64' ? 'amd64' : process.arch,
})

/** Compiles one Go module in the build container. `image` is the build container’s, `defect` a way of building it wrongly on purpose. */
export const compile = async (
  recipe: GoRecipe,
  go: string,
  defect: BuildDefect | undefined,
  image: string,
  host: BuildHost,
  watch: Watch,
): Promise<Built> => {
  const env = recipeEnvironment(recipe, go, defect)
  const text = script('go-module.sh')
  const made = await cachedDirectory(stepsDirectory(host), recipe.name, { env, script: text, debian }, async (directory) => {
    await Promise.all(['mod', 'build'].map((kind) => mkdir(join(host.cache, 'go', kind), { recursive: true })))
    await inContainer({
      image,
      script: text,
      env: { ...host.proxies, ...host.goSettings, ...env },
      mounts: [...buildMounts(host), { from: join(host.cache, 'go'), to: '/cache/go' }, { from: directory, to: '/out' }],
      labels: host.labels,
      user: host.user,
      ...watch,
    })
  })
  return { recipe, ...made }
}

/** Compiles one static C program of this project; the script has its name. */
const compileC = (name: 'pause' | 'af-alg-probe', image: string, host: BuildHost, watch: Watch) =>
  cachedDirectory(
    stepsDirectory(host),
    name,
    { source: file(`${name}.c`), script: script(`${name}.sh`), debian, arch: host.arch },
    (directory) =>
      inContainer({
        image,
        script: script(`${name}.sh`),
        mounts: [
          { from: filesDirectory, to: '/in/files', readOnly: true },
          { from: directory, to: '/out' },
        ],
        labels: host.labels,
        user: host.user,
        ...watch,
      }),
  )

/** Compiles the pause program. */
export const compilePause = (image: string, host: BuildHost, watch: Watch) => compileC('pause', image, host, watch)

/** Compiles the program that asks a node’s kernel for digests. */
export const compileAfAlgProbe = (image: string, host: BuildHost, watch: Watch) => compileC('af-alg-probe', image, host, watch)

const originSchema = z.object({
  module: z.string(),
  version: z.string(),
  sum: z.string(),
  toolchain: z.string(),
  experiment: z.string(),
  cgo: z.string(),
  fipsonly: z.string(),
  dropped: z.string(),
})

/** Where each component that was built came from, as its build recorded it. */
export const builtOrigins = async (built: readonly Built[], spec: NodeImageSpec): Promise<Origin[]> => {
  const rows = await Promise.all(
    built.map(async ({ recipe, directory }) => {
      const origin = originSchema.parse(JSON.parse(await readFile(join(directory, 'origin.json'), 'utf8')))
      const defect = spec.defects[recipe.name]
      const build = [
        origin.experiment ? `GOEXPERIMENT=${origin.experiment}` : 'plain Go',
        `CGO_ENABLED=${origin.cgo}`,
        origin.fipsonly ? 'imports crypto/tls/fipsonly' : '',
        origin.dropped ? `without ${origin.dropped.replaceAll('\\', '')}` : '',
        defect ? `planted defect: ${defect}` : '',
      ]
      return Object.values(recipe.mains).map(
        (component): Origin => ({
          component,
          version: origin.version,
          origin: 'built from source',
          module: origin.module,
          sum: origin.sum,
          toolchain: origin.toolchain,
          build: build.filter(Boolean).join(', '),
        }),
      )
    }),
  )
  const published = new Set(spec.published.map(({ component }) => component))
  return rows.flat().filter(({ component }) => !published.has(component))
}
