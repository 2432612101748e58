import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256Hex } from './atomic-file.ts'
import { exportBundle } from './export-package.ts'
import { madeSigner, madeTool, sealedBundle } from './made-bundle.ts'
import { packFolder, unpackPackage } from './package-tar.ts'
import { auditRedaction, createHider, openingSchema, opens } from './redact.ts'
import { sampleRun } from './sample.ts'
import { verifyBundle } from './verify.ts'

// Processes, keys and many small files: on a machine that is busy the usual five seconds are short.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'export-'))
})
afterEach(() => rm(root, { recursive: true }))

const bytesOf = (text: string) => new TextEncoder().encode(text)
const flagBlobs = { flag: bytesOf('1\n'), kernel: bytesOf('6.1.0\n'), mounts: bytesOf('22 1 0:21 / /proc rw - proc proc rw\n') }
const signer = madeSigner()

describe('a hider', () => {
  const hider = () =>
    createHider(
      { ...auditRedaction, names: ['secret-project'] },
      sampleRun({ cluster: { name: 'prod-east', createdBy: 'user', nodes: [{ name: 'prod-east-1' }] } }),
    )

  it.each([
    ['10.1.2.3:6443 and [fd00::1]:443', /^address-[0-9a-f]{32}:6443 and \[address-[0-9a-f]{32}\]:443$/],
    ['prod-east-1/x, prod-east, prod-eastern', /^host-[0-9a-f]{32}\/x, host-[0-9a-f]{32}, prod-eastern$/],
    ['arn:aws:iam::123456789012:role/x', /^arn:aws:iam::account-[0-9a-f]{32}:role\/x$/],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/a', /^account-[0-9a-f]{32}\.dkr/],
    ['ip-10-0-0-7.ec2.internal', /^host-[0-9a-f]{32}$/],
    ['of secret-project', /^of host-[0-9a-f]{32}$/],
    [
      '127.0.0.1 [::]:53 0.0.0.0 ::1 12:34:56 v1.33.0 sha256:00 123456789012',
      /^127\.0\.0\.1 \[::\]:53 0\.0\.0\.0 ::1 12:34:56 v1\.33\.0 sha256:00 123456789012$/,
    ],
  ])('makes of %j', (text, shown) => {
    expect(hider().hide(text)).toMatch(shown)
  })

  it('gives one value one commitment, which its opening opens and no other does', () => {
    const own = hider()
    expect(own.hide('10.1.2.3')).toBe(own.hide('10.1.2.3'))
    expect(own.hide('10.1.2.3')).not.toBe(hider().hide('10.1.2.3'))
    const [opening] = own.openings()
    expect(opening && opens(opening)).toBe(true)
    expect(opening && opens({ ...opening, value: '10.1.2.4' })).toBe(false)
    expect(own.hide('10.1.2.3')).toContain(opening?.commitment.slice(0, 32))
  })

  it('finds in bytes a name, an address as text, and an address in its binary form', () => {
    const own = hider()
    own.hide('10.1.2.3 fd00::1')
    expect(own.holds(bytesOf('x prod-east-1 y'))).toContain('hides')
    expect(own.holds(bytesOf('x 10.9.9.9 y'))).toContain('hides')
    expect(own.holds(Uint8Array.of(1, 2, 10, 1, 2, 3, 9))).toContain('address')
    expect(own.holds(Uint8Array.of(0xfd, ...Array.from({ length: 14 }, () => 0), 1))).toContain('address')
    expect(own.holds(bytesOf('nothing of it'))).toBeUndefined()
  })
})

