import { createECDH, generateKeyPairSync, randomInt } from 'node:crypto'
import { fromHex, join, toHex } from '../analyse/bytes.ts'

const curveNames = { '0017': 'prime256v1', '0018': 'secp384r1', '0019': 'secp521r1' } as const

const point = (curve: string): Uint8Array => new Uint8Array(createECDH(curve).generateKeys())

/** The last octets of a SubjectPublicKeyInfo are the key itself for these types (RFC 8410; RFC 9935). */
const endOfSpki = (spki: Buffer, length: number): Uint8Array => new Uint8Array(spki.subarray(spki.length - length))

const x448 = (): Uint8Array => endOfSpki(generateKeyPairSync('x448').publicKey.export({ type: 'spki', format: 'der' }), 56)
const mlKem512 = (): Uint8Array => endOfSpki(generateKeyPairSync('ml-kem-512').publicKey.export({ type: 'spki', format: 'der' }), 800)

/** 2^x for an exponent below the size of the prime: a public value of any group of RFC 7919, whose generator is 2. */
const finiteField = (bits: number): Uint8Array =>
  fromHex((1n << BigInt(randomInt(bits / 2, bits - 1))).toString(16).padStart(bits / 4, '0'))

const x25519 = (): Uint8Array => endOfSpki(generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }), 32)
const mlKem768 = (): Uint8Array => endOfSpki(generateKeyPairSync('ml-kem-768').publicKey.export({ type: 'spki', format: 'der' }), 1184)
const mlKem1024 = (): Uint8Array => endOfSpki(generateKeyPairSync('ml-kem-1024').publicKey.export({ type: 'spki', format: 'der' }), 1568)

/**
 * Genuine public values, as key_share carries them (RFC 8446, section 4.2.8; draft-ietf-tls-ecdhe-mlkem; draft-tls-westerbaan-xyber768d00). Private keys are
 * dropped at once: no handshake is completed.
 */
const makers: ReadonlyMap<string, () => Uint8Array> = new Map([
  ...Object.entries(curveNames).map(([group, curve]) => [group, () => point(curve)] as const),
  ['0015', () => point('secp224r1')],
  ['0016', () => point('secp256k1')],
  ['001d', x25519],
  ['001e', x448],
  ['001f', () => point('brainpoolP256r1')],
  ['0020', () => point('brainpoolP384r1')],
  ['0021', () => point('brainpoolP512r1')],
  ['0100', () => finiteField(2048)],
  ['0101', () => finiteField(3072)],
  ['0102', () => finiteField(4096)],
  ['0103', () => finiteField(6144)],
  ['0104', () => finiteField(8192)],
  ['0200', mlKem512],
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
