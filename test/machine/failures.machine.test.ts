import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machineSpec, prepareForMachines } from '../../helpers/cli/make-machines.ts'
import { obtainImage } from '../../helpers/cli/obtain-image.ts'
import { readSettings } from '../../helpers/cli/settings.ts'
import { askEngine } from '../../helpers/host/engine.ts'
import { thisOwner } from '../../helpers/host/owner.ts'
import type { MachineDisk } from '../../helpers/node-image/machine-disk.ts'
import { machineProvider } from '../../helpers/providers/machine/index.ts'
import { cli, type Ended, json, root, start } from '../cluster/cli.ts'
import { firstRootWith, madeDisk } from './guests.ts'
import { moveToOwnPlace } from './leftovers.ts'

type Failure = { error: { code: string; what: string; why?: string; remedy?: string } }

const place = moveToOwnPlace()
const scratch = mkdtempSync(join(place.directory, 'scratch-'))
let disk: MachineDisk
/** A guest that says one thing and then hangs: it never reaches the node's own init. */
let hanging: string
const machine = ['run', '--provider', 'machine', '--out', join(scratch, 'evidence')]

beforeAll(async () => {
  disk = await madeDisk()
  hanging = firstRootWith(disk, scratch, 'echo "this guest goes no further"\nwhile :; do /bin/busybox sleep 1; done')
})
afterAll(() => place.remove())
const expectNothingLeft = async (): Promise<void> => expect(await place.belongings()).toEqual([])

const fails = async (argv: readonly string[], env: Record<string, string> = {}): Promise<Failure['error']> => {
  const ended = await cli([...machine, ...argv, '--json'], { env })
  expect(ended.exit, ended.stderr).toBe(3)
  await expectNothingLeft()
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

/** Runs where the machines have a small file system (in a mount namespace of its own), while something else may go on in it. */
const failsOnSmallDisk = async (size: string, argv: readonly string[] = [], meanwhile = ':'): Promise<Failure['error']> => {
  mkdirSync(place.disks, { recursive: true })
  const script = `mount -t tmpfs -o size=${size} none "$1" || exit 9; (cd "$1" && ${meanwhile}) >/dev/null 2>&1 & cd "$2"; shift 2; exec "$@"`
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const tool = [process.execPath, join(root, 'bin', 'fips-conformance.js'), ...machine, ...argv, '--json']
  const ended = await execa('unshare', ['--mount', ...user, 'sh', '-c', script, 'sh', place.disks, root, ...tool], {
    reject: false,
    stdin: 'ignore',
  })
  expect(ended.exitCode, ended.stderr).toBe(3)
  await expectNothingLeft()
  return (JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '') as Failure).error
}

/** Fills the file system up as soon as a machine runs. */
const fillUp = '{ for try in $(seq 600); do [ -n "$(ls */*.serial.log)" ] && break; sleep 0.1; done; cat /dev/zero >fill; }'

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

  it('room for the disk of a machine', async () => {
    expect(await failsOnSmallDisk('64m')).toMatchObject({
      code: 'DISK_TOO_SMALL',
      where: expect.stringContaining(place.disks),
      remedy: expect.stringContaining('XDG_CACHE_HOME'),
    })
  })

  it('room for what a machine writes while it runs', async () => {
    const error = await failsOnSmallDisk('4100m', [], fillUp)
    expect(error).toMatchObject({
      code: 'MACHINE_DISK_ERROR',
      where: expect.stringContaining(place.disks),
      remedy: expect.stringContaining('XDG_CACHE_HOME'),
    })
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
/** As the progress tells it, one JSON object a line: when a step starts, or what it notes first. */
const phases = {
  'trying KVM and emulation': { until: /"how to run the guests: [^"]*","state":"start"/, guest: hangs, leaves: 0 },
  'copying the disk': { until: /"disk of [^"]*","state":"start"/, guest: hangs, leaves: 1 },
  booting: { until: /"boot [^"]*","state":"note"/, guest: hangs, leaves: 1 },
  'kubeadm init': { until: /"kubeadm init on [^"]*","state":"note"/, guest: comesUp, leaves: 1 },
}
const interruptedBy = async (signal: NodeJS.Signals, phase: keyof typeof phases): Promise<Ended> => {
  const { until, guest } = phases[phase]
  const running = start([...machine, ...guest(), '--json'])
  await running.until(until)
  process.kill(running.pid, signal)
  return running.ended
}

describe('an interrupted run leaves no machine', () => {
  it.each([
    ['SIGINT', 'trying KVM and emulation', 130],
    ['SIGINT', 'copying the disk', 130],
    ['SIGINT', 'booting', 130],
    ['SIGTERM', 'booting', 143],
    ['SIGINT', 'kubeadm init', 130],
  ] as const)('%s while %s', async (signal, phase, exit) => {
    const ended = await interruptedBy(signal, phase)
    expect(ended.exit, ended.stderr).toBe(exit)
    await expectNothingLeft()
  })

  it.each(['trying KVM and emulation', 'copying the disk', 'booting'] as const)(
    'SIGKILL while %s: sweep finds and removes what is left',
    async (phase) => {
      await interruptedBy('SIGKILL', phase)
      const listed = await cli(['sweep', '--json'])
      expect(json<{ left: unknown[] }>(listed).left.length).toBeGreaterThanOrEqual(phases[phase].leaves)
      const swept = await cli(['sweep', '--execute'])
      expect(swept.exit, swept.stderr).toBe(0)
      await expectNothingLeft()
    },
  )

  it('finds a machine whose record is gone by its command line alone', async () => {
    const state = mkdtempSync(join(scratch, 'state-'))
    const running = start([...machine, '--initrd', hanging, '--json'], { env: { XDG_STATE_HOME: state } })
    await running.until(phases.booting.until)
    process.kill(running.pid, 'SIGKILL')
    await running.ended
    expect(await place.machines()).toHaveLength(1)
    rmSync(state, { recursive: true, force: true })
    const swept = await cli(['sweep', '--execute', '--json'])
    expect(swept.exit, swept.stderr).toBe(0)
    await expectNothingLeft()
  })
})

describe('the time of a machine', () => {
  it('is ended by the machine itself, and the run that still waits is told so', async () => {
    const name = `fips-test-time-${process.pid}`
    const engine = await askEngine()
    const settings = await readSettings({ provider: 'machine', name })
    const quiet = { progress: () => undefined, signal: new AbortController().signal }
    const image = await obtainImage(settings, engine, quiet)
    const qemu = await prepareForMachines(settings, engine, quiet)
    const expires = new Date(Date.now() + 20_000).toISOString()
    const ownership = { run: name, cluster: name, owner: thisOwner(), expires, kept: false }
    try {
      const spec = await machineSpec(settings, { name, image, engine, qemu, ownership }, quiet)
      await expect(machineProvider.up(spec, quiet)).rejects.toMatchObject({ code: 'MACHINE_EXPIRED' })
    } finally {
      await machineProvider.down(name, quiet)
    }
    await expectNothingLeft()
  })
})
