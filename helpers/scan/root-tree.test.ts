import { describe, expect, it } from 'vitest'
import { applyLayer, emptyTree, fileAt, type LayerEntry, namesOf, visibleIn } from './root-tree.ts'

type Entry = LayerEntry<string>
const file = (path: string, content = path): Entry => ({ type: 'file', path, file: content })
const link = (path: string, target: string): Entry => ({ type: 'symlink', path, link: target })
const directory = (path: string): Entry => ({ type: 'directory', path })

const seen = (...layers: Entry[][]): Record<string, string> => {
  const tree = emptyTree<string>()
  for (const layer of layers) applyLayer(tree, layer)
  return Object.fromEntries(visibleIn(tree).files.map(({ path, file: content }) => [path, content]))
}

describe('layers applied in order', () => {
  it('replace files, and merge directories', () => {
    expect(seen([directory('bin'), file('bin/a', '1'), file('bin/b', '1')], [directory('bin'), file('bin/a', '2')])).toEqual({
      'bin/a': '2',
      'bin/b': '1',
    })
  })

  it('take away what a whiteout names, of lower layers only and in any order', () => {
    expect(seen([file('bin/a'), file('bin/b')], [file('bin/b', 'new'), file('bin/.wh.b'), file('bin/.wh.a')])).toEqual({ 'bin/b': 'new' })
  })

  it('take away a whole directory by its whiteout', () => {
    expect(seen([file('etc/x/y'), file('etc/z')], [file('etc/.wh.x')])).toEqual({ 'etc/z': 'etc/z' })
  })

  it('take away all that lower layers have in an opaque directory', () => {
    expect(seen([file('etc/x/y'), file('etc/z')], [file('etc/new'), file('etc/.wh..wh..opq'), file('other')])).toEqual({
      'etc/new': 'etc/new',
      other: 'other',
    })
  })

  it('hide what lies below a directory that becomes a file, and the other way round', () => {
    expect(seen([file('a/b')], [file('a')])).toEqual({ a: 'a' })
    expect(seen([file('a')], [directory('a'), file('a/b')])).toEqual({ 'a/b': 'a/b' })
  })

  it('follow links in the way, within the root', () => {
    expect(seen([link('lib', 'usr/lib'), file('usr/lib/x', '1')], [file('lib/x', '2'), file('lib/y')])).toEqual({
      'usr/lib/x': '2',
      'usr/lib/y': 'lib/y',
    })
    expect(seen([link('out', '/../../etc'), file('etc/passwd', 'own')], [file('out/passwd', 'new')])).toEqual({ 'etc/passwd': 'new' })
  })

  it('replace a link by a file, and do not write through it', () => {
    expect(seen([link('a', 'b'), file('b', '1')], [file('a', '2')])).toEqual({ a: '2', b: '1' })
  })

  it('end at links that go in circles', () => {
    expect(seen([link('a', 'b'), link('b', 'a')], [file('a/x')])).toEqual({})
  })

  it('keep count of the files that have no place', () => {
    const tree = emptyTree<string>()
    applyLayer(tree, [link('a', 'b'), link('b', 'a'), file('a/x'), file('..'), { type: 'directory', path: '.' }, file('c')])
    expect(tree.lost).toEqual(['a/x', '..'])
  })

  it('share the content of hard links, and name those that lead nowhere', () => {
    const tree = emptyTree<string>()
    applyLayer(tree, [file('a', '1')])
    applyLayer(tree, [
      { type: 'hard-link', path: 'b', link: '/a' },
      { type: 'hard-link', path: 'c', link: 'nothing' },
    ])
    expect(visibleIn(tree)).toEqual({
      files: [
        { path: 'a', file: '1' },
        { path: 'b', file: '1' },
      ],
      dangling: [{ path: 'c', link: 'nothing' }],
      symlinks: 0,
      special: 0,
    })
  })

  it('keep whiteouts as names in an archive that is no layer', () => {
    const tree = emptyTree<string>()
    applyLayer(tree, [file('a'), file('.wh.a')], false)
    expect(visibleIn(tree).files.map(({ path }) => path)).toEqual(['.wh.a', 'a'])
  })
})

describe('paths', () => {
  it.each([
    ['../../etc/passwd', ['etc', 'passwd']],
    ['/a/./b//c/', ['a', 'b', 'c']],
    ['a/../..', []],
  ])('%s stays within the root', (path, names) => {
    expect(namesOf(path)).toEqual(names)
  })

  it('lead through links to a file', () => {
    const tree = emptyTree<string>()
    applyLayer(tree, [file('one/layer.tar', '1'), link('two/layer.tar', '../one/layer.tar')])
    expect(fileAt(tree, 'two/layer.tar')).toBe('1')
    expect(fileAt(tree, 'one')).toBeUndefined()
  })
})
