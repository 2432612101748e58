import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type RootFiles, rootFiles } from '../crypto-modules/read/root-files.ts'
import { fsPath, joinRaw, rawOf, shownPath } from './raw-path.ts'

/** Linux follows at most 40 links on one way (path_resolution(7)). */
const maximumLinks = 40
const maximumSize = 64 * 1024 * 1024

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(String(error.code))

/** Where a path leads with all links followed within the root; undefined where they go round in circles, or nothing is there. */
const resolved = (root: string, path: string): string | undefined => {
  const ahead = rawOf(path).split('/').toReversed()
  let way: string[] = []
  let links = 0
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === '..') way = way.slice(0, -1)
    if (name === '' || name === '.' || name === '..') continue
    const here = joinRaw(root, [...way, name].join('/'))
    let found: ReturnType<typeof lstatSync>
    try {
      found = lstatSync(fsPath(here))
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
    if (!found.isSymbolicLink()) {
      way.push(name)
      continue
    }
    if (++links > maximumLinks) return undefined
    const target = readlinkSync(fsPath(here), 'buffer').toString('latin1')
    if (target.startsWith('/')) way = []
    ahead.push(...target.split('/').toReversed())
  }
  return joinRaw(root, way.join('/'))
}

/** The files of a directory that holds a root file system; its links lead nowhere outside. `root` is a raw path. */
export const directoryFiles = (root: string): RootFiles =>
  rootFiles(
    async (path) => {
      const place = resolved(root, path)
      if (place === undefined) return undefined
      const found = lstatSync(fsPath(place))
      if (!found.isFile()) return undefined
      if (found.size > maximumSize) throw new Error(`${path} has ${found.size} bytes; up to ${maximumSize} are read`)
      return new Uint8Array(readFileSync(fsPath(place)))
    },
    async (folder) => {
      const place = resolved(root, folder)
      return place !== undefined && lstatSync(fsPath(place)).isDirectory()
        ? readdirSync(fsPath(place), 'buffer').map((name) => shownPath(name.toString('latin1')))
        : []
    },
  )
