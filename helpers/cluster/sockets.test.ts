import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { dialAddress, isLoopback, listeningSocket } from './sockets.ts'

/** A line as the kernel prints it (net/ipv4/tcp_ipv4.c, net/ipv6/udp.c and their like). */
const line = (local: string, remote: string, state: string, inode = '12345'): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`

const any4 = '00000000:0000'
const any6 = '00000000000000000000000000000000:0000'
/** Eight groups as the kernel prints them on a little-endian machine: 32 bits at a time, each turned round. */
const kernelHex = (address: string): string =>
  (address.replaceAll(':', '').match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join('').toUpperCase()).join('')

describe('listeningSocket', () => {
  it.each([
    ['tcp', line('0100007F:9D05', any4, '0A'), '127.0.0.1', 40197],
    ['tcp', line('00000000:192B', any4, '0A'), '0.0.0.0', 6443],
    ['tcp', line('0B00007F:8C4F', any4, '0A'), '127.0.0.11', 35919],
    ['tcp6', line('00000000000000000000000000000000:280A', any6, '0A'), '::', 10250],
    ['tcp6', line('00000000000000000000000001000000:0050', any6, '0A'), '::1', 80],
    ['tcp6', line('0000000000000000FFFF00000100007F:0050', any6, '0A'), '::ffff:127.0.0.1', 80],
    ['udp', line('0B00007F:A1B2', any4, '07'), '127.0.0.11', 41394],
    ['udp6', line('00000000000000000000000000000000:0035', any6, '07'), '::', 53],
  ])('%s %s', (kind, text, address, port) => {
    expect(listeningSocket(kind, text)).toEqual({ transport: kind.slice(0, 3), address, port, inode: '12345' })
  })

  it.each([
    ['0000:0000:0000:0000:0000:0000:0000:0000', '::'],
    ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:0000:0000:0001:0000:0000:0000:0001', '2001:0:0:1::1'],
    ['2001:0db8:0000:0001:0001:0001:0001:0001', '2001:db8:0:1:1:1:1:1'],
    ['0000:0001:0001:0001:0001:0001:0001:0000', '0:1:1:1:1:1:1:0'],
    ['0000:0000:0001:0001:0001:0001:0000:0000', '::1:1:1:1:0:0'],
    ['fe80:0000:0000:0000:0000:0000:0000:0000', 'fe80::'],
    ['0010:0000:0000:0000:000a:0000:0000:0000', '10::a:0:0:0'],
    ['0000:0000:0000:0000:0000:ffff:0a00:0005', '::ffff:10.0.0.5'],
    ['0000:0000:0000:0000:0001:ffff:0a00:0005', '::1:ffff:a00:5'],
    ['abcd:ef01:2345:6789:abcd:ef01:2345:6789', 'abcd:ef01:2345:6789:abcd:ef01:2345:6789'],
  ])('writes %s as RFC 5952 has it: %s', (address, text) => {
    expect(listeningSocket('tcp6', line(`${kernelHex(address)}:0001`, any6, '0A'))).toMatchObject({ address: text, port: 1 })
  })

  it.each([
    ['01', 'established'],
    ['02', 'connecting'],
    ['06', 'TIME_WAIT'],
    ['07', 'closed'],
    ['08', 'CLOSE_WAIT'],
    ['0C', 'a request for a connection'],
  ])('takes no TCP socket in state %s (%s)', (state) => {
    expect(listeningSocket('tcp', line('0100007F:9D05', '0100007F:C350', state))).toBeUndefined()
  })

  it.each([
    ['connected', line('0100007F:9D05', '0100007F:0035', '01')],
    ['connected, in the other state', line('0100007F:9D05', '0100007F:0035', '07')],
    ['bound and in another state', line('0100007F:9D05', any4, '01')],
  ])('takes no UDP socket that is %s', (_case, text) => {
    expect(listeningSocket('udp', text)).toBeUndefined()
  })

  it.each([
    '',
    '   0: 0100007F:9D05',
    line('0100007F:9D05', any4, '0A').slice(0, 60),
    line('0100007F', any4, '0A'),
    line('01007F:9D05', any4, '0A'),
    line('0100007F:9D05', any4, '0A', 'x'),
  ])('says of «%s» that it is no whole line', (text) => {
    expect(listeningSocket('tcp', text)).toBe('malformed')
  })

  it.runIf(process.platform === 'linux')('finds a socket that this process opened, and reads every line of this machine', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as { port: number }
      const lines = readFileSync('/proc/net/tcp', 'utf8').trimEnd().split('\n').slice(1)
      const sockets = lines.map((text) => listeningSocket('tcp', text))
      expect(sockets).not.toContain('malformed')
      expect(sockets).toContainEqual({ transport: 'tcp', address: '127.0.0.1', port, inode: expect.stringMatching(/^\d+$/) })
    } finally {
      server.close()
    }
  })
})

it.each([
  ['127.0.0.1', true],
  ['127.0.0.11', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.127', false],
  ['::ffff:10.0.0.5', false],
  ['::127', false],
])('isLoopback(%s) is %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected)
})

it.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::1', '::1'],
  ['10.0.0.5', '10.0.0.5'],
  ['::ffff:10.0.0.5', '::ffff:10.0.0.5'],
])('a listener at %s is dialled at %s', (address, dialled) => {
  expect(dialAddress(address)).toBe(dialled)
})
