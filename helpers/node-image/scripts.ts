import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Text of one of the shell scripts that run in containers. */
export const script = (name: string): string => readFileSync(join(import.meta.dirname, 'scripts', name), 'utf8')

/** Directory with the files that go into a node image as they are. */
export const filesDirectory = join(import.meta.dirname, 'files')

/** Text of one of those files. */
export const file = (name: string): string => readFileSync(join(filesDirectory, name), 'utf8')
