import { expect, it } from 'vitest'
import { certificateByNumber } from './certificates.ts'
import { opensslProviders, opensslVendors } from './modules-openssl.ts'

it('names certificates of OpenSSL that are in the table, for vendors that are known, each version once', () => {
  const vendors = opensslVendors.map(({ id }) => id)
  for (const { certificates } of opensslVendors)
    for (const number of certificates) expect(certificateByNumber(number)?.module).toMatch(/OpenSSL/)
  for (const { certificate, vendor } of opensslProviders) {
    expect(opensslVendors.find(({ id }) => id === vendor)?.certificates).toContain(certificate)
    expect(certificateByNumber(certificate)?.module).toMatch(/OpenSSL/)
    expect(vendors).toContain(vendor)
  }
  expect(new Set(opensslProviders.map(({ vendor, version }) => `${vendor} ${version}`)).size).toBe(opensslProviders.length)
})
