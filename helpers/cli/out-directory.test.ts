import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareOut } from './out-directory.ts'

let folder = ''
const at = (name: string): string => join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-out-'))
  await writeFile(at('file'), '')
  await symlink('nowhere', at('dangling'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a place to write to', () => {
  it('is made with all above it, and may be there already', async () => {
    await prepareOut(at('a/b/c'))
    await Promise.all([prepareOut(at('a/b/c')), prepareOut(at('a/b/d/e')), prepareOut(at('a/b/d/f/'))])
    expect((await stat(at('a/b/d/f'))).isDirectory()).toBe(true)
  })

  // Below /proc nothing can be made, and it says ENOENT of it: not to end there would be for ever, signals or not.
  it.each(['file', 'file/below', 'dangling', 'dangling/below', '/proc/fips-conformance/x'])('is not %s', async (name) => {
    const out = name.startsWith('/') ? name : at(name)
    await expect(prepareOut(out)).rejects.toMatchObject({ code: 'OUT_UNUSABLE', trouble: { exit: 3, where: `--out ${out}` } })
  })
})
