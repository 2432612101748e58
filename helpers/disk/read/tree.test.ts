import { describe, expect, it } from 'vitest'
import { parseDirectory, readTree } from './tree.ts'

const listing =
  '/2/040755/0/0/.//\n/2/040755/0/0/..//\n/12/120777/0/0/bin/7/\n/13/040755/0/0/etc//\n/14/100644/0/0/a\nb/20/\n/15/020600/0/0/null/0/\n\n'

describe('what debugfs prints of a directory', () => {
  it('is its files, links and directories, whatever their names', () => {
    expect(parseDirectory(listing, '/x')).toEqual([
      { path: '/x/bin', inode: 12, kind: 'link', size: 7 },
      { path: '/x/etc', inode: 13, kind: 'directory', size: 0 },
      { path: '/x/a\nb', inode: 14, kind: 'file', size: 20 },
    ])
  })

  it('may hold entries that are not used', () => {
    expect(parseDirectory('/11/040700/0/0/.//\n/0/000000/0/0//0/\n\n', '')).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['a complaint', 'ls: not a directory\n'],
    ['cut short', listing.slice(0, -12)],
    ['a name that is none', '/12/100644/0/0//7/\n\n'],
  ])('is not taken from %s', (_, printed) => {
    expect(parseDirectory(printed, '')).toBeUndefined()
  })
})

describe('the tree of a disk', () => {
  const answers: Record<string, string> = {
    'ls -p <2>': '/2/040755/0/0/.//\n/3/040755/0/0/a//\n/4/100644/0/0/f/9/\n\n',
    'ls -p <3>': '/3/040755/0/0/.//\n/2/040755/0/0/back//\n/5/040755/0/0/broken//\n\n',
    'ls -p <5>': '',
  }
  const disk = { ask: async (commands: readonly string[]) => commands.map((line) => answers[line] ?? '') }

  it('ends, although a directory is in itself, and names what could not be read', async () => {
    const { entries, notRead } = await readTree(disk)
    expect(entries.map(({ path }) => path)).toEqual(['/a', '/f', '/a/back', '/a/broken'])
    expect(notRead).toEqual([
      { path: '/a/back', why: 'a directory that was listed already' },
      { path: '/a/broken', why: 'its entries cannot be read' },
    ])
  })
})
