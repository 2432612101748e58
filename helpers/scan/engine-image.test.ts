import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { goboring, madeBuilds, madeDockerArchive, madeTar } from './made-archive.ts'
import { scan } from './scan.ts'

let folder = ''
/** A client of an engine on PATH, and nothing else there. */
const client = async (name: string, script: string): Promise<void> => {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}
const has = (archive: string): string => `case "$1" in image) echo id;; save) exec /bin/cat "${archive}";; esac`
const lacks = (words: string): string => `echo "${words}" >&2; exit 1`
const down = 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1'

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-engine-'))
  vi.stubEnv('PATH', folder)
  await writeFile(join(folder, 'image'), await madeDockerArchive([await madeTar([['bin/program', goboring()]])]))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const run = (reference = 'made.test/image:1') =>
  scan({
    targets: [reference],
    expect: 'any-validated',
    all: false,
    asOf: new Date('2026-11-22T12:00:00Z'),
    digest: 'sha256',
    exclude: [],
    waivers: [],
    evidence: false,
    signal: new AbortController().signal,
    onLine: () => undefined,
    builds: madeBuilds,
    threads: 1,
  })

describe('an image of a local engine', () => {
  it.each([
    ['docker', {}],
    ['podman', { docker: down }],
    ['podman', { docker: lacks('Error: No such image: made.test/image:1') }],
    ['nerdctl', { podman: lacks('Error: made.test/image:1: image not known') }],
  ] as const)('is what %s gives, asked in its turn', async (engine, before) => {
    for (const [name, script] of Object.entries(before)) await client(name, script)
    await client(engine, has(join(folder, 'image')))
    const { shown, exit, troubles } = await run()
    expect(troubles).toEqual([])
    expect(shown.map(({ line }) => [line.path, line.verdict])).toEqual([['made.test/image:1/bin/program', 'pass']])
    expect(exit).toBe(0)
  })

  it.each([
    [
      'IMAGE_NOT_FOUND',
      { docker: lacks('Error: No such image: x'), podman: lacks('image not known') },
      /docker pull/,
      /docker: .*; podman: /s,
    ],
    ['IMAGE_NOT_FOUND', { podman: lacks('image not known') }, /podman pull/, /podman: /],
    ['PATH_MISSING', { docker: down }, /podman or nerdctl/, /docker: .*podman: there is no podman on PATH/s],
    ['PATH_MISSING', {}, /check the spelling/, /nerdctl: there is no nerdctl on PATH/],
  ] as const)('that nobody has is %s', async (code, clients, remedy, why) => {
    for (const [name, script] of Object.entries(clients)) await client(name, script)
    const { troubles, exit } = await run()
    expect(troubles.map(({ trouble }) => trouble)).toMatchObject([
      { code, remedy: expect.stringMatching(remedy), why: expect.stringMatching(why), where: 'made.test/image:1' },
    ])
    expect(exit).toBe(3)
  })

  it('that breaks off is told with its engine, and what came is kept', async () => {
    await client('docker', down)
    await client(
      'podman',
      `case "$1" in image) echo id;; save) /usr/bin/head -c 6000 "${join(folder, 'image')}"; echo "lost it" >&2; exit 1;; esac`,
    )
    const { troubles, exit } = await run()
    expect(troubles.map(({ trouble }) => trouble.where)).toEqual(['podman save made.test/image:1'])
    expect(troubles[0]?.trouble).toMatchObject({ code: 'DOCKER_FAILED', why: expect.stringContaining('lost it') })
    expect(exit).toBe(3)
  })
})
