import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, findingsOf, json, root } from './cli.ts'
import { belongings } from './leftovers.ts'

type Result = { bundle: string; exit: number }
type Failure = { error: { code: string; why?: string } }

const docker = (...argv: string[]): string => execFileSync('docker', argv, { encoding: 'utf8' })
const scratch = mkdtempSync(join(tmpdir(), 'registry-'))
const registries: ChildProcess[] = []
const pushed: string[] = []

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })

/** A registry of its own on loopback, plain or with a certificate of its own: an engine trusts 127.0.0.0/8 without either. */
const startRegistry = async (secure: boolean): Promise<string> => {
  const port = await freePort()
  const directory = join(scratch, `registry-${port}`)
  mkdirSync(directory)
  if (secure) {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        join(directory, 'key.pem'),
        '-out',
        join(directory, 'cert.pem'),
        '-subj',
        '/CN=registry',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-days',
        '2',
      ],
      { stdio: 'ignore' },
    )
  }
  const tls = secure ? `  tls:\n    certificate: ${join(directory, 'cert.pem')}\n    key: ${join(directory, 'key.pem')}\n` : ''
  writeFileSync(
    join(directory, 'config.yml'),
    `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${join(directory, 'data')}\nhttp:\n  addr: 127.0.0.1:${port}\n  secret: of-this-test\n${tls}`,
  )
  registries.push(spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: 'ignore' }))
  const url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}/v2/`
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      execFileSync('openssl', secure ? ['s_client', '-connect', `127.0.0.1:${port}`] : ['version'], {
        input: '',
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      if (!secure) await fetch(url)
      return `127.0.0.1:${port}`
    } catch (error) {
      if (attempt === 99) throw error
      await sleep(100)
    }
  }
  throw new Error(`no registry at ${url}`)
}

const push = (archive: string, reference: string): void => {
  const loaded = /Loaded image: (\S+)/.exec(docker('load', '--input', archive))?.[1] ?? ''
  docker('tag', loaded, reference)
  docker('push', '--quiet', reference)
  docker('rmi', loaded, reference)
  pushed.push(reference)
}

describe('components from an image repository, as the FIPS distributions publish them', () => {
  let before: string[]
  let plain = ''
  let secure = ''

  beforeAll(async () => {
    // The usual node image, whose archives serve as what a vendor publishes; and one whose CoreDNS is built plainly, as its own project publishes it.
    const made = await cli([JSON.stringify({}), JSON.stringify({})], { script: join(root, 'test', 'cluster', 'images-only.ts') })
    expect(made.exit, made.stderr).toBe(0)
    const usual = json<{ images: string }>(made).images
    const plainly = await cli([JSON.stringify({ coredns: 'plain-go' }), JSON.stringify({})], {
      script: join(root, 'test', 'cluster', 'images-only.ts'),
    })
    expect(plainly.exit, plainly.stderr).toBe(0)
    const other = json<{ images: string }>(plainly).images
    before = belongings()
    plain = await startRegistry(false)
    secure = await startRegistry(true)
    for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'])
      push(join(usual, `${component}.tar`), `${plain}/vendor/${component}:v1.36.3_fips.0`)
    push(join(usual, 'etcd.tar'), `${secure}/vendor/etcd:3.6.8_fips.0`)
    push(join(other, 'coredns.tar'), `${plain}/coredns:v1.14.2`)
    push(join(usual, 'pause.tar'), `${plain}/pause:3.10.2`)
  })
  afterAll(() => {
    for (const registry of registries) registry.kill()
    rmSync(scratch, { recursive: true, force: true })
    const here = docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}').split('\n')
    for (const reference of pushed) if (here.includes(reference)) docker('rmi', reference)
  })

  const flags = () => [
    ...['--kubernetes-version', 'v1.36.3+fips.0', '--kubernetes-image-repository', `${plain}/vendor`],
    ...['--etcd-version', '3.6.8+fips.0', '--etcd-image-repository', `${secure}/vendor`],
    ...['--coredns-image-repository', plain, '--pause-image-repository', plain],
  ]

  it('judges them; a CoreDNS that is not rebuilt fails FIPS-MOD, and nothing else does', async () => {
    const ended = await cli(['run', ...flags(), '--require', 'FIPS-MOD,FIPS-TLS', '--json'])
    expect(ended.exit, ended.stderr).toBe(1)
    const { bundle } = json<Result>(ended)
    const failed = [...findingsOf(bundle, 'FIPS-MOD'), ...findingsOf(bundle, 'FIPS-TLS')].filter(
      ({ verdict }) => verdict === 'fail' || verdict === 'inconclusive',
    )
    expect(failed.map(({ subject, verdict }) => `${subject.name} ${verdict}`)).toEqual(['coredns fail'])
    const run = JSON.parse(readFileSync(join(root, bundle, 'run.json'), 'utf8')) as {
      image: { origin: { component: string; origin: string }[] }
    }
    const origin = (component: string) => run.image.origin.find((row) => row.component === component)?.origin
    expect(origin('kube-apiserver')).toBe(`${plain}/vendor/kube-apiserver:v1.36.3_fips.0`)
    expect(origin('etcd')).toBe(`${secure}/vendor/etcd:3.6.8_fips.0`)
    expect(origin('kubelet')).toBe('built from source')
    expect(readFileSync(join(root, bundle, 'reports', 'report.html'), 'utf8')).toContain(`${plain}/vendor/kube-apiserver`)
  })

  it('says which image cannot be pulled', async () => {
    const ended = await cli(['run', '--kubernetes-image-repository', `${plain}/nobody`, '--json'])
    expect(ended.exit, ended.stderr).toBe(3)
    expect(json<Failure>(ended).error.code).toBe('IMAGE_PULL_FAILED')
  })

  it('takes a prebuilt node image, and adds what the flags name', async () => {
    const [reference = ''] = docker(
      'image',
      'ls',
      '--filter',
      'reference=fips-conformance/node',
      '--format',
      '{{.Repository}}:{{.Tag}}',
    ).split('\n')
    const ended = await cli([
      'run',
      '--node-image',
      reference,
      '--etcd-version',
      '3.6.8+fips.0',
      '--etcd-image-repository',
      `${secure}/vendor`,
      '--require',
      'FIPS-TLS',
      '--json',
    ])
    expect(ended.exit, ended.stderr).toBe(0)
    const run = JSON.parse(readFileSync(join(root, json<Result>(ended).bundle, 'run.json'), 'utf8')) as {
      image: { origin: { component: string; origin: string }[] }
    }
    expect(run.image.origin.find((row) => row.component === 'etcd')?.origin).toBe(`${secure}/vendor/etcd:3.6.8_fips.0`)
  })

  it('leaves nothing but cached images', () => {
    expect(belongings()).toEqual(before)
  })
})
