import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDir } from '../../helpers/host/paths.ts'

const run = promisify(execFile)

/** Where this machine's apt gets Debian from, or the mirror that is named; the security archive does not have everything. */
const mirror = async (): Promise<string> => {
  const named = process.env.FIPS_CONFORMANCE_DEBIAN_MIRROR
  if (named) return named
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)', 'Created-By: Packages'])
  const line = stdout.split('\n').find((each) => each.endsWith(' Debian') && !each.includes('security'))
  if (line === undefined)
    throw new Error('apt knows no mirror of Debian: name one in FIPS_CONFORMANCE_DEBIAN_MIRROR, and install debian-archive-keyring')
  return line.slice(0, -' Debian'.length)
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Unpacks packages of a release of Debian into a folder of the cache, with lists of its own: the machine's sources stay as they are. apt checks the signatures. */
export const unpackedPackages = async (release: string, packages: readonly string[]): Promise<string> => {
  const folder = join(cacheDir(), 'peers', `${release}-${packages[0]}`)
  if (existsSync(folder)) return folder
  await mkdir(join(folder, '..'), { recursive: true })
  const work = await mkdtemp(`${folder}.making-`)
  try {
    for (const path of ['lists/partial', 'cache/archives/partial', 'root']) await mkdir(join(work, path), { recursive: true })
    const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
    await writeFile(join(work, 'sources.list'), `deb ${signed}${await mirror()} ${release} main\n`)
    const settings = [
      `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
      'Dir::Etc::sourceparts=-',
      `Dir::State::lists=${join(work, 'lists')}`,
      `Dir::Cache=${join(work, 'cache')}`,
      'APT::Sandbox::User=root',
      'APT::Update::Error-Mode=any',
    ].flatMap((setting) => ['-o', setting])
    await run('apt-get', [...settings, '-q', 'update'], { cwd: work })
    await run('apt-get', [...settings, '-q', 'download', ...packages], { cwd: work })
    for (const name of (await readdir(work)).filter((each) => each.endsWith('.deb')))
      await run('dpkg', ['-x', join(work, name), join(work, 'root')])
    if (!existsSync(folder)) await rename(join(work, 'root'), folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return folder
}
