import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { FipsConformanceError } from '../errors/error.ts'
import type { ClientCertificate } from '../tls/read/client-certificate.ts'

const fault = (code: string, what: string, where: string, remedy: string, why?: string): FipsConformanceError =>
  new FipsConformanceError({ code, what, where, remedy, exit: 64, ...(why !== undefined && { why }) })

const readPem = (path: string, flag: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: Error) => {
    throw fault('FILE_UNREADABLE', 'the file cannot be read', `--${flag} ${path}`, 'check the path', error.message)
  })

const parsed = <T>(make: () => T, flag: string, path: string, what: string): T => {
  try {
    return make()
  } catch (error) {
    // The text of a parser's error has nothing of the key in it: OpenSSL names the routine and the reason.
    throw fault(
      'FILE_INVALID',
      what,
      `--${flag} ${path}`,
      'give PEM without a passphrase',
      error instanceof Error ? error.message : String(error),
    )
  }
}

/**
 * The client certificate of `--cert` (PEM, the client's own first) and `--key`, in memory; undefined where neither is given.
 * @throws FipsConformanceError exit 64: `SETTING_INVALID` (one without the other, or a key of another certificate), `FILE_UNREADABLE`, `FILE_INVALID`
 */
export const readClientFiles = async (cert: string | undefined, key: string | undefined): Promise<ClientCertificate | undefined> => {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw fault(
      'SETTING_INVALID',
      'a client certificate needs its key',
      cert === undefined ? '--key' : '--cert',
      'give both --cert and --key',
    )
  const text = await readPem(cert, 'cert')
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  const chain = parsed(() => blocks.map((block) => new X509Certificate(block)), 'cert', cert, 'the file holds no readable certificate')
  const [own] = chain
  if (own === undefined) throw fault('FILE_INVALID', 'the file holds no certificate', `--cert ${cert}`, 'give PEM')
  const pem = await readPem(key, 'key')
  const privateKey = parsed(() => createPrivateKey(pem), 'key', key, 'the file holds no readable private key')
  if (!own.checkPrivateKey(privateKey))
    throw fault('SETTING_INVALID', 'the key is not that of the certificate', `--key ${key}`, 'give the key that belongs to --cert')
  return { certificates: chain.map(({ raw }) => new Uint8Array(raw)), key: privateKey }
}
