import { createHash } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { joinBytes, madeBuildInfo, madeElf, madeFunctionTable } from '../crypto-modules/analyse/made-elf.ts'
import { madeGoboring } from '../crypto-modules/analyse/made-goboring.ts'

// Archives and programs for the tests of the scan; nothing else imports them.

export type MadeEntry = [name: string, content: string | Uint8Array] | [Partial<Header> & { name: string }]

const bytesOf = (content: string | Uint8Array): Uint8Array => (typeof content === 'string' ? new TextEncoder().encode(content) : content)

/** A tar archive as tar-stream writes it. */
export const madeTar = async (entries: readonly MadeEntry[]): Promise<Uint8Array> => {
  const out = pack()
  for (const [first, content] of entries) {
    if (typeof first === 'string') out.entry({ name: first, mode: 0o755 }, Buffer.from(bytesOf(content ?? '')))
    else out.entry(first)
  }
  out.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of out) chunks.push(chunk as Uint8Array)
  return joinBytes(...chunks)
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

export type MadeLayer = { tar: Uint8Array; compression?: 'gzip' | 'zstd' }

/** The files of an OCI image layout with one image, by path. */
export const madeLayout = (layers: readonly MadeLayer[], environment?: readonly string[]): Record<string, Uint8Array> => {
  const files: Record<string, Uint8Array> = {}
  const store = (bytes: Uint8Array, mediaType: string): { mediaType: string; digest: string; size: number } => {
    files[`blobs/sha256/${sha256(bytes)}`] = bytes
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length }
  }
  const stored = layers.map(({ tar, compression }) =>
    store(
      compression === 'gzip' ? gzipSync(tar) : compression === 'zstd' ? zstdCompressSync(tar) : tar,
      `application/vnd.oci.image.layer.v1.tar${compression === undefined ? '' : `+${compression}`}`,
    ),
  )
  const config = store(
    json({ os: 'linux', ...(environment && { config: { Env: environment } }) }),
    'application/vnd.oci.image.config.v1+json',
  )
  const manifest = store(json({ schemaVersion: 2, config, layers: stored }), 'application/vnd.oci.image.manifest.v1+json')
  return { ...files, 'oci-layout': json({ imageLayoutVersion: '1.0.0' }), 'index.json': json({ schemaVersion: 2, manifests: [manifest] }) }
}

/** What `docker save` packed before it wrote OCI layouts: the manifest comes last. */
export const madeDockerArchive = async (layers: readonly Uint8Array[], environment?: readonly string[]): Promise<Uint8Array> =>
  madeTar([
    ...(environment ? [['config.json', json({ config: { Env: environment } })] satisfies MadeEntry] : []),
    ...layers.map((layer, at): MadeEntry => [`layer${at}/layer.tar`, layer]),
    ['manifest.json', json([{ Config: 'config.json', RepoTags: ['made:1'], Layers: layers.map((_, at) => `layer${at}/layer.tar`) }])],
  ])

const padding = new Uint8Array(100).fill(0x90)

/** The table that knows the module of `goboring`. */
export const madeBuilds = [madeGoboring().build]

const goProgram = (code: Uint8Array, names: readonly string[], version: string, lines: readonly string[], more = 0): Uint8Array =>
  madeElf({
    segments: [
      { rights: 'rx', bytes: code },
      { rights: 'r', bytes: madeFunctionTable(names) },
      { rights: 'r', bytes: new Uint8Array(more + 1).fill(more & 0xff) },
      { rights: 'rw', bytes: madeBuildInfo(version, lines) },
    ],
  })

/** A program with the made module, as a goboring build would have it. `more` bytes make another content of it. */
export const goboring = (more = 0): Uint8Array => madeGoboring({ data: new Uint8Array(more + 64).fill(more & 0xff) }).bytes

/** A Go program that has no module. */
export const plainGo = (more = 0): Uint8Array =>
  goProgram(padding, ['main.main', 'crypto/tls.Dial'], 'go1.26.8', ['path\texample.test/plain', 'build\tCGO_ENABLED=1'], more)

/** A Go program that calls OpenSSL, as a toolchain of another maker builds it. */
export const opensslGo = (): Uint8Array =>
  goProgram(padding, ['main.main', 'crypto/sha256.Sum256', 'vendor/github.com/golang-fips/openssl/v2.SHA256'], 'go1.24.4', [
    'path\texample.test/openssl',
    'build\tCGO_ENABLED=1',
  ])

/** A program or library that is not of Go. */
export const notGo = (): Uint8Array => madeElf({ type: 3, segments: [{ rights: 'rx', bytes: padding }] })
