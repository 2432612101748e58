import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cgroupVersion, findProgram, look, membershipIn, parseKernelFips, reasonOf, spaceAt } from './look.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'look-'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(directory, { recursive: true, force: true })
})

describe('reasonOf', () => {
  it.each([
    ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 'no-daemon'],
    ['failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct', 'no-daemon'],
    ['error during connect: dial tcp 127.0.0.1:2375: connect: connection refused', 'no-daemon'],
    ['permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock', 'no-permission'],
    [
      'WARNING: Error loading config file: /home/user/.docker/config.json: permission denied\nCannot connect to the Docker daemon at x',
      'no-daemon',
    ],
    ['a docker command did not end in time', 'other'],
  ])('%s', (detail, reason) => {
    expect(reasonOf(detail)).toBe(reason)
  })
})

describe('membershipIn', () => {
  const file = 'root:x:0:\ndocker:x:105:ana,bo\n'
  it.each([
    [file, 'ana', [1000, 105], 'member'],
    [file, 'ana', [1000], 'listed'],
    [file, 'an', [1000], 'not-member'],
    [file, undefined, [1000], 'not-member'],
    ['root:x:0:\n', 'ana', [1000], 'unknown'],
    ['docker:x:105:\n', undefined, [1000], 'not-member'],
  ] as const)('%j for %s with groups %j: %s', (text, user, groups, membership) => {
    expect(membershipIn(text, user, groups)).toBe(membership)
  })
})

describe('spaceAt', () => {
  it('measures where a directory would be made', async () => {
    const space = await spaceAt(join(directory, 'not', 'there'))
    const here = await spaceAt(directory)
    expect(space.path).toBe(join(directory, 'not', 'there'))
    expect(space.measuredAt).toBe(here.measuredAt)
    expect(space.device).toBe(here.device)
    expect(space.freeBytes).toBeGreaterThan(0)
  })

  it('passes over a file that is in the way', async () => {
    await writeFile(join(directory, 'file'), '')
    expect((await spaceAt(join(directory, 'file', 'below'))).measuredAt).toContain('look-')
  })
})

describe('cgroupVersion', () => {
  it('tells versions apart by their files', async () => {
    expect(await cgroupVersion(directory)).toBe('none')
    await mkdir(join(directory, 'memory'))
    await writeFile(join(directory, 'memory', 'cgroup.procs'), '')
    expect(await cgroupVersion(directory)).toBe('1')
    await writeFile(join(directory, 'cgroup.controllers'), '')
    expect(await cgroupVersion(directory)).toBe('2')
  })
})

describe('parseKernelFips', () => {
  it.each([
    ['1\n', 'on'],
    ['0\n', 'off'],
    [undefined, 'absent'],
  ] as const)('%j is %s', (text, state) => {
    expect(parseKernelFips(text)).toBe(state)
  })
})

describe('look', () => {
  it('finds a program along PATH only when it can be executed', async () => {
    vi.stubEnv('PATH', directory)
    await writeFile(join(directory, 'some-program'), '', { mode: 0o644 })
    expect(await findProgram('some-program')).toBeUndefined()
    await rm(join(directory, 'some-program'))
    await writeFile(join(directory, 'some-program'), '', { mode: 0o755 })
    expect(await findProgram('some-program')).toBe(join(directory, 'some-program'))
  })

  it('tells why an engine cannot be reached, and names proxies without their values', async () => {
    const client =
      '#!/bin/sh\ncase "$1" in --version) echo "Docker version 29.0.0" ;; context) echo unix:///nowhere.sock ;;\n*) echo "failed to connect to the docker API at unix:///nowhere.sock" >&2; exit 1 ;; esac\n'
    await writeFile(join(directory, 'docker'), client, { mode: 0o755 })
    vi.stubEnv('PATH', `${directory}:/usr/bin:/bin`)
    vi.stubEnv('XDG_CACHE_HOME', directory)
    vi.stubEnv('HTTPS_PROXY', 'http://user:secret@127.0.0.1:1')
    const seen = await look()
    expect(seen.engine).toMatchObject({ state: 'unreachable', reason: 'no-daemon' })
    expect(seen.docker).toMatchObject({ client: { version: 'Docker version 29.0.0' }, endpoint: 'unix:///nowhere.sock' })
    expect(seen.disk).toMatchObject({ cacheWarm: false, cache: { path: join(directory, 'fips-conformance') } })
    expect(seen.proxies).toContain('HTTPS_PROXY')
    expect(JSON.stringify(seen)).not.toContain('secret')
  })
})
