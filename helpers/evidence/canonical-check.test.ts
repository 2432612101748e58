import { describe, expect, it } from 'vitest'
import { createCanonicalCheck, notCanonical } from './canonical-check.ts'
import { canonicalJson, type JsonInput } from './canonical-json.ts'

/** What the check has to agree with: parse it, write it again. */
const bySpelling = (text: string): boolean => {
  try {
    return canonicalJson(JSON.parse(text) as JsonInput) === text
  } catch {
    return false
  }
}

const inParts = (text: string, length: number): string | undefined => {
  const check = createCanonicalCheck()
  for (let at = 0; at < text.length; at += length) {
    const wrong = check.feed(text.slice(at, at + length))
    if (wrong !== undefined) return wrong
  }
  return check.end()
}

const canonical = [
  '{}',
  '[]',
  '""',
  '0',
  '-1.5',
  '1e+21',
  '1e-7',
  'true',
  'false',
  'null',
  '[[],{},[{}]]',
  '{"":0,"a":{"b":[1,2,"x"]},"b":null}',
  '"\\u0000\\b\\t\\n\\f\\r\\"\\\\/\\u001f\u007f\u2028é\u{1f600}"',
  '{"\u{1f600}":1,"\ufb33":2}',
  '{"a\\nb":"\\\\","a\\"b":"\\\\\\""}',
  '[true,false,null,-1,"t"]',
]

const other = [
  '',
  ' ',
  ' {}',
  '{} ',
  '{}\n',
  '[1, 2]',
  '{"b":1,"a":2}',
  '{"a":1,"a":1}',
  '{"\ufb33":2,"\u{1f600}":1}',
  '{"a":1,}',
  '[1,]',
  '[,1]',
  '{,}',
  '{"a"}',
  '{"a":}',
  '{a:1}',
  '[1}',
  '{"a":1]',
  '[1 2]',
  '[[]',
  '{"a":[1}',
  '1.0',
  '01',
  '-0',
  '+1',
  '1e21',
  '1E+21',
  '1e400',
  '.5',
  '1-1',
  '-',
  'NaN',
  'truee',
  'tru',
  'nul',
  'undefined',
  '"\\u0041"',
  '"\\/"',
  '"\\u001F"',
  '"\\u000a"',
  '"\\ud800"',
  '"\\x"',
  '"\n"',
  '"a',
  '"a\\"',
  '[][]',
  '1,2',
  ':',
  "'a'",
]

describe.each([...canonical, ...other])('%j', (text) => {
  const expected = bySpelling(text)
  it(`is ${canonical.includes(text) ? '' : 'not '}canonical, in parts of any length`, () => {
    expect(expected).toBe(canonical.includes(text))
    expect(notCanonical(text) === undefined).toBe(expected)
    for (let length = 1; length <= text.length; length++) expect([length, inParts(text, length) === undefined]).toEqual([length, expected])
  })
})

it('agrees with parsing and writing again about every text with one character changed, left out or put in', () => {
  const document =
    '{"a":[1,-2.5,1e-7,true,false,null,"x\\ny\\\\"],"a\\"":{},"b":[],"c":{"d":[{"e":"\\u001f"}],"f":""},"\u00e9":0,"\u{1f600}":"\u{1f600}"}'
  expect(bySpelling(document)).toBe(true)
  const alphabet = ['"', '\\', ',', ':', '{', '}', '[', ']', '0', '1', '-', '.', 'e', 'n', 'u', ' ', '\n', 'a', 'z', '\ufb33']
  let good = 0
  for (let at = 0; at <= document.length; at++) {
    for (const put of ['', ...alphabet]) {
      for (const left of [0, 1, 2]) {
        const text = document.slice(0, at) + put + document.slice(at + left)
        const expected = text.isWellFormed() && bySpelling(text)
        if (expected) good++
        if (text.isWellFormed())
          expect([text, notCanonical(text) === undefined, inParts(text, 7) === undefined]).toEqual([text, expected, expected])
      }
    }
  }
  expect(good).toBeGreaterThan(100)
})

it('says where', () => {
  expect(notCanonical('{"a":1, "b":2}')).toBe('" ", at character 7, is not what JSON in canonical form (RFC 8785) has there')
  expect(inParts('{"a":1,"b":[2,3', 4)).toBe('it ends in the middle of a value, at character 15')
})

it('takes a string that comes in many parts', () => {
  const check = createCanonicalCheck()
  expect(check.feed('["')).toBeUndefined()
  for (let part = 0; part < 100; part++) expect(check.feed('x'.repeat(999))).toBeUndefined()
  expect(check.feed('\\')).toBeUndefined()
  expect(check.feed('n"')).toBeUndefined()
  expect(check.feed(']')).toBeUndefined()
  expect(check.end()).toBeUndefined()
})
