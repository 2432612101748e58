import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KindError } from './error.ts'
import type { Parser } from './output.ts'
import { parseKubeconfig, parseNothing } from './output.ts'
import type { Invocation } from './run.ts'
import { runKind } from './run.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kind-ts-run-'))
})
afterEach(() => rm(dir, { recursive: true }))

const fakeKind = async (body: string): Promise<string> => {
  const binary = join(dir, 'kind')
  await writeFile(binary, `#!${process.execPath}\nconst fs = require('node:fs'), cp = require('node:child_process')\n${body}\n`, {
    mode: 0o755,
  })
  return binary
}

const run = async <T = void>(body: string, { parse = parseNothing as Parser<T>, ...options }: Partial<Invocation<T>> = {}): Promise<T> =>
  runKind({ args: ['do', 'it'], environment: {}, graceMs: 5000, ...options, parse, binary: options.binary ?? (await fakeKind(body)) })

const failure = async (promise: Promise<unknown>): Promise<KindError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof KindError)) throw new Error('not a KindError', { cause: error })
  return error
}

/** Keeps a process alive, and shows in a file that it is. */
const beat = () => `setInterval(() => fs.appendFileSync(${JSON.stringify(join(dir, 'beat'))}, '.'), 10)`
const stillBeats = async (): Promise<boolean> => {
  const size = async () => (await stat(join(dir, 'beat'))).size
  const before = await size()
  await sleep(150)
  return (await size()) > before
}

test('stdout goes through the parser', async () => {
  const parse: Parser<string> = (stdout) => ({ ok: true, value: stdout })
  expect(await run(`console.log(process.argv.slice(2).join(' '))`, { parse })).toBe('do it')
})

test('lines arrive whole, though chunks split them, and characters too', async () => {
  const lines: string[] = []
  await run(
    `const bytes = Buffer.from(' ✓ one 🖼\\ntwo\\r\\n\\nthree')
     const [cuts, write] = [[2, 3, 10, 11, 15, bytes.length], (at) => process.stderr.write(bytes.subarray(at, cuts[0]))]
     let at = 0
     const timer = setInterval(() => { write(at); at = cuts.shift(); if (cuts.length === 0) clearInterval(timer) }, 15)`,
    { onLine: (line) => lines.push(line) },
  )
  expect(lines).toEqual([' ✓ one 🖼', 'two', '', 'three'])
})

test('lines are handed on while kind runs', async () => {
  const go = join(dir, 'go')
  await run(`console.error('first'); const t = setInterval(() => fs.existsSync(${JSON.stringify(go)}) && clearInterval(t), 10)`, {
    onLine: () => void writeFile(go, ''),
  })
  expect(existsSync(go)).toBe(true)
})

test('a failure carries command, exit code, cause and stderr', async () => {
  const binary = await fakeKind(`console.error('ERROR: unknown cluster "x"'); process.exit(3)`)
  const error = await failure(run('', { binary }))
  expect(error).toMatchObject({
    name: 'KindError',
    code: 'KIND_CLUSTER_UNKNOWN',
    cause: 'cluster-unknown',
    command: [binary, 'do', 'it'],
    exitCode: 3,
    signal: undefined,
    stderr: 'ERROR: unknown cluster "x"',
    message: 'KIND_CLUSTER_UNKNOWN: kind do it: there is no such cluster: unknown cluster "x" (exit code 3)',
  })
})

test('kind ended by somebody else is no cancellation', async () => {
  const error = await failure(run(`process.kill(process.pid, 'SIGKILL')`, { signal: new AbortController().signal }))
  expect(error).toMatchObject({
    cause: 'unknown',
    exitCode: undefined,
    signal: 'SIGKILL',
    message: expect.stringContaining('(ended by SIGKILL)'),
  })
})

test('stderr without end is kept in part, with kind’s ERROR line and the last words', async () => {
  const error = await failure(
    run(
      `console.error('ERROR: failed to create cluster: failed to init node with kubeadm: command failed')
       for (let i = 0; i < 5000; i++) console.error('I1122 16:50:05.577337 164 round_trippers.go:103] ' + 'x'.repeat(100))
       console.error('error execution phase upload-config/kubelet: timed out')
       process.exitCode = 1`,
    ),
  )
  expect(error).toMatchObject({ cause: 'kubeadm-failed', phase: 'upload-config/kubelet' })
  expect(error.stderr.length).toBeLessThan(90_000)
  expect(error.stderr).toMatch(/^ERROR: failed to create cluster[\s\S]*\[\.\.\.\][\s\S]*timed out$/)
})

