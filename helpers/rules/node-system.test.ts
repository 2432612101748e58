import { describe, expect, it } from 'vitest'
import { derivesVolumeKeys, keepsFipsEnvironment, runsSupportedSystem } from './node-system.ts'

const by = { asOf: new Date() }
const release = (id: string, like: string[] = []) => ({ id, like, versionId: '9', prettyName: id })

describe('FIPS-NODE-2', () => {
  it.each([
    ['rhel', release('rhel', ['fedora']), 'pass'],
    ['centos', release('centos', ['rhel', 'fedora']), 'pass'],
    ['a rebuild', release('almalinux', ['rhel', 'centos', 'fedora']), 'pass'],
    ['Amazon Linux', release('amzn', ['fedora']), 'fail'],
    ['Debian', release('debian'), 'fail'],
    ['none', undefined, 'inconclusive'],
  ])('%s', (_case, own, verdict) => {
    expect(runsSupportedSystem({ containerNode: false, release: own, alsoSupported: ['sles'] }, by).verdict).toBe(verdict)
    expect(runsSupportedSystem({ containerNode: true, release: own }, by).verdict).toBe('not-applicable')
  })

  it('is widened by the settings of a run, and says so', () => {
    const outcome = runsSupportedSystem({ containerNode: false, release: release('sles'), alsoSupported: ['debian', 'sles'] }, by)
    expect(outcome).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('settings of this run take sles') })
    expect(outcome.expected).toContain('by the settings of this run debian, sles')
    expect(outcome.notes).toHaveLength(1)
  })
})

it.each([
  ['none', { state: 'none' }, 'not-applicable'],
  ['PBKDF2', { state: 'encrypted', volumes: [{ device: '/dev/vda3', derivations: ['pbkdf2'], ciphers: ['aes'] }] }, 'pass'],
  [
    'argon2 beside PBKDF2',
    { state: 'encrypted', volumes: [{ device: '/dev/vda3', derivations: ['pbkdf2', 'argon2id'], ciphers: ['aes'] }] },
    'fail',
  ],
  ['unknown', { state: 'unknown', reason: 'no lsblk' }, 'inconclusive'],
] as const)('FIPS-NODE-6: %s', (_case, volumes, verdict) => {
  expect(derivesVolumeKeys({ containerNode: false, volumes }, by).verdict).toBe(verdict)
})

it.each([
  ['nothing set', [], 'pass'],
  ['FIPS mode off', [{ file: '/etc/environment', name: 'GODEBUG', value: 'fips140=off' }], 'fail'],
  ['unreadable', undefined, 'inconclusive'],
] as const)('FIPS-NODE-7: %s', (_case, settings, verdict) => {
  expect(keepsFipsEnvironment({ settings }, by).verdict).toBe(verdict)
})
