import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract, type Pack, pack } from 'tar-stream'
import { FipsConformanceError } from '../errors/error.ts'
import { byText, isPlainPath, listFiles } from './bundle-files.ts'

const topFolder = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/
const largestFile = 1024 ** 3

const entry = (tar: Pack, name: string, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    tar.entry(
      { name, size: bytes.byteLength, mode: 0o644, uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0), type: 'file' },
      Buffer.from(bytes),
      (error) => (error ? reject(error) : resolve()),
    )
  })

/** The one tar of a bundle's folder (POSIX ustar): files in order, every owner, mode and time the same. `name` is the folder that they lie in. */
export const packFolder = async (dir: string, name: string, sink: (chunks: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> => {
  const { files } = await listFiles(dir)
  const tar = pack()
  const fill = async (): Promise<void> => {
    for (const path of files.toSorted(byText)) await entry(tar, `${name}/${path}`, await readFile(join(dir, path)))
    tar.finalize()
  }
  await Promise.all([fill(), sink(tar as AsyncIterable<Uint8Array>)])
}

const hostile = (path: string, name: string, why: string): FipsConformanceError =>
  new FipsConformanceError({
    code: 'PACKAGE_INVALID',
    what: 'this is no audit package',
    where: `${path}: ${JSON.stringify(name)}`,
    why,
    remedy: 'have it sent again',
    exit: 3,
  })

const digestOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * Unpacks an audit package into a folder and gives the bundle's folder in it. Plain files under one plain folder, nothing else: no links, no paths that lead out.
 * The tar must be the one that these files make, so that no byte of it is left unchecked.
 * @throws FipsConformanceError `PACKAGE_INVALID`
 */
export const unpackPackage = async (path: string, folder: string): Promise<string> => {
  let top: string | undefined
  const seen = new Set<string>()
  const tar = extract()
  const unpack = async (): Promise<void> => {
    for await (const item of tar) {
      const { name, type, size = 0 } = item.header
      const at = name.indexOf('/')
      const [first, rest] = [name.slice(0, at), name.slice(at + 1)]
      if (type !== 'file') throw hostile(path, name, `it holds a ${type}`)
      if (at === -1 || !topFolder.test(first) || !isPlainPath(rest)) throw hostile(path, name, 'it has a name that no file of a bundle has')
      if ((top !== undefined && top !== first) || seen.has(name))
        throw hostile(path, name, 'it holds more than one bundle, or a file twice')
      if (size > largestFile) throw hostile(path, name, `it has ${size} bytes`)
      top = first
      seen.add(name)
      await mkdir(dirname(join(folder, name)), { recursive: true })
      const chunks: Uint8Array[] = []
      for await (const chunk of item) chunks.push(chunk as Uint8Array)
      await writeFile(join(folder, name), Buffer.concat(chunks), { flag: 'wx' })
    }
  }
  try {
    await Promise.all([pipeline(createReadStream(path), tar), unpack()])
  } catch (error) {
    if (error instanceof FipsConformanceError) throw error
    throw hostile(path, '', error instanceof Error ? error.message : String(error))
  }
  if (top === undefined) throw hostile(path, '', 'it is empty')
  const dir = join(folder, top)
  let again = ''
  await packFolder(dir, top, async (chunks) => {
    again = await digestOf(chunks)
  })
  if (again !== (await digestOf(createReadStream(path))))
    throw hostile(path, '', 'it is not the tar that its files make: something in it was changed')
  return dir
}
