import { expect, it } from 'vitest'
import { globs, list } from './options.ts'

it.each<[string, string[]]>([
  ['a,b', ['a', 'b']],
  ['*.{so,o}, test/**', ['*.{so,o}', 'test/**']],
  ['{a,{b,c}}/x,d', ['{a,{b,c}}/x', 'd']],
  ['a{,b', ['a{', 'b']],
  [' ,', []],
])('globs in %j are told apart at commas outside braces', (value, parts) => {
  expect(globs(value, ['before'])).toEqual(['before', ...parts])
})

it('other lists end at every comma', () => {
  expect(list('a, b,,c', ['before'])).toEqual(['before', 'a', 'b', 'c'])
})
