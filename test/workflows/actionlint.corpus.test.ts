import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { workflows } from './workflow-files.ts'

it('actionlint finds nothing in the workflows', { timeout: 180_000 }, () => {
  const { status, stdout, stderr } = spawnSync(
    'go',
    ['run', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12', '-no-color', ...workflows.map(({ file }) => file)],
    { cwd: join(import.meta.dirname, '..', '..'), encoding: 'utf8' },
  )
  expect(stdout + (status === 0 ? '' : stderr)).toBe('')
  expect(status).toBe(0)
})
