import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FipsConformanceError } from '../../errors/error.ts'
import { caHashOf, isTooSlow } from './form-cluster.ts'

const directory = mkdtempSync(join(tmpdir(), 'form-cluster-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('caHashOf', () => {
  it('is what openssl makes of the public key', () => {
    const certificate = join(directory, 'ca.crt')
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=ca'],
      ...['-keyout', join(directory, 'ca.key'), '-out', certificate],
    ])
    expect(made.status, made.stderr.toString()).toBe(0)
    const digest = spawnSync(
      'sh',
      ['-c', 'openssl x509 -pubkey -noout -in "$1" | openssl pkey -pubin -outform der | openssl dgst -sha256 -r', 'sh', certificate],
      {
        encoding: 'utf8',
      },
    )
    expect(caHashOf(readFileSync(certificate, 'utf8'))).toBe(`sha256:${digest.stdout.slice(0, 64)}`)
  })
})

describe('isTooSlow', () => {
  const failed = (why: string, code = 'NODE_COMMAND_FAILED') => new FipsConformanceError({ code, what: 'sh failed', why, exit: 3 })

  it('knows the words of kubeadm, and takes nothing else for slowness', () => {
    expect(isTooSlow(failed('error execution phase kubelet-start: could not download: context deadline exceeded'))).toBe(true)
    expect(isTooSlow(failed('net/http: TLS handshake timeout'))).toBe(true)
    expect(isTooSlow(failed('couldn’t validate the identity of the API Server: certificate is not pinned'))).toBe(false)
    expect(isTooSlow(failed('context deadline exceeded', 'NODE_UNREACHABLE'))).toBe(false)
    expect(isTooSlow(new Error('context deadline exceeded'))).toBe(false)
  })
})
