import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of this tool, as its package says it. */
export const toolVersion = (): string => {
  const candidates = [join(import.meta.dirname, '..', '..', 'package.json'), join(import.meta.dirname, '..', '..', '..', 'package.json')]
  for (const path of candidates) {
    try {
      const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string }
      if (name === 'fips-conformance' && version) return version
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return 'unknown'
}
