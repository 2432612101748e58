import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { providerLines } from '../reports/html-providers.ts'

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')

it('tells what each place can prove in the words of the reports', () => {
  for (const line of providerLines('').filter((text) => text.startsWith('|'))) expect(readme).toContain(line)
})
