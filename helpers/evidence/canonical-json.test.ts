import { describe, expect, it } from 'vitest'
import { canonicalJson, type JsonInput } from './canonical-json.ts'

describe('canonical JSON', () => {
  it('writes the example of RFC 8785, section 3.2.2', () => {
    const value: unknown = JSON.parse(`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`)
    expect(canonicalJson(value as JsonInput)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('sorts names by UTF-16 code units as RFC 8785, section 3.2.3 does', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 }
    expect(Object.keys(JSON.parse(canonicalJson(value)) as object).slice(1)).toEqual([
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\u{1f600}',
      '\ufb33',
    ])
    expect(canonicalJson({ b: 1, a: { d: 1, c: 2 } })).toBe('{"a":{"c":2,"d":1},"b":1}')
  })

  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [0.000001, '0.000001'],
  ])('writes %d as ECMAScript does (RFC 8785, appendix B)', (number, expected) => {
    expect(canonicalJson(number)).toBe(expected)
  })

  it('does not depend on the order in which an object was built', () => {
    expect(canonicalJson({ x: [1, { b: 2, a: 3 }], w: undefined })).toBe(canonicalJson({ x: [1, { a: 3, b: 2 }] }))
  })

  it.each([
    ['NaN', { a: [Number.NaN] }, '.a[0]'],
    ['infinity', { a: Number.POSITIVE_INFINITY }, '.a'],
    ['a lone surrogate', { a: '\ud800' }, '.a'],
    ['a lone surrogate in a name', { '\udc00': 1 }, 'lone surrogate'],
    ['a date', { a: new Date(0) }, '.a'],
    ['bytes', { a: new Uint8Array(1) }, '.a'],
    ['undefined in an array', [undefined], '[0]'],
    ['a hole in an array', new Array(1), '[0]'],
    ['a bigint', { a: 1n }, '.a'],
  ])('refuses %s and says where', (_name, value, place) => {
    expect(() => canonicalJson(value as unknown as JsonInput)).toThrow(place)
  })
})
