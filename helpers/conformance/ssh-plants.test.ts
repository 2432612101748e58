import { describe, expect, it } from 'vitest'
import { judgeBy } from '../evidence/judge.ts'
import type { Evidence, Subject } from '../evidence/model.ts'
import { unapprovedSsh } from '../policy/ssh-names.ts'
import { conversationWithPlant } from './looks/plants.ts'
import { sshPlants } from './ssh-plants.ts'

/** What a plant comes to, from what was read of it, or of another in its place, and nothing else. */
const judged = async (subject: Subject, server = subject) => {
  const readings = await conversationWithPlant(server).read(AbortSignal.timeout(20_000))
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

describe('sshPlants', () => {
  it('says of how many the algorithm was drawn, and draws no control', () => {
    const [, algorithm] = sshPlants((from) => from.at(-1))
    expect(algorithm?.detail).toMatchObject({ protocol: 'ssh', drawnFrom: String(unapprovedSsh().length) })
    expect(() => sshPlants(() => undefined)).toThrow('nothing was drawn')
  })

  it.each(['kex', 'hostkey', 'cipher', 'mac'])('each is caught: %s', async (field) => {
    const drawn = unapprovedSsh().find((one) => one.field === field)
    for (const subject of sshPlants((from) => from.find((one) => JSON.stringify(one) === JSON.stringify(drawn))))
      expect(await judged(subject), subject.key).toMatchObject({ verdict: 'pass' })
  })

  it('is missed where the server has not what the plan says', async () => {
    const [sound, algorithm, smallKey, mute] = sshPlants((from) => from[0])
    for (const subject of [algorithm, smallKey, mute]) {
      if (!sound || !subject) throw new Error('no plants')
      expect(await judged(subject, sound), subject.key).toMatchObject({
        verdict: 'fail',
        remedy: expect.stringContaining('believe no verdict'),
      })
    }
  })
})
