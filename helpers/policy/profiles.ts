import type { CodePoint } from './code-points.ts'

/** One approved code point, why it is approved, and the document that says so. */
export type Approved = { code: CodePoint; reason: string; source: string }

/** A code point whose approval hangs on something that a handshake does not show. It is judged as not approved until that is shown. */
export type Conditional = Approved & { condition: string }

/**
 * A plaintext listener that may be reached from beyond loopback. It applies to the named owner at that port speaking that protocol, to nothing else.
 * `owner` is the program that owns the socket.
 */
export type AllowedPlaintext = {
  port: number
  transport: 'tcp' | 'udp'
  owner: string
  protocol: 'http' | 'dns'
  reason: string
  source: string
}

/** A dated policy for TLS listeners: what is approved. Everything that is not named is not. */
export type TlsProfile = {
  name: string
  /** The day on which its sources were read. */
  dated: string
  versions: readonly Approved[]
  suites: readonly Approved[]
  groups: readonly Approved[]
  conditional: readonly Conditional[]
  plaintext: readonly AllowedPlaintext[]
  /** Whether a listener that closes without an alert, three times and between accepted controls, counts as refusing. */
  silentRefusal: boolean
}

const codes = (text: string): CodePoint[] => text.trim().split(/\s+/)
const approve = (list: string, reason: string, source: string): Approved[] => codes(list).map((code) => ({ code, reason, source }))

const dns = 'CoreDNS speaks DNS and serves names only; DNS of a cluster has no TLS unless its Corefile says tls://'

/** FIPS 140-3 with SP 800-52 Rev. 2, read strictly: what a module validated under FIPS 140-3 can do in approved mode and a goboring build with fipsonly serves. */
export const fips1403Tls: TlsProfile = {
  name: 'fips-140-3',
  dated: '2026-11-22',
  versions: [
    ...approve(
      '0303',
      'required of every server; approved with the extended master secret',
      'SP 800-52 Rev. 2, section 3.1; FIPS 140-3 IG D.Q',
    ),
    ...approve('0304', 'required since 2024-01-01', 'SP 800-52 Rev. 2, section 3.1'),
  ],
  suites: [
    ...approve('1301 1302 1304', 'AES-GCM and AES-CCM with a full tag', 'SP 800-52 Rev. 2, section 3.3.1; SP 800-38C, SP 800-38D'),
    ...approve('c02b c02c c02f c030', 'ephemeral ECDH with AES-GCM', 'SP 800-52 Rev. 2, section 3.3.1; SP 800-38D'),
    ...approve('009e 009f', 'ephemeral DH with AES-GCM', 'SP 800-52 Rev. 2, section 3.3.1; SP 800-38D'),
    ...approve('c0ac c0ad c09e c09f', 'ephemeral key exchange with AES-CCM and a full tag', 'SP 800-52 Rev. 2, section 3.3.1; SP 800-38C'),
  ],
  groups: [
    ...approve('0017 0018 0019', 'NIST curves for ECDH', 'SP 800-56A Rev. 3, appendix D; SP 800-186'),
    ...approve('0100 0101 0102 0103 0104', 'safe-prime groups of at least 2048 bits', 'SP 800-56A Rev. 3, appendix D; RFC 7919'),
  ],
  conditional: [
    ...approve('11ec 11eb 11ed', 'hybrid whose secret starts with an approved part', 'SP 800-56C Rev. 2, section 2; FIPS 203').map(
      (item) => ({
        ...item,
        condition: "the certificate of the listener's module must list ML-KEM; no BoringCrypto certificate does",
      }),
    ),
    ...approve('0201 0202', 'ML-KEM', 'FIPS 203').map((item) => ({
      ...item,
      condition: "the certificate of the listener's module must list ML-KEM; no BoringCrypto certificate does",
    })),
  ],
  plaintext: [
    {
      port: 10256,
      transport: 'tcp',
      owner: 'kube-proxy',
      protocol: 'http',
      reason: 'health check of kube-proxy for load balancers: it answers with a status and no user data, and has no TLS option',
      source: 'Kubernetes documentation, kube-proxy --healthz-bind-address',
    },
    { port: 53, transport: 'tcp', owner: 'coredns', protocol: 'dns', reason: dns, source: 'CoreDNS documentation, Corefile' },
    { port: 53, transport: 'udp', owner: 'coredns', protocol: 'dns', reason: dns, source: 'CoreDNS documentation, Corefile' },
    ...[
      { port: 9153, what: 'metrics' },
      { port: 8080, what: 'health check' },
      { port: 8181, what: 'readiness check' },
    ].map(({ port, what }) => ({
      port,
      transport: 'tcp' as const,
      owner: 'coredns',
      protocol: 'http' as const,
      reason: `${what} of CoreDNS inside the pod network; the plugin has no TLS option`,
      source: 'CoreDNS documentation, plugins prometheus, health and ready',
    })),
  ],
  silentRefusal: false,
}

const has = (list: readonly Approved[], code: CodePoint): boolean => list.some((item) => item.code === code)

export const approves = (profile: TlsProfile, kind: 'version' | 'suite' | 'group', code: CodePoint): boolean =>
  has({ version: profile.versions, suite: profile.suites, group: profile.groups }[kind], code)

/** The row that lets this listener speak plaintext, if there is one. */
export const allowedPlaintext = (
  profile: TlsProfile,
  asked: { port: number; transport: 'tcp' | 'udp'; owner: string | undefined },
): AllowedPlaintext | undefined =>
  profile.plaintext.find((row) => row.port === asked.port && row.transport === asked.transport && row.owner === asked.owner)
