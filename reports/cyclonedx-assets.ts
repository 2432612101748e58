import type { AcceptedIn, ReportInput } from '../helpers/evidence/report-input.ts'
import { groupName, shown, suiteName } from '../helpers/policy/code-points.ts'
import { property, ref } from './cyclonedx-parts.ts'
import type { Json } from './json-document.ts'

/** A listener that was read, by the key of its subject. */
type Read = { key: string; accepted: readonly AcceptedIn[] }

const listenersRead = ({ listeners }: ReportInput): Read[] =>
  Object.entries(listeners)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, seen]) => (seen.state === 'read' && seen.accepted.length > 0 ? [{ key, accepted: seen.accepted }] : []))

type Algorithm = { name: string; properties: Readonly<Record<string, Json>> }

const curves: Readonly<Record<string, string>> = {
  '0017': 'nist/P-256',
  '0018': 'nist/P-384',
  '0019': 'nist/P-521',
  '001d': 'other/Curve25519',
  '001e': 'other/Curve448',
}

const ciphers: readonly { pattern: RegExp; algorithm: (found: RegExpExecArray) => Algorithm }[] = [
  {
    pattern: /AES_(128|256)_(GCM|CCM|CBC)/,
    algorithm: ([, bits = '', mode = '']) => ({
      name: `AES-${bits}-${mode}`,
      properties: {
        primitive: mode === 'CBC' ? 'block-cipher' : 'ae',
        algorithmFamily: 'AES',
        parameterSetIdentifier: bits,
        mode: mode.toLowerCase(),
        cryptoFunctions: ['encrypt', 'decrypt'],
      },
    }),
  },
  {
    pattern: /CHACHA20_POLY1305/,
    algorithm: () => ({
      name: 'ChaCha20-Poly1305',
      properties: { primitive: 'ae', algorithmFamily: 'ChaCha20', cryptoFunctions: ['encrypt', 'decrypt'] },
    }),
  },
  {
    pattern: /3DES_EDE_CBC/,
    algorithm: () => ({
      name: '3DES-CBC',
      properties: { primitive: 'block-cipher', algorithmFamily: '3DES', mode: 'cbc', cryptoFunctions: ['encrypt', 'decrypt'] },
    }),
  },
]

const hashes: Readonly<Record<string, Algorithm>> = {
  SHA256: {
    name: 'SHA-256',
    properties: { primitive: 'hash', algorithmFamily: 'SHA-2', parameterSetIdentifier: '256', cryptoFunctions: ['digest'] },
  },
  SHA384: {
    name: 'SHA-384',
    properties: { primitive: 'hash', algorithmFamily: 'SHA-2', parameterSetIdentifier: '384', cryptoFunctions: ['digest'] },
  },
  SHA: { name: 'SHA-1', properties: { primitive: 'hash', algorithmFamily: 'SHA-1', cryptoFunctions: ['digest'] } },
  MD5: { name: 'MD5', properties: { primitive: 'hash', algorithmFamily: 'MD5', cryptoFunctions: ['digest'] } },
}

const keyExchangeOf = (group: string): Algorithm => {
  const name = groupName(group) === 'group' ? `group ${group}` : groupName(group)
  const curve = Object.hasOwn(curves, group) ? curves[group] : undefined
  if (curve)
    return {
      name: `ECDH ${name}`,
      properties: { primitive: 'key-agree', algorithmFamily: 'ECDH', ellipticCurve: curve, cryptoFunctions: ['keyderive'] },
    }
  if (group.startsWith('01')) {
    return {
      name: `FFDH ${name}`,
      properties: { primitive: 'key-agree', algorithmFamily: 'FFDH', parameterSetIdentifier: name, cryptoFunctions: ['keyderive'] },
    }
  }
  return { name: `key exchange ${name}`, properties: { primitive: 'unknown' } }
}

const ofSuite = (code: string): Algorithm[] => {
  const name = suiteName(code)
  const cipher = ciphers.flatMap(({ pattern, algorithm }) => {
    const found = pattern.exec(name)
    return found ? [algorithm(found)] : []
  })
  const hash = /_(SHA256|SHA384|SHA|MD5)$/.exec(name)?.[1]
  return [...cipher, ...(hash !== undefined && hashes[hash] ? [hashes[hash]] : [])]
}

