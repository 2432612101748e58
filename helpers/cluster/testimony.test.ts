import { execFile } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readTestimony } from '../tls/analyse/testimony.ts'
import type { NodeAccess } from './node-access.ts'
import { witnessOf } from './testimony.ts'

const scratch: string[] = []
afterEach(() => {
  for (const directory of scratch.splice(0)) rmSync(directory, { recursive: true, force: true })
})
const signal = new AbortController().signal
const line = (port: number, endpoint = 'client'): string =>
  `x stderr F {"msg":"rejected connection on ${endpoint} endpoint","remote-addr":"127.0.0.1:${port}","error":"tls: no cipher suite supported by both"}\n`

/** A node whose logs lie below a folder of this machine. */
const made = () => {
  const root = mkdtempSync(join(tmpdir(), 'logs-'))
  scratch.push(root)
  const log = join(root, 'var/log/pods/kube-system_etcd-a_1/etcd/0.log')
  mkdirSync(join(log, '..'), { recursive: true })
  writeFileSync(log, line(1))
  const node: NodeAccess = {
    name: 'a',
    means: 'a test',
    run: ([program = '', ...args]) =>
      new Promise((resolve) => {
        execFile(
          program,
          args.map((one) => one.replaceAll('/var/log/pods/*', `${root}/var/log/pods/*`).replaceAll('/proc/', `${root}/proc/`)),
          (error, stdout, stderr) => resolve({ exitCode: error ? 1 : 0, stdout: new TextEncoder().encode(stdout), stderr }),
        )
      }),
    // biome-ignore lint/correctness/useYield: nothing is read here
    async *open() {
      throw new Error('nothing is read')
    },
    dial: () => Promise.reject(new Error('nobody is dialled')),
    close: async () => undefined,
  }
  const flags = (...words: string[]): void => {
    mkdirSync(join(root, 'proc/7'), { recursive: true })
    writeFileSync(join(root, 'proc/7/cmdline'), `etcd\0${words.map((word) => `${word}\0`).join('')}`)
  }
  return { node, log, flags }
}
const told = async (witness: Awaited<ReturnType<typeof witnessOf>>, own: string[]) =>
  readTestimony(
    ((await witness?.(own, signal)) ?? []).map(({ kind, data, blobs }) => ({
      kind,
      data,
      bytes: (blob) => blobs[blob] ?? new Uint8Array(),
    })),
  )

const asked = (owner: string, port = '2379') => ({ owner, pid: '7', port })

describe('the log of etcd', () => {
  it.each([
    ['2379', 'client', 2],
    ['2380', 'peer', 1],
    ['12380', 'neither', 3],
  ] as const)('of port %s tells of that endpoint (%s): a local port may lead to both', async (port, _, rejected) => {
    const { node, log, flags } = made()
    flags('--listen-client-urls=https://127.0.0.1:2379,https://172.20.0.2:2379', '--listen-peer-urls=https://172.20.0.2:2380')
    const witness = await witnessOf(node, asked('etcd', port), signal)
    appendFileSync(log, line(2) + line(2, 'peer') + line(3))
    expect(await told(witness, ['127.0.0.1:2', '127.0.0.1:3'])).toMatchObject([{ rejected }])
  })

  it('tells of our connections, and of nothing that stood there before', async () => {
    const { node, log } = made()
    const witness = await witnessOf(node, asked('etcd'), signal)
    appendFileSync(log, line(1) + line(2) + line(3))
    expect(await told(witness, ['127.0.0.1:1', '127.0.0.1:3'])).toMatchObject([{ witness: 'etcd log', connections: 2, rejected: 2 }])
    expect(await told(witness, ['127.0.0.1:9'])).toMatchObject([{ rejected: 0 }])
  })

  it('is followed when it is put aside', async () => {
    const { node, log } = made()
    const witness = await witnessOf(node, asked('etcd'), signal)
    appendFileSync(log, line(2))
    renameSync(log, `${log}.20261122-200000`)
    writeFileSync(log, line(3).slice(0, 0))
    appendFileSync(log, '')
    expect(await told(witness, ['127.0.0.1:1', '127.0.0.1:2'])).toMatchObject([{ rejected: 1 }])
  })
})

describe('witnessOf', () => {
  it('knows nobody for other owners, and nobody who keeps no log', async () => {
    const { node, log } = made()
    expect(await witnessOf(node, asked('kubelet'), signal)).toBeUndefined()
    expect(await witnessOf(node, asked('constructor'), signal)).toBeUndefined()
    rmSync(log)
    expect(await witnessOf(node, asked('etcd'), signal)).toBeUndefined()
  })
})
