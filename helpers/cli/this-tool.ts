import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Run } from '../evidence/run.ts'
import { toolVersion } from './tool-version.ts'

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}

const hash = /^[0-9a-f]{40}([0-9a-f]{24})?$/

/** The commit that a checkout stands at (gitrepository-layout(5): HEAD, refs, packed-refs); undefined for a package that was installed. */
const commitOf = (root: string): string | undefined => {
  const dotGit = join(root, '.git')
  const linked = /^gitdir: (.+)$/m.exec(textOf(dotGit) ?? '')?.[1]
  const folder = linked === undefined ? dotGit : resolve(root, linked)
  const head = textOf(join(folder, 'HEAD'))?.trim()
  if (head === undefined) return undefined
  const ref = /^ref: (.+)$/.exec(head)?.[1]
  if (ref === undefined) return hash.test(head) ? head : undefined
  const common = textOf(join(folder, 'commondir'))?.trim()
  const shared = common === undefined ? folder : resolve(folder, common)
  const loose = textOf(join(shared, ref))?.trim()
  const packed = textOf(join(shared, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ')[0]
  const found = loose ?? packed
  return found !== undefined && hash.test(found) ? found : undefined
}

/** This tool, as bundles name it. */
export const thisTool = (): Run['tool'] => {
  const commit = commitOf(join(import.meta.dirname, '..', '..'))
  return { name: 'fips-conformance', version: toolVersion(), ...(commit !== undefined && { commit }) }
}
