import { X509Certificate } from 'node:crypto'
import { type CommandEvidence, outputOf } from './commands.ts'

/** A key file: when it was made, in seconds since the epoch; `born` is 0 where the file system does not say. */
export type KeyFile = { path: string; born: number; changed: number }
/** A certificate file’s first certificate. */
export type DatedCertificate = { path: string; notBefore: number; fingerprint: string }

/** Lines of `birth change path` (stat %W %Y %n). */
const filesOf = (text: string | undefined): KeyFile[] =>
  (text ?? '').split('\n').flatMap((line) => {
    const match = /^(\d+|-) (\d+) (\/.*)$/.exec(line)
    return match ? [{ path: match[3] ?? '', born: Number(match[1]) || 0, changed: Number(match[2]) }] : []
  })

const certificatesOf = (text: string | undefined): { certificates: DatedCertificate[]; broken: string[] } => {
  const certificates: DatedCertificate[] = []
  const broken: string[] = []
  for (const part of (text ?? '').split(/^(?=file \/)/m)) {
    const path = /^file (\/.*)$/m.exec(part)?.[1]
    const pem = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(part)?.[0]
    if (path === undefined || pem === undefined) continue
    const read = dated(path, pem)
    if (read) certificates.push(read)
    else broken.push(path)
  }
  return { certificates, broken }
}

const dated = (path: string, pem: string): DatedCertificate | undefined => {
  try {
    const certificate = new X509Certificate(pem)
    return {
      path,
      notBefore: Date.parse(certificate.validFrom) / 1000,
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    }
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

export type KeyTimes = {
  hostKeys: readonly KeyFile[]
  keys: readonly KeyFile[]
  certificates: readonly DatedCertificate[]
  broken: readonly string[]
}

/** Commands `host-keys`, `keys` and `certificates` of a node. Private keys are never read, only when they were made. */
export const analyseKeyTimes = (evidence: CommandEvidence): KeyTimes => ({
  hostKeys: filesOf(outputOf(evidence, 'host-keys')),
  keys: filesOf(outputOf(evidence, 'keys')),
  ...certificatesOf(outputOf(evidence, 'certificates')),
})
