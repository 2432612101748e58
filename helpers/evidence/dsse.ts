import { type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from './canonical-json.ts'
import { sha256Pattern } from './layout.ts'
import { envelopeFile, manifestFile, timestampFile } from './manifest.ts'

/** in-toto Statement v1 as DSSE payload (in-toto attestation framework, spec v1). */
export const payloadType = 'application/vnd.in-toto+json'
const predicateType = 'urn:fips-conformance:evidence:1'

/** Where the signing key is, as the signer says it itself. */
const keyOrigins = ['installation', 'key file', 'command'] as const

const sha256 = z.string().regex(sha256Pattern)

/** What is signed: the digest of the manifest (and of its time stamp), and with which key. */
export const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(z.strictObject({ name: z.enum([manifestFile, timestampFile]), digest: z.strictObject({ sha256 }) }))
    .min(1)
    .max(2),
  predicateType: z.literal(predicateType),
  predicate: z.strictObject({
    run: z.string(),
    signer: z.strictObject({
      /** SHA-256 of the public key's SubjectPublicKeyInfo, DER. */
      keyId: sha256,
      /** SubjectPublicKeyInfo, DER, in base64. */
      publicKey: z.base64(),
      algorithm: z.literal('ECDSA P-256 with SHA-256'),
      key: z.enum(keyOrigins),
      /** The state of the library that this tool itself signs with; nothing is claimed of it. */
      library: z.strictObject({ node: z.string(), openssl: z.string(), fipsMode: z.boolean() }),
    }),
  }),
})
export type Statement = z.infer<typeof statementSchema>

/** DSSE envelope v1 with one signature. */
export const envelopeSchema = z.strictObject({
  payload: z.string(),
  payloadType: z.literal(payloadType),
  signatures: z.array(z.strictObject({ keyid: sha256, sig: z.string() })).length(1),
})
export type Envelope = z.infer<typeof envelopeSchema>

export const statementOf = (id: string, timestampSha256: string | undefined, predicate: Statement['predicate']): Statement => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [
    { name: manifestFile, digest: { sha256: id } },
    ...(timestampSha256 === undefined ? [] : [{ name: timestampFile, digest: { sha256: timestampSha256 } } as const]),
  ],
  predicateType,
  predicate,
})

/** The bytes that a DSSE signature is made over: pre-authentication encoding (DSSE protocol v1): `DSSEv1 <len> <type> <len> <payload>`. */
export const preAuthEncoding = (type: string, payload: Uint8Array): Uint8Array => {
  const head = new TextEncoder().encode(`DSSEv1 ${new TextEncoder().encode(type).length} ${type} ${payload.length} `)
  const all = new Uint8Array(head.length + payload.length)
  all.set(head)
  all.set(payload, head.length)
  return all
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Base64 in its one canonical form (RFC 4648, section 3.5), or undefined. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return toBase64(bytes) === text ? bytes : undefined
}

/** The envelope as the bytes of its file. */
export const envelopeBytes = (payload: Uint8Array, keyid: string, signature: Uint8Array): Uint8Array => {
  const envelope: Envelope = { payload: toBase64(payload), payloadType, signatures: [{ keyid, sig: toBase64(signature) }] }
  return new TextEncoder().encode(canonicalJson(envelope))
}

/** Whether an ECDSA signature (DER, as RFC 3279 has it) over the payload's encoding holds. */
export const signatureHolds = (payload: Uint8Array, signature: Uint8Array, key: KeyObject): boolean =>
  verify('sha256', preAuthEncoding(payloadType, payload), key, signature)

/**
 * Shell commands that repeat the signature check with openssl alone, run inside the bundle's folder; they write to a folder of their own under `$TMPDIR`, and remove it.
 * They end with the first check that fails and its exit code, in a shell of their own, so that they may be pasted as well as piped. `signer` names a public key file (PEM) that the reader trusts; without it the key that the bundle names is taken.
 */
export const signatureCommands = (signer?: string): string[] => [
  '(',
  'set -e',
  't=$(mktemp -d)',
  `trap 'rm -rf "$t"' EXIT`,
  `sed 's/.*"payload":"\\([^"]*\\)".*/\\1/' ${envelopeFile} | openssl base64 -d -A > $t/statement.json`,
  `sed 's/.*"sig":"\\([^"]*\\)".*/\\1/' ${envelopeFile} | openssl base64 -d -A > $t/signature`,
  `{ printf 'DSSEv1 ${payloadType.length} ${payloadType} %d ' $(wc -c < $t/statement.json); cat $t/statement.json; } > $t/signed`,
  signer === undefined
    ? 'sed \'s/.*"publicKey":"\\([^"]*\\)".*/\\1/\' $t/statement.json | openssl base64 -d -A | openssl pkey -pubin -inform DER -out $t/signer.pem'
    : `cp ${signer} $t/signer.pem`,
  'openssl pkey -pubin -in $t/signer.pem -outform DER | openssl dgst -sha256   # the key id',
  'openssl dgst -sha256 -verify $t/signer.pem -signature $t/signature $t/signed',
  `openssl dgst -sha256 ${manifestFile}   # the id of the bundle; the same digest must stand in the statement:`,
  'cat $t/statement.json',
  `grep -q "$(openssl dgst -sha256 -r ${manifestFile} | cut -d ' ' -f 1)" $t/statement.json || { echo 'the statement is about another manifest' >&2; exit 1; }`,
  `sed 's/},{/\\n/g' ${manifestFile} | sed -n 's/.*"path":"\\([^"]*\\)","sha256":"\\([0-9a-f]*\\)".*/\\2  \\1/p' | sha256sum --check --quiet && echo 'every file is as the manifest has it'`,
  ')',
]
