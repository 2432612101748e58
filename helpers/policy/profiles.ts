import type { CodePoint } from './code-points.ts'
import { type ApprovedName, fipsSsh, fipsSshSizes, type SshField, type SshSizeLimits } from './profile-ssh.ts'

/** One approved code point, why it is approved, and the document that says so. From the day `until` on (YYYY-MM-DD) it is not. */
export type Approved = { code: CodePoint; reason: string; source: string; until?: string }

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
  /** Signature schemes of the handshake. */
  schemes: readonly Approved[]
  conditional: readonly Conditional[]
  /** Whether TLS 1.2 without the extended master secret must be refused, and why. */
  extendedMasterSecret: { required: boolean; reason: string; source: string }
  /** Versions that a server must accept. */
  mustSupport: readonly Approved[]
  /** What an SSH server may offer. */
  ssh: Readonly<Record<SshField, readonly ApprovedName[]>>
  /** Least sizes of an SSH server's RSA host key and of the groups that it gives in a group exchange. */
  sshSizes: SshSizeLimits
  plaintext: readonly AllowedPlaintext[]
  /** Whether a listener that closes without an alert, three times and between accepted controls, counts as refusing. */
  silentRefusal: boolean
  /** Whether alerts that some servers send in place of 40 and 70 (47, 50, 80, 109, 110) count as refusing, between accepted controls. */
  atypicalRefusal: boolean
}

const codes = (text: string): CodePoint[] => text.trim().split(/\s+/)
/** Rows with one reason and one source. */
export const approve = (list: string, reason: string, source: string, until?: string): Approved[] =>
  codes(list).map((code) => ({ code, reason, source, ...(until !== undefined && { until }) }))

/** Signature schemes of FIPS 186-5 with SHA-2; EdDSA and ML-DSA only where the module has them on its certificate. */
export const approvedSchemes: readonly Approved[] = [
  ...approve('0401 0501 0601', 'RSA PKCS #1 v1.5 with SHA-2', 'FIPS 186-5, section 5.4'),
  ...approve('0804 0805 0806 0809 080a 080b', 'RSA-PSS with SHA-2', 'FIPS 186-5, section 5.4'),
  ...approve('0403 0503 0603', 'ECDSA with SHA-2', 'FIPS 186-5, section 6; SP 800-186'),
  ...approve('0301 0303', 'SHA-224, 112 bits', 'SP 800-131A Rev. 2, section 3', '2031-01-01'),
]

const emsRequired = {
  required: true,
  reason: 'the key derivation of TLS 1.2 is approved with the extended master secret only, in modules submitted since 2023-05-16',
  source: 'FIPS 140-3 IG D.Q; SP 800-135 Rev. 1',
}

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
  schemes: approvedSchemes,
  extendedMasterSecret: emsRequired,
  mustSupport: [],
  ssh: fipsSsh,
  sshSizes: fipsSshSizes,
  atypicalRefusal: true,
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

/** Whether a profile approves a code point; with a day, on that day. */
export const approves = (profile: TlsProfile, kind: 'version' | 'suite' | 'group' | 'scheme', code: CodePoint, asOf?: Date): boolean =>
  has(onDay({ version: profile.versions, suite: profile.suites, group: profile.groups, scheme: profile.schemes }[kind], asOf), code)

/** Rows that hold on a day. */
export const onDay = <Row extends { until?: string }>(rows: readonly Row[], asOf: Date | undefined): readonly Row[] =>
  asOf === undefined ? rows : rows.filter(({ until }) => until === undefined || asOf.toISOString().slice(0, 10) < until)

/** The row that lets this listener speak plaintext, if there is one. */
export const allowedPlaintext = (
  profile: TlsProfile,
  asked: { port: number; transport: 'tcp' | 'udp'; owner: string | undefined },
): AllowedPlaintext | undefined =>
  profile.plaintext.find((row) => row.port === asked.port && row.transport === asked.transport && row.owner === asked.owner)
