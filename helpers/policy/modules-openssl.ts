/**
 * The key of the MAC by which OpenSSL's FIPS provider checks its own file: FIPSKEY, unless whoever built it chose another (OpenSSL, `configurations` and
 * `providers/fips/self_test.c`). Hex.
 */
export const opensslFipsKey = 'f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813'

/** What `install-status` says and `install-mac` is computed over, where the self-tests were run on installation (OpenSSL, `providers/fips/self_test.c`). */
export const opensslInstallStatus = 'INSTALL_SELF_TEST_KATS_RUN'

/** The key of the side files of GnuTLS, fipscheck and libkcapi as Red Hat builds them (RPM spec files). Text. */
export const redHatHmacKey = 'orboDeJITITejsirpADONivirpUkvarP'

/** The key of libgcrypt's own MAC, unless configured otherwise (libgcrypt, `src/fips.c`). Text. */
export const libgcryptKey = 'What am I, a doctor or a moonshuttle conductor?'

/** Names under which FIPS providers introduce themselves, and the certificates that their vendors hold for them. */
export type OpensslVendor = { id: string; name: RegExp; certificates: readonly number[] }

/**
 * The longest names first: upstream's stands inside some of the others. Names of vendors of whom no provider was at hand follow those of their certificates, as of
 * 2026-11-22; OpenSSL 1.1.1 of RHEL 8 (4271, 4642), Ubuntu 20.04 (4292) and Rocky Linux 8 (5200) has no provider, and the module is the library itself.
 */
export const opensslVendors: readonly OpensslVendor[] = [
  { id: 'red-hat-9', name: /^Red Hat Enterprise Linux 9 - OpenSSL FIPS Provider$/, certificates: [4746, 4857] },
  { id: 'oracle-9', name: /^Oracle Linux 9 -? ?OpenSSL FIPS Provider$/, certificates: [4779] },
  { id: 'rocky-9', name: /^Rocky Linux 9 -? ?OpenSSL FIPS Provider$/, certificates: [5116] },
  { id: 'amazon-2023', name: /^Amazon Linux 2023 -? ?OpenSSL FIPS Provider$/, certificates: [5021] },
  { id: 'alma-9', name: /^(?:OpenSSL FIPS Provider for AlmaLinux 9|AlmaLinux 9 -? ?OpenSSL FIPS Provider)$/, certificates: [4823] },
  { id: 'chainguard', name: /^Chainguard FIPS Provider for OpenSSL$/, certificates: [5102, 5132] },
  { id: 'suse', name: /^SUSE Linux Enterprise -? ?OpenSSL (?:3 )?(?:Cryptographic Module|FIPS Provider)$/, certificates: [4725, 5096] },
  { id: 'ubuntu-22.04', name: /^(?:Canonical Ltd\. )?Ubuntu 22\.04 OpenSSL Cryptographic Module$/, certificates: [4794] },
  { id: 'ubuntu-24.04', name: /^(?:Canonical Ltd\. )?Ubuntu 24\.04 OpenSSL Cryptographic Module$/, certificates: [5115] },
  { id: 'openssl', name: /^OpenSSL FIPS Provider$/, certificates: [4282, 4985] },
]

/** Ends of those names: where one is looked for. */
export const opensslNameEnds: readonly string[] = [
  'FIPS Provider',
  'Cryptographic Module',
  'FIPS Provider for OpenSSL',
  'FIPS Provider for AlmaLinux 9',
]

/** Vendors of whom it is known which versions their certificates name; a version of another may be on one of its certificates or not. */
export const hasKnownVersions = (vendor: string): boolean => opensslProviders.some((each) => each.vendor === vendor)

/** A provider that a certificate names, by vendor and exact version. Both are text in the file, so identity is claimed and not proven. */
export type OpensslProviderBuild = { vendor: string; version: string; certificate: number; source: string }

/** As of 2026-11-22. Every other version is on no certificate, also those that a vendor ships as an update of one that is. */
export const opensslProviders: readonly OpensslProviderBuild[] = [
  { vendor: 'openssl', version: '3.0.8', certificate: 4282, source: 'OpenSSL, list of releases with a FIPS provider' },
  { vendor: 'openssl', version: '3.0.9', certificate: 4282, source: 'OpenSSL, list of releases with a FIPS provider' },
  { vendor: 'openssl', version: '3.1.2', certificate: 4985, source: 'OpenSSL, announcement of 2025-03-11' },
  { vendor: 'red-hat-9', version: '3.0.1-3f45e68ee408cd9c', certificate: 4746, source: 'security policy of the certificate' },
  { vendor: 'red-hat-9', version: '3.0.7-395c1a240fbfffd8', certificate: 4857, source: 'documents of users of the certificate' },
  { vendor: 'oracle-9', version: '3.0.7-b27cdeb3ba51be46', certificate: 4779, source: 'security policy of the certificate' },
]

/** In which order Go toolchains that call OpenSSL look for it (microsoft/go and golang-fips/go; `libcrypto.so.` in front). */
export const libcryptoVersions: readonly string[] = ['3', '1.1', '11', '111', '1.0.2', '1.0.0', '10']
