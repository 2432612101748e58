import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machineSpec, prepareForMachines } from '../../helpers/cli/make-machines.ts'
import { obtainImage } from '../../helpers/cli/obtain-image.ts'
import { readSettings } from '../../helpers/cli/settings.ts'
import { askEngine } from '../../helpers/host/engine.ts'
import { thisOwner } from '../../helpers/host/owner.ts'
import type { MachineDisk } from '../../helpers/node-image/machine-disk.ts'
import { machineProvider } from '../../helpers/providers/machine/index.ts'
import { machineProcesses } from '../../helpers/providers/machine/processes.ts'
import { cli, json, start } from '../cluster/cli.ts'
import { firstRootWith, madeDisk } from './guests.ts'
import { machineBelongings } from './leftovers.ts'

type Failure = { error: { code: string; what: string; why?: string; remedy?: string } }

const scratch = mkdtempSync(join(tmpdir(), 'machine-failures-'))
let disk: MachineDisk
/** A guest that says one thing and then hangs: it never reaches the node's own init. */
let hanging: string
const machine = ['run', '--provider', 'machine', '--out', join(scratch, 'evidence')]

beforeAll(async () => {
  disk = await madeDisk()
  hanging = firstRootWith(disk, scratch, 'echo "this guest goes no further"\nwhile :; do /bin/busybox sleep 1; done')
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const fails = async (argv: readonly string[], env: Record<string, string> = {}): Promise<Failure['error']> => {
  const before = await machineBelongings()
  const ended = await cli([...machine, ...argv, '--json'], { env })
  expect(ended.exit, ended.stderr).toBe(3)
  expect(await machineBelongings()).toEqual(before)
  return json<Failure>(ended).error
}

describe('a machine that does not come up is told of with its last words, and leaves nothing', () => {
  it('hangs', async () => {
    const error = await fails(['--initrd', hanging, '--boot-timeout', '25'])
    expect(error).toMatchObject({ code: 'MACHINE_HANGS', why: expect.stringContaining('this guest goes no further') })
  })

  it('panics, and its log is kept with the logs of the run', async () => {
    const error = await fails(['--kernel', disk.kernel])
    expect(error).toMatchObject({
      code: 'MACHINE_PANIC',
      what: expect.stringContaining('Unable to mount root fs'),
      why: expect.stringContaining('Unable to mount root fs'),
    })
    const logs = readdirSync(join(scratch, 'evidence')).filter((name) => name.endsWith('.logs'))
    const told = logs.flatMap((name) =>
      readdirSync(join(scratch, 'evidence', name)).map((file) => readFileSync(join(scratch, 'evidence', name, file), 'utf8')),
    )
    expect(told.some((text) => text.includes('Kernel panic'))).toBe(true)
  })

  it('ends by itself', async () => {
    expect(await fails(['--initrd', firstRootWith(disk, mkdtempSync(join(scratch, 'off-')), '/bin/busybox poweroff -f')])).toMatchObject({
      code: expect.stringMatching(/^MACHINE_(ENDED|PANIC)$/),
    })
  })
})

describe('what a host lacks is named before anything is built', () => {
  it('no qemu, for a user who cannot install it', async () => {
    // A PATH with everything but qemu; the loader of packages is a program that fails, as for a user without a network.
    const bin = mkdtempSync(join(scratch, 'bin-'))
    const have = new Set<string>()
    for (const directory of (process.env.PATH ?? '').split(delimiter)) {
      let entries: string[] = []
      try {
        entries = readdirSync(directory)
      } catch (error) {
        if (!/ENOENT|ENOTDIR/.test(String(error))) throw error
      }
      for (const name of entries) {
        if (have.has(name) || /^(qemu-|apt)/.test(name)) continue
        have.add(name)
        symlinkSync(join(directory, name), join(bin, name))
      }
    }
    writeFileSync(join(bin, 'apt-get'), '#!/bin/sh\necho "no network here" >&2\nexit 100\n', { mode: 0o755 })
    const error = await fails([], { PATH: bin })
    expect(error.code).toMatch(/^(MACHINE_NO_QEMU|SETUP_FAILED)$/)
    expect(error.remedy).toMatch(/apt-get/)
  })

  it('a kernel that is not there', async () => {
    expect(await fails(['--kernel', join(scratch, 'nothing')])).toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  it('a port that is taken', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    try {
      const error = await fails(['--api-port', String(port)])
      expect(error).toMatchObject({ code: 'MACHINE_PORT_TAKEN', remedy: expect.stringContaining('--api-port') })
      expect(JSON.stringify(error)).toContain(String(port))
    } finally {
      server.close()
    }
  })
})

const hangs = (): string[] => ['--initrd', hanging]
const comesUp = (): string[] => []
const phases = [
  {
    phase: 'trying KVM and emulation',
    until: /cluster: how to run the guests.* \.\.\.|cluster: how to run the guests: /,
    guest: hangs,
    leaves: 0,
  },
  { phase: 'booting', until: /cluster: boot .* with fips=1 \.\.\./, guest: hangs, leaves: 1 },
  { phase: 'kubeadm init', until: /cluster: kubeadm init .* \.\.\./, guest: comesUp, leaves: 1 },
]

describe('an interrupted run leaves no machine', () => {
  it.each(phases)('SIGINT while $phase', async ({ until, guest }) => {
    const before = await machineBelongings()
    const running = start([...machine, ...guest()])
    await running.until(until)
    await sleep(1_000)
    process.kill(running.pid, 'SIGINT')
    const ended = await running.ended
    expect(ended.exit, ended.stderr).toBe(130)
    expect(await machineBelongings()).toEqual(before)
  })

  it('SIGTERM ends with 143', async () => {
    const before = await machineBelongings()
    const running = start([...machine, '--initrd', hanging])
    await running.until(/cluster: boot .* \.\.\./)
    process.kill(running.pid, 'SIGTERM')
    expect((await running.ended).exit).toBe(143)
    expect(await machineBelongings()).toEqual(before)
  })

  it.each(phases)('SIGKILL while $phase: sweep finds and removes what is left', async ({ until, guest, leaves }) => {
    const before = await machineBelongings()
    const running = start([...machine, ...guest()])
    await running.until(until)
    await sleep(1_000)
    process.kill(running.pid, 'SIGKILL')
    await running.ended
    const listed = await cli(['sweep', '--json'])
    expect(json<{ left: unknown[] }>(listed).left.length).toBeGreaterThanOrEqual(leaves)
    const swept = await cli(['sweep', '--execute'])
    expect(swept.exit, swept.stderr).toBe(0)
    expect(await machineBelongings()).toEqual(before)
  })

  it('finds a machine whose record is gone by its command line alone', async () => {
    const before = await machineBelongings()
    const known = new Set((await machineProcesses()).map(({ pid }) => pid))
    const state = mkdtempSync(join(scratch, 'state-'))
    const running = start([...machine, '--initrd', hanging], { env: { XDG_STATE_HOME: state } })
    await running.until(/cluster: boot .* \.\.\./)
    await sleep(1_000)
    process.kill(running.pid, 'SIGKILL')
    await running.ended
    expect((await machineProcesses()).filter(({ pid }) => !known.has(pid))).toHaveLength(1)
    rmSync(state, { recursive: true, force: true })
    const swept = await cli(['sweep', '--execute', '--json'])
    expect(swept.exit, swept.stderr).toBe(0)
    expect((await machineProcesses()).filter(({ pid }) => !known.has(pid))).toEqual([])
    expect(await machineBelongings()).toEqual(before)
  })
})

describe('the time of a machine', () => {
  it('is ended by the machine itself, and the run that still waits is told so', async () => {
    const before = await machineBelongings()
    const name = `fips-test-time-${process.pid}`
    const engine = await askEngine()
    const settings = await readSettings({ provider: 'machine', name })
    const quiet = { progress: () => undefined, signal: new AbortController().signal }
    const image = await obtainImage(settings, engine, quiet)
    const qemu = await prepareForMachines(settings, engine, quiet)
    const expires = new Date(Date.now() + 60_000).toISOString()
    const ownership = { run: name, cluster: name, owner: thisOwner(), expires, kept: false }
    try {
      const spec = await machineSpec(settings, { name, image, engine, qemu, ownership }, quiet)
      await expect(machineProvider.up(spec, quiet)).rejects.toMatchObject({ code: 'MACHINE_EXPIRED' })
    } finally {
      await machineProvider.down(name, quiet)
    }
    expect(await machineBelongings()).toEqual(before)
  })
})
