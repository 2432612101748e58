import { suiteNames } from './code-points-suites.ts'

/** A 16-bit number of a TLS registry as four lower-case hex digits: `c02f`, `001d`, `0303`. */
export type CodePoint = string

/** ProtocolVersion on the wire (RFC 6101, 2246, 4346, 5246, 8446). */
const versionNames: ReadonlyMap<CodePoint, string> = new Map([
  ['0002', 'SSL 2.0'],
  ['0300', 'SSL 3.0'],
  ['0301', 'TLS 1.0'],
  ['0302', 'TLS 1.1'],
  ['0303', 'TLS 1.2'],
  ['0304', 'TLS 1.3'],
])

/** IANA «TLS Supported Groups» (RFC 8422, 7027, 7919, 8446, 8734, 8998, 9189; draft-ietf-tls-ecdhe-mlkem, draft-ietf-tls-mlkem). */
const groupNames: ReadonlyMap<CodePoint, string> = new Map([
  ...`sect163k1 sect163r1 sect163r2 sect193r1 sect193r2 sect233k1 sect233r1 sect239k1 sect283k1 sect283r1 sect409k1 sect409r1 sect571k1 sect571r1
    secp160k1 secp160r1 secp160r2 secp192k1 secp192r1 secp224k1 secp224r1 secp256k1 secp256r1 secp384r1 secp521r1
    brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 x25519 x448 brainpoolP256r1tls13 brainpoolP384r1tls13 brainpoolP512r1tls13
    GC256A GC256B GC256C GC256D GC512A GC512B GC512C curveSM2`
    .split(/\s+/)
    .map((name, index) => [(index + 1).toString(16).padStart(4, '0'), name] as const),
  ['0100', 'ffdhe2048'],
  ['0101', 'ffdhe3072'],
  ['0102', 'ffdhe4096'],
  ['0103', 'ffdhe6144'],
  ['0104', 'ffdhe8192'],
  ['0200', 'MLKEM512'],
  ['0201', 'MLKEM768'],
  ['0202', 'MLKEM1024'],
  ['11eb', 'SecP256r1MLKEM768'],
  ['11ec', 'X25519MLKEM768'],
  ['11ed', 'SecP384r1MLKEM1024'],
  ['11ee', 'curveSM2MLKEM768'],
  ['6399', 'X25519Kyber768Draft00'],
  ['639a', 'SecP256r1Kyber768Draft00'],
  ['ff01', 'arbitrary_explicit_prime_curves'],
  ['ff02', 'arbitrary_explicit_char2_curves'],
])

/** IANA «TLS SignatureScheme» (RFC 5246 pairs, RFC 8446, 8734, 8998; draft-ietf-tls-mldsa). */
const schemeNames: ReadonlyMap<CodePoint, string> = new Map([
  ['0101', 'rsa_pkcs1_md5'],
  ['0201', 'rsa_pkcs1_sha1'],
  ['0202', 'dsa_sha1'],
  ['0203', 'ecdsa_sha1'],
  ['0301', 'rsa_pkcs1_sha224'],
  ['0302', 'dsa_sha224'],
  ['0303', 'ecdsa_sha224'],
  ['0401', 'rsa_pkcs1_sha256'],
  ['0402', 'dsa_sha256'],
  ['0403', 'ecdsa_secp256r1_sha256'],
  ['0420', 'rsa_pkcs1_sha256_legacy'],
  ['0501', 'rsa_pkcs1_sha384'],
  ['0502', 'dsa_sha384'],
  ['0503', 'ecdsa_secp384r1_sha384'],
  ['0520', 'rsa_pkcs1_sha384_legacy'],
  ['0601', 'rsa_pkcs1_sha512'],
  ['0602', 'dsa_sha512'],
  ['0603', 'ecdsa_secp521r1_sha512'],
  ['0620', 'rsa_pkcs1_sha512_legacy'],
  ['0708', 'sm2sig_sm3'],
  ['0804', 'rsa_pss_rsae_sha256'],
  ['0805', 'rsa_pss_rsae_sha384'],
  ['0806', 'rsa_pss_rsae_sha512'],
  ['0807', 'ed25519'],
  ['0808', 'ed448'],
  ['0809', 'rsa_pss_pss_sha256'],
  ['080a', 'rsa_pss_pss_sha384'],
  ['080b', 'rsa_pss_pss_sha512'],
  ['081a', 'ecdsa_brainpoolP256r1tls13_sha256'],
  ['081b', 'ecdsa_brainpoolP384r1tls13_sha384'],
  ['081c', 'ecdsa_brainpoolP512r1tls13_sha512'],
  ['0904', 'mldsa44'],
  ['0905', 'mldsa65'],
  ['0906', 'mldsa87'],
])

/** IANA «TLS Alerts» (RFC 5246, 6066, 7301, 7507, 8446). */
const alertNames: ReadonlyMap<number, string> = new Map([
  [0, 'close_notify'],
  [10, 'unexpected_message'],
  [20, 'bad_record_mac'],
  [21, 'decryption_failed'],
  [22, 'record_overflow'],
  [30, 'decompression_failure'],
  [40, 'handshake_failure'],
  [41, 'no_certificate'],
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [47, 'illegal_parameter'],
  [48, 'unknown_ca'],
  [49, 'access_denied'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [60, 'export_restriction'],
  [70, 'protocol_version'],
  [71, 'insufficient_security'],
  [80, 'internal_error'],
  [86, 'inappropriate_fallback'],
  [90, 'user_canceled'],
  [100, 'no_renegotiation'],
  [109, 'missing_extension'],
  [110, 'unsupported_extension'],
  [111, 'certificate_unobtainable'],
  [112, 'unrecognized_name'],
  [113, 'bad_certificate_status_response'],
  [115, 'unknown_psk_identity'],
  [116, 'certificate_required'],
  [120, 'no_application_protocol'],
])

/** `TLS_..._SHA256`, or `suite` when the table has no name for it. */
export const suiteName = (code: CodePoint): string => suiteNames.get(code) ?? 'suite'
export const groupName = (code: CodePoint): string => groupNames.get(code) ?? 'group'
export const schemeName = (code: CodePoint): string => schemeNames.get(code) ?? 'signature scheme'
const versionName = (code: CodePoint): string => versionNames.get(code) ?? 'version'
const alertName = (description: number): string => alertNames.get(description) ?? 'alert'

/** Name and number, as findings print them: `x25519 (001d)`; `suite (e001)` for one without a name. */
export const shown = (kind: 'version' | 'suite' | 'group' | 'scheme', code: CodePoint): string => {
  const nameOf = { version: versionName, suite: suiteName, group: groupName, scheme: schemeName }[kind]
  return `${nameOf(code)} (${code})`
}

/** `alert 40 handshake_failure`. */
export const shownAlert = (description: number): string => `alert ${description} ${alertName(description)}`

/** How many code points have a name here; a report states it beside a sweep. */
export const namedCounts = { suites: suiteNames.size, groups: groupNames.size, schemes: schemeNames.size }

/** Every code point that has a name here. */
export const namedCodePoints: Readonly<Record<'suite' | 'group' | 'scheme', readonly CodePoint[]>> = {
  suite: [...suiteNames.keys()],
  group: [...groupNames.keys()],
  scheme: [...schemeNames.keys()],
}
