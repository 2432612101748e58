import { expect, it } from 'vitest'
import { dnsQuery } from '../tls/analyse/protocol.ts'
import { reportInput } from './report-input.ts'
import { sampleEvidence, sampleFinding, sampleRun, sampleSubject } from './sample.ts'

const listener = sampleSubject('listener:node-a/53', { kind: 'listener', name: '[::]:53', node: 'node-a' })

const answered = (id: string, received: Uint8Array) =>
  sampleEvidence(id, listener.key, 'FIPS-TLS-1', {
    kind: 'tls-exchange',
    data: { ask: 'dns-query', order: 0, question: 'dns-query', spec: null, ended: 'complete', detail: '', ms: 1 },
    bytes: (blob) => (blob === 'sent' ? dnsQuery : received),
  })

// The header of a DNS response: length, id of the query, the response bit (RFC 1035, section 4.1.1).
const dnsAnswer = Uint8Array.from([0, 12, 0xf1, 0x95, 0x90, 4, 0, 0, 0, 0, 0, 0, 0, 0])

const inputOf = (evidence: readonly ReturnType<typeof answered>[], observations: string[]) =>
  reportInput({
    bundle: { run: sampleRun(), plan: { claim: [], pairs: [] }, evidence, cut: [] },
    findings: [sampleFinding('FIPS-TLS-1', 'not-applicable', { subject: listener, observations })],
  })

it('reads from the stored bytes what a listener speaks', () => {
  const { listeners } = inputOf([answered('w-1', dnsAnswer)], ['w-1'])
  expect(listeners).toEqual({ [listener.key]: { state: 'read', protocol: 'dns', accepted: [] } })
})

it('reads only what a finding rests on', () => {
  const { listeners } = inputOf([answered('w-1', dnsAnswer)], [])
  expect(listeners[listener.key]).toEqual({ state: 'read', protocol: 'unasked', accepted: [] })
})

it('says why, when the bytes cannot be read', () => {
  const gone = {
    ...answered('w-1', dnsAnswer),
    bytes: () => {
      throw new Error('the blob is gone')
    },
  }
  expect(inputOf([gone], ['w-1']).listeners[listener.key]).toEqual({ state: 'unread', reason: 'the blob is gone' })
})

it('is plain data, without the bytes', () => {
  const input = inputOf([answered('w-1', dnsAnswer)], ['w-1'])
  expect(structuredClone(input)).toEqual(input)
  expect(input.observations['w-1']).not.toHaveProperty('bytes')
})
