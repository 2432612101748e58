import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDir } from '../../helpers/host/paths.ts'
import { locked } from './lock.ts'
import { type GoCommand, goCommandOf, type Toolchain } from './toolchains.ts'

// Programs of the corpus are compiled once for what goes into them (toolchain, settings, sources, version of the C compiler) and kept below the cache folder, `corpus`.
// What a test judges is then an earlier build of the same inputs: after a change of the C library or the linker alone, remove that folder to build anew.

const run = promisify(execFile)

export type Build = {
  toolchain?: Toolchain
  /** Contents by name; `object` is the toolchain's own object of BoringCrypto for amd64. */
  files: Readonly<Record<string, string | { object: true }>>
  /** What go.mod requires, by module. */
  requires?: readonly string[]
  env?: Readonly<Record<string, string>>
  args?: readonly string[]
}

const defaultToolchain: Toolchain = 'go1.26.8'
const defaults = { GOFLAGS: '-buildvcs=false', GOOS: 'linux', GOARCH: 'amd64', CGO_ENABLED: '0', GOEXPERIMENT: '', GOFIPS140: 'off' }
const recipeFormat = 1

const commands = new Map<Toolchain, Promise<GoCommand>>()
const commandOf = (toolchain: Toolchain): Promise<GoCommand> => {
  const known = commands.get(toolchain) ?? goCommandOf(toolchain)
  commands.set(toolchain, known)
  return known
}

let compiler: Promise<string> | undefined
const compilerVersion = (): Promise<string> => {
  compiler ??= run('gcc', ['-dumpfullversion']).then(({ stdout }) => stdout.trim())
  return compiler
}

/** Folder of the objects of BoringCrypto in a toolchain. */
export const boringObjects = async (toolchain: Toolchain = defaultToolchain): Promise<string> => {
  const { command, env } = await commandOf(toolchain)
  const { stdout } = await run(command, ['env', 'GOROOT'], { env: { ...process.env, ...env } })
  return join(stdout.trim(), 'src/crypto/internal/boring/syso')
}

const compile = async (name: string, build: Build, into: string): Promise<void> => {
  const { toolchain = defaultToolchain, files, requires = [], env, args = [] } = build
  const { command, env: own } = await commandOf(toolchain)
  const source = await mkdtemp(join(tmpdir(), 'fips-conformance-source-'))
  try {
    const needed = requires.map((each) => `require ${each}\n`).join('')
    await writeFile(join(source, 'go.mod'), `module example.test/component\n\ngo 1.19\n${needed}`)
    for (const [file, content] of Object.entries(files)) {
      if (typeof content === 'string') await writeFile(join(source, file), content)
      else await copyFile(join(await boringObjects(toolchain), 'goboringcrypto_linux_amd64.syso'), join(source, file))
    }
    const settings = { ...process.env, ...defaults, ...env, ...own }
    if (requires.length > 0) await run(command, ['mod', 'tidy'], { cwd: source, env: settings })
    await run(command, ['build', '-o', into, ...args, '.'], { cwd: source, env: settings })
  } catch (error) {
    throw new Error(`${name} was not built: ${(error as { stderr?: string }).stderr || String(error)}`, { cause: error })
  } finally {
    await rm(source, { recursive: true, force: true })
  }
}

/** The path of what `make` writes for these inputs, from the cache where it was made before. */
const cached = async (inputs: unknown, group: string, make: (into: string) => Promise<unknown>): Promise<string> => {
  const folder = join(cacheDir(), 'corpus')
  const path = join(
    folder,
    createHash('sha256')
      .update(JSON.stringify([recipeFormat, inputs]))
      .digest('hex')
      .slice(0, 32),
  )
  if (existsSync(path)) return path
  return locked(join(folder, `${group.replaceAll(/\W/g, '-')}.lock`), async () => {
    if (existsSync(path)) return path
    const work = await mkdtemp(`${path}.making-`)
    try {
      await make(join(work, 'program'))
      await rename(join(work, 'program'), path)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
    return path
  })
}

/** Builds of one group compile the same packages of the standard library. */
const groupOf = ({ toolchain = defaultToolchain, env = {} }: Build): string =>
  [toolchain, env.GOEXPERIMENT ?? '', env.GOOS ?? '', env.GOARCH ?? ''].join(' ')

/** The path of a built program. It is shared: copy it before changing it. */
export const builtFile = async (name: string, build: Build): Promise<string> => {
  const { toolchain = defaultToolchain, files, requires = [], env = {}, args = [] } = build
  const c = env.CGO_ENABLED === '1' ? await compilerVersion() : 'none'
  const inputs = [toolchain, Object.entries(files), requires, Object.entries({ ...defaults, ...env }), args, c]
  return cached(inputs, groupOf(build), (into) => compile(name, build, into))
}

/** The path of a program in C, as the machine's compiler makes it. */
export const builtC = async (text: string, args: readonly string[]): Promise<string> =>
  cached(['C', await compilerVersion(), text, args], 'C', async (into) => {
    await writeFile(`${into}.c`, text)
    await run('gcc', [...args, '-o', into, `${into}.c`])
  })

/** Builds what is not at hand yet, two groups at a time. */
export const buildAll = async (builds: ReadonlyMap<string, Build>): Promise<void> => {
  const groups = new Map<string, [string, Build][]>()
  for (const each of builds) groups.set(groupOf(each[1]), [...(groups.get(groupOf(each[1])) ?? []), each])
  const left = [...groups.values()]
  const work = async (): Promise<void> => {
    for (let group = left.shift(); group !== undefined; group = left.shift())
      for (const [name, build] of group) await builtFile(name, build)
  }
  await Promise.all([work(), work()])
}
