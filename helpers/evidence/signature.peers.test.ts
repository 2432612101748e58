import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signatureCommands } from './dsse.ts'
import { editJson, madeBundle, madeSigner, madeTool, sealedBundle } from './made-bundle.ts'
import { sealBundle } from './seal.ts'
import { verifyBundle } from './verify.ts'

// Processes, keys and many small files: on a machine that is busy the usual five seconds are short.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let root: string
let authority: Server
let url: string

const extensions = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n'
const configuration = (dir: string) => `
[tsa]
default_tsa = own
[own]
dir = ${dir}
serial = ${dir}/serial
crypto_device = builtin
signer_cert = ${dir}/tsa.crt
signer_key = ${dir}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`

/** An authority of openssl's own (`openssl ts`), behind HTTP. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'signature-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: root, stdio: 'pipe' })
  await writeFile(join(root, 'ext.cnf'), extensions)
  await writeFile(join(root, 'tsa.cnf'), configuration(root))
  await writeFile(join(root, 'serial'), '01')
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=root', '-days', '2')
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=tsa')
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tsa.crt',
    '-extfile',
    'ext.cnf',
    '-days',
    '2',
  )
  authority = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    await writeFile(join(root, 'query.tsq'), Buffer.concat(chunks))
    openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr')
    response.end(request.url === '/replayed' ? await readFile(join(root, 'first.tsr')) : await readFile(join(root, 'reply.tsr')))
  })
  await new Promise<void>((resolve) => authority.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(authority.address() as AddressInfo).port}/`
})
afterAll(async () => {
  await new Promise((resolve) => authority.close(resolve))
  await rm(root, { recursive: true })
})

describe('openssl alone', () => {
  /** As a reader runs them: piped to a shell that is told nothing else. */
  const shell = async (dir: string, commands: string[]) => {
    const own = await mkdtemp(join(root, 'tmp-'))
    const running = promisify(execFile)('sh', [], { cwd: dir, env: { ...process.env, TMPDIR: own } })
    running.child.stdin?.end(`${commands.join('\n')}\n`)
    return running.finally(async () => expect(await readdir(own)).toEqual([]))
  }

  it('repeats the signature check by the printed commands', async () => {
    const dir = await sealedBundle(root, 'plain')
    const { id } = await verifyBundle({ dir, tool: madeTool })
    const { stdout } = await shell(dir, signatureCommands())
    expect(stdout).toContain('Verified OK')
    expect(stdout.split(String(id))).toHaveLength(3)
    expect(stdout).toContain('every file is as the manifest has it')
  })

  it('finds by them what was changed', async () => {
    const dir = await sealedBundle(root, 'changed')
    const path = join(dir, 'manifest.dsse.json')
    const text = await readFile(path, 'utf8')
    const { payload } = JSON.parse(text) as { payload: string }
    const forged = Buffer.from(Buffer.from(payload, 'base64').toString().replace('"run":"changed"', '"run":"chanted"')).toString('base64')
    await writeFile(path, text.replace(payload, forged))
    await expect(shell(dir, signatureCommands())).rejects.toMatchObject({ stdout: expect.stringContaining('Verification failure') })
    await writeFile(path, text)
    await editJson(dir, 'run.json', (run) => ({ ...run, host: {} }))
    await expect(shell(dir, signatureCommands())).rejects.toMatchObject({ stdout: expect.stringContaining('run.json: FAILED') })
  })

  it('finds by them a manifest that is not the one that was signed', async () => {
    const dir = await sealedBundle(root, 'swapped')
    const path = join(dir, 'manifest.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"run":"swapped"', '"run":"wrapped"'))
    await expect(shell(dir, signatureCommands())).rejects.toMatchObject({ stderr: expect.stringContaining('about another manifest') })
    // The next bundle of this folder is chained to it.
    await writeFile(path, text)
  })

  it('checks them against a key that the reader trusts', async () => {
    const signer = madeSigner()
    const dir = await sealedBundle(root, 'trusted', { signer })
    const [own, other] = [join(root, 'own.pem'), join(root, 'other.pem')]
    await writeFile(own, signer.publicKey.export({ type: 'spki', format: 'pem' }))
    await writeFile(other, madeSigner().publicKey.export({ type: 'spki', format: 'pem' }))
    expect((await shell(dir, signatureCommands(own))).stdout).toContain('Verified OK')
    await expect(shell(dir, signatureCommands(other))).rejects.toMatchObject({ stdout: expect.stringContaining('Verification failure') })
  })
})

describe('a time stamp', () => {
  it('of a real authority is bound by the signature, read, and verified by openssl', async () => {
    const dir = await madeBundle(root, 'stamped')
    await sealBundle({ dir, signer: madeSigner(), timestamp: url })
    const { exit, checks } = await verifyBundle({ dir, tool: madeTool })
    expect(exit).toBe(0)
    expect(checks.find(({ name }) => name === 'time stamp')?.says).toMatch(/says \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/)
    const verified = execFileSync(
      'openssl',
      ['ts', '-verify', '-in', 'manifest.tsr', '-data', 'manifest.json', '-CAfile', join(root, 'ca.crt')],
      { cwd: dir, stdio: 'pipe' },
    )
    expect(String(verified)).toContain('Verification: OK')
    await writeFile(join(root, 'first.tsr'), await readFile(join(dir, 'manifest.tsr')))
  })

  it('of which any byte was changed, or which was taken away, is named', async () => {
    const dir = await madeBundle(root, 'stamped-2')
    await sealBundle({ dir, signer: madeSigner(), timestamp: url })
    const path = join(dir, 'manifest.tsr')
    const bytes = await readFile(path)
    const named = async () =>
      (await verifyBundle({ dir, tool: madeTool })).checks.flatMap(({ state, problems }) =>
        state === 'fails' ? problems.map(({ file }) => file) : [],
      )
    for (let at = 0; at < bytes.length; at += 37) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      await writeFile(path, changed)
      expect(await named()).toEqual(['manifest.tsr'])
    }
    await rm(path)
    expect(await named()).toEqual(['manifest.tsr'])
  })

  it('that answers another request is refused, and nothing is sealed', async () => {
    const dir = await madeBundle(root, 'stamped-3')
    await expect(sealBundle({ dir, signer: madeSigner(), timestamp: `${url}replayed` })).rejects.toMatchObject({ code: 'TIMESTAMP_FAILED' })
    await expect(sealBundle({ dir, signer: madeSigner(), timestamp: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
      code: 'TIMESTAMP_FAILED',
    })
    expect((await verifyBundle({ dir, tool: madeTool })).exit).toBe(1)
  })
})
