import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, it } from 'vitest'

const bin = join(import.meta.dirname, '..', 'bin', 'fips-conformance.js')
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A copy of the bin beside a main of the test's own. */
const binWith = (main: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'fips-conformance-bin-'))
  folders.push(folder)
  const files: Record<string, string> = { 'package.json': '{"type":"module"}', ...main }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  mkdirSync(join(folder, 'bin'))
  copyFileSync(bin, join(folder, 'bin', 'fips-conformance.js'))
  return join(folder, 'bin', 'fips-conformance.js')
}

const runWith = (main: Record<string, string>, ...nodeOptions: string[]) =>
  spawnSync(process.execPath, [...nodeOptions, binWith(main), 'scan', '--json'], { encoding: 'utf8' })

const source = 'helpers/cli/main.ts'
const compiled = 'dist/helpers/cli/main.js'
const olderNode = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})'

it('hands the arguments to main and takes its exit code', () => {
  const { status, stdout, stderr } = runWith({
    [source]: 'export const main = async (argv: string[]): Promise<number> => { console.log(argv.join(" ")); return 2 }',
  })
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: 'scan --json\n', stderr: '' })
})

it('takes the compiled main where there is no source', () => {
  expect(runWith({ [compiled]: 'export const main = async () => 64' }).status).toBe(64)
})

it('prefers the source to an older build beside it', () => {
  expect(runWith({ [source]: 'export const main = async () => 0', [compiled]: 'export const main = async () => 3' }).status).toBe(0)
})

it.each([
  ['main rejects', 'export const main = async () => { throw new Error("broken") }'],
  ['main throws', 'export const main = () => { throw new Error("broken") }'],
  ['loading throws', 'throw new Error("broken")'],
  ['a callback throws', 'export const main = () => new Promise(() => { setTimeout(() => { throw new Error("broken") }) })'],
  [
    'a promise is left to reject',
    'export const main = () => { void Promise.reject(new Error("broken")); return new Promise(() => setTimeout(() => {}, 9999)) }',
  ],
])('ends with 70 and the stack when %s', (_case, main) => {
  const { status, stdout, stderr } = runWith({ [source]: main })
  expect(status).toBe(70)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^error INTERNAL: .*\n {2}where: scan --json\n {2}why: {3}Error: broken\n {9} +at .*main\.ts[\s\S]*\n {2}do: {4}/)
})

it('finishes its work and keeps its exit code when nobody reads what it prints', async () => {
  const main = `export const main = async (): Promise<number> => {
    await new Promise((resolve) => { process.stdin.on('end', resolve).resume() })
    for (let line = 0; line < 100; line += 1) { console.log(line); console.error(line); await new Promise(setImmediate) }
    return 2
  }`
  const child = spawn(process.execPath, [binWith({ [source]: main })])
  child.stdout.destroy()
  child.stderr.destroy()
  child.stdin.end()
  expect(await once(child, 'exit')).toEqual([2, null])
})

it('says what to do when Node is too old, in a checkout and elsewhere', () => {
  const inCheckout = runWith({ [source]: 'throw new Error("must not be loaded")' }, '--import', olderNode)
  expect(inCheckout.status).toBe(3)
  expect(inCheckout.stderr).toMatch(
    /^error NODE_TOO_OLD: .*\n {2}where: .* is Node 20\.20\.2\n {2}why: .*\n {2}do: .*npm run conformance, or npx fips-conformance/,
  )
  const packed = runWith({ [compiled]: 'throw new Error("must not be loaded")' }, '--import', olderNode)
  expect(packed.status).toBe(3)
  expect(packed.stderr).toMatch(/\n {2}do: {4}install Node 24/)
})
