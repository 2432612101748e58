import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clearStale, containerdChildren, dockerdArguments, type RunPlaces, runningDockerd, signalProcess, waitForEnd } from './dockerd.ts'
import { ownerState, processStart, thisOwner } from './owner.ts'

let directory: string
let places: RunPlaces

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dockerd-'))
  places = {
    dockerPid: join(directory, 'docker.pid'),
    containerdPid: join(directory, 'containerd.pid'),
    systemContainerdSocket: join(directory, 'containerd.sock'),
  }
})

afterEach(() => rm(directory, { recursive: true, force: true }))

/** A process that is called as a given program is, and sleeps. */
const sleeper = async (name: string) => {
  const child = spawn('/bin/sleep', ['60'], { argv0: name, stdio: 'ignore' })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  return { pid, owner: { ...thisOwner(), pid, start: processStart(pid) ?? '' }, end: () => child.kill('SIGKILL') }
}

const onLinux = process.platform === 'linux'

describe.runIf(onLinux)('clearStale', () => {
  it('removes pid files of processes that are gone or are something else', async () => {
    await writeFile(places.dockerPid, `${process.pid}\n`)
    await writeFile(places.containerdPid, '4194999')
    expect(await clearStale(places)).toEqual([places.dockerPid, places.containerdPid])
    expect(existsSync(places.dockerPid)).toBe(false)
  })

  it('keeps the pid file of a dockerd that runs', async () => {
    const daemon = await sleeper('/usr/bin/dockerd')
    try {
      await writeFile(places.dockerPid, String(daemon.pid))
      expect(await clearStale(places)).toEqual([])
      expect(await runningDockerd(places)).toBe(daemon.pid)
    } finally {
      daemon.end()
    }
  })

  it('keeps a socket that is answered and removes one that nobody answers', async () => {
    const server = createServer().listen(places.systemContainerdSocket)
    await once(server, 'listening')
    expect(await clearStale(places)).toEqual([])
    server.close()
    await once(server, 'close')
    // A plain file refuses connections as the socket of a dead process does.
    await writeFile(places.systemContainerdSocket, '')
    expect(await clearStale(places)).toEqual([places.systemContainerdSocket])
  })

  it('finds nothing where nothing is', async () => {
    expect(await clearStale(places)).toEqual([])
    expect(await runningDockerd(places)).toBeUndefined()
  })
})

describe('signalProcess', () => {
  it('ends the process that is meant, and only that', async () => {
    const { owner, end } = await sleeper('sleep')
    try {
      expect(signalProcess({ ...owner, start: 'another' }, 'SIGKILL')).toBe(false)
      expect(ownerState(owner)).toBe('alive')
      expect(await waitForEnd(owner, 100)).toBe(false)
      expect(signalProcess(owner, 'SIGTERM')).toBe(true)
      expect(await waitForEnd(owner, 5000)).toBe(true)
      expect(signalProcess(owner, 'SIGTERM')).toBe(false)
    } finally {
      end()
    }
  })
})

describe('dockerdArguments', () => {
  it('gives a bounded runtime only to a host that lacks capabilities', () => {
    expect(dockerdArguments([])).toEqual([])
    expect(dockerdArguments(['CAP_SYS_RESOURCE'])).toEqual([
      '--add-runtime',
      expect.stringMatching(/^bounded=.*runc-within-bounds$/),
      '--default-runtime',
      'bounded',
    ])
  })
})

describe.runIf(onLinux)('containerdChildren', () => {
  it('finds a containerd by the name that the kernel keeps, and no other child', async () => {
    // argv[0] is what a process says of itself: this one is called sleep.
    const pretender = await sleeper('containerd')
    await copyFile('/bin/sleep', join(directory, 'containerd'))
    const child = spawn(join(directory, 'containerd'), ['60'], { stdio: 'ignore' })
    await once(child, 'spawn')
    try {
      expect((await containerdChildren(process.pid)).map(({ pid }) => pid)).toEqual([child.pid])
    } finally {
      pretender.end()
      child.kill('SIGKILL')
    }
  })
})