test('a missing and an unexecutable binary', async () => {
  expect(await failure(run('', { binary: join(dir, 'none') }))).toMatchObject({
    code: 'KIND_BINARY_MISSING',
    message: expect.stringContaining('ENOENT'),
    exitCode: undefined,
  })
  await writeFile(join(dir, 'plain'), '', { mode: 0o644 })
  expect(await failure(run('', { binary: join(dir, 'plain') }))).toMatchObject({
    code: 'KIND_BINARY_MISSING',
    message: expect.stringContaining('EACCES'),
  })
})

test('stdin is given, and left alone by a kind that does not read it', async () => {
  const parse: Parser<string> = (stdout) => ({ ok: true, value: stdout })
  expect(await run('process.stdin.pipe(process.stdout)', { stdin: 'kind: Cluster\n', parse })).toBe('kind: Cluster')
  expect(await failure(run('process.exit(1)', { stdin: 'x'.repeat(1_000_000) }))).toMatchObject({ exitCode: 1 })
})

test('the environment is the given one and nothing else', async () => {
  const parse: Parser<unknown> = (stdout) => ({ ok: true, value: JSON.parse(stdout) })
  expect(await run<unknown>('console.log(JSON.stringify(process.env))', { environment: { ONLY: 'this' }, parse })).toEqual({ ONLY: 'this' })
})

test('output that is not understood is an error that does not repeat it', async () => {
  const error = await failure(run(`console.log('kind: Config\\nclient-key-data: VERYSECRET')`, { parse: parseKubeconfig }))
  expect(error.code).toBe('KIND_OUTPUT_UNEXPECTED')
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('VERYSECRET')
})

test('cancelled: SIGTERM, and the reason in the message', async () => {
  const stop = new AbortController()
  const error = await failure(
    run(`console.error('started'); ${beat()}`, { signal: stop.signal, onLine: () => stop.abort(new Error('enough')) }),
  )
  expect(error).toMatchObject({ code: 'KIND_CANCELLED', cause: 'cancelled', signal: 'SIGTERM', stderr: 'started' })
  expect(error.message).toContain('enough')
})

test('cancelled: SIGKILL for one that does not listen', async () => {
  const stop = new AbortController()
  const error = await failure(
    run(`process.on('SIGTERM', () => console.error('no')); console.error('started'); ${beat()}`, {
      signal: stop.signal,
      graceMs: 100,
      onLine: (line) => line === 'started' && stop.abort(),
    }),
  )
  expect(error).toMatchObject({ cause: 'cancelled', signal: 'SIGKILL', stderr: 'started\nno' })
})

test('cancelled: what kind had started goes too, even if it ignores SIGTERM', async () => {
  const stop = new AbortController()
  const docker = `const fs = require('node:fs'); process.on('SIGTERM', () => {}); ${beat()}; setTimeout(() => process.stdout.write('up'), 50)`
  const body = `cp.spawn(process.execPath, ['-e', ${JSON.stringify(docker)}], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout.once('data', () => console.error('started'))`
  expect(await failure(run(body, { signal: stop.signal, onLine: () => stop.abort() }))).toMatchObject({
    cause: 'cancelled',
    signal: 'SIGTERM',
  })
  expect(await stillBeats()).toBe(false)
})

test('cancelled before: not started at all', async () => {
  const mark = join(dir, 'mark')
  const error = await failure(run(`fs.writeFileSync(${JSON.stringify(mark)}, '')`, { signal: AbortSignal.abort() }))
  expect(error).toMatchObject({ cause: 'cancelled', exitCode: undefined, command: [expect.any(String), 'do', 'it'] })
  expect(existsSync(mark)).toBe(false)
})

test('cancelled too late to stop it is still cancelled: the caller has to clean up', async () => {
  const stop = new AbortController()
  const body = `process.on('SIGTERM', () => process.exit(0)); console.error('started'); setInterval(() => {}, 1000)`
  expect(await failure(run(body, { signal: stop.signal, onLine: () => stop.abort() }))).toMatchObject({ cause: 'cancelled', exitCode: 0 })
})

test('an onLine that throws stops kind and is not hidden', async () => {
  const bug = new TypeError('bug of the caller')
  const body = `console.error('started'); ${beat()}`
  await expect(
    run(body, {
      onLine: () => {
        throw bug
      },
    }),
  ).rejects.toBe(bug)
})

test('no kind outlives a program that ends in the middle', async () => {
  const binary = await fakeKind(`${beat()}; setTimeout(() => console.error('started'), 50)`)
  const program = `
    import { createKind } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const kind = createKind({ binary: ${JSON.stringify(binary)}, kubeconfig: ${JSON.stringify(join(dir, 'kc'))}, onLine: () => process.exit(7) })
    await kind.getClusters()`
  const { exitCode } = await execa(process.execPath, ['--input-type=module', '-e', program], { reject: false })
  expect(exitCode).toBe(7)
  expect(await stillBeats()).toBe(false)
})
