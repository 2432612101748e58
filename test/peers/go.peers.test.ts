import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { accountsOf, type Probed, sweepPort } from '../../helpers/tls/read/test-helpers.ts'
import { type Build, buildAll, builtFile } from '../corpus/build.ts'
import type { Toolchain } from '../corpus/toolchains.ts'
import { openBench } from './peer.ts'
import { expectBudget, expectTruth } from './truth.ts'

const source = `package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

func main() {
	config := &tls.Config{}
	for _, name := range os.Args[1:] {
		certificate, err := tls.LoadX509KeyPair(name, name)
		if err != nil {
			log.Fatal(err)
		}
		config.Certificates = append(config.Certificates, certificate)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().String())
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			// As net/http has it: Go 1.22.0 with fipsonly panics where a client offers RSA key transport.
			defer func() { recover() }()
			defer connection.Close()
			io.Copy(io.Discard, tls.Server(connection, config))
		}()
	}
}
`
const fipsonly = 'package main\n\nimport _ "crypto/tls/fipsonly"\n'

const modes = ['plain', 'boring', 'fipsonly', 'fips140=on'] as const
type Mode = (typeof modes)[number]

/** The last of each minor version for which the corpus has a toolchain. */
const toolchains = [
  'go1.19.13',
  'go1.20.14',
  'go1.21.0',
  'go1.22.0',
  'go1.23.12',
  'go1.24.13',
  'go1.25.7',
  'go1.26.8',
  'go1.27.3',
] as const satisfies readonly Toolchain[]

const minorOf = (toolchain: string): number => Number(toolchain.split('.')[1])
const hasMode = (toolchain: Toolchain, mode: Mode): boolean => mode !== 'fips140=on' || minorOf(toolchain) >= 24

const buildOf = (toolchain: Toolchain, mode: Mode): Build => ({
  toolchain,
  files: {
    // The go line decides how old a program behaves, not the toolchain alone.
    'go.mod': `module example.test/peer\n\ngo 1.${minorOf(toolchain)}\n`,
    'main.go': source,
    ...(mode === 'fipsonly' && { 'fipsonly.go': fipsonly }),
  },
  env: mode === 'boring' || mode === 'fipsonly' ? { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' } : {},
})

const peers = toolchains.flatMap((toolchain) => modes.filter((mode) => hasMode(toolchain, mode)).map((mode) => [toolchain, mode] as const))

const bench = openBench()
afterEach(bench.stop)
afterAll(bench.end)
beforeAll(() => buildAll(new Map(peers.map(([toolchain, mode]) => [`${toolchain} ${mode} peer`, buildOf(toolchain, mode)]))), 9 * 60_000)

const withPeer = async (toolchain: Toolchain, mode: Mode, pems: readonly string[], use: (port: number) => Promise<void>): Promise<void> => {
  const program = await builtFile(`${toolchain} ${mode} peer`, buildOf(toolchain, mode))
  const child = spawn(program, pems, { env: { GODEBUG: mode === 'fips140=on' ? mode : '' }, stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    for await (const line of createInterface({ input: child.stdout })) return await use(Number(line.split(':')[1]))
    throw new Error('the server ended before it listened')
  } finally {
    child.kill()
  }
}

const isFips = (mode: Mode): boolean => mode === 'fipsonly' || mode === 'fips140=on'
/** crypto/tls without the extended master secret refuses nothing before Go 1.25. */
const enforcesEms = (toolchain: Toolchain, mode: Mode): boolean => isFips(mode) && minorOf(toolchain) >= 25

/** Its handshake panics where RSA key transport is chosen, so the connection closes without a word. */
const panics = (toolchain: Toolchain, mode: Mode): boolean => toolchain === 'go1.22.0' && mode === 'fipsonly'

const { ec, rsa } = bench.files

describe('a Go server', () => {
  it.each(peers)('%s, %s', async (toolchain, mode) => {
    await withPeer(toolchain, mode, [rsa.both, ec.both], async (port) => {
      const probed: Probed = await sweepPort(port)
      await expectTruth(probed, { port }, { silent: panics(toolchain, mode) })
      if (isFips(mode)) expect(probed.facts.connections).toBeLessThanOrEqual(60)
      else expectBudget(probed)
      const { suites, groups } = accountsOf(probed)
      const all = [suites, groups].flatMap((by) => Object.values(by).flat())
      const forbidden = ['1303', 'cca8', 'cca9', '001d'].filter((code) => all.includes(code))
      // The module alone refuses nothing: only crypto/tls/fipsonly or Go's own FIPS mode does.
      if (isFips(mode)) expect(forbidden).toEqual([])
      else expect(forbidden.length).toBeGreaterThan(2)
      expect(probed.facts.keyExchange?.ems).toBe(enforcesEms(toolchain, mode) ? 'enforced' : 'not-enforced')
    })
  })

  it.each([
    ['RSA', [rsa.both]],
    ['ECDSA', [ec.both]],
    ['ECDSA, then RSA', [ec.both, rsa.both]],
  ] as const)('with fipsonly and %s is swept in 60 connections', async (_name, pems) => {
    await withPeer('go1.26.8', 'fipsonly', pems, async (port) => {
      const probed = await sweepPort(port)
      await expectTruth(probed, { port })
      expect(probed.facts.connections).toBeLessThanOrEqual(60)
    })
  })
})
