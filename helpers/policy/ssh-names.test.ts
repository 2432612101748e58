import { describe, expect, it } from 'vitest'
import { cnsa1Tls, tlsProfiles } from './profiles-strict.ts'
import { unapprovedSsh } from './ssh-names.ts'

describe('unapprovedSsh', () => {
  it('has some of every kind, and nothing that the profile approves', () => {
    for (const profile of tlsProfiles.values()) {
      const all = unapprovedSsh(profile)
      for (const { field, name } of all) expect(profile.ssh[field].some((row) => row.name === name)).toBe(false)
      for (const field of ['kex', 'hostkey', 'cipher', 'mac']) expect(all.filter((one) => one.field === field).length).toBeGreaterThan(5)
      expect(new Set(all.map(({ field, name }) => `${field} ${name}`)).size).toBe(all.length)
    }
  })

  it('goes by the profile', () => {
    const names = (profile?: typeof cnsa1Tls) => unapprovedSsh(profile).map(({ name }) => name)
    expect(names()).toContain('chacha20-poly1305@openssh.com')
    expect(names()).not.toContain('ecdh-sha2-nistp256')
    expect(names(cnsa1Tls)).toContain('ecdh-sha2-nistp256')
  })
})