describe('an audit package', () => {
  const made = () =>
    sealedBundle(join(root, 'evidence'), 'r1', {
      signer,
      run: {
        cluster: { name: 'prod', createdBy: 'user', nodes: [{ name: 'prod-node-1' }, { name: 'prod-node-2' }] },
        host: { address: '10.1.2.3' },
        operator: 'quiet',
      },
      nodes: [
        { name: 'prod-node-1', flag: '1', reading: { source: '10.1.2.3:/proc', blobs: { ...flagBlobs, commandLine: bytesOf('quiet\n') } } },
        { name: 'prod-node-2', flag: '1', reading: { blobs: { ...flagBlobs, commandLine: bytesOf('ip=10.1.2.3 fips=1\n') } } },
      ],
    })
  const exported = async (dir: string, name = 'p.tar', redaction = auditRedaction) =>
    exportBundle({ dir, redaction, out: join(root, name), signer, regenerate: () => undefined })
  const verifyPackage = async (path: string) =>
    verifyBundle({ dir: await unpackPackage(path, await mkdtemp(join(root, 'unpacked-'))), tool: madeTool, key: signer.publicKey })

  it('holds no hidden value, names its original, verifies, and says what it cannot judge again', async () => {
    const dir = await made()
    const { id } = await verifyBundle({ dir, tool: madeTool })
    const result = await exported(dir)
    expect(result).toMatchObject({ of: id, removed: 1, hidden: { account: 1, address: 1, host: 3 } })
    const tar = (await readFile(result.package)).toString('latin1')
    for (const value of ['10.1.2.3', 'prod-node', 'prod-']) expect(tar).not.toContain(value)
    expect(tar).toContain(String(id))
    // A common word: hidden as the name of somebody, and nowhere else.
    expect(tar).toMatch(/"operator":"account-[0-9a-f]{32}"/)
    expect(tar).toContain('quiet\n')
    const verification = await verifyPackage(result.package)
    expect(verification).toMatchObject({ exit: 0, id: result.id })
    const findings = verification.checks.filter(({ name }) => name === 'findings')
    expect(findings).toMatchObject([
      { state: 'holds', says: expect.stringContaining('1 findings') },
      { state: 'not-checked', says: expect.stringContaining('1 findings rest on bytes') },
    ])
    expect(findings[1]?.problems[0]?.why).toMatch(/^FIPS-NODE-1 for node:host-[0-9a-f]{32}$/)
  })

  it('leaves with its owner what opens single values, for nobody else to read', async () => {
    const { openings = '' } = await exported(await made())
    expect((await stat(openings)).mode & 0o777).toBe(0o600)
    const parsed = JSON.parse(await readFile(openings, 'utf8')) as { openings: unknown[] }
    const all = openingSchema.array().parse(parsed.openings)
    expect(all.map(({ value }) => value).sort()).toEqual(['10.1.2.3', 'prod', 'prod-node-1', 'prod-node-2', 'quiet'])
    expect(all.every(opens)).toBe(true)
  })

  it('with nothing hidden judges everything again', async () => {
    const result = await exported(await made(), 'whole.tar', { name: 'none', hide: [], names: [] })
    expect(result).toMatchObject({ removed: 0, hidden: {} })
    const { checks, exit } = await verifyPackage(result.package)
    expect(exit).toBe(0)
    expect(checks.filter(({ name }) => name === 'findings')).toMatchObject([
      { state: 'holds', says: expect.stringContaining('2 findings') },
    ])
  })

  it('is the same tar for the same files, and leaves nothing else behind', async () => {
    const dir = await made()
    const digests: string[] = []
    for (let n = 0; n < 2; n++) {
      const chunks: Uint8Array[] = []
      await packFolder(dir, 'r1', async (all) => {
        for await (const chunk of all) chunks.push(Uint8Array.from(chunk))
      })
      digests.push(sha256Hex(Buffer.concat(chunks)))
    }
    expect(digests[0]).toBe(digests[1])
    await exported(dir)
    expect((await readdir(root)).sort()).toEqual(['evidence', 'p.tar', 'p.tar.openings.json'])
    const openings = await readFile(join(root, 'p.tar.openings.json'), 'utf8')
    await expect(exported(dir)).rejects.toMatchObject({ code: 'PACKAGE_EXISTS' })
    // What opens a package that went out is kept nowhere else: not by the one that is refused, nor where the package was moved away.
    await rm(join(root, 'p.tar'))
    await expect(exported(dir)).rejects.toMatchObject({ code: 'PACKAGE_EXISTS' })
    expect(await readFile(join(root, 'p.tar.openings.json'), 'utf8')).toBe(openings)
  })

  it('of which any byte was changed does not verify', async () => {
    const result = await exported(await made())
    const bytes = await readFile(result.package)
    const path = join(root, 'changed.tar')
    for (let at = 0; at < bytes.length; at += 1499) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      await writeFile(path, changed)
      const outcome = await verifyPackage(path).then(
        ({ exit }) => exit,
        (error: { code: string }) => error.code,
      )
      expect([1, 'PACKAGE_INVALID'], `byte ${at}`).toContain(outcome)
    }
  }, 60_000)

  it('is made of a bundle that verifies only', async () => {
    const dir = await made()
    await writeFile(join(dir, 'plan.json'), 'x')
    await expect(exported(dir)).rejects.toMatchObject({ code: 'BUNDLE_NOT_AS_SEALED' })
  })

  it.each([
    ['a path that leads out', { name: 'r1/../../x' }],
    ['an absolute path', { name: '/etc/x' }],
    ['a link', { name: 'r1/x', type: 'symlink' as const, linkname: '/etc/passwd' }],
    ['a folder', { name: 'r1/', type: 'directory' as const }],
    ['a hidden file', { name: 'r1/.x' }],
  ])('with %s is refused', async (_name, header) => {
    const tar = pack()
    tar.entry({ ...header, mtime: new Date(0) }, 'type' in header ? '' : 'x')
    tar.finalize()
    const path = join(root, 'hostile.tar')
    await pipeline(tar, createWriteStream(path))
    await expect(unpackPackage(path, await mkdtemp(join(root, 'unpacked-')))).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
  })
})
