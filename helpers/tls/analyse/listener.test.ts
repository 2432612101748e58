import { describe, expect, it } from 'vitest'
import { startControlServer } from '../read/control-server.ts'
import { asEvidence, probePort } from '../read/test-helpers.ts'
import type { ExchangeEvidence } from './exchange-data.ts'
import { analyseListener, unaskedListener } from './listener.ts'

const server = await startControlServer({ accept: {}, mode: 'chooser' })
const { readings } = await probePort(server.port)
await server.close()
const evidence = asEvidence(readings)

const outcome = (items: readonly ExchangeEvidence[], id: string): string | undefined =>
  analyseListener(items).questions.find(({ question }) => question.id === id)?.outcome

describe('analyseListener', () => {
  it('says the same of the same bytes, in whatever order they come', () => {
    expect(analyseListener(evidence.toReversed())).toEqual(analyseListener(evidence))
    expect(analyseListener([])).toEqual(unaskedListener)
  })

  it('believes no label: another question written beside the bytes changes nothing', () => {
    const relabelled = evidence.map((item) => ({ ...item, data: { ...item.data, question: 'something else' } }))
    expect(analyseListener(relabelled)).toEqual(analyseListener(evidence))
  })

  it('leaves out a hello whose spec does not give the bytes that were sent', () => {
    const forged = evidence.map((item): ExchangeEvidence => {
      if (item.data.question !== 'tls13-chacha20') return item
      const spec = item.data.spec as Record<string, unknown>
      return { ...item, data: { ...item.data, spec: { ...spec, suites: ['1303', '1304'] } } }
    })
    const facts = analyseListener(forged)
    expect(facts.unsound).toHaveLength(1)
    expect(outcome(forged, 'tls13-chacha20')).toBe('inconclusive')
  })

  it('leaves out data that it cannot read', () => {
    expect(
      analyseListener([{ id: 'x', kind: 'tls-exchange', data: { ask: 'nothing' }, bytes: () => new Uint8Array() }]).unsound,
    ).toHaveLength(1)
  })

  it.each([
    ['before', (order: number, asked: number) => order < asked],
    ['after', (order: number, asked: number) => order > asked],
  ] as const)('takes no refusal without an accepted control %s', (_side, drop) => {
    const asked = Number(evidence.find(({ data }) => data.question === 'tls13-chacha20')?.data.order)
    expect(outcome(evidence, 'tls13-chacha20')).toBe('refused')
    const without = evidence.filter(({ data }) => data.question !== 'tls13-approved' || !drop(Number(data.order), asked))
    expect(outcome(without, 'tls13-chacha20')).toBe('inconclusive')
  })

  it('takes no control that differs in more than what was asked', () => {
    // A listener that is asked with another server name may be another listener.
    const specs = evidence.filter(({ data }) => data.question === 'tls13-chacha20').map(({ data }) => JSON.stringify(data.spec))
    const controls = analyseListener(evidence).questions.find(({ question }) => question.id === 'tls13-chacha20')?.points[0]?.controls ?? []
    const controlSpecs = controls.map((id) => evidence.find((item) => item.id === id)?.data.spec as { suites: string[] })
    expect(controlSpecs).toHaveLength(2)
    for (const spec of controlSpecs) expect(specs).toContain(JSON.stringify({ ...spec, suites: ['1303'] }))
  })
})
