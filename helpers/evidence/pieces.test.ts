import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Content, fileHolds, inChunks } from './pieces.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pieces-'))
})
afterAll(async () => rm(folder, { recursive: true }))

const text = `é\u{1f600}${'0123456789'.repeat(50_000)}`

function* inParts(whole: string): Generator<string> {
  for (const character of whole) yield character
}

describe('inChunks', () => {
  it('leaves the text as it is, in few parts', () => {
    const chunks = [...inChunks(inParts(text))]
    expect(chunks.join('') === text).toBe(true)
    expect(chunks.length).toBeLessThan(10)
  })
  it('gives nothing for nothing', () => expect([...inChunks(['', ''])]).toEqual([]))
  it('asks for no more than it is asked for', () => {
    let made = 0
    const endless = (function* () {
      for (;;) yield String(++made).padEnd(1000)
    })()
    for (const _chunk of inChunks(endless)) break
    expect(made).toBeLessThan(100)
  })
})

describe('fileHolds', () => {
  const holds = async (stored: string | Uint8Array, content: Content): Promise<boolean> => {
    const path = join(folder, 'file')
    await writeFile(path, stored)
    return fileHolds(path, content)
  }
  it.each<[string, () => Content]>([
    ['one text', () => text],
    ['bytes', () => new TextEncoder().encode(text)],
    ['parts', () => inParts(text)],
  ])('compares with %s', async (_what, content) => {
    expect(await holds(text, content())).toBe(true)
    expect(await holds(`${text} `, content())).toBe(false)
    expect(await holds(text.slice(0, -1), content())).toBe(false)
    expect(await holds('', content())).toBe(false)
    for (const at of [0, 1, 65_536, 131_072, text.length + 2]) {
      const bytes = new TextEncoder().encode(text)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      expect([at, await holds(bytes, content())]).toEqual([at, false])
    }
  })
  it.each<[string, Content]>([
    ['no parts', []],
    ['an empty text', ''],
  ])('takes %s for an empty file', async (_what, content) => {
    expect(await holds('', content)).toBe(true)
    expect(await holds('x', content)).toBe(false)
  })
})
