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
  const parts = [kex, hostkey, cipher, cipher, mac, mac, 'none', 'none', '', ''].flatMap((list) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(list.length)
    return [head, Buffer.from(list)]
  })
  const payload = Buffer.concat([Uint8Array.of(20), new Uint8Array(16), ...parts, new Uint8Array(5)])
  const packet = Buffer.alloc(5)
  packet.writeUInt32BE(payload.length + 1 + 8)
  packet[4] = 8
  return new Uint8Array(Buffer.concat([new TextEncoder().encode(`${before}SSH-2.0-test\r\n`), packet, payload, new Uint8Array(8)]))
}
