import { createECDH, generateKeyPairSync } from 'node:crypto'
import { join, toHex } from '../analyse/bytes.ts'

const curveNames = { '0017': 'prime256v1', '0018': 'secp384r1', '0019': 'secp521r1' } as const

const point = (curve: string): Uint8Array => new Uint8Array(createECDH(curve).generateKeys())

/** The last octets of a SubjectPublicKeyInfo are the key itself for these types (RFC 8410; RFC 9935). */
const endOfSpki = (spki: Buffer, length: number): Uint8Array => new Uint8Array(spki.subarray(spki.length - length))

const x25519 = (): Uint8Array => endOfSpki(generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }), 32)
const mlKem768 = (): Uint8Array => endOfSpki(generateKeyPairSync('ml-kem-768').publicKey.export({ type: 'spki', format: 'der' }), 1184)
const mlKem1024 = (): Uint8Array => endOfSpki(generateKeyPairSync('ml-kem-1024').publicKey.export({ type: 'spki', format: 'der' }), 1568)

/**
 * Genuine public values, as key_share carries them (RFC 8446, section 4.2.8; draft-ietf-tls-ecdhe-mlkem; draft-tls-westerbaan-xyber768d00). Private keys are
 * dropped at once: no handshake is completed.
 */
const makers: ReadonlyMap<string, () => Uint8Array> = new Map([
  ...Object.entries(curveNames).map(([group, curve]) => [group, () => point(curve)] as const),
  ['001d', x25519],
  ['0201', mlKem768],
  ['0202', mlKem1024],
  ['11eb', () => join(point(curveNames['0017']), mlKem768())],
  ['11ec', () => join(mlKem768(), x25519())],
  ['11ed', () => join(point(curveNames['0018']), mlKem1024())],
  ['6399', () => join(x25519(), mlKem768())],
])

let made: ReadonlyMap<string, string> | undefined

/** Public values in hex by group, made once for each process: they tell nothing about a listener, and twins need the same ones. */
export const keyShares = (): ReadonlyMap<string, string> => {
  made ??= new Map([...makers].map(([group, make]) => [group, toHex(make())]))
  return made
}
