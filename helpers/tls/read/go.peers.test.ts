import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusesWithoutExtendedMasterSecret } from '../../rules/handshake.ts'
import { selfSigned } from './self-signed.ts'
import { accountsOf, type Probed, sweepPort, verdictsOf } from './test-helpers.ts'

const folder = mkdtempSync(join(tmpdir(), 'go-peers-'))
const source = `package main

import (
	"crypto/tls"
	"fmt"
	"log"
	"io"
	"net/http"
	"os"
)

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[1], os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	if len(os.Args) > 2 {
		config.ClientAuth = tls.RequireAnyClientCert
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().String())
	server := &http.Server{ErrorLog: log.New(io.Discard, "", 0)}
	log.Fatal(server.Serve(listener))
}
`

/** The same server, built in the ways in which a Kubernetes component may be. */
const builds = {
  plain: { experiment: '', fipsonly: false },
  boring: { experiment: 'boringcrypto', fipsonly: false },
  fipsonly: { experiment: 'boringcrypto', fipsonly: true },
} as const
type Build = keyof typeof builds

const running: ChildProcess[] = []

beforeAll(() => {
  for (const type of ['ec', 'rsa'] as const) {
    const { certificatePem, keyPem } = selfSigned(type)
    writeFileSync(join(folder, `${type}.pem`), `${certificatePem}${keyPem}`)
  }
  writeFileSync(join(folder, 'main.go'), source)
  writeFileSync(join(folder, 'fipsonly.go'), '//go:build boringcrypto && fipsonly\n\npackage main\n\nimport _ "crypto/tls/fipsonly"\n')
  const { version } = JSON.parse(
    execFileSync('go', ['env', '-json', 'GOVERSION'], { encoding: 'utf8' }).replace('GOVERSION', 'version'),
  ) as { version: string }
  const [, line] = /go(\d+\.\d+)/.exec(version) ?? []
  writeFileSync(join(folder, 'go.mod'), `module peer\n\ngo ${line}\n`)
  for (const [name, { experiment, fipsonly }] of Object.entries(builds)) {
    const env = {
      ...process.env,
      GOEXPERIMENT: experiment,
      CGO_ENABLED: experiment === '' ? '0' : '1',
      GOFLAGS: '-mod=mod',
      GOTOOLCHAIN: 'local',
    }
    execFileSync('go', ['build', '-tags', fipsonly ? 'fipsonly' : 'none', '-o', name, '.'], { cwd: folder, env })
  }
}, 600_000)
afterAll(() => {
  for (const child of running.splice(0)) child.kill()
  rmSync(folder, { recursive: true, force: true })
})

const sweepGo = async (build: Build, type: 'ec' | 'rsa', { godebug = '', clientCertificate = false } = {}): Promise<Probed> => {
  const child = spawn(join(folder, build), [join(folder, `${type}.pem`), ...(clientCertificate ? ['require'] : [])], {
    env: { GODEBUG: godebug },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  for await (const line of createInterface({ input: child.stdout })) return sweepPort(Number(line.split(':')[1]))
  throw new Error('the server ended before it listened')
}

describe('the sweep of a Go server', () => {
  const curves = ['0017', '0018', '0019']

  it.each(['plain', 'boring'] as const)('built %s accepts ChaCha20 and x25519: the module alone refuses nothing', async (build) => {
    for (const type of ['ec', 'rsa'] as const) {
      const probed = await sweepGo(build, type)
      expect(verdictsOf(probed)).toEqual(['pass', 'fail', 'fail', 'pass', 'pass'])
      const { suites, groups } = accountsOf(probed)
      expect(suites['0304']).toContain('1303')
      expect(suites['0303']?.filter((code) => code.startsWith('cca'))).toEqual([type === 'ec' ? 'cca9' : 'cca8'])
      expect(groups['0303']).toContain('001d')
      expect(groups['0304']).toContain('001d')
    }
  })

  it.each(['ec', 'rsa'] as const)('built with fipsonly (%s): the whole space in at most 60 connections', async (type) => {
    for (const clientCertificate of [false, true]) {
      const probed = await sweepGo('fipsonly', type, { clientCertificate })
      expect(probed.facts.connections).toBeLessThanOrEqual(60)
      expect(verdictsOf(probed)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass'])
      const { suites, groups, schemes } = accountsOf(probed)
      expect(suites).toEqual({ '0303': type === 'ec' ? ['c02b', 'c02c'] : ['c02f', 'c030'], '0304': ['1301', '1302'] })
      expect(groups).toEqual({ '0303': curves, '0304': curves })
      expect(schemes).toEqual({ '0303': type === 'ec' ? ['0403', '0503', '0603'] : ['0401', '0501', '0601', '0804', '0805', '0806'] })
      // Without a client certificate nothing is proven where one is required: an alert there may be about the certificate.
      expect(probed.facts.keyExchange?.ems).toBe(clientCertificate ? 'inconclusive' : 'enforced')
      expect(probed.judge(refusesWithoutExtendedMasterSecret).verdict).toBe(clientCertificate ? 'inconclusive' : 'pass')
      expect(probed.facts.sslv2?.state).toBe('refused')
      expect(probed.facts.fallback).toBe('honoured')
    }
  })

  it('built plain: ChaCha20, x25519 and hybrids, each confirmed with a share, and no extended master secret asked for', async () => {
    const probed = await sweepGo('plain', 'rsa')
    const { suites, groups } = accountsOf(probed)
    expect(suites).toEqual({ '0303': ['c013', 'c014', 'c02f', 'c030', 'cca8'], '0304': ['1301', '1302', '1303'] })
    expect(groups['0304']).toEqual([...curves, '001d', '11eb', '11ec', '11ed'])
    expect(probed.facts.sweep?.accounts.flatMap(({ unconfirmed }) => unconfirmed)).toEqual([])
    expect(probed.facts.keyExchange?.ems).toBe('not-enforced')
  })

  it('in native FIPS mode accepts hybrids with ML-KEM, which depend on its module, in at most 60 connections; its environment turns the extended master secret off', async () => {
    const on = await sweepGo('plain', 'rsa', { godebug: 'fips140=on' })
    expect(on.facts.connections).toBeLessThanOrEqual(60)
    expect(verdictsOf(on).slice(0, 3)).toEqual(['pass', 'pass', 'fail'])
    expect(accountsOf(on).groups['0304']).toEqual([...curves, '11eb', '11ec', '11ed'])
    expect(on.facts.keyExchange?.ems).toBe('enforced')
    const off = await sweepGo('plain', 'rsa', { godebug: 'fips140=on,fips140ems=0' })
    expect(off.facts.keyExchange?.ems).toBe('not-enforced')
  })

  it('whose environment brings old things back fails, though the build is the same: suites of TLS 1.0 and 3DES are named', async () => {
    const probed = await sweepGo('plain', 'rsa', { godebug: 'tls10server=1,tlsrsakex=1,tls3des=1' })
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['fail', 'fail', 'fail'])
    const { suites } = accountsOf(probed)
    expect(suites['0301']).toEqual(expect.arrayContaining(['002f', '000a', 'c012']))
    expect(suites['0303']).toEqual(expect.arrayContaining(['009c', '002f', 'c012']))
  })
})
