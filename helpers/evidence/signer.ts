import { spawn } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, getFips, type KeyObject, randomUUID, sign } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { versions } from 'node:process'
import { FipsConformanceError } from '../errors/error.ts'
import { type Statement, signatureHolds } from './dsse.ts'

/** What signs a manifest: a public key, where its private half is, and how bytes are signed (ECDSA P-256 with SHA-256, DER). */
export type Signer = {
  publicKey: KeyObject
  key: Statement['predicate']['signer']['key']
  sign: (bytes: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>
}

const trouble = (code: string, what: string, where: string, why: string, remedy: string, cause?: unknown): FipsConformanceError =>
  new FipsConformanceError({ code, what, where, why, remedy, exit: 3, cause })

const makeKey = 'make one with «openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signing.pem»'

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const readKeyFile = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw trouble('KEY_UNREADABLE', 'the key cannot be read', path, reasonOf(error), 'check the path', error)
  })

const onP256 = (key: KeyObject, where: string): KeyObject => {
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  const what = `${key.asymmetricKeyType ?? 'unknown'}${key.asymmetricKeyDetails?.namedCurve ? ` ${key.asymmetricKeyDetails.namedCurve}` : ''}`
  throw trouble('KEY_UNFIT', 'evidence is signed with ECDSA on P-256', where, `this key is ${what}`, makeKey)
}

/** Lower-case hex SHA-256 of the SubjectPublicKeyInfo (RFC 5280, section 4.1). */
export const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')

/**
 * A public key from a PEM file; a private key or a certificate gives its public half.
 * @throws FipsConformanceError `KEY_UNREADABLE`, `KEY_UNFIT`
 */
export const readPublicKey = async (path: string): Promise<KeyObject> => {
  const text = await readKeyFile(path)
  try {
    return onP256(createPublicKey(text), path)
  } catch (error) {
    if (error instanceof FipsConformanceError) throw error
    throw trouble('KEY_UNREADABLE', 'this is no public key', path, reasonOf(error), 'give a public key, PEM', error)
  }
}

const signerOf = (text: string, path: string, key: Signer['key']): Signer => {
  let privateKey: KeyObject
  try {
    privateKey = onP256(createPrivateKey(text), path)
  } catch (error) {
    if (error instanceof FipsConformanceError) throw error
    throw trouble('KEY_UNREADABLE', 'this is no private key without a passphrase', path, reasonOf(error), makeKey, error)
  }
  return { publicKey: createPublicKey(privateKey), key, sign: async (bytes) => Uint8Array.from(sign('sha256', bytes, privateKey)) }
}

/** A signer with the private key of a PEM file. @throws FipsConformanceError `KEY_UNREADABLE`, `KEY_UNFIT` */
export const keyFileSigner = async (path: string): Promise<Signer> => signerOf(await readKeyFile(path), path, 'key file')

/**
 * The key of this installation, made when it is first asked for: mode 0600, in a folder of mode 0700. Two that make it at once end with one key.
 * @throws FipsConformanceError `KEY_EXPOSED` when others can read it
 */
export const installationSigner = async (path: string): Promise<Signer> => {
  const missing = (error: NodeJS.ErrnoException): undefined => {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
  if ((await stat(path).catch(missing)) === undefined) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const draft = `${path}.${randomUUID()}`
    await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx', flush: true })
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await rm(draft)
  }
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    const why = `its mode is ${(mode & 0o777).toString(8)}`
    throw trouble(
      'KEY_EXPOSED',
      'the key of this installation can be read by others',
      path,
      why,
      `remove it («rm ${path}»): the next run makes another`,
    )
  }
  return signerOf(await readKeyFile(path), path, 'installation')
}

const patience = 60_000

const runCommand = (command: string, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const failed = (why: string): FipsConformanceError =>
      trouble(
        'SIGN_COMMAND_FAILED',
        'the command that signs did not sign',
        command,
        why,
        'it is given the bytes on stdin and must write the signature, and nothing else, to stdout',
      )
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(patience)]) : AbortSignal.timeout(patience),
    })
    const out: Uint8Array[] = []
    let said = ''
    child.stdout.on('data', (chunk: Uint8Array) => out.push(chunk))
    child.stderr.on('data', (chunk: Uint8Array) => {
      said = `${said}${new TextDecoder().decode(chunk)}`.slice(-2000)
    })
    // A command that reads nothing is told of by how it ends.
    child.stdin.on('error', (error) => {
      said += `stdin: ${error.message}\n`
    })
    child.on('error', (error) =>
      reject(failed(error.name === 'AbortError' ? `it did not end within ${patience / 1000} s, or was interrupted` : error.message)),
    )
    child.on('close', (code, name) => {
      if (code === 0) resolve(Uint8Array.from(Buffer.concat(out)))
      else reject(failed(`it ended with ${name ?? code}: ${said.trim()}`))
    })
    child.stdin.end(bytes)
  })

const unsigned = (half: Uint8Array): number[] => {
  const from = half.findIndex((byte) => byte !== 0)
  const digits = [...half.subarray(from === -1 ? half.length - 1 : from)]
  return (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits
}

/** PKCS #11 gives r and s beside each other (64 bytes on P-256); DSSE carries DER (RFC 3279, section 2.2.3). */
export const toDerSignature = (raw: Uint8Array): Uint8Array => {
  const [r, s] = [unsigned(raw.subarray(0, 32)), unsigned(raw.subarray(32))]
  return Uint8Array.of(0x30, r.length + s.length + 4, 0x02, r.length, ...r, 0x02, s.length, ...s)
}

/**
 * A signer that lets a command sign (openssl with a FIPS provider, a PKCS #11 tool, a KMS): bytes on stdin, signature on stdout, DER or r and s of 32 bytes each.
 * What it gives is checked with the public key before it is used.
 * @throws FipsConformanceError `SIGN_COMMAND_FAILED`, `KEY_UNREADABLE`, `KEY_UNFIT`
 */
export const commandSigner = async (command: string, publicKeyPath: string): Promise<Signer> => ({
  publicKey: await readPublicKey(publicKeyPath),
  key: 'command',
  sign: async (bytes, signal) => {
    const given = await runCommand(command, bytes, signal)
    return given.length === 64 ? toDerSignature(given) : given
  },
})

/** Signs a payload and checks the signature before anybody else has to. @throws FipsConformanceError `SIGNATURE_WRONG` */
export const signPayload = async (signer: Signer, payload: Uint8Array, encoded: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> => {
  const signature = await signer.sign(encoded, signal)
  const holds = ((): boolean => {
    try {
      return signatureHolds(payload, signature, signer.publicKey)
    } catch (error) {
      throw trouble(
        'SIGNATURE_WRONG',
        'what the signer gave is no signature',
        signer.key,
        reasonOf(error),
        'check what the command writes to stdout',
        error,
      )
    }
  })()
  if (holds) return signature
  throw trouble(
    'SIGNATURE_WRONG',
    'the signature does not hold',
    `key ${keyIdOf(signer.publicKey)}`,
    'the public key and the private key are no pair, or the command signs something else',
    'give the public key of the key that signs',
  )
}

/** What a statement says of its signer. The library's FIPS mode is what Node tells; whether the library is a validated module is not claimed. */
export const signerNote = ({ publicKey, key }: Signer): Statement['predicate']['signer'] => ({
  keyId: keyIdOf(publicKey),
  publicKey: Buffer.from(publicKey.export({ type: 'spki', format: 'der' })).toString('base64'),
  algorithm: 'ECDSA P-256 with SHA-256',
  key,
  library: { node: versions.node, openssl: versions.openssl, fipsMode: getFips() === 1 },
})
