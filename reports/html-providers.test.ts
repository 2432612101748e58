import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { providerProofs } from '../helpers/policy/provider-proofs.ts'
import { providerLines, providerTable } from './html-providers.ts'

const html = (provider: string): string => {
  const made = providerTable(provider)
  return typeof made === 'object' && made !== null ? renderToString(made as Parameters<typeof renderToString>[0]) : ''
}

it.each(['kind', 'machine'])('marks the place of a run with %s, in both forms', (provider) => {
  expect(html(provider)).toMatch(new RegExp(`<th[^>]*>${provider}: nodes [^<]*\\(this run\\)`))
  expect(html(provider).match(/\(this run\)/g)).toHaveLength(1)
  expect(
    providerLines(provider)
      .join('\n')
      .match(/\(this run\)/g),
  ).toHaveLength(1)
})

it('has a row for each, as wide as its head', () => {
  const rows = providerLines('kind').filter((line) => line.startsWith('|'))
  expect(rows).toHaveLength(providerProofs.length + 2)
  expect(new Set(rows.map((line) => line.split('|').length))).toEqual(new Set([6]))
})

it('says nothing of it where no cluster was judged', () => {
  expect(html('scan')).toBe('')
  expect(providerLines('probe')).toEqual([])
})
