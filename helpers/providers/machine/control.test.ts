import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { askMonitor } from './control.ts'

const directory = mkdtempSync(join(tmpdir(), 'control-'))
let server: Server | undefined
afterEach(() => void server?.close())
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** A server that speaks as qemu does: greeting, answers, and an event between. */
const speaking = async (answer: (command: { execute: string }) => unknown): Promise<string> => {
  const socket = join(directory, `s${Math.random()}`)
  server = createServer((connection) => {
    connection.write('{"QMP": {"version": {}, "capabilities": []}}\r\n')
    createInterface({ input: connection }).on('line', (line) => {
      connection.write('{"event": "RTC_CHANGE", "data": {}}\r\n')
      connection.write(`${JSON.stringify(answer(JSON.parse(line) as { execute: string }))}\r\n`)
    })
  })
  await new Promise<void>((resolve) => server?.listen(socket, resolve))
  return socket
}

describe('askMonitor', () => {
  it('gives what the monitor prints, past events', async () => {
    const socket = await speaking(({ execute }) => ({ return: execute === 'qmp_capabilities' ? {} : 'shown' }))
    expect(await askMonitor(socket, 'info usernet')).toBe('shown')
  })

  it('fails with qemu’s own words', async () => {
    const socket = await speaking(({ execute }) =>
      execute === 'qmp_capabilities' ? { return: {} } : { error: { desc: 'no such command' } },
    )
    await expect(askMonitor(socket, 'x')).rejects.toThrow('no such command')
  })

  it('fails where nobody listens', async () => {
    await expect(askMonitor(join(directory, 'nobody'), 'x')).rejects.toThrow(/ENOENT/)
  })
})
