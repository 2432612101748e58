import { describe, expect, it } from 'vitest'
import { htmlReport } from './html.ts'
import { worst } from './html-parts.ts'
import { cellsOf, findingAt, pictureOf } from './read-picture.ts'
import { mixed, plain, threeNodes } from './sample-input.ts'

describe.each(Object.entries({ plain, mixed, threeNodes: threeNodes() }))('the picture of %s', (_name, input) => {
  const page = htmlReport(input)

  it('show every program and port of every node with the worst of what was judged of it', () => {
    const own = input.findings.filter(({ subject }) => subject.node !== undefined && subject.kind !== 'node' && subject.kind !== 'plant')
    const expected = [...Map.groupBy(own, ({ subject }) => subject.key)].map(([key, all]) => [
      key,
      worst(all.map(({ verdict }) => verdict)),
    ])
    const shown = cellsOf(pictureOf(page, 'pic-map'))
      .filter(({ target }) => findingAt(input, target).subject.kind !== 'node')
      .map(({ target, signs }) => [findingAt(input, target).subject.key, signs[0]])
    expect(shown.toSorted()).toEqual(expected.toSorted())
  })
})