const algorithmRef = ({ name }: Algorithm): string => ref('algorithm', name)

/** Algorithms that some listener chose, each with the listeners that did. */
export const algorithmsOf = (input: ReportInput): Json[] => {
  const uses = listenersRead(input).flatMap(({ key, accepted }) =>
    accepted.flatMap(({ suites, groups }) =>
      [...suites.flatMap(ofSuite), ...groups.map(keyExchangeOf)].map((algorithm) => ({ algorithm, key })),
    ),
  )
  return [...Map.groupBy(uses, ({ algorithm }) => algorithm.name)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, own]): Json[] => {
      const [first] = own
      if (!first) return []
      return [
        {
          type: 'cryptographic-asset',
          name,
          'bom-ref': algorithmRef(first.algorithm),
          cryptoProperties: { assetType: 'algorithm', algorithmProperties: first.algorithm.properties },
          evidence: { occurrences: [...new Set(own.map(({ key }) => key))].map((location) => ({ location })) },
        },
      ]
    })
}

const versionNumber = (version: string): string =>
  shown('version', version)
    .replace(/ \(.*/, '')
    .replace(/^(TLS|SSL) /, '')

const hexPair = (code: string): string[] => [`0x${code.slice(0, 2).toUpperCase()}`, `0x${code.slice(2).toUpperCase()}`]

/** Versions of TLS with exactly the suites and groups that were chosen in them; listeners that chose the same share one. */
export const protocolsOf = (input: ReportInput): Json[] => {
  const uses = listenersRead(input).flatMap(({ key, accepted }) =>
    accepted.map(({ version, suites, groups }) => ({ key, version, suites: [...suites].sort(), groups: [...groups].sort() })),
  )
  const groupsOfUse = Map.groupBy(uses, ({ version, suites, groups }) => JSON.stringify([version, suites, groups]))
  return [...groupsOfUse]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, own], index): Json[] => {
      const [first] = own
      if (!first) return []
      const { version, suites, groups } = first
      return [
        {
          type: 'cryptographic-asset',
          name: shown('version', version).replace(/ \(.*/, ''),
          'bom-ref': ref('protocol', version, String(index + 1)),
          cryptoProperties: {
            assetType: 'protocol',
            protocolProperties: {
              type: 'tls',
              version: versionNumber(version),
              cipherSuites: suites.map((suite) => ({
                name: shown('suite', suite).replace(/ \(.*/, ''),
                identifiers: hexPair(suite),
                algorithms: [...ofSuite(suite), ...groups.map(keyExchangeOf)].map(algorithmRef),
                tlsGroups: groups.map((group) => shown('group', group).replace(/ \(.*/, '')),
              })),
            },
          },
          evidence: { occurrences: own.map(({ key }) => ({ location: key })) },
        },
      ]
    })
}

/** Certificates that listeners showed in TLS 1.2, by fingerprint. */
export const certificateAssets = ({ listeners }: ReportInput): Json[] => {
  const shownBy = Object.entries(listeners).flatMap(([key, seen]) =>
    seen.state === 'read' ? (seen.certificates ?? []).map((certificate) => ({ key, certificate })) : [],
  )
  return [...Map.groupBy(shownBy, ({ certificate }) => certificate.sha256)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([sha256, own]): Json[] => {
      const [first] = own
      if (!first) return []
      const { keyType, bits, curve } = first.certificate
      return [
        {
          type: 'cryptographic-asset',
          name: `server certificate ${sha256.slice(0, 12)}`,
          'bom-ref': ref('certificate', sha256),
          cryptoProperties: {
            assetType: 'certificate',
            certificateProperties: { certificateFormat: 'X.509', fingerprint: { alg: 'SHA-256', content: sha256 } },
          },
          properties: [
            property('key:type', keyType),
            ...(bits === undefined ? [] : [property('key:bits', String(bits))]),
            ...(curve === undefined ? [] : [property('key:curve', curve)]),
          ],
          evidence: { occurrences: own.map(({ key }) => ({ location: key })) },
        },
      ]
    })
}
