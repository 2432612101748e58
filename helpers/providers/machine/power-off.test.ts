import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeAccess } from '../../cluster/node-access.ts'
import { processStart } from '../../host/owner.ts'
import type { Machines } from '../provider.ts'
import { powerOff } from './power-off.ts'

let sockets = ''
let server: Server | undefined
let child: ReturnType<typeof spawn> | undefined
beforeEach(() => {
  sockets = mkdtempSync(join(tmpdir(), 'power-off-'))
})
afterEach(() => {
  server?.close()
  child?.kill('SIGKILL')
  rmSync(sockets, { recursive: true, force: true })
})

const machines = (): Machines => ({
  directory: '/disks',
  sockets,
  accelerator: 'tcg',
  kernel: { commandLine: '', file: '', origin: '' },
  standIns: [],
  nodes: [{ name: 'a', address: '10.77.0.1' }],
})

/** A process that stands for a machine. */
const started = () => {
  const own = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  child = own
  const pid = own.pid ?? 0
  const machine = { pid, start: processStart(pid) ?? '', name: 'fips-conformance.run.a' }
  return { kill: () => void own.kill('SIGKILL'), running: async () => [machine] }
}

/** A qemu that is asked over its control socket. */
const controlled = async (heard: string[], answer: (command: string) => void): Promise<void> => {
  server = createServer((connection) => {
    connection.on('error', () => connection.destroy())
    connection.write('{"QMP": {}}\n')
    createInterface({ input: connection }).on('line', (line) => {
      const { execute } = JSON.parse(line) as { execute: string }
      if (execute !== 'qmp_capabilities') heard.push(execute)
      connection.write('{"return": {}}\n')
      answer(execute)
    })
  })
  await new Promise<void>((resolve) => server?.listen(join(sockets, 'control-0'), resolve))
}

const node = (run: NodeAccess['run']): NodeAccess => ({
  name: 'a',
  means: 'a test',
  run,
  open: () => {
    throw new Error('nothing is opened here')
  },
  dial: () => Promise.reject(new Error('nothing is dialled here')),
  close: async () => undefined,
})
const done = { exitCode: 0, stdout: new Uint8Array(), stderr: '' }
// Two tenths of a second for the shutdown, one for the button.
const patience = 1 / 300

describe('a machine is ended', () => {
  it('by its own shutdown, although the answer to it is lost', async () => {
    const { kill, running } = started()
    const asked: (readonly string[])[] = []
    const access = () =>
      node(async (argv) => {
        asked.push(argv)
        kill()
        throw new Error('the connection ended')
      })
    const [ended] = await powerOff({ run: 'run', machines: machines() }, access, { running })
    expect(ended).toEqual({ node: 'a', disk: '/disks/a.raw', ended: expect.stringMatching(/^by its own shutdown, after [\d.]+ s$/) })
    expect(asked[0]?.join(' ')).toMatch(/sync; exec systemctl poweroff/)
  })

  it('by its power button where it does not hear', async () => {
    const { kill, running } = started()
    const heard: string[] = []
    await controlled(heard, (command) => {
      if (command === 'system_powerdown') kill()
    })
    const [ended] = await powerOff({ run: 'run', machines: machines() }, () => node(async () => done), { running, patience })
    expect(ended?.ended).toMatch(/^by its power button/)
    expect(heard).toEqual(['system_powerdown'])
  })

  it('by force where nothing helps, which says what was tried', async () => {
    const { running } = started()
    const deaf = () => node(async () => Promise.reject(new Error('no answer')))
    const quick = { running, patience }
    const [ended] = await powerOff({ run: 'run', machines: machines() }, deaf, quick)
    expect(ended?.ended).toMatch(/^by force \(by its own shutdown: no answer; by its power button: .*; by force: /)
    const [machine] = await running()
    expect(processStart(machine?.pid ?? 0)).not.toBe(machine?.start)
  }, 20_000)

  it('and told of where it had ended before', async () => {
    const access = () => node(async () => Promise.reject(new Error('nobody is asked')))
    const [ended] = await powerOff({ run: 'run', machines: machines() }, access, { running: async () => [] })
    expect(ended?.ended).toBe('it did not run any more')
  })

  it('no further where the work is interrupted', async () => {
    const { running } = started()
    const abort = new AbortController()
    const access = () =>
      node(async () => {
        abort.abort(new Error('SIGINT'))
        return done
      })
    await expect(powerOff({ run: 'run', machines: machines() }, access, { running, signal: abort.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    })
  })
})
