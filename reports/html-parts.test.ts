import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { anchor, breakable, clipped, worst } from './html-parts.ts'

it.each([
  ['/usr/bin/kubelet', '/usr/bin/kubelet'],
  ['listener:node-a/node/tcp/[::]:6443', 'listener:node-a/node/tcp/|[::]:6443'],
  ['https://a.example/b', 'https://a.example/b'],
  ['/proc/595/exe', '/proc/|595/exe'],
  ['one, two', 'one, two'],
  ['--require FIPS-MOD,FIPS-TLS', '--require FIPS-MOD,|FIPS-TLS'],
  ['kube-apiserver', 'kube-apiserver'],
  ['', ''],
])('lets %s break as %s', (text, broken) => {
  expect(renderToString(h('p', null, breakable(text))).replaceAll('<wbr/>', '|')).toBe(`<p>${broken}</p>`)
})

it('cuts no character in two', () => {
  expect(clipped('ab\u{1f512}', 3)).toBe('ab\ufffd …')
  expect(clipped('ab', 2)).toBe('ab')
})

it('makes an anchor of any id', () => {
  expect(anchor('FIPS-TLS-1')).toBe('r-FIPS-TLS-1')
  expect(anchor('"> <')).toMatch(/^r-[A-Za-z0-9_-]+$/)
})

it('takes the worst verdict', () => {
  expect(worst(['not-applicable', 'pass', 'inconclusive'])).toBe('inconclusive')
  expect(worst([])).toBeUndefined()
})
