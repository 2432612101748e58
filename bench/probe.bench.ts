import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { dialTcp } from '../helpers/tls/read/dial-tcp.ts'
import { selfSigned } from '../helpers/tls/read/self-signed.ts'
import { sweepListener } from '../helpers/tls/read/sweep-listener.ts'

// The sweep of the whole number space side by side with scanners that go by lists of names, on a Go server in FIPS mode and on one of OpenSSL.
// Every tool runs in turn against the same server; times are medians, connections are counted by a relay in a run of its own.

const runs = 5
const folder = mkdtempSync(join(tmpdir(), 'bench-probe-'))
const running: ChildProcess[] = []

const goServer = `package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[1], os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().String())
	server := &http.Server{ErrorLog: log.New(io.Discard, "", 0)}
	log.Fatal(server.Serve(listener))
}
`

const startGo = async (pem: string): Promise<number> => {
  const [, line] = /go(\d+\.\d+)/.exec(execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' })) ?? []
  writeFileSync(join(folder, 'main.go'), goServer)
  writeFileSync(join(folder, 'fips.go'), 'package main\n\nimport _ "crypto/tls/fipsonly"\n')
  writeFileSync(join(folder, 'go.mod'), `module bench\n\ngo ${line}\n`)
  const env = { ...process.env, GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1', GOTOOLCHAIN: 'local' }
  execFileSync('go', ['build', '-o', 'server', '.'], { cwd: folder, env })
  const child = spawn(join(folder, 'server'), [pem], { stdio: ['ignore', 'pipe', 'ignore'] })
  running.push(child)
  for await (const text of createInterface({ input: child.stdout })) return Number(text.split(':')[1])
  throw new Error('the Go server ended before it listened')
}

const startOpenssl = async (pem: string): Promise<number> => {
  const port = 20_000 + (process.pid % 20_000)
  running.push(
    spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', pem, '-key', pem, '-quiet'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    }),
  )
  await sleep(500)
  return port
}

type Tool = { name: string; run: (port: number) => Promise<void> | void }

const isThere = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const external = (name: string, args: (port: number) => string[]): Tool[] =>
  isThere(name)
    ? [
        {
          name,
          run: (port) =>
            new Promise((resolve) => {
              const child = spawn(name, args(port), { stdio: 'ignore' })
              child.once('exit', () => resolve())
            }),
        },
      ]
    : []

const tools: Tool[] = [
  {
    name: 'this sweep',
    run: async (port) => {
      await sweepListener({ dial: dialTcp('127.0.0.1', port), sni: 'localhost', signal: AbortSignal.timeout(60_000) })
    },
  },
  ...external('sslscan', (port) => ['--no-colour', '--sni-name=localhost', `127.0.0.1:${port}`]),
  ...external('nmap', (port) => ['-Pn', '-n', '-p', String(port), '--script', 'ssl-enum-ciphers', '127.0.0.1']),
  ...external('testssl', (port) => ['--quiet', '-E', '-f', '--ip', '127.0.0.1', `localhost:${port}`]),
]

/** Passes connections on and counts them. */
const relay = (target: number): Promise<{ port: number; count: () => number; close: () => void }> =>
  new Promise((resolve) => {
    let connections = 0
    const pair = (socket: Socket): void => {
      connections++
      const onward = connect(target, '127.0.0.1')
      socket.on('error', () => onward.destroy())
      onward.on('error', () => socket.destroy())
      socket.pipe(onward).pipe(socket)
    }
    const server = createServer(pair)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      resolve({ port, count: () => connections, close: () => void server.close() })
    })
  })

const median = (times: readonly number[]): number => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0

const measure = async ({ name, run }: Tool, port: number): Promise<{ name: string; ms: number; connections: number }> => {
  const times: number[] = []
  for (let done = 0; done < (name === 'testssl' ? 1 : runs); done++) {
    const started = performance.now()
    await run(port)
    times.push(performance.now() - started)
  }
  const counter = await relay(port)
  await run(counter.port)
  counter.close()
  return { name, ms: median(times), connections: counter.count() }
}

const rsa = selfSigned('rsa')
const pem = join(folder, 'server.pem')
writeFileSync(pem, `${rsa.certificatePem}${rsa.keyPem}`)
try {
  const servers = [
    ['Go with crypto/tls/fipsonly', await startGo(pem)],
    ['openssl s_server with its defaults', await startOpenssl(pem)],
  ] as const
  for (const [title, port] of servers) {
    process.stdout.write(`${title}\n`)
    const measured = []
    for (const tool of tools) measured.push(await measure(tool, port))
    const [own] = measured
    for (const { name, ms, connections } of measured) {
      const ratio = own === undefined || own.name === name ? '' : `, the sweep takes ${(own.ms / ms).toFixed(2)} of its time`
      process.stdout.write(`  ${name.padEnd(12)} ${(ms / 1000).toFixed(3)} s, ${connections} connections${ratio}\n`)
    }
  }
} finally {
  for (const child of running) child.kill()
  rmSync(folder, { recursive: true, force: true })
}
