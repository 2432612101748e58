import { execFile } from 'node:child_process'
import pLimit from 'p-limit'
import { expect } from 'vitest'
import { accountsOf, type Probed } from '../../helpers/tls/read/test-helpers.ts'

// What a server takes, as another client finds it: openssl s_client with one suite, one group or one version at a time, over whole handshakes.

/** Suites of TLS 1.2 by OpenSSL's names. */
const suites12: Readonly<Record<string, string>> = {
  c02b: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  c02c: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  c02f: 'ECDHE-RSA-AES128-GCM-SHA256',
  c030: 'ECDHE-RSA-AES256-GCM-SHA384',
  cca8: 'ECDHE-RSA-CHACHA20-POLY1305',
  cca9: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  ccaa: 'DHE-RSA-CHACHA20-POLY1305',
  '009e': 'DHE-RSA-AES128-GCM-SHA256',
  '0033': 'DHE-RSA-AES128-SHA',
  c0ac: 'ECDHE-ECDSA-AES128-CCM',
  c009: 'ECDHE-ECDSA-AES128-SHA',
  c013: 'ECDHE-RSA-AES128-SHA',
  c027: 'ECDHE-RSA-AES128-SHA256',
  '009c': 'AES128-GCM-SHA256',
  '009d': 'AES256-GCM-SHA384',
  '002f': 'AES128-SHA',
  c09d: 'AES256-CCM',
  '003b': 'NULL-SHA256',
  c010: 'ECDHE-RSA-NULL-SHA',
  '00a6': 'ADH-AES128-GCM-SHA256',
  c018: 'AECDH-AES128-SHA',
  '0041': 'CAMELLIA128-SHA',
  c060: 'ECDHE-ARIA128-GCM-SHA256',
}
const suites13: Readonly<Record<string, string>> = {
  '1301': 'TLS_AES_128_GCM_SHA256',
  '1302': 'TLS_AES_256_GCM_SHA384',
  '1303': 'TLS_CHACHA20_POLY1305_SHA256',
  '1304': 'TLS_AES_128_CCM_SHA256',
  '1305': 'TLS_AES_128_CCM_8_SHA256',
}
const groups13: Readonly<Record<string, string>> = {
  '0017': 'P-256',
  '0018': 'P-384',
  '0019': 'P-521',
  '001d': 'X25519',
  '001e': 'X448',
  '0100': 'ffdhe2048',
  '0101': 'ffdhe3072',
}
const versions: Readonly<Record<string, string>> = { '0301': '-tls1', '0302': '-tls1_1', '0303': '-tls1_2', '0304': '-tls1_3' }

type Client = { port: number; starttls?: string; cert?: string; key?: string }

const completes = ({ port, starttls, cert, key }: Client, args: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const more = [...(starttls ? ['-starttls', starttls] : []), ...(cert && key ? ['-cert', cert, '-key', key] : [])]
    const child = execFile(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost', ...more, ...args],
      { timeout: 15_000 },
      // Whether the handshake went through is in what it prints; its exit code tells of the certificate and of the end of the connection, too.
      (_error, stdout) => resolve(/Cipher is (?!\(NONE\))\S+/.test(stdout)),
    )
    child.stdin?.end()
  })

export type Truth = { versions: string[]; suites12: string[]; suites13: string[]; groups13: string[] }

const takes = async (table: Readonly<Record<string, string>>, client: Client, args: (name: string) => string[]): Promise<string[]> => {
  const limit = pLimit(3)
  const all = Object.entries(table).map(([code, name]) => limit(async () => ((await completes(client, args(name))) ? [code] : [])))
  return (await Promise.all(all)).flat().toSorted()
}

const everything = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'

const truthOf = async (client: Client): Promise<Truth> => ({
  versions: await takes(versions, client, (flag) => [flag, '-cipher', everything]),
  suites12: await takes(suites12, client, (name) => ['-tls1_2', '-cipher', `${name}:@SECLEVEL=0`]),
  suites13: await takes(suites13, client, (name) => ['-tls1_3', '-ciphersuites', name]),
  groups13: await takes(groups13, client, (name) => ['-tls1_3', '-groups', name]),
})

/** What the sweep found of what the other client asked for. */
const foundBy = (probed: Probed): Truth => {
  const { suites, groups } = accountsOf(probed)
  const accepted = new Set(probed.facts.accepted.map(({ version }) => version))
  const within = (list: readonly string[] | undefined, table: object): string[] => (list ?? []).filter((code) => Object.hasOwn(table, code))
  return {
    versions: Object.keys(versions).filter((version) => accepted.has(version)),
    suites12: within(suites['0303'], suites12),
    suites13: within(suites['0304'], suites13),
    groups13: within(groups['0304'], groups13),
  }
}

/** No false refusal, no false acceptance: both clients found the same, and the sweep left nothing open. */
export const expectTruth = async (probed: Probed, client: Client, { silent = false } = {}): Promise<void> => {
  expect(foundBy(probed)).toEqual(await truthOf(client))
  // Of a server that closes without a word nothing more can be said.
  if (silent) return
  const { accounts = [] } = probed.facts.sweep ?? {}
  expect(accounts.length).toBeGreaterThan(1)
  expect(accounts.flatMap(({ inconclusive, violations }) => [...inconclusive, ...violations])).toEqual([])
}

/**
 * Connections of a sweep: 40, and one for each code point accepted, but at least 60: a block of the number space takes three, whether or not something in it is
 * accepted. `more` is for servers that have to be asked about each of their certificates.
 */
export const expectBudget = ({ facts }: Probed, more = 0): void => {
  const codes = (facts.sweep?.accounts ?? []).flatMap(({ asks, version, accepted }) => accepted.map((code) => `${asks} ${version} ${code}`))
  const all = new Set([...codes, ...facts.accepted.map(({ version }) => `version ${version}`)])
  expect(facts.connections).toBeLessThanOrEqual(Math.max(60, 40 + all.size) + more)
}
