import type { CodePoint } from './code-points.ts'

/** `from` is the first code point in lower-case hex; the names follow one another without a gap. */
type Run = { from: CodePoint; names: readonly string[] }

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Every key exchange with every cipher, the cipher running fastest: the order in which the later registrations were made. */
const product = (keyExchanges: string, ciphers: string): string[] =>
  words(keyExchanges).flatMap((keyExchange) => words(ciphers).map((cipher) => `${keyExchange}_WITH_${cipher}`))

const certificateKeyExchanges = 'RSA DH_DSS DH_RSA DHE_DSS DHE_RSA DH_anon'
const ellipticKeyExchanges = 'ECDHE_ECDSA ECDH_ECDSA ECDHE_RSA ECDH_RSA'

/**
 * Names of the IANA registry «TLS Cipher Suites» without their `TLS_`, as runs of consecutive numbers.
 * Sources: RFC 2246, 2712, 4132, 4162, 4279, 4346, 4492, 4785, 5054, 5246, 5288, 5289, 5469, 5487, 5489, 5932, 6209, 6367, 6655, 7251, 7905, 8442, 8446,
 * 8492, 8998, 9150, 9189, 9367. A code point that is missing here is printed as hex; no question depends on its name.
 */
const runs: readonly Run[] = [
  {
    from: '0000',
    names:
      words(`NULL_WITH_NULL_NULL RSA_WITH_NULL_MD5 RSA_WITH_NULL_SHA RSA_EXPORT_WITH_RC4_40_MD5 RSA_WITH_RC4_128_MD5 RSA_WITH_RC4_128_SHA
      RSA_EXPORT_WITH_RC2_CBC_40_MD5 RSA_WITH_IDEA_CBC_SHA RSA_EXPORT_WITH_DES40_CBC_SHA RSA_WITH_DES_CBC_SHA RSA_WITH_3DES_EDE_CBC_SHA
      DH_DSS_EXPORT_WITH_DES40_CBC_SHA DH_DSS_WITH_DES_CBC_SHA DH_DSS_WITH_3DES_EDE_CBC_SHA
      DH_RSA_EXPORT_WITH_DES40_CBC_SHA DH_RSA_WITH_DES_CBC_SHA DH_RSA_WITH_3DES_EDE_CBC_SHA
      DHE_DSS_EXPORT_WITH_DES40_CBC_SHA DHE_DSS_WITH_DES_CBC_SHA DHE_DSS_WITH_3DES_EDE_CBC_SHA
      DHE_RSA_EXPORT_WITH_DES40_CBC_SHA DHE_RSA_WITH_DES_CBC_SHA DHE_RSA_WITH_3DES_EDE_CBC_SHA
      DH_anon_EXPORT_WITH_RC4_40_MD5 DH_anon_WITH_RC4_128_MD5 DH_anon_EXPORT_WITH_DES40_CBC_SHA DH_anon_WITH_DES_CBC_SHA DH_anon_WITH_3DES_EDE_CBC_SHA`),
  },
  {
    from: '001e',
    names: words(`KRB5_WITH_DES_CBC_SHA KRB5_WITH_3DES_EDE_CBC_SHA KRB5_WITH_RC4_128_SHA KRB5_WITH_IDEA_CBC_SHA KRB5_WITH_DES_CBC_MD5
      KRB5_WITH_3DES_EDE_CBC_MD5 KRB5_WITH_RC4_128_MD5 KRB5_WITH_IDEA_CBC_MD5 KRB5_EXPORT_WITH_DES_CBC_40_SHA KRB5_EXPORT_WITH_RC2_CBC_40_SHA
      KRB5_EXPORT_WITH_RC4_40_SHA KRB5_EXPORT_WITH_DES_CBC_40_MD5 KRB5_EXPORT_WITH_RC2_CBC_40_MD5 KRB5_EXPORT_WITH_RC4_40_MD5
      PSK_WITH_NULL_SHA DHE_PSK_WITH_NULL_SHA RSA_PSK_WITH_NULL_SHA`),
  },
  { from: '002f', names: product(certificateKeyExchanges, 'AES_128_CBC_SHA') },
  { from: '0035', names: product(certificateKeyExchanges, 'AES_256_CBC_SHA') },
  {
    from: '003b',
    names: [
      ...product('RSA', 'NULL_SHA256 AES_128_CBC_SHA256 AES_256_CBC_SHA256'),
      ...product('DH_DSS DH_RSA DHE_DSS', 'AES_128_CBC_SHA256'),
      ...product(certificateKeyExchanges, 'CAMELLIA_128_CBC_SHA'),
    ],
  },
  {
    from: '0060',
    names:
      words(`RSA_EXPORT1024_WITH_RC4_56_MD5 RSA_EXPORT1024_WITH_RC2_CBC_56_MD5 RSA_EXPORT1024_WITH_DES_CBC_SHA DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA
      RSA_EXPORT1024_WITH_RC4_56_SHA DHE_DSS_EXPORT1024_WITH_RC4_56_SHA DHE_DSS_WITH_RC4_128_SHA`),
  },
  {
    from: '0067',
    names: [
      ...product('DHE_RSA', 'AES_128_CBC_SHA256'),
      ...product('DH_DSS DH_RSA DHE_DSS DHE_RSA', 'AES_256_CBC_SHA256'),
      ...product('DH_anon', 'AES_128_CBC_SHA256 AES_256_CBC_SHA256'),
    ],
  },
  { from: '0084', names: product(certificateKeyExchanges, 'CAMELLIA_256_CBC_SHA') },
  { from: '008a', names: product('PSK DHE_PSK RSA_PSK', 'RC4_128_SHA 3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA') },
  { from: '0096', names: product(certificateKeyExchanges, 'SEED_CBC_SHA') },
  { from: '009c', names: product('RSA DHE_RSA DH_RSA DHE_DSS DH_DSS DH_anon', 'AES_128_GCM_SHA256 AES_256_GCM_SHA384') },
  { from: '00a8', names: product('PSK DHE_PSK RSA_PSK', 'AES_128_GCM_SHA256 AES_256_GCM_SHA384') },
  { from: '00ae', names: product('PSK DHE_PSK RSA_PSK', 'AES_128_CBC_SHA256 AES_256_CBC_SHA384 NULL_SHA256 NULL_SHA384') },
  { from: '00ba', names: product(certificateKeyExchanges, 'CAMELLIA_128_CBC_SHA256') },
  { from: '00c0', names: product(certificateKeyExchanges, 'CAMELLIA_256_CBC_SHA256') },
  { from: '00c6', names: words('SM4_GCM_SM3 SM4_CCM_SM3') },
  { from: '00ff', names: ['EMPTY_RENEGOTIATION_INFO_SCSV'] },
  {
    from: '1301',
    names: words(
      'AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256 AES_128_CCM_SHA256 AES_128_CCM_8_SHA256 AEGIS_256_SHA512 AEGIS_128L_SHA256',
    ),
  },
  { from: '5600', names: ['FALLBACK_SCSV'] },
  {
    from: 'c001',
    names: product(
      'ECDH_ECDSA ECDHE_ECDSA ECDH_RSA ECDHE_RSA ECDH_anon',
      'NULL_SHA RC4_128_SHA 3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA',
    ),
  },
  {
    from: 'c01a',
    names: ['3DES_EDE_CBC_SHA', 'AES_128_CBC_SHA', 'AES_256_CBC_SHA'].flatMap((cipher) =>
      product('SRP_SHA SRP_SHA_RSA SRP_SHA_DSS', cipher),
    ),
  },
  { from: 'c023', names: product(ellipticKeyExchanges, 'AES_128_CBC_SHA256 AES_256_CBC_SHA384') },
  { from: 'c02b', names: product(ellipticKeyExchanges, 'AES_128_GCM_SHA256 AES_256_GCM_SHA384') },
  {
    from: 'c033',
    names: product(
      'ECDHE_PSK',
      'RC4_128_SHA 3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA AES_128_CBC_SHA256 AES_256_CBC_SHA384 NULL_SHA NULL_SHA256 NULL_SHA384',
    ),
  },
  {
    from: 'c03c',
    names: product(`${certificateKeyExchanges} ${ellipticKeyExchanges}`, 'ARIA_128_CBC_SHA256 ARIA_256_CBC_SHA384'),
  },
  {
    from: 'c050',
    names: product(`RSA DHE_RSA DH_RSA DHE_DSS DH_DSS DH_anon ${ellipticKeyExchanges}`, 'ARIA_128_GCM_SHA256 ARIA_256_GCM_SHA384'),
  },
  { from: 'c06a', names: product('PSK DHE_PSK RSA_PSK', 'ARIA_128_GCM_SHA256 ARIA_256_GCM_SHA384') },
  { from: 'c064', names: product('PSK DHE_PSK RSA_PSK', 'ARIA_128_CBC_SHA256 ARIA_256_CBC_SHA384') },
  { from: 'c070', names: product('ECDHE_PSK', 'ARIA_128_CBC_SHA256 ARIA_256_CBC_SHA384') },
  { from: 'c072', names: product(ellipticKeyExchanges, 'CAMELLIA_128_CBC_SHA256 CAMELLIA_256_CBC_SHA384') },
  {
    from: 'c07a',
    names: product(
      `RSA DHE_RSA DH_RSA DHE_DSS DH_DSS DH_anon ${ellipticKeyExchanges} PSK DHE_PSK RSA_PSK`,
      'CAMELLIA_128_GCM_SHA256 CAMELLIA_256_GCM_SHA384',
    ),
  },
  { from: 'c094', names: product('PSK DHE_PSK RSA_PSK ECDHE_PSK', 'CAMELLIA_128_CBC_SHA256 CAMELLIA_256_CBC_SHA384') },
  { from: 'c09c', names: product('RSA DHE_RSA', 'AES_128_CCM AES_256_CCM') },
  { from: 'c0a0', names: product('RSA DHE_RSA', 'AES_128_CCM_8 AES_256_CCM_8') },
  { from: 'c0a4', names: product('PSK DHE_PSK', 'AES_128_CCM AES_256_CCM') },
  { from: 'c0a8', names: words('PSK_WITH_AES_128_CCM_8 PSK_WITH_AES_256_CCM_8 PSK_DHE_WITH_AES_128_CCM_8 PSK_DHE_WITH_AES_256_CCM_8') },
  { from: 'c0ac', names: product('ECDHE_ECDSA', 'AES_128_CCM AES_256_CCM AES_128_CCM_8 AES_256_CCM_8') },
  {
    from: 'c0b0',
    names: words(
      'ECCPWD_WITH_AES_128_GCM_SHA256 ECCPWD_WITH_AES_256_GCM_SHA384 ECCPWD_WITH_AES_128_CCM_SHA256 ECCPWD_WITH_AES_256_CCM_SHA384',
    ),
  },
  { from: 'c0b4', names: words('SHA256_SHA256 SHA384_SHA384') },
  {
    from: 'c100',
    names: words(`GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC GOSTR341112_256_WITH_MAGMA_CTR_OMAC GOSTR341112_256_WITH_28147_CNT_IMIT
      GOSTR341112_256_WITH_KUZNYECHIK_MGM_L GOSTR341112_256_WITH_MAGMA_MGM_L GOSTR341112_256_WITH_KUZNYECHIK_MGM_S GOSTR341112_256_WITH_MAGMA_MGM_S`),
  },
  {
    from: 'cca8',
    names: product('ECDHE_RSA ECDHE_ECDSA DHE_RSA PSK ECDHE_PSK DHE_PSK RSA_PSK', 'CHACHA20_POLY1305_SHA256'),
  },
  { from: 'd001', names: product('ECDHE_PSK', 'AES_128_GCM_SHA256 AES_256_GCM_SHA384 AES_128_CCM_8_SHA256') },
  { from: 'd005', names: product('ECDHE_PSK', 'AES_128_CCM_SHA256') },
]

const hex4 = (value: number): CodePoint => value.toString(16).padStart(4, '0')

/** Names by code point, `TLS_` included. */
export const suiteNames: ReadonlyMap<CodePoint, string> = new Map(
  runs.flatMap(({ from, names }) => names.map((name, index) => [hex4(Number.parseInt(from, 16) + index), `TLS_${name}`] as const)),
)
