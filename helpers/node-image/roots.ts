import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import { docker, followLines, interrupted, lastLines } from '../host/docker.ts'
import { type BuildHost, buildMounts } from './build-host.ts'
import { inContainer } from './container.ts'
import { script } from './scripts.ts'
import { cachedImage } from './step-cache.ts'
import { debian } from './versions.ts'

type Watch = { onLine: (line: string) => void; signal?: AbortSignal | undefined }

/** A Debian image for the build container and the nodes: one that the engine has, else pulled, else made by debootstrap (needs root). */
export const debianBase = async (host: BuildHost, { onLine, signal }: Watch): Promise<{ tag: string; how: string }> => {
  const here = await docker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'], { signal })
  const candidates = [`debian:${debian.suite}-slim`, `debian:${debian.suite}`]
  const present = candidates.find((candidate) => here.split('\n').includes(candidate))
  if (present) return { tag: present, how: `${present} of the local engine` }

  const made = `fips-conformance/base:${debian.suite}`
  if (here.split('\n').includes(made)) return { tag: made, how: `${made}, made earlier` }

  const reasons: string[] = []
  for (const candidate of candidates) {
    try {
      await docker(['pull', '--quiet', candidate], { signal, timeout: 120_000 })
      return { tag: candidate, how: `${candidate}, pulled` }
    } catch (error) {
      if (signal?.aborted) throw error
      reasons.push(
        `docker pull ${candidate}: ${error instanceof FipsConformanceError ? lastLines(error.trouble.why ?? error.message, 1) : error}`,
      )
    }
  }
  onLine('no Debian image here and none to pull: making one with debootstrap')
  if (process.getuid?.() !== 0 || process.platform !== 'linux') {
    throw new FipsConformanceError({
      code: 'IMAGE_NO_BASE',
      what: 'there is no Debian image to build the node image with',
      why: reasons.join('\n'),
      remedy: `make one available: «docker pull ${candidates[0]}», or «docker load» an archive of it, or run once as root on Debian or Ubuntu (debootstrap makes it then)`,
      exit: 3,
    })
  }
  await debootstrap(made, host, { onLine, signal })
  return { tag: made, how: `${made}, made by debootstrap` }
}

const debootstrap = async (tag: string, host: BuildHost, { onLine, signal }: Watch): Promise<void> => {
  const root = await mkdtemp(join(tmpdir(), 'fips-conformance-debootstrap-'))
  const run = async (file: string, argv: string[]): Promise<void> => {
    const child = execa(file, argv, {
      all: true,
      stdin: 'ignore',
      ...(signal && { cancelSignal: signal }),
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
    followLines(child.all, onLine)
    await child.catch((error) => {
      if (signal?.aborted) throw interrupted(file, error)
      throw new FipsConformanceError({
        code: 'IMAGE_DEBOOTSTRAP_FAILED',
        what: 'debootstrap could not make a Debian root filesystem',
        where: `${file} ${argv.join(' ')}`,
        why: lastLines(String(error.all ?? error), 8),
        remedy: 'check that this host reaches a Debian mirror, then run the same command again',
        exit: 3,
        cause: error,
      })
    })
  }
  try {
    if (!(await execa('debootstrap', ['--version'], { reject: false })).stdout) {
      await run('apt-get', ['update', '-q'])
      await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'debootstrap', 'debian-archive-keyring'])
    }
    const mirror = await debianMirror()
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
    await run('debootstrap', [
      '--variant=minbase',
      `--keyring=${keyring}`,
      `--arch=${host.arch}`,
      debian.suite,
      join(root, 'root'),
      ...(mirror ? [mirror] : []),
    ])
    const archive = join(root, 'root.tar')
    await run('tar', ['-C', join(root, 'root'), '--one-file-system', '-cf', archive, '.'])
    await docker(['import', archive, tag], { signal })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** The mirror that this host itself uses, where it is a Debian; else debootstrap's own default serves. */
const debianMirror = async (): Promise<string | undefined> => {
  if (!/^ID=debian$/m.test(await readFile('/etc/os-release', 'utf8').catch(() => ''))) return undefined
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)'], { reject: false })
  const line = stdout
    .split('\n')
    .find((target) => new RegExp(` (${debian.suite}|stable) main$`).test(target) && !target.includes('security'))
  return line?.split(' ')[0]?.replace(/\/$/, '')
}

/** The image of the build container: a compiler, and a Go that fetches the pinned toolchain. */
export const buildRoot = (base: string, host: BuildHost, watch: Watch): Promise<{ tag: string; key: string; cached: boolean }> =>
  cachedImage(
    'build',
    { base: debian, script: script('build-root.sh') },
    (tag) =>
      inContainer({
        image: base,
        script: script('build-root.sh'),
        env: { ...host.proxies, SUITE: debian.suite, GO_PACKAGE: debian.goPackage, GO_PACKAGE_VERSION: debian.goPackageVersion },
        mounts: buildMounts(host),
        labels: host.labels,
        commit: { tag, changes: host.unlabel },
        ...watch,
      }),
    watch.signal,
  )

/** The image of a node's root filesystem, without any component. */
export const nodeRoot = (base: string, host: BuildHost, watch: Watch): Promise<{ tag: string; key: string; cached: boolean }> =>
  cachedImage(
    'root',
    { base: debian, script: script('node-root.sh') },
    (tag) =>
      inContainer({
        image: base,
        script: script('node-root.sh'),
        env: { ...host.proxies, PACKAGES: debian.nodePackages.join(' ') },
        mounts: buildMounts(host),
        labels: host.labels,
        commit: { tag, changes: host.unlabel },
        ...watch,
      }),
    watch.signal,
  )
