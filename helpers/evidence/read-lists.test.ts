import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLists } from './read-lists.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-lists-'))
})
afterAll(async () => rm(folder, { recursive: true }))

/** What was read, put together again: the same as JSON.parse gives. */
const read = async (text: string | Uint8Array): Promise<unknown> => {
  const path = join(folder, 'file.json')
  await writeFile(path, text)
  const items: Record<string, unknown[]> = {}
  const rest = await readLists(path, (list, item) => {
    items[list] ??= []
    items[list].push(item)
  })
  for (const [name, value] of Object.entries(rest)) if (Array.isArray(value)) expect(value).toEqual((items[name] ?? []).map(() => 0))
  return { ...rest, ...items }
}

const item = { requirement: 'A-1', detail: { 'a,b]': '"}\\', c: [[1, {}], []] }, n: -1.5, t: true, z: null }

describe('readLists', () => {
  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['empty lists', { a: [], b: [] }],
    ['objects', { findings: [item, {}, item] }],
    [
      'several lists and what is none',
      { claim: ['x', '', 'a"b,c'], other: { list: [1, [2]] }, pairs: [item, 1, null, [], [[]], 'ü'], last: 'y' },
    ],
    ['names with escapes', { 'a"\\': [1], '': [2] }],
    ['long items', { a: [{ text: 'x'.repeat(700_000) }, { text: '"\\\u{1f600}'.repeat(100_000) }, 7] }],
    ['many items', { a: Array.from({ length: 50_000 }, (_, id) => ({ id, text: `item ${id}` })) }],
  ])('gives %s as JSON.parse does, with blanks and without', async (_what, value) => {
    expect(await read(JSON.stringify(value))).toEqual(value)
    expect(await read(JSON.stringify(value, null, '\t'))).toEqual(value)
    expect(await read(`\r\n ${JSON.stringify(value, null, 1)} \n`)).toEqual(value)
  })

  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['a list', '[1]'],
    ['a text', '"a"'],
    ['half a document', '{"a":[1,2'],
    ['half an item', '{"a":[{"b":1'],
    ['a missing bracket', '{"a":[1,2}'],
    ['the wrong bracket in an item', '{"a":[{"b":1],"c":2}]}'],
    ['no item between commas', '{"a":[1,,2]}'],
    ['no item after a comma', '{"a":[1,]}'],
    ['no comma', '{"a":[1 2]}'],
    ['something behind it', '{"a":[1]}]'],
    ['two documents', '{"a":[1]}{"b":[2]}'],
    ['no name', '{[1]}'],
    ['a list of that name before', '{"a":[1],"a":[2]}'],
    ['a mark of byte order', '\ufeff{"a":[1]}'],
    ['an item that is no UTF-8', Uint8Array.from([...new TextEncoder().encode('{"a":["'), 0xff, ...new TextEncoder().encode('"]}')])],
    ['a name that is no UTF-8', Uint8Array.from([...new TextEncoder().encode('{"a'), 0xff, ...new TextEncoder().encode('":[1]}')])],
  ])('refuses %s', async (_what, text) => {
    await expect(read(text)).rejects.toThrow(/\w/)
  })

  it('hands over one item before it reads the next', async () => {
    const seen: unknown[] = []
    const path = join(folder, 'broken.json')
    await writeFile(path, '{"a":[1,{"b":2},x]}')
    await expect(readLists(path, (list, one) => seen.push([list, one]))).rejects.toThrow(SyntaxError)
    expect(seen).toEqual([
      ['a', 1],
      ['a', { b: 2 }],
    ])
  })
})
