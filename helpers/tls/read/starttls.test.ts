import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { dialTcp } from './dial-tcp.ts'
import { dialStarttls, type StarttlsProtocol } from './starttls.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A server that goes through a conversation: it says the first text at once, and the next whenever something has come. */
const talker = (...says: readonly (string | Uint8Array | undefined)[]): Promise<{ port: number; heard: string[] }> =>
  new Promise((resolve) => {
    const sockets = new Set<Socket>()
    const heard: string[] = []
    const server = createServer((socket) => {
      const left = [...says]
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      const say = (): void => {
        const next = left.shift()
        if (next !== undefined) socket.write(next)
      }
      socket.on('data', (chunk) => {
        heard.push(chunk.toString('latin1'))
        say()
      })
      say()
    })
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      return server.close()
    })
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as { port: number }).port, heard }))
  })

const dialled = async (protocol: StarttlsProtocol, port: number, timeoutMs = 2_000): Promise<string> => {
  const stream = await dialStarttls(protocol, dialTcp('127.0.0.1', port))(AbortSignal.timeout(timeoutMs))
  closing.push(() => stream.destroy())
  const first = new Promise<string>((resolve) => stream.once('data', (chunk: Uint8Array) => resolve(Buffer.from(chunk).toString('latin1'))))
  stream.resume()
  stream.write('hello')
  return first
}

/** Greeting of MySQL: version, thread, challenge, capabilities, character set, status. */
const mysqlGreeting = (flags: number): Uint8Array => {
  const body = [
    10,
    ...Buffer.from('8.0.0\0'),
    1,
    0,
    0,
    0,
    ...Buffer.from('12345678'),
    0,
    flags & 0xff,
    flags >> 8,
    45,
    2,
    0,
    0,
    0,
    21,
    ...Buffer.alloc(10),
    ...Buffer.from('123456789012\0'),
  ]
  return Uint8Array.from([body.length, 0, 0, 0, ...body])
}
const ldapAnswer = (code: number): Uint8Array => Uint8Array.from([0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, code, 4, 0, 4, 0])

describe('dialStarttls', () => {
  it.each([
    [
      'smtp',
      ['220-mail\r\n220 mail ESMTP\r\n', '250-mail\r\n250-PIPELINING\r\n250 STARTTLS\r\n', '220 2.0.0 go\r\n', 'TLS'],
      ['EHLO fips-conformance.invalid\r\n', 'STARTTLS\r\n', 'hello'],
    ],
    ['imap', ['* OK ready\r\n', '* CAPABILITY\r\na1 OK go\r\n', 'TLS'], ['a1 STARTTLS\r\n', 'hello']],
    ['pop3', ['+OK ready\r\n', '+OK go\r\n', 'TLS'], ['STLS\r\n', 'hello']],
  ] as const)('leads %s up to TLS', async (protocol, says, hears) => {
    const { port, heard } = await talker(...says)
    expect(await dialled(protocol, port)).toBe('TLS')
    expect(heard).toEqual(hears)
  })

  it('leads postgres, mysql and ldap up to TLS', async () => {
    const postgres = await talker(undefined, 'S', 'TLS')
    expect(await dialled('postgres', postgres.port)).toBe('TLS')
    expect(Buffer.from(postgres.heard[0] ?? '', 'latin1').toString('hex')).toBe('0000000804d2162f')
    const ldap = await talker(undefined, ldapAnswer(0), 'TLS')
    expect(await dialled('ldap', ldap.port)).toBe('TLS')
    const mysql = await talker(mysqlGreeting(0xffff), undefined)
    const stream = await dialStarttls('mysql', dialTcp('127.0.0.1', mysql.port))(AbortSignal.timeout(2_000))
    stream.destroy()
    await expect.poll(() => mysql.heard[0]?.length).toBe(36)
  })

  it.each([
    ['smtp', ['220 x\r\n', '502 no\r\n'], '502 no'],
    ['imap', ['* OK\r\n', 'a1 BAD no\r\n'], 'a1 BAD no'],
    ['pop3', ['+OK\r\n', '-ERR no\r\n'], '-ERR no'],
    ['postgres', [undefined, 'N'], '"N"'],
    ['ldap', [undefined, ldapAnswer(2)], 'result code 2'],
    ['mysql', [mysqlGreeting(0xf7ff)], 'no SSL capability'],
    ['smtp', ['HTTP/1.1 400\r\n\r\n'.repeat(2_000)], 'more than 16384'],
    ['smtp', [], 'no answer in time'],
  ] as const)('says that %s refused, with what was said', async (protocol, says, why) => {
    const { port } = await talker(...says)
    await expect(dialled(protocol, port, 300)).rejects.toThrow(why)
  })

  it('hands over what came behind the last answer', async () => {
    const { port } = await talker(undefined, 'Sinjected')
    expect(await dialled('postgres', port)).toBe('injected')
  })
})
