import { describe, expect, it } from 'vitest'
import { canonicalJson, type JsonInput } from '../helpers/evidence/canonical-json.ts'
import { chained, type Json, jsonPieces, lazily } from './json-document.ts'

const written = (value: Json): string => [...jsonPieces(value)].join('')

describe('jsonPieces', () => {
  it.each<JsonInput>([
    {},
    [],
    '',
    0,
    null,
    true,
    [[], {}, [{}]],
    { b: [1, 'x', null], a: { d: false, c: {} }, '': 'é\u{1f600}' },
    { '\u{1f600}': 1, '\ufb33': 2, text: 'line\nbreak\t"quoted" \\ and /' },
  ])('writes %j as canonical JSON', (value) => {
    expect(written(value as Json)).toBe(canonicalJson(value))
    expect(written(lazily([value], (one) => one as Json))).toBe(canonicalJson([value]))
    expect(written({ list: lazily([value, value], (one) => ({ x: one as Json })) })).toBe(
      canonicalJson({ list: [{ x: value }, { x: value }] }),
    )
  })

  it('leaves out what is undefined, and shows what would be obeyed', () => {
    expect(written({ a: undefined, b: '\u001b[31m', '\u202ec': [undefined as unknown as Json].slice(1) })).toBe(
      '{"b":"\\\\u{1b}[31m","\\\\u{202e}c":[]}',
    )
  })

  it('makes an item when its turn comes, and no sooner', () => {
    const made: number[] = []
    const pieces = jsonPieces({
      list: lazily([1, 2, 3], (item) => {
        made.push(item)
        return { item }
      }),
    })[Symbol.iterator]()
    let text = ''
    while (!text.includes('{"item":1}')) text += pieces.next().value as string
    expect(made).toEqual([1])
  })

  it('writes lists as one, and lists in items of lists', () => {
    const inner = lazily([1, 2], (item) => item)
    expect(written(chained())).toBe('[]')
    expect(written(chained([], inner, [], [3], inner))).toBe('[1,2,3,1,2]')
    expect(written(lazily([1], () => ({ inner })))).toBe('[{"inner":[1,2]}]')
  })
})
