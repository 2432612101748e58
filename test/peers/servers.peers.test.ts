import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { accountsOf, sweepPort } from '../../helpers/tls/read/test-helpers.ts'
import { freePort, openBench } from './peer.ts'
import { expectBudget, expectTruth } from './truth.ts'

const bench = openBench()
afterEach(bench.stop)
afterAll(bench.end)
const { ec, rsa } = bench.files

describe('gnutls-serv', () => {
  it.each([
    ['NORMAL'],
    ['PFS'],
    ['SECURE192'],
    ['LEGACY'],
    ['NORMAL:-VERS-TLS1.3'],
    ['NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3'],
    ['NORMAL:-CHACHA20-POLY1305:-GROUP-X25519:-GROUP-X448:-CAMELLIA-256-GCM:-RSA:%SERVER_PRECEDENCE'],
  ])('%s', async (priority) => {
    const port = await freePort()
    const files = [ec, rsa].flatMap(({ cert, key }) => ['--x509certfile', cert, '--x509keyfile', key])
    await bench.start(port, 'gnutls-serv', ['--http', '--port', String(port), '--priority', priority, ...files])
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    expectBudget(probed)
  })
})

const nginxConf = (port: number, lines: string): string =>
  bench.file(
    'nginx.conf',
    `daemon off; master_process off; pid ${bench.folder}/nginx.pid; error_log stderr crit;
events { worker_connections 256; }
http { access_log off; client_body_temp_path ${bench.folder}; proxy_temp_path ${bench.folder}; fastcgi_temp_path ${bench.folder}; uwsgi_temp_path ${bench.folder}; scgi_temp_path ${bench.folder};
server { listen 127.0.0.1:${port} ssl; server_name localhost; ${lines}
ssl_certificate ${rsa.cert}; ssl_certificate_key ${rsa.key}; ssl_certificate ${ec.cert}; ssl_certificate_key ${ec.key}; } }
`,
  )

describe('nginx', () => {
  it.each([
    ['defaults', '', 'fail'],
    ['TLS 1.0 and 1.1 too', 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;', 'fail'],
    [
      'approved alone',
      'ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on; ssl_ciphers ECDHE+AESGCM; ssl_ecdh_curve P-256:P-384; ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256; ssl_conf_command SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256;',
      'pass',
    ],
    ['early data', 'ssl_protocols TLSv1.3; ssl_early_data on;', 'fail'],
  ] as const)('%s', async (name, lines, verdict) => {
    const port = await freePort()
    await bench.start(port, '/usr/sbin/nginx', ['-p', bench.folder, '-e', 'stderr', '-c', nginxConf(port, lines)])
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    expectBudget(probed, 1)
    const { suites } = accountsOf(probed)
    expect(['1303', 'cca8'].some((code) => [suites['0303'], suites['0304']].flat().includes(code)) ? 'fail' : 'pass').toBe(verdict)
    if (suites['0304']?.length) expect(probed.facts.earlyData?.state).toBe(name === 'early data' ? 'offered' : 'not-offered')
  })
})

describe('haproxy', () => {
  it.each([
    ['defaults', ''],
    ['TLS 1.2 alone', 'ssl-max-ver TLSv1.2 ciphers ECDHE+AESGCM:DHE+AESGCM curves P-256:P-384'],
    ['approved alone', 'ciphers ECDHE+AESGCM ciphersuites TLS_AES_128_GCM_SHA256 curves P-256:P-384:P-521'],
  ])('%s', async (_name, options) => {
    const port = await freePort()
    bench.file('both.pem.rsa', `${rsa.identity.certificatePem}${rsa.identity.keyPem}`)
    bench.file('both.pem.ecdsa', `${ec.identity.certificatePem}${ec.identity.keyPem}`)
    const text = `global\n  ssl-load-extra-files bundle\ndefaults\n  mode tcp\n  timeout client 10s\n  timeout server 10s\n  timeout connect 5s\nfrontend all\n  bind 127.0.0.1:${port} ssl crt ${bench.folder}/both.pem ${options}\n  tcp-request content reject\n`
    await bench.start(port, '/usr/sbin/haproxy', ['-db', '-f', bench.file('haproxy.cfg', text)])
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    // It chooses its certificate by the hello before it looks at suites and schemes, so both are asked for each certificate: two accounts more, of three
    // blocks of three connections.
    expectBudget(probed, 18)
  })
})

describe('stunnel', () => {
  it.each([
    ['defaults', ''],
    ['approved alone', 'ciphers = ECDHE+AESGCM\nciphersuites = TLS_AES_128_GCM_SHA256\ncurves = P-256:P-384\n'],
  ])('%s', async (_name, lines) => {
    const port = await freePort()
    const text = `foreground = yes\npid =\ndebug = crit\n[peer]\naccept = 127.0.0.1:${port}\nconnect = 127.0.0.1:9\ncert = ${rsa.both}\n${lines}`
    await bench.start(port, 'stunnel4', [bench.file('stunnel.conf', text)])
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    expectBudget(probed)
  })
})
