/** A package that brings a cryptographic module to a node, with the certificate that names its vendor and version. */
export type NodeModule = {
  /** ID and the first part of VERSION_ID (os-release(5)). */
  system: string
  major: string
  package: RegExp
  /** Version and release as the package manager has them. */
  version: RegExp
  certificate: number
  source: string
}

const redHat = 'security policy of the certificate, package versions of the vendor’s advisories'

/** As of 2026-11-22. What has no row is on no certificate that is known here, however near its version is. */
export const nodeModules: readonly NodeModule[] = [
  { system: 'rhel', major: '9', package: /^openssl-fips-provider(-so)?$/, version: /^3\.0\.7-/, certificate: 4857, source: redHat },
  { system: 'rhel', major: '9', package: /^openssl-libs$/, version: /^3\.0\.7-/, certificate: 4857, source: redHat },
  { system: 'rhel', major: '9', package: /^openssl-libs$/, version: /^3\.0\.1-/, certificate: 4746, source: redHat },
  { system: 'rhel', major: '8', package: /^openssl-libs$/, version: /^1\.1\.1k-/, certificate: 4642, source: redHat },
  {
    system: 'ol',
    major: '9',
    package: /^openssl-fips-provider(-so)?$/,
    version: /^3\.0\.7-/,
    certificate: 4779,
    source: 'security policy of the certificate',
  },
]

/** Certificates of a vendor’s OpenSSL module and of its kernel, whatever version they name: to say what there would be. */
export type VendorCertificates = { system: string; major: string; openssl: readonly number[]; kernel: readonly number[] }

export const vendorCertificates: readonly VendorCertificates[] = [
  { system: 'rhel', major: '9', openssl: [4746, 4857], kernel: [4796, 5034] },
  { system: 'rhel', major: '8', openssl: [4271, 4642], kernel: [5089] },
  { system: 'ol', major: '9', openssl: [4779], kernel: [] },
  { system: 'almalinux', major: '9', openssl: [4823], kernel: [] },
  { system: 'rocky', major: '9', openssl: [5116], kernel: [] },
  { system: 'rocky', major: '8', openssl: [5200], kernel: [] },
  { system: 'amzn', major: '2023', openssl: [5021], kernel: [4808] },
  { system: 'ubuntu', major: '22', openssl: [4794], kernel: [4894] },
  { system: 'ubuntu', major: '24', openssl: [5115], kernel: [5215] },
  { system: 'ubuntu', major: '20', openssl: [4292], kernel: [] },
  { system: 'sles', major: '15', openssl: [4725, 5096], kernel: [5112] },
]
