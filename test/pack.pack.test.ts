import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { madeBy, otherNode } from './two-nodes.ts'

// What a user gets: the tarball of `npm pack`, installed into an empty folder, run by the Node that runs this test.

const root = join(import.meta.dirname, '..')
const packed = z
  .array(z.object({ filename: z.string(), version: z.string(), files: z.array(z.object({ path: z.string(), mode: z.number() })) }))
  .length(1)

let folder = ''
let files: { path: string; mode: number }[] = []
let version = ''

/** Without what npm hands to the scripts that it runs: it would name the checkout to the npm in the empty folder. How the network is reached stays as the user has set it. */
const reach = /^npm_config_(cafile|ca|registry|proxy|https_proxy|noproxy|strict_ssl|cache)$/i
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => reach.test(name) || !/^(npm_|INIT_CWD$|VITEST|NODE_ENV$)/i.test(name)),
)

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, { cwd, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const installed = (): string => join(folder, 'node_modules', 'fips-conformance')

/** Runs the installed command in a folder and a home of the test's own. */
const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(folder, 'node_modules', '.bin', 'fips-conformance'), ...args], {
    cwd: folder,
    env: {
      ...environment,
      HOME: join(folder, 'home'),
      XDG_CACHE_HOME: join(folder, 'home', 'cache'),
      XDG_STATE_HOME: join(folder, 'home', 'state'),
    },
    encoding: 'utf8',
  })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fips-conformance-pack-'))
  mkdirSync(join(folder, 'home'))
  const output = npm(root, 'pack', '--json', '--pack-destination', folder)
  const [pack] = packed.parse(JSON.parse(output.slice(output.search(/^\[/m))))
  if (pack === undefined) throw new Error('npm pack made nothing')
  ;({ files, version } = pack)
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  npm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, pack.filename))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('another version of Node', () => {
  it('makes the same bytes of the same bundle', async () => {
    const other = otherNode()
    const [own, elsewhere] = await madeBy(join(installed(), 'dist'), [process.execPath, other.path])
    expect(elsewhere?.node).toMatch(new RegExp(`^${other.major}\\.`))
    expect(own?.node).toBe(process.versions.node)
    expect(Object.keys(own?.digests ?? {})).toHaveLength(40)
    expect(own).toMatchObject({ exit: 0 })
    expect({ ...elsewhere, node: '' }).toEqual({ ...own, node: '' })
  })
})

describe('the tarball', () => {
  it('holds the command, its compiled code and its licence', () => {
    const paths = files.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'bin/fips-conformance.js',
        'dist/helpers/cli/main.js',
        'dist/suites/modules.suite.js',
        'package.json',
      ]),
    )
  })

  it('holds no test, no TypeScript, no bundle and nothing else of the checkout', () => {
    const foreign = files
      .map(({ path }) => path)
      .filter((path) => !/^(bin|dist|schemas)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(path))
    expect(foreign).toEqual([])
    expect(files.map(({ path }) => path).filter((path) => /\.ts$|\.test\.|(^|\/)(test|fixtures|evidence-\w+)\//.test(path))).toEqual([])
  })

  it('holds every file that the code reads beside itself, as executable as it was', () => {
    const beside = globSync('{helpers,reports,suites}/**/{scripts,files}/*', { cwd: root }).filter((path) =>
      statSync(join(root, path)).isFile(),
    )
    expect(beside.length).toBeGreaterThan(5)
    for (const path of beside) {
      const copy = join(installed(), 'dist', path)
      expect(readFileSync(copy), path).toEqual(readFileSync(join(root, path)))
      expect(statSync(copy).mode & 0o111, path).toBe(statSync(join(root, path)).mode & 0o111)
    }
  })

  it('lacks no file that its code imports', () => {
    const compiled = globSync('dist/**/*.js', { cwd: installed() })
    const missing = compiled.flatMap((path) =>
      [...readFileSync(join(installed(), path), 'utf8').matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)]
        .map((match) => join(installed(), dirname(path), match[1] ?? ''))
        .filter((target) => statSync(target, { throwIfNoEntry: false }) === undefined)
        .map((target) => `${path} imports ${relative(installed(), target)}`),
    )
    expect(missing).toEqual([])
  })
})

describe('the installed command', () => {
  it('shows its help', () => {
    const { status, stdout, stderr } = run('--help')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const word of ['run', 'doctor', 'Exit codes']) expect(stdout).toContain(word)
  })

  it('shows its version', () => {
    const { status, stdout } = run('--version')
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` })
  })

  it('looks at the host and says so in JSON: 0 when a run can be made, 3 when not', () => {
    const { status, stdout } = run('doctor', '--json')
    const { checks } = z.object({ checks: z.array(z.object({ state: z.string() })).min(1) }).parse(JSON.parse(stdout))
    expect(status).toBe(checks.some(({ state }) => state === 'missing') ? 3 : 0)
  })

  it('runs its suites from where it is installed, with vitest of its own', () => {
    const bundle = join(folder, 'bundle')
    mkdirSync(join(bundle, 'observations', 'blobs'), { recursive: true })
    const plants = ['intact', 'tampered'].map((plant) => ({
      requirement: 'FIPS-SELF-2',
      subject: { kind: 'plant', key: `plant:module/${plant}`, name: plant, detail: { plant, builds: 'planted' } },
    }))
    writeFileSync(join(bundle, 'plan.json'), JSON.stringify({ claim: [], pairs: plants }))
    const context = { bundle, asOf: new Date().toISOString(), nodes: [], tools: {} }
    writeFileSync(
      join(folder, 'suites.mjs'),
      `import { runSuites } from './node_modules/fips-conformance/dist/helpers/conformance/run-suites.js'
       const end = await runSuites({ context: ${JSON.stringify(context)}, suites: ['self-proof'] })
       console.log(JSON.stringify(end))`,
    )
    const stdout = execFileSync(process.execPath, ['suites.mjs'], { cwd: folder, env: environment, encoding: 'utf8' })
    expect(JSON.parse(stdout)).toMatchObject({ failed: 0, errors: [] })
    const observed = readFileSync(join(bundle, 'observations', 'self-proof.ndjson'), 'utf8')
    for (const plant of ['intact', 'tampered']) expect(observed).toContain(`plant:module/${plant}`)
  })

  it('refuses a flag that it does not know with 64', () => {
    const { status, stdout, stderr } = run('run', '--no-such-flag')
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
    expect(stderr).toContain('--no-such-flag')
  })

  it('refuses a command that it does not know with 64', () => {
    expect(run('no-such-command').status).toBe(64)
  })
})
