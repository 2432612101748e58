import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { dialTcp } from '../../helpers/tls/read/dial-tcp.ts'
import { dialStarttls, type StarttlsProtocol } from '../../helpers/tls/read/starttls.ts'
import { accountsOf, type Probed, sweepPort } from '../../helpers/tls/read/test-helpers.ts'
import { startMariadb } from './mariadb.ts'
import { freePort, openBench } from './peer.ts'
import { expectBudget, expectTruth } from './truth.ts'

const bench = openBench()
afterEach(bench.stop)
afterAll(bench.end)
const { rsa } = bench.files

const sweepStarttls = (protocol: StarttlsProtocol, port: number): Promise<Probed> =>
  sweepPort(port, { dial: dialStarttls(protocol, dialTcp('127.0.0.1', port)) })

const number = (option: string, user: string): number => Number(execFileSync('id', [option, user], { encoding: 'utf8' }))
const isRoot = process.getuid?.() === 0

const startDovecot = async (ports: { imap: number; pop3: number }): Promise<void> => {
  const user = isRoot ? 'root' : execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
  const login = (protocol: 'imap' | 'pop3'): string =>
    `service ${protocol}-login {\n  chroot =\n  inet_listener ${protocol} {\n    address = 127.0.0.1\n    port = ${ports[protocol]}\n  }\n  inet_listener ${protocol}s {\n    port = 0\n  }\n}\n`
  mkdirSync(join(bench.folder, 'run'), { recursive: true })
  const text = `protocols = imap pop3
base_dir = ${bench.folder}/run
log_path = /dev/stderr
ssl = yes
ssl_cert = <${rsa.cert}
ssl_key = <${rsa.key}
ssl_min_protocol = TLSv1.2
# It has no DH parameters here, and hangs up when it has chosen a suite that needs them.
ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+SHA
default_internal_user = ${isRoot ? 'dovecot' : user}
default_internal_group = ${isRoot ? 'dovecot' : group}
default_login_user = ${isRoot ? 'dovenull' : user}
default_client_limit = 400
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=1000 gid=1000 home=${bench.folder}
}
service anvil {
  chroot =
}
${login('imap')}${login('pop3')}`
  chmodSync(bench.folder, 0o755)
  await bench.start(ports.imap, '/usr/sbin/dovecot', ['-F', '-c', bench.file('dovecot.conf', text)])
}

const startPostgres = async (): Promise<number> => {
  const port = await freePort()
  const [version = ''] = readdirSync('/usr/lib/postgresql').toSorted().reverse()
  const programs = `/usr/lib/postgresql/${version}/bin`
  const data = join(bench.folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  chmodSync(bench.folder, 0o755)
  // PostgreSQL refuses to run as root.
  const as = isRoot ? { uid: number('-u', 'postgres'), gid: number('-g', 'postgres') } : {}
  if (as.uid !== undefined) for (const path of [data, rsa.key]) chownSync(path, as.uid, as.gid)
  chmodSync(rsa.key, 0o600)
  execFileSync(join(programs, 'initdb'), ['-D', data, '-A', 'reject', '--no-sync'], { ...as, cwd: data, stdio: 'ignore' })
  const settings = {
    ssl: 'on',
    ssl_cert_file: rsa.cert,
    ssl_key_file: rsa.key,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
  }
  const args = ['-D', data, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  return bench.start(port, join(programs, 'postgres'), args, { ...as, cwd: data })
}

describe('servers that go over to TLS', () => {
  it('Dovecot: imap and pop3', async () => {
    const ports = { imap: await freePort(), pop3: await freePort() }
    await startDovecot(ports)
    for (const protocol of ['imap', 'pop3'] as const) {
      const probed = await sweepStarttls(protocol, ports[protocol])
      await expectTruth(probed, { port: ports[protocol], starttls: protocol }, { silent: true })
    }
  })

  it('aiosmtpd: smtp', async () => {
    const port = await freePort()
    const args = [
      '-n',
      '-l',
      `127.0.0.1:${port}`,
      '--tlscert',
      rsa.cert,
      '--tlskey',
      rsa.key,
      '--no-requiretls',
      '-c',
      'aiosmtpd.handlers.Sink',
    ]
    await bench.start(port, '/usr/bin/python3', ['-m', 'aiosmtpd', ...args])
    await expectTruth(await sweepStarttls('smtp', port), { port, starttls: 'smtp' }, { silent: true })
  })

  it('PostgreSQL', async () => {
    const port = await startPostgres()
    await expectTruth(await sweepStarttls('postgres', port), { port, starttls: 'postgres' })
  })

  it('MariaDB: mysql, with suites and versions of its own choice', async () => {
    const chosen = ['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES128-SHA']
    const settings = { 'ssl-cert': rsa.cert, 'ssl-key': rsa.key, 'ssl-cipher': chosen.join(':'), 'tls-version': 'TLSv1.2' }
    const port = await startMariadb(bench, settings)
    const probed = await sweepStarttls('mysql', port)
    await expectTruth(probed, { port, starttls: 'mysql' })
    // What it was told to serve is a truth of its own, and neither a list of nothing nor one of everything.
    expect([...new Set(probed.facts.accepted.map(({ version }) => version))]).toEqual(['0303'])
    expect(accountsOf(probed).suites['0303']).toEqual(['c013', 'c030'])
    expectBudget(probed)
  })

  it('MariaDB without TLS: nothing was tested', async () => {
    const port = await startMariadb(bench, { 'skip-ssl': '1' })
    const { facts } = await sweepStarttls('mysql', port)
    expect([facts.protocol, facts.sweep]).toEqual(['unreachable', undefined])
    expect(facts.seenFrom).toContain('the greeting has no SSL capability')
  })

  it('OpenLDAP', async () => {
    const port = await freePort()
    const text = `TLSCertificateFile ${rsa.cert}\nTLSCertificateKeyFile ${rsa.key}\npidfile ${bench.folder}/slapd.pid\n`
    await bench.start(port, '/usr/sbin/slapd', ['-d', '0', '-h', `ldap://127.0.0.1:${port}`, '-f', bench.file('slapd.conf', text)])
    await expectTruth(await sweepStarttls('ldap', port), { port, starttls: 'ldap' }, { silent: true })
  })

  it('without TLS: nothing was tested', async () => {
    const port = await freePort()
    await bench.start(port, '/usr/bin/python3', ['-m', 'aiosmtpd', '-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Sink'])
    const { facts } = await sweepStarttls('smtp', port)
    expect([facts.protocol, facts.sweep]).toEqual(['unreachable', undefined])
    expect(facts.seenFrom).toContain('STARTTLS')
  })
})
