import { describe, expect, it } from 'vitest'
import { startControlServer } from '../read/control-server.ts'
import { asEvidence, sweepPort } from '../read/test-helpers.ts'
import type { ExchangeEvidence } from './exchange-data.ts'
import { analyseListener, unaskedListener } from './listener.ts'

const server = await startControlServer({ accept: {}, mode: 'chooser' })
const { readings } = await sweepPort(server.port)
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
      if (item.data.question !== 'version-0301') return item
      const spec = item.data.spec as { suites: string[] }
      return { ...item, data: { ...item.data, spec: { ...spec, suites: spec.suites.slice(1) } } }
    })
    const facts = analyseListener(forged)
    expect(facts.unsound).toHaveLength(1)
    expect(outcome(forged, 'version-0301')).toBe('inconclusive')
  })

  it('leaves out a hello of a sweep whose list was made longer', () => {
    const account = (items: readonly ExchangeEvidence[]) =>
      analyseListener(items).sweep?.accounts.find(({ asks, version }) => asks === 'suite' && version === '0304') ??
      expect.fail('no account of the suites of TLS 1.3')
    const { proofs } = account(evidence)
    const [first] = proofs
    const forged = evidence.map((item): ExchangeEvidence => {
      if (item.id !== first?.exchange) return item
      const spec = item.data.spec as { suites: string[] }
      return { ...item, data: { ...item.data, spec: { ...spec, suites: [...spec.suites, '1303'] } } }
    })
    expect(analyseListener(forged).unsound).toHaveLength(1)
    expect(account(forged).proofs).toHaveLength(proofs.length - 1)
    expect(account(forged).inconclusive).not.toEqual([])
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
    const asked = Number(evidence.find(({ data }) => data.question === 'version-0301')?.data.order)
    expect(outcome(evidence, 'version-0301')).toBe('refused')
    const isControl = ({ data }: ExchangeEvidence): boolean => ['version-0303', 'version-0304'].includes(String(data.question))
    const without = evidence.filter((item) => !isControl(item) || !drop(Number(item.data.order), asked))
    expect(without.length).toBeLessThan(evidence.length)
    expect(outcome(without, 'version-0301')).toBe('inconclusive')
  })

  it('takes no control that differs in more than what was asked', () => {
    // A listener that is asked with another server name may be another listener.
    const fields = ['recordVersion', 'legacyVersion', 'supportedVersions']
    const rest = (spec: unknown): string => JSON.stringify(Object.entries(spec as object).filter(([field]) => !fields.includes(field)))
    const asked = evidence.find(({ data }) => data.question === 'version-0301')?.data.spec
    const controls = analyseListener(evidence).questions.find(({ question }) => question.id === 'version-0301')?.points[0]?.controls ?? []
    const controlSpecs = controls.map((id) => evidence.find((item) => item.id === id)?.data.spec)
    expect(controlSpecs).toHaveLength(2)
    for (const spec of controlSpecs) expect(rest(spec)).toBe(rest(asked))
  })
})
