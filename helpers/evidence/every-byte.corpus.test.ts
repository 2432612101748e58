import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sealedBundle, unnoticedFlips } from './made-bundle.ts'

it('verify names the file of every single byte of a bundle that is changed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'every-byte-'))
  try {
    expect(await unnoticedFlips(await sealedBundle(root, 'run-1'), 1)).toEqual([])
  } finally {
    await rm(root, { recursive: true })
  }
}, 900_000)
