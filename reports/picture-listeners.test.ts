import { describe, expect, it } from 'vitest'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { sampleFinding } from '../helpers/evidence/sample.ts'
import { htmlReport } from './html.ts'
import { cellsOf, findingAt, pictureOf } from './read-picture.ts'
import { inputOf, listener, mixed, plain, threeNodes } from './sample-input.ts'

describe.each(Object.entries({ plain, mixed, threeNodes: threeNodes() }))('the picture of %s', (_name, input) => {
  const page = htmlReport(input)

  it('show every finding of every listener, and lead to it', () => {
    const cells = cellsOf(pictureOf(page, 'pic-listeners'))
    for (const { target, signs, says } of cells) {
      expect(signs).toEqual([findingAt(input, target).verdict])
      expect(says).toBe(
        `${findingAt(input, target).requirement} on ${findingAt(input, target).subject.name}: ${signs[0]?.replace('-', ' ')}`,
      )
    }
    const expected = input.findings.flatMap(({ subject }, index) => (subject.kind === 'listener' ? [`f-${index + 1}`] : []))
    expect(cells.map(({ target }) => target).toSorted()).toEqual(expected.toSorted())
  })
})

describe('what a listener accepts', () => {
  const seen = {
    ...plain,
    listeners: {
      [listener.key]: {
        state: 'read' as const,
        protocol: 'tls' as const,
        accepted: [{ version: '0303', suites: ['c02f', 'cca8'], groups: ['0017', '001d'] }],
        refused: [{ version: '0302', what: 'version' as const, codes: ['0302'] }],
      },
    },
  }
  const told = (input: ReportInput): string[] =>
    [...pictureOf(htmlReport(input), 'pic-listeners').matchAll(/<g><title>[^:]*:6443: ([^<]*)<\/title><use href="#p-([a-z]+)"/g)].map(
      ([, text, sign]) => `${sign}: ${text}`,
    )

  it('is shown for each code point, by what the profile says of it', () => {
    expect(told(seen)).toEqual([
      'refused: TLS 1.1 refused between accepted controls',
      'approved: TLS 1.2 accepted, and approved',
      'approved: ECDHE_RSA_WITH_AES_128_GCM_SHA256 (c02f) accepted, and approved',
      'unapproved: ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 (cca8) accepted, and not approved',
      'approved: secp256r1 (0017) accepted, and approved',
      'unapproved: x25519 (001d) accepted, and not approved',
    ])
  })

  it.each([
    ['its bytes are not there', { state: 'unread' as const, reason: 'removed' }],
    ['it was not asked', { state: 'read' as const, protocol: 'unasked' as const, accepted: [] }],
    ['it did not answer', { state: 'read' as const, protocol: 'silent' as const, accepted: [] }],
  ])('is not known where %s: nothing looks refused', (_why, other) => {
    const { findings } = inputOf([
      sampleFinding('FIPS-TLS-1', 'pass', { subject: listener }),
      sampleFinding('FIPS-TLS-1', 'inconclusive', { subject: { ...listener, key: 'other', name: 'x :7443' } }),
    ])
    const drawn = pictureOf(htmlReport({ ...seen, findings, listeners: { ...seen.listeners, other } }), 'pic-listeners')
    const [, row = ''] = drawn.split('>x :7443<')
    expect([...row.matchAll(/href="#p-([a-z]+)"/g)].map(([, sign]) => sign).slice(1, 7)).toEqual(Array(6).fill('unknown'))
  })

  it('is called neither where the profile is not known', () => {
    const run = { ...seen.run, policy: { ...seen.run.policy, profile: 'of-tomorrow' } }
    expect(told({ ...seen, run }).filter((each) => /^(un)?approved/.test(each))).toEqual([])
    expect(told({ ...seen, run })).toContain('accepted: TLS 1.2 accepted; the profile is not known here')
  })
})
