import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { labelInstructions, readLabels } from './labels.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fips-conformance-labels-'))
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

/** An engine whose image has these labels. */
const engineShows = (labels: Readonly<Record<string, string>> | null): void => {
  writeFileSync(join(directory, 'labels'), JSON.stringify(labels))
  writeFileSync(join(directory, 'docker'), `#!/bin/sh\ncat '${directory}/labels'\n`, { mode: 0o755 })
}

/** Reads `LABEL name="value"` as a Dockerfile is read: in double quotes a backslash keeps what follows it, and $ would begin a variable. */
const labelOf = (instruction: string): [string, string] => {
  const [, name = '', quoted = ''] = /^LABEL ([^=]+)="(.*)"$/s.exec(instruction) ?? []
  expect(quoted).not.toMatch(/\$|\n/)
  return [name, quoted.replaceAll(/\\(.)/g, '$1')]
}

const whole = {
  origins: [
    {
      component: 'etcd',
      version: '3.6.8',
      origin: 'built from source',
      module: 'go.etcd.io/etcd/server/v3',
      sum: 'h1:x+/=',
      toolchain: 'go version go1.26.8 linux/amd64',
      build: 'CGO_ENABLED=1, planted defect: plain-go',
    },
    { component: 'kube-proxy', version: 'v1', origin: 'r/kube-proxy:v1', sum: 'sha256:00' },
    { component: 'odd', version: '"quoted" \\ back’s', origin: "it's" },
  ],
  imageRepository: 'fips-conformance.invalid',
  etcdImage: { repository: 'fips-conformance.invalid', tag: '3.6.8_fips.0' },
  coredns: { repository: 'r', tag: 'v1' },
}

describe('labels of a node image', () => {
  it.each([
    ['whole', whole],
    ['without images of its own', { origins: [], imageRepository: undefined, etcdImage: undefined, coredns: undefined }],
  ])('come back as they were written (%s)', async (_case, given) => {
    engineShows(Object.fromEntries(labelInstructions(given).map(labelOf)))
    expect(await readLabels('node:1')).toEqual(given)
  })

  it.each([
    ['no label', null],
    ['labels of somebody else', { 'org.opencontainers.image.title': 'x' }],
    ['one of the two', { 'fips-conformance.origins': '[]' }],
  ])('are none where an image has %s', async (_case, labels) => {
    engineShows(labels)
    expect(await readLabels('node:1')).toBeUndefined()
  })

  it('are refused where they hold something else', async () => {
    engineShows({ 'fips-conformance.origins': '{}', 'fips-conformance.images': '{}' })
    await expect(readLabels('node:1')).rejects.toThrow()
  })
})
