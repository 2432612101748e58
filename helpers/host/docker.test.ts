import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { docker } from './docker.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fips-conformance-docker-'))
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

/** A client that is ended by a signal the first times, as one is that meets a Ctrl-C before it has a process group of its own. */
const endedAtFirst = (times: number, signal: string): void => {
  const count = join(directory, 'count')
  writeFileSync(count, '')
  writeFileSync(
    join(directory, 'docker'),
    `#!/bin/sh\necho x >> ${count}\n[ "$(wc -l < ${count})" -gt ${times} ] || kill -${signal} $$\necho done\n`,
    {
      mode: 0o755,
    },
  )
}
const begun = (): number => readFileSync(join(directory, 'count'), 'utf8').split('\n').length - 1

describe('a docker command that is ended from outside', () => {
  it.each(['INT', 'TERM'])('by SIG%s is begun again where it cleans up', async (signal) => {
    endedAtFirst(3, signal)
    expect(await docker(['container', 'rm', 'x'])).toBe('done')
    expect(begun()).toBe(4)
  })

  it('is not begun again without end', async () => {
    endedAtFirst(1000, 'INT')
    await expect(docker(['container', 'rm', 'x'])).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
    expect(begun()).toBe(20)
  })

  it('is not begun again where an interrupt is to end it', async () => {
    endedAtFirst(3, 'INT')
    await expect(docker(['container', 'ls'], { signal: new AbortController().signal })).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
    expect(begun()).toBe(1)
  })

  it('is not begun again when its time is over', async () => {
    writeFileSync(join(directory, 'count'), '')
    writeFileSync(join(directory, 'docker'), `#!/bin/sh\necho x >> ${join(directory, 'count')}\nexec sleep 30\n`, { mode: 0o755 })
    await expect(docker(['container', 'ls'], { timeout: 300 })).rejects.toMatchObject({
      trouble: { what: 'a docker command did not end in time' },
    })
    expect(begun()).toBe(1)
  })
})
