import { describe, expect, it } from 'vitest'
import { parseDiskList, resolvePath } from './disk-list.ts'

const sum = 'ab'.repeat(32)
const lines = [
  `F\t${sum}\t12\t13\t1795000000\t/usr/bin/a\\x09b`,
  'L\t/bin\tusr/bin',
  'M\t/lost\tits entries cannot be read',
  'C\t3\t7\t12',
  'Z',
]

describe('the list of a disk', () => {
  it('is each file with its digest, the links, and what was not read', () => {
    const { files, links, notRead, counts } = parseDiskList(lines.join('\n'))
    expect(files).toEqual([{ path: '/usr/bin/a\tb', sha256: sum, size: 12, inode: 13, changed: 1795000000 }])
    expect([...links]).toEqual([['/bin', 'usr/bin']])
    expect(notRead).toEqual([{ path: '/lost', why: 'its entries cannot be read' }])
    expect(counts).toEqual({ directories: 3, files: 7, bytes: 12 })
  })

  it.each([
    ['its end is missing', lines.slice(0, -1), 'cut short'],
    ['a record is none', [...lines, 'what'], 'cannot be read: what'],
    ['a digest is none', [...lines, 'F\tno\t1\t2\t3\t/x'], 'cannot be read: F'],
    ['a number is none', [...lines, `F\t${sum}\t1\t\t3\t/x`], 'cannot be read: F'],
  ])('is not whole where %s', (_, given, why) => {
    expect(parseDiskList(given.join('\n')).notRead).toContainEqual({ path: '', why: expect.stringContaining(why) })
  })
})

describe('a path', () => {
  const links = new Map([
    ['/bin', 'usr/bin'],
    ['/usr/bin/tool', '../../opt/tool'],
    ['/abs', '/usr'],
    ['/loop', 'loop'],
  ])
  const lead = (path: string) => resolvePath(path, (each) => links.get(each) ?? 'not a link')

  it.each([
    ['/usr/bin/kubelet', '/usr/bin/kubelet'],
    ['/bin/kubelet', '/usr/bin/kubelet'],
    ['/bin/tool', '/opt/tool'],
    ['/abs/./bin//tool', '/opt/tool'],
  ])('%s leads to %s', (path, place) => {
    expect(lead(path)).toEqual({ path: place })
  })

  it('that leads nowhere says so', () => {
    expect(lead('/loop/x')).toEqual({ loop: true })
    expect(resolvePath('/bin/x', () => undefined)).toEqual({ missing: '/bin' })
  })
})
