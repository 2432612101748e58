// What counts as a sign of cryptography when a program is to be proven free of it. Every entry that lets something through says why; whatever is not let through refuses the proof.

/**
 * Packages of the standard library below `crypto/` that compute nothing cryptographic. A function of any other package below `crypto/` refuses the proof.
 * Go source, read for Go 1.24 to 1.27.
 */
export const emptyCryptoPackages: readonly { path: string; why: string }[] = [
  { path: 'crypto/internal/boring/sig', why: 'three functions whose bodies are marks for tools and do nothing' },
  { path: 'crypto/internal/fips140deps/byteorder', why: 'reads and writes integers in a byte order' },
  { path: 'crypto/internal/fips140deps/cpu', why: 'copies the flags of the processor' },
  { path: 'crypto/internal/fips140deps/godebug', why: 'reads a setting of GODEBUG' },
  { path: 'crypto/internal/impl', why: 'a list of the names of implementations' },
]

/**
 * What the import of crypto/tls/fipsonly links into a program that uses no cryptography: the self-test of Go's own module, with the hashes on which it runs.
 * It is cryptography. A program with these packages and no other is told apart, because its own code brings none of them.
 */
export const selfCheckPackages: readonly string[] = [
  ...emptyCryptoPackages.map(({ path }) => path),
  'crypto/fips140',
  'crypto/internal/fips140',
  'crypto/internal/fips140/alias',
  'crypto/internal/fips140/check',
  'crypto/internal/fips140/hmac',
  'crypto/internal/fips140/sha256',
  'crypto/internal/fips140/sha3',
  'crypto/internal/fips140/sha512',
  'crypto/internal/fips140/subtle',
  'crypto/tls/fipsonly',
  'crypto/tls/internal/fips140tls',
]

/** Functions whose names speak of cryptography and that are part of every Go program, also of one that prints a line. */
export const runtimeFunctions: readonly { name: RegExp; why: string }[] = [
  { name: /^internal\/chacha8rand\./, why: "the runtime's generator for map seeds and scheduling" },
  { name: /^aeshashbody$/, why: "the runtime's hash for maps" },
]

/**
 * Words that, in the path of a package or in the name of a function of C or assembly, speak of cryptography outside the standard library: whole words between
 * separators, with digits behind them. Broad on purpose: a false alarm leaves a program unproven, no more.
 */
export const cryptographyWords =
  /(?:^|[^a-z])(?:go)?(?:crypt[a-z]*|[a-z]*crypto|cipher[a-z]*|sha(?:1|2|3|256|384|512|ke)|md[45]|keccak|blake[23][a-z]*|ripemd|whirlpool|aes[a-z]*|des3?|3des|rc[24]|chacha[a-z]*|x?salsa|poly1305|ed(?:wards)?(?:25519|448)|x(?:25519|448)|curve25519|p(?:224|256|384|521)|nistec|secp[a-z0-9]*|btcec|ecdsa|ecdh|rsa|dsa|hmac|cmac|gcm|hkdf|pbkdf2?|argon2|m[ld]-?kem|m[ld]-?dsa|kyber|dilithium|tls|dtls|ssl|openssl|[a-z]*ssl|evp|gnutls|gcry|nss|pgp|openpgp|jose|jwt|jw[eks]|noise|wireguard|age|fips|pkcs[0-9]*|x509|circl|tink|nacl|sodium|libsodium|minisign|ssh|bcrypt|scrypt)[0-9]*(?![a-z])/i

/** Bytes that stand in a program with cryptography, to be looked for over the whole file when the proof is tried. */
export type CryptographyTrace = {
  id: string
  hex: string
  what: string
  /** A constant of the hashes that the self-test of Go's own module uses. */
  hash?: true
}

const ofText = (id: string, text: string, what: string): CryptographyTrace => ({
  id: `trace:${id}`,
  hex: [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  what,
})

const ofHex = (id: string, hex: string, what: string): CryptographyTrace => ({ id: `trace:${id}`, hex, what })

/**
 * Names of libraries that a program loads or links, and constants that software implementations carry whatever their functions are called
 * (FIPS 197, figure 7; FIPS 180-4, sections 4.2.2 and 4.2.3; FIPS 202, round constants; RFC 1321, section 3.4). The constant of ChaCha20 says nothing: the generator
 * of Go's runtime holds it in every program for arm64.
 */
export const cryptographyTraces: readonly CryptographyTrace[] = [
  ofText('libcrypto', 'libcrypto', 'the name of a library of OpenSSL'),
  ofText('libssl', 'libssl', 'the name of a library of OpenSSL'),
  ofText('openssl', 'OpenSSL', 'the name OpenSSL'),
  ofText('openssl-call', 'OPENSSL_', 'names of functions of OpenSSL or BoringSSL'),
  ofText('evp', 'EVP_', 'names of functions of OpenSSL or BoringSSL'),
  ofText('boringssl', 'BoringSSL', 'the name BoringSSL'),
  ofText('libgcrypt', 'libgcrypt', 'the name of a library'),
  ofText('gnutls', 'gnutls', 'the name of a library'),
  ofText('mbedtls', 'mbedtls', 'the name of a library'),
  ofText('wolfssl', 'wolfssl', 'the name of a library'),
  ofText('dlopen', 'dlopen', 'the call that loads a library while the program runs'),
  ofHex('aes-sbox', '637c777bf26b6fc53001672bfed7ab76', 'the S-box of AES'),
  ofHex('aes-sbox-inverse', '52096ad53036a538bf40a39e81f3d7fb', 'the inverse S-box of AES'),
  { ...ofHex('sha256-little', '982f8a4291443771cffbc0b5a5dbb5e9', 'the round constants of SHA-256'), hash: true },
  { ...ofHex('sha256-big', '428a2f9871374491b5c0fbcfe9b5dba5', 'the round constants of SHA-256'), hash: true },
  { ...ofHex('sha512-little', '22ae28d7982f8a42cd65ef2391443771', 'the round constants of SHA-512'), hash: true },
  { ...ofHex('sha512-big', '428a2f98d728ae227137449123ef65cd', 'the round constants of SHA-512'), hash: true },
  { ...ofHex('keccak-little', '010000000000000082800000000000008a80000000000080', 'the round constants of Keccak'), hash: true },
  { ...ofHex('keccak-big', '00000000000000010000000000008082800000000000808a', 'the round constants of Keccak'), hash: true },
  ofHex('md5-little', '78a46ad756b7c7e8db702024eecebdc1', 'the table of MD5'),
  ofHex('md5-big', 'd76aa478e8c7b756242070dbc1bdceee', 'the table of MD5'),
]

/** Shared libraries that any program of cgo needs and that hold no cryptography that a program would use unnoticed: the C library in its parts. */
export const plainLibraries =
  /^(?:ld-linux[-.\w]*|libc|libm|libpthread|libresolv|librt|libdl|ld-musl-[-.\w]*|libc\.musl-[-.\w]*)\.so(?:\.\d+)*$/
