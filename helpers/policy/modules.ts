/** The MAC with which a BoringCrypto build checks itself at power-on. */
export type MacAlgorithm = 'sha256' | 'sha512'

export type ModuleArchitecture = 'amd64' | 'arm64'

/**
 * One build of BoringCrypto as the Go toolchain ships it (`src/crypto/internal/boring/syso`). Its code and read-only data are one block without relocations,
 * so the block is byte-identical in every program that links it, and the HMAC that is stored behind it names the build.
 */
export type BoringCryptoBuild = {
  /** Stable, as machines read it: `boringcrypto-20220613`. */
  id: string
  name: string
  /** Tag and commit of BoringSSL from which it was built. */
  tag: string
  commit: string
  arch: ModuleArchitecture
  mac: MacAlgorithm
  /** Bytes over which the MAC is computed, from the first byte of the block. */
  length: number
  /** From the first byte of the block to the stored digest, in bytes. */
  digestOffset: number
  /** The stored digest, lower-case hex. */
  digest: string
  /** Go 1.x releases whose toolchain carries it: first and last known minor number. */
  go: { first: number; last: number }
  /** CMVP certificate; absent where the build was never certified. */
  certificate?: number
  /** What a reader has to know about this build. */
  remark?: string
}

/** The key of the module's own HMAC: 64 zero bytes (BoringSSL, `crypto/fipsmodule/bcm.c`, BORINGSSL_integrity_test). Hex. */
export const boringCryptoMacKey = '00'.repeat(64)

/** Length in bytes of what a MAC algorithm puts out. */
export const macLength: Record<MacAlgorithm, number> = { sha256: 32, sha512: 64 }

const fips20190808 = { id: 'boringcrypto-20190808', name: 'BoringCrypto fips-20190808', tag: 'fips-20190808', commit: 'ae223d61' } as const
const fips20210429 = { id: 'boringcrypto-20210429', name: 'BoringCrypto fips-20210429', tag: 'fips-20210429', commit: '853ca1ea' } as const
const fips20220613 = { id: 'boringcrypto-20220613', name: 'BoringCrypto fips-20220613', tag: 'fips-20220613', commit: '0c6f4013' } as const
const uncertified20220613 = {
  id: 'boringcrypto-20220613-pre-certificate',
  name: 'BoringCrypto fips-20220613, before its certificate',
  tag: 'fips-20220613',
  commit: 'unknown',
  remark:
    'this build stood in the Go development tree from 2023-12-18 to 2024-01-26; it bears the tag of the certified build and differs from it in its bytes',
} as const

/**
 * Every BoringCrypto build that is known to have been part of a Go toolchain, with the digest that it stores.
 * Digests: read from the toolchains' .syso files and recomputed over the block; as of 2026-11-22. Certificates: BoringSSL, `crypto/fipsmodule/FIPS.md`.
 */
