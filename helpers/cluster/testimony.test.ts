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
const line = (port: number): string =>
  `x stderr F {"msg":"rejected connection on client endpoint","remote-addr":"127.0.0.1:${port}","error":"tls: no cipher suite supported by both"}\n`

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
          args.map((one) => one.replaceAll('/var/log/pods/*', `${root}/var/log/pods/*`)),
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
  return { node, log }
}
const told = async (witness: Awaited<ReturnType<typeof witnessOf>>, own: string[]) =>
  readTestimony(
    ((await witness?.(own, signal)) ?? []).map(({ kind, data, blobs }) => ({
      kind,
      data,
      bytes: (blob) => blobs[blob] ?? new Uint8Array(),
    })),
  )

describe('the log of etcd', () => {
  it('tells of our connections, and of nothing that stood there before', async () => {
    const { node, log } = made()
    const witness = await witnessOf(node, 'etcd', signal)
    appendFileSync(log, line(1) + line(2) + line(3))
    expect(await told(witness, ['127.0.0.1:1', '127.0.0.1:3'])).toMatchObject([{ witness: 'etcd log', connections: 2, rejected: 2 }])
    expect(await told(witness, ['127.0.0.1:9'])).toMatchObject([{ rejected: 0 }])
  })

  it('is followed when it is put aside', async () => {
    const { node, log } = made()
    const witness = await witnessOf(node, 'etcd', signal)
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
    expect(await witnessOf(node, 'kubelet', signal)).toBeUndefined()
    expect(await witnessOf(node, 'constructor', signal)).toBeUndefined()
    rmSync(log)
    expect(await witnessOf(node, 'etcd', signal)).toBeUndefined()
  })
})
