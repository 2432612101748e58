import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKind } from './kind.ts'
import { toYaml } from './to-yaml.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kind-ts-'))
})
afterEach(() => rm(dir, { recursive: true }))

/** A kind that writes down how it was called, and prints `stdout`. */
const recorder = async (stdout = '') => {
  const binary = join(dir, 'kind')
  const seen = join(dir, 'seen.json')
  const body = `const fs = require('node:fs'), input = process.argv.includes('-') ? fs.readFileSync(0, 'utf8') : ''
    fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ argv: process.argv.slice(2), input, env: process.env }))
    process.stdout.write(${JSON.stringify(stdout)})`
  await writeFile(binary, `#!${process.execPath}\n${body}\n`, { mode: 0o755 })
  return { binary, seen: async (): Promise<unknown> => JSON.parse(await readFile(seen, 'utf8')) }
}

test('createCluster: config on stdin, kubeconfig as flag and in the environment, nothing of the caller’s', async () => {
  const { binary, seen } = await recorder()
  const kubeconfig = join(dir, 'kc')
  const env = { PATH: '/bin', HOME: dir, KUBECONFIG: '/home/u/.kube/config', SECRET: 's' }
  const config = { nodes: [{ role: 'worker' as const }] }
  await createKind({ binary, kubeconfig, env, experimentalDockerNetwork: 'net' }).createCluster({
    name: 'a',
    config,
    image: 'x:y',
    retain: true,
  })
  expect(await seen()).toEqual({
    argv: ['create', 'cluster', '--name', 'a', '--config', '-', '--image', 'x:y', '--kubeconfig', kubeconfig, '--retain'],
    input: toYaml(config),
    env: { PATH: '/bin', HOME: dir, KUBECONFIG: kubeconfig, KIND_EXPERIMENTAL_DOCKER_NETWORK: 'net' },
  })
})

test('a relative kubeconfig is resolved, the user’s own and an empty one are refused', async () => {
  const { binary, seen } = await recorder()
  await createKind({ binary, kubeconfig: relative(process.cwd(), join(dir, 'kc')) }).deleteCluster({ name: 'a' })
  expect(await seen()).toMatchObject({ argv: ['delete', 'cluster', '--name', 'a', '--kubeconfig', join(dir, 'kc')] })
  const refused = expect.objectContaining({ code: 'KIND_ARGUMENT_INVALID' })
  expect(() => createKind({ binary, kubeconfig: '' })).toThrow(refused)
  expect(() => createKind({ binary, kubeconfig: join(dir, 'x/../.kube/config'), env: { HOME: dir } })).toThrow(refused)
})

test('lists', async () => {
  const { binary } = await recorder('a\nb\n')
  const kind = createKind({ binary, kubeconfig: join(dir, 'kc') })
  expect(await kind.getClusters()).toEqual(['a', 'b'])
  expect(await kind.getNodes({ name: 'a' })).toEqual(['a', 'b'])
})

test.each([
  ['loadImageArchive', ['load', 'image-archive', '--name', 'a', '--nodes', 'n', '--', '/i.tar']],
  ['loadDockerImage', ['load', 'docker-image', '--name', 'a', '--', 'x:1']],
  ['exportLogs', ['export', 'logs', '--name', 'a', '--', '/logs']],
] as const)('%s', async (method, argv) => {
  const { binary, seen } = await recorder('/logs\n')
  const kind = createKind({ binary, kubeconfig: join(dir, 'kc') })
  const options = {
    loadImageArchive: () => kind.loadImageArchive({ name: 'a', archive: '/i.tar', nodes: ['n'] }),
    loadDockerImage: () => kind.loadDockerImage({ name: 'a', images: ['x:1'] }),
    exportLogs: () => kind.exportLogs({ name: 'a', dir: '/logs' }),
  }
  expect(await options[method]()).toBeUndefined()
  expect(await seen()).toMatchObject({ argv })
})

test('the driver’s signal ends everything but deleteCluster, which has to clean up', async () => {
  const { binary, seen } = await recorder()
  const kind = createKind({ binary, kubeconfig: join(dir, 'kc'), signal: AbortSignal.abort() })
  await expect(kind.getClusters()).rejects.toMatchObject({ code: 'KIND_CANCELLED' })
  await expect(kind.createCluster({ name: 'a', config: {}, image: 'x' })).rejects.toMatchObject({ cause: 'cancelled' })
  await kind.deleteCluster({ name: 'a' })
  expect(await seen()).toMatchObject({ argv: expect.arrayContaining(['delete']) })
  await expect(kind.deleteCluster({ name: 'a', signal: AbortSignal.abort() })).rejects.toMatchObject({ cause: 'cancelled' })
})

test('bad arguments reject, they are not thrown', async () => {
  const { binary } = await recorder()
  await expect(createKind({ binary, kubeconfig: join(dir, 'kc') }).getNodes({ name: '' })).rejects.toMatchObject({
    cause: 'argument-invalid',
  })
})

const real = process.env.KIND_BINARY
if (real) {
  test('version of the real kind', async () => {
    expect(await createKind({ binary: real, kubeconfig: join(dir, 'kc') }).version()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      go: expect.stringMatching(/^go1\./),
      platform: expect.stringMatching(/^\w+\/\w+$/),
    })
  })
}
