import { createDiffieHellmanGroup, createECDH, randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Reading } from '../../evidence/model.ts'
import { identificationIn } from '../analyse/identification.ts'
import { readSsh, type SshOffer, sshKind } from '../analyse/kexinit.ts'
import { mpint, packet, payloadsIn, sshString } from '../analyse/packets.ts'
import { converseSsh, type SshReadOptions } from './converse.ts'
import { readKexinit, type SshDial } from './read-kexinit.ts'

const text = (line: string): Uint8Array => new TextEncoder().encode(line)
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const number32 = (value: number): Uint8Array => {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

/** First message of a client in a key exchange (RFC 5656, section 4; RFC 4253, section 8; RFC 8731). */
const initOf: ReadonlyMap<string, () => Uint8Array> = new Map([
  ...(
    [
      ['ecdh-sha2-nistp256', 'prime256v1'],
      ['ecdh-sha2-nistp384', 'secp384r1'],
      ['ecdh-sha2-nistp521', 'secp521r1'],
    ] as const
  ).map(([name, curve]) => [name, () => sshString(new Uint8Array(createECDH(curve).generateKeys()))] as const),
  ...(
    [
      ['diffie-hellman-group14-sha256', 'modp14'],
      ['diffie-hellman-group14-sha1', 'modp14'],
      ['diffie-hellman-group15-sha512', 'modp15'],
      ['diffie-hellman-group16-sha512', 'modp16'],
      ['diffie-hellman-group17-sha512', 'modp17'],
      ['diffie-hellman-group18-sha512', 'modp18'],
      ['diffie-hellman-group1-sha1', 'modp2'],
    ] as const
  ).map(([name, group]) => [name, () => mpint(new Uint8Array(createDiffieHellmanGroup(group).generateKeys()))] as const),
  // Any 32 octets are a public value (RFC 7748, section 5).
  ...['curve25519-sha256', 'curve25519-sha256@libssh.org'].map((name) => [name, () => sshString(new Uint8Array(randomBytes(32)))] as const),
])

const rsaAlgorithms = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']
const groupExchanges = ['diffie-hellman-group-exchange-sha256', 'diffie-hellman-group-exchange-sha1']

/** Our KEXINIT: the one key exchange and the one host key that are to be seen, and of the rest what the server names first (RFC 4253, section 7.1). */
const kexinitFor = (offer: SshOffer, kex: string, hostkey: string): Uint8Array => {
  const cipher = offer.cipher.slice(0, 1).join()
  const mac = offer.mac.slice(0, 1).join()
  const compression = offer.compression.includes('none') ? 'none' : offer.compression.slice(0, 1).join()
  const lists = [kex, hostkey, cipher, cipher, mac, mac, compression, compression, '', '']
  return packet(join(Uint8Array.of(20), new Uint8Array(randomBytes(16)), ...lists.map((list) => sshString(text(list))), new Uint8Array(5)))
}

/** Requests of a group exchange for less than 2048 bits: that size alone, and that size where the server may give more (RFC 4419, section 3). */
const askedSizes = [
  [1024, 1024, 1024],
  [1024, 1024, 8192],
] as const

type Ask = { ask: 'host-key' | 'group-exchange'; kex: string; hostkey: string; asked?: readonly [number, number, number] }

const firstMessage = ({ kex, asked }: Ask): Uint8Array | undefined => {
  if (asked !== undefined) return packet(join(Uint8Array.of(34), ...asked.map(number32)))
  const init = initOf.get(kex)
  return init && packet(join(Uint8Array.of(30), init()))
}

/** Payloads of whole packets behind the identification. */
const payloadsOf = (received: Uint8Array): Uint8Array[] => {
  const identification = identificationIn(received)
  return identification === undefined ? [] : payloadsIn(received, identification.end)
}

/** One connection that goes as far as the server's first answer in a key exchange; nothing is encrypted, and nobody logs in. */
const ask = (dial: SshDial, offer: SshOffer, what: Ask, options: SshReadOptions): Promise<Reading> => {
  const message = firstMessage(what) ?? new Uint8Array()
  let told = false
  return converseSsh(dial, options, {
    data: { ask: what.ask, kex: what.kex, hostkey: what.hostkey, ...(what.asked && { asked: [...what.asked] }) },
    kind: sshKind,
    next: (received, stream: Duplex, sent) => {
      const payloads = payloadsOf(received)
      if (!told && payloads[0]?.[0] === 20) {
        told = true
        const octets = join(kexinitFor(offer, what.kex, what.hostkey), message)
        sent.push(octets)
        stream.write(octets)
      }
      return payloads.slice(1).some(([type]) => type === 31 || type === 33 || type === 1)
    },
  })
}

/**
 * All that is asked of an SSH server: its KEXINIT; the size of its RSA host key, read from its reply to a key exchange; and which groups it gives to a client
 * that asks for less than 2048 bits. At most 4 connections, one after the other. Judges nothing: the readings are for `analyseSsh`, whose facts then
 * have `sizes`. Throws the signal's reason when it is aborted, and nothing for what a peer does.
 */
export const probeSsh = async (dial: SshDial, options: SshReadOptions): Promise<Reading[]> => {
  const first = await readKexinit(dial, options)
  const seen = readSsh(first.blobs.received ?? new Uint8Array())
  if (seen.state !== 'offered') return [first]
  const { offer } = seen
  const readings = [first]
  const rsa = rsaAlgorithms.find((name) => offer.hostkey.includes(name))
  const kex = [...initOf.keys()].find((name) => offer.kex.includes(name))
  if (rsa !== undefined) readings.push(await ask(dial, offer, { ask: 'host-key', kex: kex ?? '', hostkey: rsa }, options))
  const exchange = groupExchanges.find((name) => offer.kex.includes(name))
  const [hostkey] = offer.hostkey
  if (exchange === undefined || hostkey === undefined) return readings
  for (const asked of askedSizes) readings.push(await ask(dial, offer, { ask: 'group-exchange', kex: exchange, hostkey, asked }, options))
  return readings
}
