import { describe, expect, it } from 'vitest'
import { htmlReport } from './html.ts'
import { pictureOf } from './read-picture.ts'
import { coverageOf } from './result.ts'
import { mixed, plain, threeNodes } from './sample-input.ts'

describe.each(Object.entries({ plain, mixed, threeNodes: threeNodes() }))('the picture of %s', (_name, input) => {
  const page = htmlReport(input)

  it('count what the summary counts, and what the coverage says', () => {
    const words = (id: string): string[] =>
      [...pictureOf(page, id).matchAll(/<title>([a-z ]+): (\d+) ([a-z ]+)<\/title>/g)].map(
        ([, name, count, what]) => `${name} ${what} ${count}`,
      )
    const sums = new Map<string, number>()
    for (const each of words('pic-claim')) {
      const [, name, what = '', count] = /^(claimed|not claimed|planted) (.*) (\d+)$/.exec(each) ?? expect.fail(each)
      const key = `${name === 'planted' ? 'plants' : 'cluster'} ${what}`
      sums.set(key, (sums.get(key) ?? 0) + Number(count))
    }
    for (const whose of ['cluster', 'plants'] as const) {
      const { pass, waived, ...others } = input.summary[whose]
      const of = (what: string): number => sums.get(`${whose} ${what}`) ?? 0
      expect([of('pass'), of('waived'), of('not applicable')]).toEqual([pass, waived, others['not-applicable']])
      expect(of('fail') + of('inconclusive')).toBe(others.fail + others.inconclusive - waived)
    }
    const expected = coverageOf(input).flatMap(({ kind, there, judged, conclusive }) => [
      ...(conclusive > 0 ? [`${kind}s with a result ${conclusive}`] : []),
      ...(judged > conclusive ? [`${kind}s judged without a result ${judged - conclusive}`] : []),
      ...(there > judged ? [`${kind}s not judged ${there - judged}`] : []),
    ])
    expect(words('pic-coverage')).toEqual(expected)
  })
})
