import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dialTcp } from '../../helpers/tls/read/dial-tcp.ts'
import type { Dial } from '../../helpers/tls/read/exchange.ts'
import { type SelfSigned, selfSigned } from '../../helpers/tls/read/self-signed.ts'

/** Real programs that a test starts, all on 127.0.0.1, and their files; `end` stops and removes them. */
export type Bench = {
  folder: string
  /** PEM files: certificate, key, and both in one. */
  files: Readonly<Record<'ec' | 'rsa' | 'client', { cert: string; key: string; both: string; identity: SelfSigned }>>
  file: (name: string, text: string) => string
  /** Starts a program that is to listen on the port. */
  start: (port: number, command: string, args: readonly string[], options?: SpawnOptions) => Promise<number>
  stop: () => Promise<void>
  end: () => Promise<void>
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const isUp = (dial: Dial): Promise<boolean> =>
  dial(AbortSignal.timeout(500)).then(
    (socket) => Boolean(socket.destroy()),
    () => false,
  )

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => child.once('exit', () => resolve()))

export const openBench = (): Bench => {
  const folder = mkdtempSync(join(tmpdir(), 'peers-'))
  const running: ChildProcess[] = []
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o644 })
    return path
  }
  const identityFiles = (name: string, type: 'ec' | 'rsa') => {
    const identity = selfSigned(type)
    return {
      identity,
      cert: file(`${name}.crt`, identity.certificatePem),
      key: file(`${name}.key`, identity.keyPem),
      both: file(`${name}.pem`, `${identity.certificatePem}${identity.keyPem}`),
    }
  }
  const stop = async (): Promise<void> => {
    const all = running.splice(0)
    for (const child of all) child.kill()
    const late = globalThis.setTimeout(() => {
      for (const child of all) child.kill('SIGKILL')
    }, 3_000)
    await Promise.all(all.map(ended))
    clearTimeout(late)
  }
  return {
    folder,
    file,
    files: { ec: identityFiles('ec', 'ec'), rsa: identityFiles('rsa', 'rsa'), client: identityFiles('client', 'ec') },
    start: async (port, command, args, options = {}) => {
      const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'], ...options })
      running.push(child)
      let said = ''
      child.on('error', (error) => {
        said = error.message
      })
      child.stderr?.on('data', (text) => {
        said = `${said}${text}`.slice(-2_000)
      })
      for (let tries = 0; tries < 200; tries++) {
        if (await isUp(dialTcp('127.0.0.1', port))) return port
        if (child.exitCode !== null && child.exitCode !== 0) break
        await sleep(50)
      }
      throw new Error(`${command} does not listen on ${port}: ${said}`)
    },
    stop,
    end: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
