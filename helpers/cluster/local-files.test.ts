import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import { localFiles } from './local-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'local-files-'))
writeFileSync(join(directory, 'a'), 'same size one')
writeFileSync(join(directory, 'b'), 'same size two')
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex')

describe('localFiles', () => {
  it('finds a file by what it holds, among others of its size', async () => {
    const files = localFiles([join(directory, 'is not there'), directory])
    const found = await files.withDigest(13, sha256('same size two'))
    expect(found && (await text(found()))).toBe('same size two')
  })

  it('finds none where the digest or the size is another', async () => {
    const files = localFiles([directory])
    expect(await files.withDigest(13, sha256('something else'))).toBeUndefined()
    expect(await files.withDigest(12, sha256('same size two'))).toBeUndefined()
    expect(await files.hasSize(12)).toBe(false)
  })
})
