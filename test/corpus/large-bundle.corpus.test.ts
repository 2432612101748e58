import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { thisTool } from '../../helpers/cli/this-tool.ts'
import { largeBundle, runCommand } from '../../reports/large-bundle.ts'

it('verifies 100,000 findings and all their reports in less than 500 MB', async () => {
  const root = mkdtempSync(join(tmpdir(), 'large-bundle-'))
  try {
    const dir = await largeBundle(join(root, 'bundles'), 100_000, thisTool())
    // What a first run compiles is kept; a small bundle is enough for that.
    const small = await largeBundle(join(root, 'small'), 3, thisTool())
    expect(runCommand(['verify', small], join(root, 'caches'))).toMatchObject({ exit: 0 })
    const { exit, says, megabytes } = runCommand(['verify', dir], join(root, 'caches'))
    expect({ exit, says }).toEqual({ exit: 0, says: expect.stringContaining('10 reports are what is made of this bundle, byte for byte') })
    expect(megabytes).toBeLessThan(500)
  } finally {
    rmSync(root, { recursive: true })
  }
}, 600_000)
