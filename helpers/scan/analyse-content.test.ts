import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boringSslSelfTestText } from '../policy/modules.ts'
import { createAnalyser, ownClaims } from './analyse-content.ts'
import { goboring, madeBuilds, sha256 } from './made-archive.ts'
import type { AnalyseOptions } from './model.ts'
import { claimTable, sharedClaims } from './shared-claims.ts'

const options: AnalyseOptions = { digest: 'sha256', all: false, evidence: false, builds: madeBuilds }
let folder = ''
const at = (name: string): string => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-analyse-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a content', () => {
  it('is the same from a file, a part of a file and memory, whole and in windows', async () => {
    const bytes = goboring()
    await writeFile(at('file'), bytes)
    await writeFile(at('archive'), new Uint8Array([...new Uint8Array(700), ...bytes, ...new Uint8Array(90)]))
    const contents = [
      { kind: 'file', path: at('file'), follow: false },
      { kind: 'range', path: at('archive'), offset: 700, size: bytes.length },
      { kind: 'memory', bytes },
    ] as const
    const whole = await Promise.all(contents.map((content) => createAnalyser(ownClaims()).analyse(content, options)))
    const inWindows = await Promise.all(contents.map((content) => createAnalyser(ownClaims(), { whole: 100 }).analyse(content, options)))
    expect(whole[0]).toMatchObject({
      state: 'analysed',
      format: 'elf',
      go: true,
      facts: { module: 'boringcrypto-20990101', integrity: 'intact' },
    })
    for (const analysis of [...whole, ...inWindows]) expect(analysis).toEqual(whole[0])
  })

  it('is the same where it is held and where it is read part by part, with what is looked for across the border of two parts', async () => {
    const program = goboring()
    const text = new TextEncoder().encode(boringSslSelfTestText)
    for (const border of [256 * 1024, 512 * 1024]) {
      const bytes = new Uint8Array(700_000)
      bytes.set(program)
      bytes.set(text, border - 20)
      const content = { kind: 'memory', bytes } as const
      await writeFile(at('file'), bytes)
      const inParts = await createAnalyser(ownClaims(), { whole: 100 }).analyse({ kind: 'file', path: at('file'), follow: false }, options)
      expect(inParts).toMatchObject({
        state: 'analysed',
        sha256: sha256(bytes),
        facts: { module: 'boringcrypto-20990101', integrity: 'intact' },
      })
      expect(inParts).toEqual(await createAnalyser(ownClaims()).analyse(content, options))
    }
  })

  it('is analysed without what only settings and stored observations need', () => {
    const module = new URL('./analyse-content.ts', import.meta.url).href
    const tell = `import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
await import(${JSON.stringify(module)})
console.log(JSON.stringify(loaded))`
    const loaded: unknown = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', tell], { encoding: 'utf8' }))
    expect(loaded).toContain(module)
    expect(loaded).not.toContainEqual(expect.stringContaining('/node_modules/'))
  })

  it('is a twin when its digest has been claimed, unless it is asked for again', async () => {
    const analyser = createAnalyser(ownClaims())
    const content = { kind: 'memory', bytes: goboring() } as const
    expect(await analyser.analyse(content, options)).toMatchObject({ state: 'analysed' })
    expect(await analyser.analyse(content, options)).toMatchObject({ state: 'twin', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(await analyser.analyse(content, { ...options, again: true })).toMatchObject({ state: 'analysed' })
  })

  it('is unreadable when it changes while it is read', async () => {
    await writeFile(at('file'), goboring())
    const analyser = createAnalyser(() => {
      appendFileSync(at('file'), 'more')
      return true
    })
    expect(await analyser.analyse({ kind: 'file', path: at('file'), follow: false }, options)).toMatchObject({
      state: 'unreadable',
      reason: 'the file changed while it was read',
    })
  })

  it('is not read through a link that nobody named, and not from a pipe', async () => {
    await writeFile(at('file'), goboring())
    await symlink('file', at('link'))
    execFileSync('mkfifo', [at('pipe')])
    const analyser = createAnalyser(ownClaims())
    expect(await analyser.analyse({ kind: 'file', path: at('link'), follow: false }, options)).toMatchObject({
      state: 'unreadable',
      reason: expect.stringContaining('ELOOP'),
    })
    expect(await analyser.analyse({ kind: 'file', path: at('pipe'), follow: false }, options)).toMatchObject({
      state: 'unreadable',
      reason: 'it is no regular file any more',
    })
    expect(await analyser.analyse({ kind: 'file', path: at('missing'), follow: false }, options)).toMatchObject({
      state: 'unreadable',
      reason: expect.stringContaining('ENOENT'),
    })
  })
})

describe('claims that threads share', () => {
  it('give each digest to the first who asks', () => {
    const table = claimTable()
    const [one, two] = [sharedClaims(table), sharedClaims(table)]
    const digests = Array.from({ length: 2000 }, (_, index) => sha256(new TextEncoder().encode(String(index))))
    expect(digests.every((digest, index) => (index % 2 === 0 ? one : two)(digest))).toBe(true)
    expect(digests.some((digest, index) => (index % 2 === 0 ? two : one)(digest))).toBe(false)
  })
})
