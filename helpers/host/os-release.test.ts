import { describe, expect, it } from 'vitest'
import { parseOsRelease } from '../operating-system/analyse/os-release.ts'
import { familyOf } from './os-release.ts'

describe('parseOsRelease', () => {
  it('reads bare and quoted values and passes over what is no assignment', () => {
    const text = '# comment\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\'24.04\'\n\nnot an assignment\n'
    expect(parseOsRelease(text)).toEqual({ id: 'ubuntu', like: ['debian'], versionId: '24.04', prettyName: 'Ubuntu 24.04.3 LTS' })
  })

  it('takes the escapes of double quotes away', () => {
    expect(parseOsRelease('PRETTY_NAME="The \\"Best\\" \\$5"').prettyName).toBe('The "Best" $5')
  })

  it('has the defaults of os-release(5) for an empty file', () => {
    expect(parseOsRelease('')).toEqual({ id: 'linux', like: [], versionId: '', prettyName: 'Linux' })
  })
})

describe('familyOf', () => {
  it.each([
    ['debian', [], 'debian'],
    ['ubuntu', ['debian'], 'debian'],
    ['linuxmint', ['ubuntu', 'debian'], 'debian'],
    ['fedora', [], 'fedora'],
    ['rocky', ['rhel', 'centos', 'fedora'], 'rhel'],
    ['scientific', ['rhel', 'fedora'], 'rhel'],
    ['amzn', ['fedora'], 'amazon'],
    ['manjaro', ['arch'], 'arch'],
    ['opensuse-tumbleweed', ['opensuse', 'suse'], 'suse'],
    ['sles', ['suse'], 'suse'],
    ['alpine', [], 'alpine'],
    ['nixos', [], 'other'],
  ] as const)('%s like %j is %s', (id, like, family) => {
    expect(familyOf({ id, like, versionId: '', prettyName: '' })).toBe(family)
  })

  it('knows nothing of a host without os-release', () => {
    expect(familyOf(undefined)).toBe('other')
  })
})
