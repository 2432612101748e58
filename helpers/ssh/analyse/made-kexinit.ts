import { mpint, packet, sshString } from './packets.ts'

/** Lists of a server that offers approved algorithms only. */
export const approved = {
  kex: 'ecdh-sha2-nistp256,kex-strict-s-v00@openssh.com',
  hostkey: 'rsa-sha2-512',
  cipher: 'aes256-gcm@openssh.com',
  mac: 'hmac-sha2-256',
}

/** Identification and KEXINIT of a server with these lists. */
export const kexinit = (lists: Partial<typeof approved> = {}, before = ''): Uint8Array => {
  const { kex, hostkey, cipher, mac } = { ...approved, ...lists }
  const strings = [kex, hostkey, cipher, cipher, mac, mac, 'none', 'none', '', ''].map((list) => sshString(Buffer.from(list)))
  const payload = Buffer.concat([Uint8Array.of(20), new Uint8Array(16), ...strings, new Uint8Array(5)])
  return new Uint8Array(Buffer.concat([new TextEncoder().encode(`${before}SSH-2.0-test\r\n`), packet(payload)]))
}

/** A number of that many bits, all of them set. */
const ones = (bits: number): Uint8Array => new Uint8Array(bits / 8).fill(0xff)

/** The reply of a server to a key exchange, with an RSA host key of that size; what follows the key is not sound. */
export const kexReply = (rsaBits: number): Uint8Array => {
  const key = Buffer.concat([sshString(Buffer.from('ssh-rsa')), mpint(Uint8Array.of(1, 0, 1)), mpint(ones(rsaBits))])
  return packet(Buffer.concat([Uint8Array.of(31), sshString(key), sshString(new Uint8Array(65)), sshString(new Uint8Array(20))]))
}

/** The group of a group exchange (RFC 4419, section 3). */
export const kexGroup = (bits: number): Uint8Array => packet(Buffer.concat([Uint8Array.of(31), mpint(ones(bits)), mpint(Uint8Array.of(2))]))
