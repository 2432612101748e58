import { z } from 'zod'
import { verdicts } from '../policy/verdict.ts'
import { starttlsProtocols } from '../tls/read/starttls.ts'

const code = z.string().regex(/^[0-9a-f]{4}$/)
const byVersion = z.record(z.string(), z.array(code)).describe('code points by protocol version, both four lower-case hex digits')

const tlsKeys = {
  versions: byVersion.describe('suites that were accepted, by version'),
  groups: byVersion.describe('groups that were accepted, by version'),
  sigalgs: byVersion.describe('signature schemes that were accepted, by version'),
  ems: z
    .enum(['enforced', 'not-enforced'])
    .nullable()
    .describe('whether TLS 1.2 without the extended master secret is refused; null where that is not known'),
  renegotiation: z.enum(['secure', 'insecure']).nullable().describe('renegotiation_info (RFC 5746)'),
  compression: z.string().nullable().describe('method that was chosen with deflate on offer; 00 is null'),
  fallback: z.enum(['honoured', 'ignored']).nullable().describe('answer to TLS_FALLBACK_SCSV (RFC 7507)'),
  earlyData: z.enum(['offered', 'not-offered', 'no-ticket']).nullable().describe('whether a session ticket allows early data (0-RTT)'),
  refused: byVersion.describe('suites that an inconclusive result has proven refused'),
}

const sshKeys = {
  ssh: z
    .object({
      kex: z.array(z.string()),
      hostkey: z.array(z.string()),
      cipher: z.array(z.string()),
      mac: z.array(z.string()),
      rsaBits: z.int().nullable().describe('modulus of the RSA host key'),
      groupBits: z.array(z.int()).describe('groups given to a client that asks for 1024 bits'),
    })
    .describe('what the server offers'),
}

const common = {
  host: z.string().describe('as it was given'),
  address: z.string().describe('what was dialled'),
  port: z.int().min(1).max(65_535),
  sni: z.string().nullable(),
  starttls: z.enum(starttlsProtocols).nullable(),
  profile: z.string(),
  outcome: z.enum(['tested', 'inconclusive', 'not-tested']).describe('not-tested: nobody there, or neither TLS nor SSH'),
  verdict: z.enum(verdicts),
  reasons: z.array(z.string()),
  connections: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
}

const tlsLineSchema = z.object(tlsKeys)
const sshLineSchema = z.object(sshKeys)
export type TlsLine = z.infer<typeof tlsLineSchema>
export type SshLine = z.infer<typeof sshLineSchema>

/** One line of `probe --json`. Keys and values may be added; none is renamed. */
export const probeLineSchema = z.union([z.object({ ...common, ...tlsKeys }), z.object({ ...common, ...sshKeys })])
export type ProbeLine = z.infer<typeof probeLineSchema>

/** The JSON Schema of a line (draft 2020-12); readers must take keys that they do not know. */
export const probeJsonSchema = (): string => {
  const schema = z.toJSONSchema(probeLineSchema, { io: 'input' })
  return `${JSON.stringify({ title: 'a line of fips-conformance probe --json', ...schema }, null, 2)}\n`
}
