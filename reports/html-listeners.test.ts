import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { ListenerSeen } from '../helpers/evidence/report-input.ts'
import { placesOf } from './conversations.ts'
import { listenerTable } from './html-listeners.ts'
import { listenerRows } from './listener-rows.ts'
import { listener, nasty, plain, threeNodes } from './sample-input.ts'

const shownWith = (seen: ListenerSeen): string => {
  const input = { ...plain, listeners: { [listener.key]: seen } }
  return renderToString(h('div', null, listenerTable(listenerRows(input), placesOf(input))))
}

it('names versions, suites and groups', () => {
  const text = shownWith({
    state: 'read',
    protocol: 'tls',
    accepted: [
      { version: '0303', suites: ['c02f', 'cca8'], groups: ['001d'] },
      { version: '0304', suites: ['1301'], groups: ['fafa'] },
    ],
  }).replace(/<[^>]*>/g, '')
  expect(text).toContain(
    'TLS 1.2: ECDHE_RSA_WITH_AES_128_GCM_SHA256 (c02f), ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 (cca8); groups x25519 (001d)',
  )
  expect(text).toContain('TLS 1.3: AES_128_GCM_SHA256 (1301); groups group (fafa)')
})

it.each([
  ['http', 'plain HTTP'],
  ['dns', 'DNS'],
  ['silent', 'no answer'],
  ['unasked', 'not asked'],
  ['tls', 'TLS, no version accepted'],
] as const)('says of %s that it is %s', (protocol, words) => {
  expect(shownWith({ state: 'read', protocol, accepted: [] })).toContain(`<td class="speaks">${words}</td>`)
})

it('says why it is not known what a listener speaks, as text', () => {
  const html = shownWith({ state: 'unread', reason: nasty })
  expect(html).toContain('not known: &lt;script>alert(1)')
})

it('has one row for each listener, under its node and network', () => {
  const input = threeNodes()
  const html = renderToString(h('div', null, listenerTable(listenerRows(input), placesOf(input))))
  expect([...html.matchAll(/<th scope="row">/g)]).toHaveLength(39)
  const groups = [...html.matchAll(/scope="rowgroup"[^>]*>([^<]*)</g)].map(([, title]) => title)
  expect(groups).toEqual(
    ['node-a', 'node-b', 'node-c'].flatMap((node) => [`${node}: its own network`, `${node}: network of pod-coredns-1`]),
  )
})
