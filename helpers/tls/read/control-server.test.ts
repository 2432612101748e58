import { describe, expect, it } from 'vitest'
import { type Defect, plantable, startControlServer } from './control-server.ts'
import { type Probed, probePort, verdictsOf } from './test-helpers.ts'

const probeDefect = async (accept: Defect, mode: 'chooser' | 'reluctant' | 'mute', timeoutMs = 3_000): Promise<Probed> => {
  const server = await startControlServer({ accept, mode })
  try {
    return await probePort(server.port, { timeoutMs })
  } finally {
    await server.close()
  }
}

/** Verdicts of FIPS-TLS-1, 2 and 3 for a server whose only fault is this one. */
const expectedFor = ({ suite, group }: Defect): string[] => {
  if (suite) return ['pass', 'fail', 'pass']
  return group ? ['pass', 'pass', 'fail'] : ['fail', expect.any(String) as unknown as string, 'pass']
}

describe('planted defects', () => {
  it('a sound server passes', async () => {
    expect(verdictsOf(await probeDefect({}, 'chooser')).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
  })

  it('a mute one proves nothing', async () => {
    expect(verdictsOf(await probeDefect({}, 'mute', 150)).slice(0, 3)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
  })

  it('can be made for every forbidden code point that is asked for', () => {
    expect(plantable().length).toBeGreaterThan(80)
    expect(plantable()).toContainEqual({ version: '0304', group: '11ed' })
    expect(plantable()).toContainEqual({ version: '0300' })
    expect(plantable()).not.toContainEqual({ version: '0304', suite: '1304' })
  })

  it.each((['chooser', 'reluctant'] as const).flatMap((mode) => plantable().map((defect) => ({ mode, defect }))))(
    '$defect is caught ($mode)',
    async ({ mode, defect }) => {
      const probed = await probeDefect(defect, mode)
      expect(verdictsOf(probed).slice(0, 3)).toEqual(expectedFor(defect))
      const code = defect.suite ?? defect.group ?? defect.version
      const accepted = probed.facts.questions.flatMap(({ points }) =>
        points.filter(({ state }) => state === 'accepted').map((point) => point.code),
      )
      expect(accepted).toContain(code)
    },
  )
})
