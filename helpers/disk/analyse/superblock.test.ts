import { expect, it } from 'vitest'
import { analyseSuperblock, blockSizeOf } from './superblock.ts'

const header = (state: string, features = 'ext_attr extent metadata_csum'): string =>
  `Filesystem volume name:   fips-node\nFilesystem features:      ${features}\nFilesystem state:         ${state}\nBlock size:               4096\n`

it.each([
  ['clean', header('clean'), { state: 'clean' }],
  ['mounted when its machine ended', header('not clean'), { state: 'unclean', why: expect.stringContaining('state: not clean') }],
  ['with errors', header('clean with errors'), { state: 'unclean', why: expect.stringContaining('clean with errors') }],
  [
    'with a journal to be replayed',
    header('clean', 'has_journal needs_recovery'),
    { state: 'unclean', why: expect.stringContaining('needs_recovery') },
  ],
  ['none at all', 'show_super_stats: Filesystem not open\n', { state: 'unknown', why: expect.stringContaining('superblock') }],
])('a file system that is %s', (_, text, expected) => {
  expect(analyseSuperblock(text)).toEqual(expected)
})

it('tells the size of its blocks', () => {
  expect(blockSizeOf(header('clean'))).toBe(4096)
  expect(blockSizeOf('Block size:   7\n')).toBeUndefined()
})
