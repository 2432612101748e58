import { describe, expect, it } from 'vitest'
import type { JsonInput } from '../helpers/evidence/canonical-json.ts'
import { auditRedaction, createHider } from '../helpers/evidence/redact.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { sampleFinding, sampleRun, sampleSubject } from '../helpers/evidence/sample.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { htmlReport } from './html.ts'
import { decoded, pictureOf } from './read-picture.ts'
import { hostile, inputOf, mixed, nasty, plain, threeNodes } from './sample-input.ts'

describe.each(Object.entries({ plain, mixed, threeNodes: threeNodes() }))('the picture of %s', (_name, input) => {
  const page = htmlReport(input)

  it('have names and descriptions, and say nothing by colour alone', () => {
    for (const [, label = '', description = ''] of page.matchAll(/role="group" aria-labelledby="([^"]*)" aria-describedby="([^"]*)"/g)) {
      expect(page).toMatch(new RegExp(`<title id="${label}">[^<]+</title>`))
      expect(page).toMatch(new RegExp(`<desc id="${description}">[^<]+</desc>`))
    }
    const shapes = ['pass', 'fail', 'inconclusive', 'not-applicable'].map((verdict) => {
      const [, inside = ''] = new RegExp(`<g id="p-${verdict}"[^>]*>([\\s\\S]*?)</g>`).exec(page) ?? []
      return inside
    })
    expect(shapes.map((each) => />([^<]+)<\/text>/.exec(each)?.[1])).toEqual(['P', 'F', 'I', 'n/a'])
    expect(new Set(shapes.map((each) => each.replace(/<text.*/, ''))).size).toBe(4)
    expect(page).toContain('The same as a table')
  })

  it('are no larger than they say', () => {
    for (const [, box = '', width, height] of page.matchAll(/viewBox="0 0 ([\d. ]+)" width="([\d.]+)" height="([\d.]+)"/g))
      expect(box).toBe(`${width} ${height}`)
    for (const text of ['NaN', 'undefined', 'Infinity'])
      expect(pictureOf(page, 'pic-map') + pictureOf(page, 'pic-listeners')).not.toContain(text)
  })
})

describe('text of a cluster', () => {
  const pictures = ['pic-map', 'pic-nodes', 'pic-listeners', 'pic-claim', 'pic-coverage']

  it('is shown in pictures, and obeyed nowhere', () => {
    const page = htmlReport(hostile)
    for (const id of pictures) {
      const drawn = pictureOf(page, id)
      expect(drawn).not.toBe('')
      expect(visible(drawn)).toBe(drawn)
      const names = new Set(Array.from(drawn.matchAll(/<\/?([a-z!?]+)/gi), ([, name = '']) => name))
      for (const name of names) expect('svg g use a title desc text circle rect path p div span'.split(' '), name).toContain(name)
      // Only what the code itself writes: no handler, style, foreign address or animation.
      for (const [, name = ''] of drawn.matchAll(/<[a-z]+((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi))
        for (const [, attribute = ''] of name.matchAll(/\s([a-z-]+)="/gi)) expect(attribute).not.toMatch(/^(on|style|src|xlink)/i)
      for (const [, target = ''] of drawn.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#[A-Za-z0-9_-]+$/)
    }
    expect(decoded(pictureOf(page, 'pic-map'))).toContain('<script>alert')
  })

  it.each([
    ['very long', 'x'.repeat(100_000)],
    ['of characters on top of each other', `a${'\u0301'.repeat(500)}`],
    ['of nothing', ''],
    ['of pairs', '\u{1f600}'.repeat(300)],
    ['of halves', '\ud800'.repeat(300)],
    ['of an end of a text', ']]></svg></title><script>'],
    ['nasty', nasty],
  ])('that is %s breaks no picture', (_what, text) => {
    const subject = sampleSubject('listener:x', { kind: 'listener', name: text, node: text, detail: { place: text } })
    const page = htmlReport(
      inputOf([
        sampleFinding('FIPS-TLS-1', 'fail', { subject }),
        sampleFinding('FIPS-MOD-1', 'fail', { subject: sampleSubject(text, { node: text }) }),
      ]),
    )
    for (const id of pictures) {
      const drawn = pictureOf(page, id)
      expect(drawn.isWellFormed()).toBe(true)
      expect(drawn.match(/<svg/g)?.length ?? 0).toBe((drawn.match(/<\/svg>/g)?.length ?? 0) - 1)
      for (const [, shown = ''] of drawn.matchAll(/<text[^>]*>([^<]*)<\/text>/g)) expect(shown.length).toBeLessThan(800)
    }
  })
})

it('a redacted bundle gives pictures without the names and addresses that it hides', () => {
  const run = sampleRun({
    cluster: { name: 'secret-lab', createdBy: 'user', nodes: [{ name: 'secret-lab-control-plane', role: 'control-plane' }] },
  })
  const node = 'secret-lab-control-plane'
  const input = inputOf(
    [
      sampleFinding('FIPS-MOD-1', 'fail', { subject: sampleSubject(`component:${node}/kubelet`, { name: 'kubelet', node }) }),
      sampleFinding('FIPS-NODE-1', 'pass', { subject: sampleSubject(`node:${node}`, { kind: 'node', name: node, node }) }),
      sampleFinding('FIPS-TLS-1', 'pass', {
        subject: sampleSubject(`listener:${node}/node/tcp/own-address:2379`, {
          kind: 'listener',
          name: '10.77.0.1:2379 (etcd)',
          node,
          detail: { address: '10.77.0.1', place: 'node' },
        }),
      }),
    ],
    { run },
  )
  const hider = createHider(auditRedaction, run, () => new Uint8Array(32))
  const hidden = (value: JsonInput): JsonInput => {
    if (typeof value === 'string') return hider.hide(value)
    if (Array.isArray(value)) return value.map((item: JsonInput) => hidden(item))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [hider.hide(key), hidden(item as JsonInput)]))
  }
  const redacted = hidden(JSON.parse(JSON.stringify(input)) as JsonInput) as unknown as ReportInput
  expect(htmlReport(input)).toMatch(/secret-lab.*10\.77\.0\.1/s)
  const page = htmlReport(redacted)
  expect(page).not.toMatch(/secret-lab|10\.77\.0\.1/)
  for (const id of ['pic-map', 'pic-nodes', 'pic-listeners']) expect(pictureOf(page, id)).toMatch(/(host|address)-[0-9a-f]{8}/)
})
