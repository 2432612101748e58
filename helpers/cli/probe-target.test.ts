import { describe, expect, it } from 'vitest'
import { endpointsOf } from './probe-target.ts'

describe('endpoints', () => {
  it.each(['fe80::1%br-lan', 'fe80::1%eth0.100', 'fe80::1%Ethernet0', '::1'])(
    'may be the IPv6 address %s, of whatever zone',
    async (host) => {
      expect(await endpointsOf([`[${host}]:443`], [])).toEqual([{ host, address: host, port: 443, sni: null }])
    },
  )

  it('are asked once, however often they are named', async () => {
    const endpoint = { host: '127.0.0.1', address: '127.0.0.1', port: 443 }
    expect(await endpointsOf(['127.0.0.1:443', '127.0.0.1:443'], ['a.test', '::1', '127.0.0.1', 'a.test'])).toEqual([
      { ...endpoint, sni: 'a.test' },
      { ...endpoint, sni: null },
    ])
  })
})
