import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FipsConformanceError } from '../errors/error.ts'
import { stepsOf } from '../progress/progress.ts'
import { type Flags, type Printed, perform, type WorkContext } from './perform.ts'

let stdout: string
let stderr: string

beforeEach(() => {
  stdout = ''
  stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
})
afterEach(() => vi.restoreAllMocks())

const performed = (work: (context: WorkContext) => Promise<Printed>, flags: Flags = {}) => perform(flags, work)
const printed = (more: Partial<Printed> = {}): Printed => ({ exit: 0, text: 'for people', json: { for: 'machines' }, ...more })
const failing = (error: unknown) => async (): Promise<Printed> => {
  throw error
}
const system = (code: string, more: object = {}) => Object.assign(new Error(`${code}: no`), { code, ...more })

describe('what a command gives', () => {
  it.each([0, 1, 2])('is printed for people, and ends with its exit code: %i', async (exit) => {
    expect(await performed(async () => printed({ exit }))).toBe(exit)
    expect({ stdout, stderr }).toEqual({ stdout: 'for people\n', stderr: '' })
  })

  it('is one object on stdout for machines, and nothing else', async () => {
    expect(await performed(async () => printed({ exit: 1 }), { json: true })).toBe(1)
    expect({ stdout, stderr }).toEqual({ stdout: '{"for":"machines"}\n', stderr: '' })
  })

  it('is nothing where the command has written its own output', async () => {
    for (const flags of [{}, { json: true }]) expect(await performed(async () => printed({ text: '', json: undefined }), flags)).toBe(0)
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
  })
})

describe('progress', () => {
  const steps = async ({ progress }: WorkContext): Promise<Printed> => {
    await stepsOf('host', progress)('look around', async (note) => note('here'))
    return printed()
  }

  it('is lines on stderr for people', async () => {
    await performed(steps)
    expect(stderr).toMatch(/^\[ +0\.0s\] host: look around\n$/)
    expect(stdout).toBe('for people\n')
  })

  it('is an object a line on stderr for machines', async () => {
    await performed(steps, { json: true })
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events).toMatchObject(['start', 'note', 'done'].map((state) => ({ phase: 'host', step: 'look around', state })))
    expect(stdout).toBe('{"for":"machines"}\n')
  })
})

describe('an error', () => {
  const trouble = {
    code: 'DOCKER_MISSING',
    what: 'this host has no Docker',
    where: 'docker info',
    why: 'no client',
    remedy: 'get one:\n  apt-get',
  }

  it('is told to people on stderr: what, where, why, what to do', async () => {
    expect(await performed(failing(new FipsConformanceError({ ...trouble, cause: new Error('deep inside') })))).toBe(3)
    expect(stdout).toBe('')
    expect(stderr).toBe(
      'error DOCKER_MISSING: this host has no Docker\n  where: docker info\n  why:   no client\n  do:    get one:\n           apt-get\n',
    )
  })

  it('is one object on stdout for machines, without its cause', async () => {
    await performed(failing(new FipsConformanceError({ ...trouble, cause: new Error('deep inside') })), { json: true })
    expect(JSON.parse(stdout)).toEqual({ error: { ...trouble, exit: 3 } })
    expect(stdout).toMatch(/^[^\n]+\n$/)
    expect(stderr).toMatch(/^error DOCKER_MISSING/)
  })

  it('of usage ends with 64', async () => {
    expect(await performed(failing(new FipsConformanceError({ code: 'SETTING_INVALID', what: 'no', exit: 64 })))).toBe(64)
  })

  it.each([
    ['ENOSPC', 'DISK_FULL', 'free some space'],
    ['EACCES', 'PATH_NOT_WRITABLE', 'mend its permissions'],
    ['EPERM', 'PATH_NOT_WRITABLE', 'mend its permissions'],
    ['EROFS', 'PATH_NOT_WRITABLE', 'choose another place'],
  ])('of this host (%s) is %s, ends with 3 and names the path', async (errno, code, remedy) => {
    expect(await performed(failing(system(errno, { path: '/evidence/run' })), { json: true })).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code, where: '/evidence/run', why: expect.stringContaining(errno), exit: 3 } })
    expect(JSON.parse(stdout).error.remedy).toContain(remedy)
  })

  it.each([
    ['an error', new TypeError('x is not a function'), /why: {3}TypeError: x is not a function\n +at /],
    ['an error of the system that is nobody’s affair', system('EBADF'), /why: {3}Error: EBADF: no\n +at /],
    ['no error at all', 'thrown', /why: {3}thrown\n/],
  ])('that nobody expected is a defect of this program, ends with 70 and shows where: %s', async (_what, error, why) => {
    expect(await performed(failing(error))).toBe(70)
    expect(stderr).toMatch(/^error INTERNAL: this is a defect of fips-conformance\n/)
    expect(stderr).toMatch(why)
    expect(stdout).toBe('')
  })
})

describe('an interrupt', () => {
  /** As if the signal had come, to the listeners of this command alone. */
  const interrupted =
    (signal: NodeJS.Signals, others: readonly unknown[], times = 1) =>
    (): void => {
      for (const listener of process.listeners(signal).filter((one) => !others.includes(one)))
        for (let time = 0; time < times; time++) listener(signal)
    }
  const deaf = (signal: NodeJS.Signals, times?: number) => interrupted(signal, process.listeners(signal), times)

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s aborts the work and ends with %i, whatever the work came to', async (signal, exit) => {
    for (const end of [
      async () => printed({ exit: 1 }),
      failing(new FipsConformanceError({ code: 'INTERRUPTED', what: 'the work was interrupted', exit: 3 })),
    ]) {
      const come = deaf(signal)
      const ended = await performed(async (context) => {
        expect(context.signal.aborted).toBe(false)
        come()
        expect(context.signal.aborted).toBe(true)
        return end()
      })
      expect(ended).toBe(exit)
    }
    expect(stderr).toContain(`${signal}: ending what runs and removing what was made ...\n`)
    expect(stderr).toContain('error INTERRUPTED: ')
  })

  it.each([
    ['its reason', ({ signal }: WorkContext): unknown => signal.reason],
    ['what the platform makes of it', () => new DOMException('This operation was aborted', 'AbortError')],
  ])('that is thrown as %s is told as what it is, not as a defect', async (_what, thrown) => {
    const come = deaf('SIGINT')
    const ended = await performed(
      async (context) => {
        come()
        throw thrown(context)
      },
      { json: true },
    )
    expect(ended).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } })
  })

  it('does not hide a defect that came to light meanwhile', async () => {
    const come = deaf('SIGINT')
    await performed(async () => {
      come()
      throw new TypeError('x is not a function')
    })
    expect(stderr).toContain('error INTERNAL: ')
  })

  it('that comes again is asked for patience, and machines are not told in words', async () => {
    const again = deaf('SIGINT', 2)
    await performed(async () => {
      again()
      return printed()
    })
    expect(stderr).toMatch(/^SIGINT: ending .*\nSIGINT again: still removing what was made; please wait\n$/)
    stderr = ''
    const quiet = deaf('SIGINT', 2)
    await performed(
      async () => {
        quiet()
        return printed()
      },
      { json: true },
    )
    expect(stderr).toBe('')
  })
})
