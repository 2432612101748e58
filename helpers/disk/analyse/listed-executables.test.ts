import { describe, expect, it } from 'vitest'
import { escapedPath, parseExecutables, placeOf, unescapedPath } from './listed-executables.ts'

const sum = 'ab'.repeat(32)
const records = [
  'R\t0\tnode\t/\t',
  'C\t0\t10\t2\t1\t3',
  'R\t1\tcontainer\t/app\t/proc/7/root',
  'M\t1\t/data\ta file system of its own (ext4), which was not entered',
  'C\t1\t5\t1\t0\t0',
  `F\t0\t${sum}\t12\t/bin/a\\x09b\\x5c`,
  `F\t1\t${sum}\t12\t/app`,
  'Z',
]

describe('what a node says of its executables', () => {
  it('is each file with its digest in its root, and what was not read', () => {
    const found = parseExecutables(records.join('\n'))
    expect(found).toMatchObject({
      counts: { files: 15, elf: 3, objects: 1, scripts: 3 },
      files: [
        { root: 0, sha256: sum, size: 12, path: '/bin/a\tb\\' },
        { root: 1, path: '/app' },
      ],
      notRead: [{ root: 1, path: '/data' }],
    })
    expect(found.files.map((file) => placeOf(found, file))).toEqual(['/bin/a\tb\\', '/proc/7/root/app'])
  })

  it.each([
    ['its end is missing', records.slice(0, -1), 'cut short'],
    ['a record is none', [...records, 'what'], 'cannot be read: what'],
    ['a digest is none', [...records, 'F\t0\tno\t1\t/x'], 'cannot be read: F'],
  ])('is not complete where %s', (_, lines, why) => {
    expect(parseExecutables(lines.join('\n')).notRead).toContainEqual(expect.objectContaining({ why: expect.stringContaining(why) }))
  })
})

it('spells every path so that a record stays one line', () => {
  const path = '/a\tb\\x41\nc'
  expect(escapedPath(path)).not.toMatch(/[\t\n]/)
  expect(unescapedPath(escapedPath(path))).toBe(path)
})
