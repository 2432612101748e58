import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDir } from '../../helpers/host/paths.ts'

const run = promisify(execFile)

/** Official toolchains, one or two of each minor version: the first with another module than before, and one of today. The go command fetches and checks them. */
export const officialToolchains = [
  'go1.19.13',
  'go1.20.14',
  'go1.21.0',
  'go1.22.0',
  'go1.23.12',
  'go1.24.0',
  'go1.24.13',
  'go1.25.7',
  'go1.26.8',
  'go1.27.3',
] as const

/** Packages of Debian, and the release that has them; no release has 1.20. */
const debianReleases = {
  '1.19': 'bookworm',
  '1.21': 'bookworm-backports',
  '1.22': 'bookworm-backports',
  '1.23': 'bookworm-backports',
  '1.24': 'trixie',
  '1.25': 'trixie-backports',
  '1.26': 'trixie-backports',
  '1.27': 'trixie-backports',
} as const
export const debianToolchains = [
  'debian-1.19',
  'debian-1.21',
  'debian-1.22',
  'debian-1.23',
  'debian-1.24',
  'debian-1.25',
  'debian-1.26',
  'debian-1.27',
] as const

export type Toolchain = (typeof officialToolchains)[number] | (typeof debianToolchains)[number]

export type GoCommand = { command: string; env: Readonly<Record<string, string>> }

const said = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message?: string }
  return (stderr || message || String(error)).trim().split('\n').slice(-5).join('\n')
}

const unavailable = (toolchain: string, why: string): Error =>
  new Error(`the corpus needs the toolchain ${toolchain}, and it cannot be had: ${why}`)

const mirrorVariable = 'FIPS_CONFORMANCE_DEBIAN_MIRROR'

/** The mirror that is named, else the one that this machine's apt uses; the security archive has no toolchains. */
const mirror = async (): Promise<string> => {
  const named = process.env[mirrorVariable]
  if (named) return named
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)', 'Created-By: Packages'])
  const line = stdout.split('\n').find((each) => each.endsWith(' Debian') && !each.includes('security'))
  if (line === undefined) {
    throw new Error(
      `apt knows no mirror of Debian: name one in ${mirrorVariable}, and install debian-archive-keyring where this is another system`,
    )
  }
  return line.slice(0, -' Debian'.length)
}

/** Debian's keys, where they are installed: on another system apt does not know them by itself. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Downloads with lists of its own, so that neither the machine's sources nor its lists are touched; apt checks the signatures. */
const unpackDebian = async (minor: keyof typeof debianReleases, folder: string): Promise<void> => {
  await mkdir(join(folder, '..'), { recursive: true })
  const work = await mkdtemp(`${folder}.making-`)
  try {
    for (const path of ['lists/partial', 'cache/archives/partial', 'root']) await mkdir(join(work, path), { recursive: true })
    await writeFile(
      join(work, 'sources.list'),
      `deb ${existsSync(keyring) ? `[signed-by=${keyring}] ` : ''}${await mirror()} ${debianReleases[minor]} main\n`,
    )
    const options = {
      'Dir::Etc::sourcelist': join(work, 'sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::State::lists': join(work, 'lists'),
      'Dir::Cache': join(work, 'cache'),
      'APT::Sandbox::User': 'root',
      'APT::Update::Error-Mode': 'any',
    }
    const apt = async (...args: string[]): Promise<unknown> =>
      run('apt-get', [...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), '-q', ...args], { cwd: work })
    await apt('update')
    await apt('download', `golang-${minor}-go`, `golang-${minor}-src`)
    for (const name of (await readdir(work)).filter((each) => each.endsWith('.deb')))
      await run('dpkg', ['-x', join(work, name), join(work, 'root')])
    // Another test file may have been quicker.
    if (!existsSync(folder)) await rename(join(work, 'root'), folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** How a toolchain is called; fetched first where it is not at hand. @throws where it cannot be had: a corpus without it would prove less than it says */
export const goCommandOf = async (toolchain: Toolchain): Promise<GoCommand> => {
  if (!toolchain.startsWith('debian-')) {
    const env = { GOTOOLCHAIN: toolchain }
    await run('go', ['version'], { env: { ...process.env, ...env } }).catch((error: unknown) => {
      throw unavailable(toolchain, `go (1.21 or newer, on PATH) said: ${said(error)}`)
    })
    return { command: 'go', env }
  }
  const minor = toolchain.slice('debian-'.length) as keyof typeof debianReleases
  const folder = join(cacheDir(), 'toolchains', toolchain)
  if (!existsSync(folder)) {
    await unpackDebian(minor, folder).catch((error: unknown) => {
      throw unavailable(toolchain, `it is taken from Debian ${debianReleases[minor]} with apt-get and dpkg, which said: ${said(error)}`)
    })
  }
  const root = join(folder, 'usr/lib', `go-${minor}`)
  return { command: join(root, 'bin/go'), env: { GOTOOLCHAIN: 'local', GOROOT: root } }
}
