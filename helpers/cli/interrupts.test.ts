import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'

const module = JSON.stringify(join(import.meta.dirname, 'interrupts.ts'))
const running: (() => void)[] = []

afterEach(() => {
  for (const kill of running.splice(0)) kill()
})

/** A process that watches for interrupts, works on until it is told «end» on stdin, and leaves by the exit code that it is given. */
const watching = () => {
  const program = `
    import { watchInterrupts } from ${module}
    const interrupts = watchInterrupts((name, times) => console.log(name, times))
    interrupts.signal.addEventListener('abort', () => console.log(interrupts.signal.reason.message))
    process.stdin.on('data', () => { interrupts.stop(); console.log(interrupts.exit() ?? 'none'); process.exit(interrupts.exit() ?? 0) })
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.push(() => child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const line = async (): Promise<string> => String((await lines.next()).value)
  return { child, line, exited: once(child, 'exit') }
}

describe('watchInterrupts', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('turns %s into an abort, lets the work end, and gives %i', async (signal, code) => {
    const { child, line, exited } = watching()
    expect(await line()).toBe('ready')
    child.kill(signal)
    expect([await line(), await line()]).toEqual([`${signal} 1`, `interrupted by ${signal}`])
    child.kill('SIGINT')
    expect(await line()).toBe('SIGINT 2')
    child.stdin.write('end\n')
    expect(await line()).toBe(String(code))
    expect(await exited).toEqual([code, null])
  })

  it('gives no exit code where nothing interrupted', async () => {
    const { child, line, exited } = watching()
    await line()
    child.stdin.write('end\n')
    expect(await line()).toBe('none')
    expect(await exited).toEqual([0, null])
  })
})
