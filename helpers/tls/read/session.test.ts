import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { startRawServer } from './control-server.ts'
import { dialTcp } from './dial-tcp.ts'
import { selfSigned } from './self-signed.ts'
import { sweepPort, verdictsOf } from './test-helpers.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const nodeServer = (type: 'ec' | 'rsa', options: TlsOptions): Promise<number> =>
  new Promise((resolve) => {
    const { keyPem, certificatePem } = selfSigned(type)
    const server = createTlsServer({ key: keyPem, cert: certificatePem, ...options })
    closing.push(() => server.close())
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })

it('tries a dial that failed once more', async () => {
  const port = await nodeServer('ec', {
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE+AESGCM',
    ecdhCurve: 'P-256:P-384:P-521',
  })
  let dials = 0
  const shaky = (signal: AbortSignal) => (dials++ % 5 === 0 ? Promise.reject(new Error('exec failed')) : dialTcp('127.0.0.1', port)(signal))
  const probed = await sweepPort(port, { dial: shaky })
  expect(probed.readings.filter(({ data }) => data.ended === 'dial-failed').length).toBeGreaterThan(5)
  expect(verdictsOf(probed)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass'])
})

it('stays within its budget against a server that accepts everything', async () => {
  const probed = await sweepPort(await nodeServer('rsa', { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }), { budget: 40 })
  expect(probed.facts.connections).toBeLessThanOrEqual(46)
  expect(verdictsOf(probed).slice(0, 3)).toEqual(['fail', 'fail', 'fail'])
})

it('throws what aborted it', async () => {
  const { port, close } = await startRawServer(() => undefined)
  closing.push(close)
  await expect(sweepPort(port, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/i)
})
