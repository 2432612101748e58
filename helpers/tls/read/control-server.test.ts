import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { refusesOldVersions, refusesUnapprovedGroups, refusesUnapprovedSchemes, refusesUnapprovedSuites } from '../../rules/refusal.ts'
import { type Defect, plantable, startControlServer } from './control-server.ts'
import { type Probed, sweepPort } from './test-helpers.ts'

const sweepDefect = async (accept: Defect, mode: 'chooser' | 'reluctant' | 'mute', timeoutMs = 3_000): Promise<Probed> => {
  const server = await startControlServer({ accept, mode })
  try {
    return await sweepPort(server.port, { timeoutMs, withinMs: 10 * timeoutMs })
  } finally {
    await server.close()
  }
}
const rules = {
  version: refusesOldVersions,
  suite: refusesUnapprovedSuites,
  group: refusesUnapprovedGroups,
  scheme: refusesUnapprovedSchemes,
}
type Kind = keyof typeof rules
const kindOf = ({ suite, group, scheme }: Defect): Kind => (suite ? 'suite' : group ? 'group' : scheme ? 'scheme' : 'version')
const all = plantable()
const draw = (from: readonly Defect[]): Defect => from[randomInt(from.length)] ?? {}

describe('planted defects', () => {
  it('a sound server passes', async () => {
    const { judge } = await sweepDefect({}, 'chooser')
    expect(Object.values(rules).map((rule) => judge(rule).verdict)).toEqual(['pass', 'pass', 'pass', 'pass'])
  })

  it('a mute one proves nothing, and is done with in the time that a run gives it', async () => {
    const began = performance.now()
    const { judge } = await sweepDefect({}, 'mute', 300)
    expect(Object.values(rules).map((rule) => judge(rule).verdict)).toEqual(Array.from({ length: 4 }, () => 'inconclusive'))
    expect(performance.now() - began).toBeLessThan(8_000)
  })

  it('can be any number that is asked for and not approved', () => {
    const count = (kind: Kind, version: string): number => all.filter((one) => kindOf(one) === kind && one.version === version).length
    expect(all).toContainEqual({ version: '0304', group: '11ed' })
    expect(all).toContainEqual({ version: '0300' })
    expect(all).not.toContainEqual({ version: '0304', suite: '1304' })
    expect(all).not.toContainEqual({ version: '0303', suite: '00ff' })
    expect(all).not.toContainEqual({ version: '0303', suite: '0a0a' })
    expect([count('group', '0304'), count('scheme', '0303')].every((found) => found > 65_490)).toBe(true)
    expect(count('suite', '0303')).toBeGreaterThan(65_490)
    // Numbers with the name of an older suite belong to no other version.
    expect(count('suite', '0304')).toBeGreaterThan(65_000)
  })

  const drawn = (['suite', 'group', 'scheme'] as const).flatMap((kind) =>
    ['0303', '0304'].flatMap((version) => {
      const from = all.filter((one) => kindOf(one) === kind && one.version === version)
      return from.length === 0 ? [] : (['chooser', 'reluctant'] as const).map((mode) => ({ mode, defect: draw(from) }))
    }),
  )
  const versions = all.filter((one) => kindOf(one) === 'version').map((defect) => ({ mode: 'chooser' as const, defect }))
  it.each([...versions, ...drawn])('$defect is caught and named ($mode)', async ({ mode, defect }) => {
    const { judge } = await sweepDefect(defect, mode)
    const kind = kindOf(defect)
    const { verdict, reason } = judge(rules[kind])
    expect([verdict, reason]).toEqual(['fail', expect.stringContaining(`(${defect[kind]})`)])
    // A defect in one field is no defect in another; a server that speaks an old version has suites of that version.
    const others = (Object.keys(rules) as Kind[]).filter((other) => other !== kind && kind !== 'version')
    expect(others.map((other) => judge(rules[other]).verdict)).toEqual(others.map(() => 'pass'))
  })
})
