import { describe, expect, it } from 'vitest'
import { approves, fips1403Tls } from '../../policy/profiles.ts'
import { writeClientHello } from './client-hello.ts'
import { plantableOffers, plantedHello } from './planted-offer.ts'
import { readClientHello } from './read-client-hello.ts'

const random = '5a'.repeat(32)
const read = (defect: Parameters<typeof plantedHello>[0]) => readClientHello(writeClientHello(plantedHello(defect, random)))

describe('plantedHello', () => {
  it('offers what is approved when it is sound', () => {
    const hello = read({})
    for (const [kind, field] of [
      ['version', 'versions'],
      ['suite', 'suites'],
      ['group', 'groups'],
      ['scheme', 'schemes'],
    ] as const) {
      expect(hello?.[field].length).toBeGreaterThan(1)
      expect(hello?.[field].filter((code) => !approves(fips1403Tls, kind, code))).toEqual([])
    }
  })

  it.each([
    ['version', 'versions', '0301'],
    ['suite', 'suites', 'ffff'],
    ['group', 'groups', '0000'],
    ['scheme', 'schemes', '0203'],
  ] as const)('offers one %s more', (kind, field, code) => {
    const [sound, with1] = [read({}), read({ kind, code })]
    expect(with1?.[field]).toEqual([...(sound?.[field] ?? []), code])
    expect({ ...with1, [field]: [] }).toEqual({ ...sound, [field]: [] })
  })

  it('can be made of everything that is not approved, and of nothing else', () => {
    const all = plantableOffers()
    expect(all.filter(({ kind, code }) => !kind || !code || approves(fips1403Tls, kind, code))).toEqual([])
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['version', 'suite', 'group', 'scheme']))
    expect(all).not.toContainEqual({ kind: 'suite', code: '00ff' })
  })
})
