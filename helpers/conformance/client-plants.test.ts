import { execFile } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { NodeAccess } from '../cluster/node-access.ts'
import { judgeBy } from '../evidence/judge.ts'
import type { Evidence, Reading, Subject } from '../evidence/model.ts'
import { plantableOffers } from '../tls/analyse/planted-offer.ts'
import { clientPlants } from './client-plants.ts'
import { callOfPlant } from './looks/clients.ts'

/** This machine, which has perl as a node has. */
const here: NodeAccess = {
  name: 'here',
  means: 'this machine',
  run: ([command = '', ...args], { input = '' } = {}) =>
    new Promise((resolve) => {
      const child = execFile(command, args, { encoding: 'buffer' }, (error, stdout, stderr) =>
        resolve({ exitCode: error ? 1 : 0, stdout: new Uint8Array(stdout), stderr: stderr.toString() }),
      )
      child.stdin?.end(input)
    }),
  // biome-ignore lint/correctness/useYield: nothing is read here
  async *open() {
    throw new Error('nothing is read')
  },
  dial: () => Promise.reject(new Error('nobody is dialled')),
  close: async () => undefined,
}

const read = (subject: Subject): Promise<Reading[]> => callOfPlant(here, subject).read(AbortSignal.timeout(60_000))

/** What a plant comes to, from what was read and nothing else. */
const judged = (subject: Subject, readings: readonly Reading[]) => {
  const evidence = readings.map(
    ({ blobs, ...reading }, number): Evidence => ({
      ...reading,
      id: String(number),
      subject: subject.key,
      requirement: 'FIPS-SELF-1',
      at: '2026-11-22T00:00:00.000Z',
      blobs: Object.fromEntries(Object.keys(blobs).map((blob) => [blob, blob])),
      bytes: (blob) => blobs[blob] ?? new Uint8Array(),
    }),
  )
  return judgeBy({ asOf: new Date('2026-11-22T00:00:00Z') })('FIPS-SELF-1', subject, evidence)
}
const drawing = (kind: string, code?: string): Subject[] =>
  clientPlants((from) => from.find((one) => JSON.stringify(one).includes(`"${kind}"`) && JSON.stringify(one).includes(code ?? '')), 'here')

describe('clientPlants', () => {
  it('says of how many the offer was drawn, and on which node it is made', () => {
    const [sound, offer] = drawing('suite')
    expect([sound?.node, offer?.node]).toEqual(['here', 'here'])
    expect(offer?.detail.drawnFrom).toBe(String(plantableOffers().length))
    expect(plantableOffers().length).toBeGreaterThan(196_000)
    expect(() => clientPlants(() => undefined, 'here')).toThrow('nothing was drawn')
  })

  it.each([
    ['version', '0301', 'TLS 1.0 (0301) offered'],
    ['suite', '1303', 'TLS_CHACHA20_POLY1305_SHA256 (1303) offered'],
    ['group', '001d', 'x25519 (001d) offered'],
    ['scheme', '0201', '(0201) offered'],
  ])('is heard and caught: %s %s, beside a sound one that passes', async (kind, code, reason) => {
    const [sound, offer] = drawing(kind, code)
    if (!sound || !offer) throw new Error('no plants')
    expect(judged(sound, await read(sound))).toMatchObject({ verdict: 'pass', reason: 'a sound client passes' })
    expect(judged(offer, await read(offer))).toMatchObject({ verdict: 'pass', reason: expect.stringContaining(reason) })
  })

  it('is missed where it was not heard, where another process is taken for the caller, and where something else was offered', async () => {
    const [sound, offer] = drawing('suite', '1303')
    if (!sound || !offer) throw new Error('no plants')
    const missed = { verdict: 'fail', remedy: expect.stringContaining('believe no verdict') }
    const [call] = await read(offer)
    if (!call) throw new Error('no reading')
    expect(judged(offer, [call])).toMatchObject({ verdict: 'pass' })
    expect(judged(offer, [])).toMatchObject(missed)
    expect(judged(offer, [{ ...call, data: { ...call.data, pid: '1' } }])).toMatchObject(missed)
    expect(judged(offer, [{ ...call, data: { ...call.data, told: '' } }])).toMatchObject(missed)
    expect(judged(offer, await read(sound))).toMatchObject(missed)
    expect(judged(sound, [call])).toMatchObject(missed)
  })
})