export const boringCryptoBuilds: readonly BoringCryptoBuild[] = [
  {
    ...fips20190808,
    arch: 'amd64',
    mac: 'sha512',
    length: 733200,
    digestOffset: 0xb348e,
    digest:
      '18d35ae031f649825a4269d68d2e62583d060a31d359690f97b9c8bf8120cdf75b405f74be7018094da7eb5261f2f86d0f481cc3b5a9c7c432268d94bf91aad9',
    go: { first: 15, last: 19 },
    certificate: 3678,
    remark: 'Go 1.19, and the dev.boringcrypto branch from November 2020 on',
  },
  {
    ...fips20210429,
    arch: 'amd64',
    mac: 'sha512',
    length: 778896,
    digestOffset: 0xbe7aa,
    digest:
      'afca814ee73c7cccc71d6ec64432db762b3bd38a9262181122e459a9eff120130cfeb14e1eb654b42c6f59ba001d948f87b90e25f57541f4b3b374e0ce4404e2',
    go: { first: 20, last: 23 },
    certificate: 4407,
  },
  {
    ...fips20210429,
    arch: 'arm64',
    mac: 'sha256',
    length: 381040,
    digestOffset: 0x5d6d0,
    digest: '9302ea1acc555934fa2f5ba8cd60719d913a2662a887a1b233483285f648f44d',
    go: { first: 20, last: 23 },
    certificate: 4407,
  },
  {
    ...fips20220613,
    arch: 'amd64',
    mac: 'sha256',
    length: 753552,
    digestOffset: 0xb84eb,
    digest: '2a218ae635bf1cd56624875de07c6571cde7367369f1d865cb9898158edf8b81',
    go: { first: 24, last: 27 },
    certificate: 4735,
  },
  {
    ...fips20220613,
    arch: 'arm64',
    mac: 'sha256',
    length: 544240,
    digestOffset: 0x8549c,
    digest: '9094627e2bd03d962ba1d0c4420a1da9e1ae55caef8ede7b68028d7a4a71f161',
    go: { first: 24, last: 27 },
    certificate: 4735,
  },
  {
    ...uncertified20220613,
    arch: 'amd64',
    mac: 'sha256',
    length: 753488,
    digestOffset: 0xb84ab,
    digest: 'df4f98166446295b7cbe1439895493a150f970da51fe03ce843d7625f8397bb2',
    go: { first: 22, last: 22 },
  },
  {
    ...uncertified20220613,
    arch: 'arm64',
    mac: 'sha256',
    length: 544240,
    digestOffset: 0x8549c,
    digest: '10a12ee21e01ca16ed8092e4b2fdbe32be9b45be65ed4bb9cb8e9c9d43ab51a0',
    go: { first: 22, last: 22 },
  },
]

/**
 * A text of the self-test inside the hashed block, the same in every BoringSSL FIPS build; BORINGSSL_bcm_text_hash is checked against it at power-on.
 * Where it stands in executable memory and no known digest does, the program carries a build that is not in the table.
 */
export const boringSslSelfTestText = "FIPS module doesn't span expected symbol"

/** Go packages that do cryptography outside BoringCrypto although the program is a goboring build (they are reported where functions of them are linked). */
export const outsideBoringCrypto: readonly { prefix: string; what: string }[] = [
  { prefix: 'crypto/internal/fips140/tls12', what: 'TLS 1.2 key derivation' },
  { prefix: 'crypto/internal/fips140/tls13', what: 'TLS 1.3 key derivation' },
  { prefix: 'crypto/internal/fips140/hkdf', what: 'HKDF' },
  { prefix: 'crypto/internal/fips140/pbkdf2', what: 'PBKDF2' },
  { prefix: 'crypto/internal/fips140/mlkem', what: 'ML-KEM' },
  { prefix: 'crypto/internal/fips140/ed25519', what: 'Ed25519' },
  { prefix: 'crypto/md5', what: 'MD5' },
  { prefix: 'crypto/rc4', what: 'RC4' },
  { prefix: 'crypto/des', what: 'DES' },
  { prefix: 'github.com/cloudflare/circl/', what: 'CIRCL' },
  { prefix: 'github.com/ProtonMail/go-crypto/', what: "ProtonMail's fork of golang.org/x/crypto" },
  { prefix: 'filippo.io/', what: 'packages of filippo.io' },
  { prefix: 'golang.org/x/crypto/', what: 'golang.org/x/crypto' },
  { prefix: 'vendor/golang.org/x/crypto/', what: "the standard library's copy of golang.org/x/crypto" },
]

/** Packages below those prefixes that do no cryptography: encodings and pointer checks. */
export const noCryptography: readonly string[] = ['cryptobyte', 'cryptobyte/asn1', 'internal/alias', 'internal/subtle', 'ssh/terminal']

/** The package of the standard library that stands between crypto/* and the module (Go source, `src/crypto/internal/boring`). */
export const boringCryptoPackage = 'crypto/internal/boring'
