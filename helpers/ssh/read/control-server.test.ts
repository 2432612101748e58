import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { unapprovedSsh } from '../../policy/ssh-names.ts'
import { refusesUnapprovedSsh } from '../../rules/ssh.ts'
import { analyseSsh } from '../analyse/kexinit.ts'
import { type SshControlOptions, startSshControlServer } from './control-server.ts'
import { probeSsh } from './probe-ssh.ts'

const judge = async (options: SshControlOptions) => {
  const server = await startSshControlServer(options)
  const dial = (signal: AbortSignal): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: server.port, signal })
      socket.once('error', reject)
      socket.once('connect', () => resolve(socket.off('error', reject)))
    })
  try {
    const readings = await probeSsh(dial, { signal: AbortSignal.timeout(20_000), timeoutMs: options.mode === 'mute' ? 200 : 5_000 })
    const ssh = analyseSsh(readings.map(({ kind, data, blobs }) => ({ kind, data, bytes: (blob) => blobs[blob] ?? new Uint8Array() })))
    return refusesUnapprovedSsh({ ssh }, { asOf: new Date('2026-11-22T00:00:00Z') })
  } finally {
    await server.close()
  }
}

describe('startSshControlServer', () => {
  it('passes when it is sound, with its host key seen', async () => {
    expect(await judge({ defect: {}, mode: 'plain' })).toMatchObject({ verdict: 'pass', observed: expect.stringContaining('3072 bits') })
  })

  it('is caught with each algorithm that can be planted', async () => {
    const all = unapprovedSsh()
    expect(all.length).toBeGreaterThan(60)
    for (const defect of all) {
      const { verdict, reason } = await judge({ defect, mode: 'plain' })
      expect([verdict, reason], JSON.stringify(defect)).toEqual(['fail', expect.stringContaining(` ${defect.name}`)])
    }
  }, 60_000)

  it('is caught with a host key that is too small', async () => {
    expect((await judge({ defect: { rsaBits: 1024 }, mode: 'plain' })).reason).toBe('offered: an RSA host key of 1024 bits')
  })

  it('gets no pass when it hides its offer', async () => {
    expect(await judge({ defect: {}, mode: 'mute' })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('no whole KEXINIT'),
    })
  })
})
