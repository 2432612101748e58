import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plantedFiles } from '../crypto-modules/analyse/plant.ts'
import { createBundle } from './bundle-writer.ts'
import { madeBundle } from './made-bundle.ts'
import type { Reading } from './model.ts'
import { readBundle } from './read-bundle.ts'
import { sampleSubject } from './sample.ts'
import { scrub, secretsIn } from './secrets.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const base64 = (text: string) => Buffer.from(text).toString('base64')
// Put together here, so that no scanner takes this file for a leak.
const jwt = [base64('{"alg":"RS256","kid":"k"}'), base64('{"iss":"kubernetes/serviceaccount"}'), 'c2lnbmF0dXJlLW9mLWEtdG9rZW4']
  .join('.')
  .replaceAll('=', '')
const accessKey = `A${'SIA'}QWERTYUIOPASDFGH`
const awsSecret = 'wJalrXUtnFEMIabK7MDENGbPxRfiCYzzzz0123XY'

const planted: [string, string, string][] = [
  ['a private key', `x\n${pem}y`, pem.split('\n')[1] ?? ''],
  [
    'an encrypted private key',
    `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${'QUJD'.repeat(40)}\n-----END ENCRYPTED PRIVATE KEY-----`,
    'QUJDQUJD',
  ],
  ['a private key in JSON', JSON.stringify({ key: pem }), (pem.split('\n')[1] ?? '').slice(0, 40)],
  ['a private key in base64', `tls.key: ${base64(pem)}`, base64(pem)],
  ['a kubeconfig', `users:\n- user:\n    client-certificate-data: QUJD\n    client-key-data: ${base64(pem)}\n`, base64(pem)],
  ['a token of a kubeconfig', '    token: abcdef.0123456789abcdef\n', '0123456789abcdef'],
  ['a service account token', `token=${jwt}`, jwt],
  ['a request', `GET / HTTP/1.1\r\nAuthorization: Bearer ${jwt}\r\n\r\n`, jwt],
  ['a request with a password', `authorization: Basic ${base64('admin:correct horse')}`, base64('admin:correct horse')],
  ['an AWS key', `key ${accessKey} `, accessKey],
  [
    'credentials of IMDS',
    JSON.stringify({ AccessKeyId: accessKey, SecretAccessKey: awsSecret, Token: `IQoJb3JpZ2lu${'x1'.repeat(40)}` }),
    awsSecret,
  ],
  ['a session token of IMDS', JSON.stringify({ Token: `IQoJb3JpZ2lu${'x1'.repeat(40)}` }), 'IQoJb3JpZ2lu'],
  ['AWS variables', `AWS_SECRET_ACCESS_KEY=${awsSecret}`, awsSecret],
  ['a token for IMDS', 'X-aws-ec2-metadata-token: AQAEALTTqJ7zX0123456789abcdefgh==', 'AQAEALTTqJ7z'],
]

const reading = (text: string, more: Partial<Reading> = {}): Reading => ({
  kind: 'file',
  means: 'test',
  source: '/x',
  data: {},
  blobs: { content: new TextEncoder().encode(text) },
  ...more,
})

describe('a secret', () => {
  it.each(planted)('%s is found in bytes, and taken out', (_name, text, secret) => {
    const { reading: clean, found } = scrub(reading(text))
    expect(found.length).toBeGreaterThan(0)
    const left = new TextDecoder('latin1').decode(clean.blobs.content)
    expect(left).not.toContain(secret)
    expect(left).toContain('[redacted: ')
  })

  it.each(planted)('%s is found in data, and taken out', (_name, text, secret) => {
    const { reading: clean, found } = scrub(reading('', { data: { list: [{ stderr: text }] }, source: text }))
    expect(found.length).toBeGreaterThan(1)
    expect(JSON.stringify([clean.data, clean.source])).not.toContain(secret)
  })

  it('is found by the name that stands beside it', () => {
    expect(
      JSON.stringify(scrub(reading('', { data: { secretAccessKey: awsSecret, password: 'hunter2hunter2' } })).reading.data),
    ).not.toMatch(/wJalr|hunter2/)
  })

  it.each([
    [
      'what certificates and public keys are',
      `-----BEGIN CERTIFICATE-----\n${'QUJD'.repeat(40)}\n-----END CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----`,
    ],
    ['names of a key in a program', 'x509: -----BEGIN RSA PRIVATE KEY----- expected\0-----END RSA PRIVATE KEY-----\0'],
    ['messages', 'token: unexpected end of input; password: required'],
    ['digests', 'sha256:0affa04c2f26433fb568b67427f96eb3d80f4db34482de565a0ad3af98db4389'],
    ['hex of a handshake', `{"public":"${'a41f'.repeat(16)}"}`],
  ])('is not seen in %s', (_name, text) => {
    expect(secretsIn(text, 'x')).toEqual([])
  })

  it('is not seen in a program with a module', () => {
    for (const bytes of Object.values(plantedFiles())) expect(scrub({ ...reading(''), blobs: { bytes } }).found).toEqual([])
  })
})

describe('a bundle', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'secrets-'))
  })
  afterEach(() => rm(root, { recursive: true }))

  it('never holds what was planted, in any file, and what rests on it is inconclusive', async () => {
    const text = planted.map(([, secret]) => secret).join('\n')
    const dir = await madeBundle(root, 'r1', {
      nodes: [
        { name: 'clean', flag: '1' },
        { name: 'leaky', flag: '1', reading: { source: `/x ${jwt}`, data: { exitCode: 0, stderr: text, procSeen: true } } },
      ],
    })
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const content = (await readFile(join(entry.parentPath, entry.name))).toString('latin1')
      for (const [name, , secret] of planted) expect(content.includes(secret), `${name} in ${entry.name}`).toBe(false)
    }
    const { findings, evidence } = await readBundle(dir)
    expect(findings).toMatchObject([
      { verdict: 'pass' },
      { verdict: 'inconclusive', reason: expect.stringContaining('was taken out of the observation') },
    ])
    expect(evidence[1]?.redacted?.length).toBeGreaterThan(5)
  })

  it('is not written at all when one came into its plan another way', async () => {
    const writer = await createBundle({ root, runId: 'r1' })
    const plan = { claim: [], pairs: [{ requirement: 'FIPS-MOD-1', subject: sampleSubject('a', { detail: { shown: `--token=${jwt}` } }) }] }
    await expect(writer.writePlan(plan)).rejects.toMatchObject({ code: 'SECRET_IN_BUNDLE' })
    expect(await readdir(writer.dir)).not.toContain('plan.json')
  })
})
