/** CMVP's own words for where a certificate stands; `Unknown` where the source does not say. */
export type CmvpStatus = 'Active' | 'Historical' | 'Revoked' | 'In Process' | 'Unknown'

/** One certificate of NIST's Cryptographic Module Validation Program, as a source showed it on a day. Dates are `yyyy-mm-dd`, UTC. */
export type Certificate = {
  number: number
  module: string
  vendor: string
  standard: 'FIPS 140-2' | 'FIPS 140-3'
  level: number
  /** Status on the day `asOf`. */
  status: CmvpStatus
  /** The initial validation first, then updates. */
  validated: readonly string[]
  /** The last day on which it is Active. */
  sunset?: string
  caveat?: string
  /** Operating environments of the validation; absent where the source does not show them. */
  testedEnvironments?: readonly string[]
  /** The day for which the source was read. */
  asOf: string
  source: string
  /** True where the source is not NIST itself. */
  secondHand: boolean
}

/**
 * NIST's certificate pages (csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/N), as the public copy ethanolivertroy/NIST-CMVP-API
 * had them. The copy shows neither software versions nor tested operating environments.
 */
const nistCopy = {
  asOf: '2026-03-29',
  source: "NIST's certificate page, through the public copy ethanolivertroy/NIST-CMVP-API",
  secondHand: true,
} as const

