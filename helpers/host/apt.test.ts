import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stepsOf } from '../progress/progress.ts'
import { type AptWork, afterInstalling, installPackages, leaving, updateLists } from './apt.ts'
import { interrupted } from './docker.ts'

let host: string
let notes: string[]
let steps: string[]
let controller: AbortController

const program = (name: string, script: string): Promise<void> =>
  writeFile(join(host, name), `#!/bin/sh\nHOST='${host}'\n${script}\n`, { mode: 0o755 })

beforeEach(async () => {
  host = await mkdtemp(join(tmpdir(), 'apt-'))
  notes = []
  steps = []
  controller = new AbortController()
  vi.stubEnv('PATH', `${host}:/usr/bin:/bin`)
  await program('dpkg-query', 'echo "iptables installed"; echo "half half-installed"; exit 1')
  await program('apt-get', 'echo "$*" >>"$HOST/calls"')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(host, { recursive: true })
})

const work = (): AptWork => ({
  step: stepsOf('host', ({ step, state }) => steps.push(`${step} ${state}`)),
  note: (text) => notes.push(text),
  signal: controller.signal,
})
const calls = (): Promise<string> => readFile(join(host, 'calls'), 'utf8')
const asked = async (): Promise<void> => {
  while (!existsSync(join(host, 'here'))) await sleep(10)
}

describe('updateLists', () => {
  it('takes a failure for the affair of one source among many, and tells of it', async () => {
    await program('apt-get', 'echo "E: no such source" >&2; exit 100')
    await updateLists(work())
    expect(notes).toContain('apt-get update: E: no such source')
  })

  it('is cut short', async () => {
    await program('apt-get', ': >"$HOST/here"; exec sleep 60')
    const updating = updateLists(work())
    await asked()
    controller.abort()
    await expect(updating).rejects.toMatchObject({
      trouble: { code: 'INTERRUPTED', why: expect.stringContaining('nothing was installed'), remedy: expect.stringContaining('again') },
    })
  })
})

describe('installPackages', () => {
  it('fetches, then installs, and gives what was not there before', async () => {
    expect(await installPackages(['docker.io', 'iptables', 'half'], work())).toEqual(['docker.io', 'half'])
    expect(await calls()).toMatch(/--download-only docker\.io iptables half\n.*--no-install-recommends docker\.io iptables half\n$/)
    expect(steps).toEqual([])
  })

  it('is cut short while it fetches: nothing is installed', async () => {
    await program('apt-get', 'echo "$*" >>"$HOST/calls"; : >"$HOST/here"; exec sleep 60')
    const installing = installPackages(['docker.io'], work())
    await asked()
    controller.abort()
    await expect(installing).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(await calls()).toMatch(/^[^\n]*--download-only[^\n]*\n$/)
  })

  it('is not cut short while it installs, and says that it is waited for', async () => {
    await program(
      'apt-get',
      'case "$*" in *download-only*) exit ;; esac; : >"$HOST/here"; while [ ! -e "$HOST/go-on" ]; do sleep 0.02; done',
    )
    const installing = installPackages(['docker.io'], work())
    await asked()
    controller.abort()
    await sleep(100)
    expect(steps).toEqual([expect.stringMatching(/^wait for apt-get: .* start$/)])
    await writeFile(join(host, 'go-on'), '')
    expect(await installing).toEqual(['docker.io'])
    expect(steps).toHaveLength(2)
  })

  it('fails with what apt-get said, whether it was waited for or not', async () => {
    await program('apt-get', 'case "$*" in *download-only*) exit ;; esac; : >"$HOST/here"; sleep 0.3; echo "E: no space" >&2; exit 100')
    const installing = installPackages(['docker.io'], work())
    await Promise.all([
      asked().then(() => controller.abort()),
      expect(installing).rejects.toMatchObject({ trouble: { code: 'SETUP_FAILED', why: 'E: no space' } }),
    ])
  })
})

describe('an interruption', () => {
  it('after installing names what is new, and never the removal of what was there before', () => {
    controller.abort()
    expect(afterInstalling(['docker.io', 'docker-cli'], 'Docker was not started.', controller.signal)).toMatchObject({
      trouble: {
        code: 'INTERRUPTED',
        why: expect.stringMatching(/: docker\.io docker-cli and what they need are there\. Docker was not started\.$/),
        remedy: expect.stringMatching(/\n {2}apt-get purge --autoremove docker\.io docker-cli$/),
      },
    })
    expect(afterInstalling([], '', controller.signal)).toMatchObject({
      trouble: { where: 'installing', why: expect.stringMatching(/no package is new\.$/), remedy: 'run the same command again to go on' },
    })
  })

  it('alone is told with what it leaves', () => {
    const left = { why: 'this is left', remedy: 'go on' }
    expect(leaving(interrupted('here', undefined), left)).toMatchObject({ trouble: { where: 'here', ...left } })
    const other = new Error('no')
    expect(leaving(other, left)).toBe(other)
  })
})