/** CMVP certificates, by number. Vendor, dates and caveats are NIST's words. */
export const certificates: readonly Certificate[] = [
  {
    number: 2964,
    module: 'BoringCrypto',
    vendor: 'Google, Inc.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Historical',
    validated: ['2017-07-19'],
    caveat:
      'When installed, initialized and configured as specified in Section 12.1 of the Security Policy and operated in FIPS mode. The module generates cryptographic keys whose strengths are modified by available entropy',
    ...nistCopy,
  },
  {
    number: 3318,
    module: 'BoringCrypto',
    vendor: 'Google, Inc.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Historical',
    validated: ['2018-11-02'],
    caveat:
      'When installed, initialized and configured as specified in Section 12.1 of the Security Policy and operated in FIPS mode. The module generates cryptographic keys whose strengths are modified by available entropy',
    ...nistCopy,
  },
  {
    number: 3678,
    module: 'BoringCrypto',
    vendor: 'Google, LLC',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Historical',
    validated: ['2020-07-13', '2022-07-05'],
    caveat:
      'When installed, initialized and configured as specified in Section 12.1 of the Security Policy and operated in FIPS mode. The module generates cryptographic keys whose strengths are modified by available entropy',
    ...nistCopy,
  },
  {
    number: 3702,
    module: 'D2iQ BoringCrypto Cryptographic Security Module',
    vendor: 'D2iQ Inc.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Historical',
    validated: ['2020-08-19', '2020-11-25', '2020-12-09'],
    caveat:
      'When installed, initialized and configured as specified in Section 12.1 of the Security Policy and operated in FIPS mode. The module generates cryptographic keys whose strengths are modified by available entropy.',
    ...nistCopy,
  },
  {
    number: 4253,
    module: 'Microsoft BoringCrypto Module',
    vendor: 'Microsoft Corporation',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Historical',
    validated: ['2022-06-23'],
    caveat:
      'When installed, initialized and configured as specified in Section 12.1 of the Security Policy and operated in FIPS mode. The module generates cryptographic keys whose strengths are modified by available entropy',
    ...nistCopy,
  },
  {
    number: 4271,
    module: 'Red Hat Enterprise Linux 8 OpenSSL Cryptographic Module',
    vendor: 'Red Hat®, Inc.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Active',
    validated: ['2022-07-18'],
    sunset: '2026-09-21',
    caveat:
      'When operated in FIPS mode and installed, initialized and configured as specified in Section 9.1 of the Security Policy. The module generates cryptographic keys whose strengths are modified by available entropy.',
    ...nistCopy,
  },
  {
    number: 4282,
    module: 'OpenSSL FIPS Provider',
    vendor: 'The OpenSSL Project',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Active',
    validated: ['2022-08-23', '2023-03-10', '2023-05-23', '2024-01-22', '2024-07-10'],
    sunset: '2026-09-21',
    caveat:
      'When operated in FIPS mode. No assurance of the minimum strength of generated keys.',
    ...nistCopy,
  },
  {
    number: 4292,
    module: 'Ubuntu 20.04 OpenSSL Cryptographic Module',
    vendor: 'Canonical Ltd.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Active',
    validated: ['2022-09-06'],
    sunset: '2026-09-21',
    caveat:
      'When operated in FIPS mode',
    ...nistCopy,
  },
  {
    number: 4407,
    module: 'BoringCrypto',
    vendor: 'Google, LLC.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Active',
    validated: ['2023-01-04'],
    sunset: '2026-09-21',
    caveat:
      'When operated in FIPS mode. No assurance of the minimum strength of generated keys.',
    ...nistCopy,
  },
  {
    number: 4631,
    module: 'AWS-LC Cryptographic Module',
    vendor: 'Amazon Web Services Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2023-10-06', '2025-06-27'],
    sunset: '2028-10-05',
    caveat:
      'When operated in approved mode',
    ...nistCopy,
  },
  {
    number: 4642,
    module: 'Red Hat Enterprise Linux 8 OpenSSL Cryptographic Module',
    vendor: 'Red Hat®, Inc.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Active',
    validated: ['2023-10-25', '2024-08-20', '2025-07-29'],
    sunset: '2026-09-21',
    caveat:
      'When operated in FIPS mode and installed, initialized and configured as specified in Section 9.1 of the Security Policy. The module generates cryptographic keys whose strengths are modified by available entropy',
    ...nistCopy,
  },
  {
    number: 4694,
    module: 'VMware\'s BoringCrypto Module',
    vendor: 'Broadcom Inc.',
    standard: 'FIPS 140-2',
    level: 1,
    status: 'Active',
    validated: ['2024-04-24'],
    sunset: '2026-09-21',
    caveat:
      'When operated in FIPS mode. No assurance of the minimum strength of generated keys.',
    ...nistCopy,
  },
  {
    number: 4725,
    module: 'SUSE Linux Enterprise OpenSSL Cryptographic Module',
    vendor: 'SUSE, LLC',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-07-12', '2025-12-19'],
    sunset: '2029-07-11',
    caveat:
      'Interim validation. When operated in the approved mode. When installed, initialized and configured as specified in Section 11 of the Security Policy',
    ...nistCopy,
  },
  {
    number: 4735,
    module: 'BoringCrypto',
    vendor: 'Google, LLC.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-07-23'],
    sunset: '2029-07-22',
    caveat:
      'No assurance of the minimum strength of generated SSPs (e.g., keys). When operated in approved mode.',
    ...nistCopy,
  },
  {
    number: 4746,
    module: 'Red Hat Enterprise Linux 9 OpenSSL FIPS Provider',
    vendor: 'Red Hat®, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-07-31'],
    sunset: '2026-07-30',
    caveat:
      'Interim validation. When operated in approved mode. When installed, initialized and configured as specified in Section 11 of the Security Policy. The module generates SSPs (e.g., keys) whose strengths are modified by available entropy.',
    ...nistCopy,
  },
  {
    number: 4759,
    module: 'AWS-LC Cryptographic Module (dynamic)',
    vendor: 'Amazon Web Services Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-08-14'],
    sunset: '2029-08-13',
    caveat:
      'Interim validation. When operated in approved mode. When installed, initialized and configured as specified in Section 11.1 of the Security Policy. No assurance of the minimum strength of generated SSPs (e.g., keys)',
    ...nistCopy,
  },
  {
    number: 4779,
    module: 'Oracle Linux 9 OpenSSL FIPS Provider',
    vendor: 'Oracle Corporation',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-08-25', '2025-09-19'],
    sunset: '2029-08-24',
    caveat:
      'Interim validation; When operated in approved mode; When installed, initialized and configured as specified in Section 11.1 of the Security Policy',
    ...nistCopy,
  },
  {
    number: 4794,
    module: 'Canonical Ltd. Ubuntu 22.04 OpenSSL Cryptographic Module',
    vendor: 'Canonical Ltd.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-09-11'],
    sunset: '2029-09-10',
    caveat:
      'Interim validation; When operated in approved mode; When installed, initialized and configured as specified in Section 11 of the Security Policy',
    ...nistCopy,
  },
  {
    number: 4796,
    module: 'Red Hat Enterprise Linux 9 Kernel Cryptographic API',
    vendor: 'Red Hat(R), Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-09-11'],
    sunset: '2026-09-10',
    caveat:
      'Interim validation. When operated in approved mode. When installed, initialized and configured as specified in section 11 of the Security Policy. The module generates random strings whose strengths are modified by available entropy.',
    ...nistCopy,
  },
  {
    number: 4808,
    module: 'Amazon Linux 2023 Kernel Cryptographic API',
    vendor: 'Amazon Web Services, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-09-23'],
    sunset: '2029-09-22',
    caveat:
      'Interim validation. When operated in approved mode. When installed, initialized and configured as specified in Section 11 of the Security Policy.',
    ...nistCopy,
  },
  {
    number: 4816,
    module: 'AWS-LC Cryptographic Module (static)',
    vendor: 'Amazon Web Services Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-10-01'],
    sunset: '2029-09-30',
    caveat:
      'When operated in approved mode. No assurance of the minimum strength of generated SSPs (e.g., keys)',
    ...nistCopy,
  },
  {
    number: 4823,
    module: 'OpenSSL FIPS Provider for AlmaLinux 9',
    vendor: 'Cloudlinux Inc., TuxCare division',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-10-07'],
    sunset: '2026-10-06',
    caveat:
      'Interim validation. When operated in Approved mode. When installed, initialized and configured as specified in Section 11 of the Security Policy',
    ...nistCopy,
  },
  {
    number: 4857,
    module: 'Red Hat Enterprise Linux 9 - OpenSSL FIPS Provider',
    vendor: 'Red Hat(R), Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-10-29', '2025-11-28'],
    sunset: '2029-10-28',
    caveat:
      'Interim validation. When operated in approved mode. When installed, initialized and configured as specified in Section 11.2 of the Security Policy. The module generates SSPs (e.g., keys) whose strengths are modified by available entropy.',
    ...nistCopy,
  },
  {
    number: 4894,
    module: 'Canonical Ltd. Ubuntu 22.04 Kernel Crypto API Cryptographic Module',
    vendor: 'Canonical Ltd.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2024-11-21'],
    sunset: '2029-11-20',
    caveat:
      'Interim validation. When operated in approved mode. When installed, initialized and configured as specified in Section 11.1 of the Security Policy.',
    ...nistCopy,
  },
  {
    number: 4953,
    module: 'BoringCrypto',
    vendor: 'Google, LLC.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-01-27'],
    sunset: '2030-01-26',
    caveat:
      'Interim validation. When operated in approved mode. No assurance of the minimum strength of generated SSPs (e.g., keys)',
    ...nistCopy,
  },
  {
    number: 4973,
    module: 'VMware\'s BoringCrypto Module',
    vendor: 'Broadcom Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-02-26'],
    sunset: '2029-07-22',
    caveat:
      'No assurance of the minimum strength of generated SSPs (e.g., keys). When operated in approved mode.',
    ...nistCopy,
  },
  {
    number: 4985,
    module: 'OpenSSL FIPS Provider',
    vendor: 'The OpenSSL Project',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-03-11', '2025-11-21'],
    sunset: '2030-03-10',
    caveat:
      'When operated in approved mode. No assurance of the minimum strength of generated SSPs (e.g., keys).',
    ...nistCopy,
  },
  {
    number: 5021,
    module: 'Amazon Linux 2023 OpenSSL FIPS Provider',
    vendor: 'Amazon Web Services, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-05-26'],
    sunset: '2030-05-25',
    caveat:
      'When operated in approved mode. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5034,
    module: 'Red Hat Enterprise Linux 9 Kernel Cryptographic API',
    vendor: 'Red Hat, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-06-30'],
    sunset: '2030-06-29',
    caveat:
      'When operated in approved mode. The module generates random numbers whose strengths are modified by available entropy. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs',
    ...nistCopy,
  },
  {
    number: 5089,
    module: 'Red Hat Enterprise Linux 8 Kernel Cryptographic API',
    vendor: 'Red Hat, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-11-04'],
    sunset: '2030-11-03',
    caveat:
      'When operated in approved mode. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs. The module generates random strings whose strengths are modified by available entropy.',
    ...nistCopy,
  },
  {
    number: 5096,
    module: 'SUSE Linux Enterprise OpenSSL 3 Cryptographic Module',
    vendor: 'SUSE LLC',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-11-26', '2026-03-02'],
    sunset: '2030-11-25',
    caveat:
      'When operated in approved mode. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5102,
    module: 'Chainguard FIPS Provider for OpenSSL',
    vendor: 'Chainguard, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-12-04'],
    sunset: '2030-03-10',
    caveat:
      'When operated in approved mode. No assurance of the minimum strength of generated SSPs (e.g., keys).',
    ...nistCopy,
  },
  {
    number: 5104,
    module: 'BoringCrypto',
    vendor: 'Google, LLC',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-12-09'],
    sunset: '2030-12-08',
    caveat:
      'When operated in approved mode. No assurance of the minimum strength of generated SSPs (e.g., keys)',
    ...nistCopy,
  },
  {
    number: 5112,
    module: 'SUSE Linux Enterprise Kernel Crypto API Cryptographic Module',
    vendor: 'SUSE LLC',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2025-12-18'],
    sunset: '2030-12-17',
    caveat:
      'When operated in approved mode. When installed, initialized and configured as specified in section 11 of the Security Policy. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5115,
    module: 'Canonical Ltd. Ubuntu 24.04 OpenSSL Cryptographic Module',
    vendor: 'Canonical Ltd.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2026-01-06'],
    sunset: '2031-01-05',
    caveat:
      'When operated in approved mode. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5116,
    module: 'Rocky Linux 9 OpenSSL FIPS Provider',
    vendor: 'Ctrl IQ, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2026-01-06'],
    sunset: '2031-01-05',
    caveat:
      'When operated in approved mode. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5132,
    module: 'Chainguard FIPS Provider for OpenSSL',
    vendor: 'Chainguard, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2026-01-14'],
    sunset: '2031-01-13',
    caveat:
      'When operated in approved mode. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5200,
    module: 'Rocky Linux 8 OpenSSL Cryptographic Module',
    vendor: 'Ctrl IQ, Inc.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2026-03-18'],
    sunset: '2031-03-17',
    caveat:
      'When operated in approved mode and installed, initialized and configured as specified in Section 11 of the Security Policy. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5215,
    module: 'Canonical Ltd. Ubuntu 24.04 Kernel Crypto API Cryptographic Module',
    vendor: 'Canonical Ltd.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2026-03-27'],
    sunset: '2031-03-26',
    caveat:
      'When operated in approved mode. When installed, initialized and configured as specified in Section 11.1 of the Security Policy. No assurance of minimum security of SSPs (e.g., keys, bit strings) that are externally loaded, or of SSPs established with externally loaded SSPs.',
    ...nistCopy,
  },
  {
    number: 5244,
    module: 'BoringCrypto (fips-20240805)',
    vendor: 'Google, LLC.',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Unknown',
    validated: [],
    asOf: '2026-08-01',
    source: 'BoringSSL, crypto/fipsmodule/FIPS.md, which lists the number without status or dates',
    secondHand: true,
  },
  {
    number: 5247,
    module: 'Go Cryptographic Module (v1.0.0)',
    vendor: 'Geomys LLC',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: ['2026-04-27'],
    sunset: '2031-04-26',
    asOf: '2026-04-28',
    source: 'go.dev/doc/security/fips140',
    secondHand: true,
  },
]
