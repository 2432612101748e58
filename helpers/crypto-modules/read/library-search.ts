import { matchesGlob, posix } from 'node:path'
import { textOf } from '../analyse/bytes.ts'
import type { RootFiles } from './root-files.ts'

// Where the dynamic linker looks for a library that a program asks for when it runs (ld.so(8), ldconfig(8)), but for LD_LIBRARY_PATH, which is a matter of the environment.

/** The program that loads: its path in the root file system, and what its dynamic table says of folders. */
export type Loader = { path: string; rpath: readonly string[]; runpath: readonly string[] }

/** What it knows without a configuration of its own, and where distributions for amd64 and arm64 put libraries. */
const defaultFolders: readonly string[] = [
  '/lib64',
  '/usr/lib64',
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib',
  '/usr/lib',
  '/usr/local/lib64',
  '/usr/local/lib',
]

const configuration = '/etc/ld.so.conf'
const maximumFiles = 64
const maximumFolders = 256

/** The tokens of ld.so(8) put in; a folder that is not absolute then is left out, as it depends on where the program was started. */
const expanded = (folders: readonly string[], origin: string): string[] =>
  folders
    .map((folder) => folder.replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, origin))
    .flatMap((folder) =>
      /\$(?:LIB\b|\{LIB\})/.test(folder) ? ['lib64', 'lib'].map((lib) => folder.replace(/\$(?:LIB\b|\{LIB\})/g, lib)) : [folder],
    )
    .filter((folder) => folder.startsWith('/') && !folder.includes('$'))
    .map((folder) => posix.normalize(folder))

/** The folders of `/etc/ld.so.conf` in their order, with what it includes. */
const configuredFolders = async (root: RootFiles): Promise<string[]> => {
  const found: string[] = []
  let files = 0
  const visit = async (path: string): Promise<void> => {
    if (++files > maximumFiles) return
    const file = await root.first([path])
    if (file === undefined) return
    for (const line of textOf(file.bytes).split('\n')) {
      const text = line.replace(/#.*$/, '').trim()
      const [word, ...patterns] = text.split(/\s+/)
      if (word === 'include') {
        for (const pattern of patterns) {
          const whole = posix.resolve('/etc', pattern)
          const names = await root.list(posix.dirname(whole))
          for (const name of names.toSorted()) if (matchesGlob(name, posix.basename(whole))) await visit(`${posix.dirname(whole)}/${name}`)
        }
      } else if (text.startsWith('/')) found.push(...text.split(/[\s:,]+/).filter((folder) => folder.startsWith('/')))
    }
  }
  await visit(configuration)
  return found
}

/** Folders in the order in which they are searched: DT_RPATH (without DT_RUNPATH), DT_RUNPATH, what ldconfig was told, what is built in. */
export const libraryFolders = async (root: RootFiles, loader?: Loader): Promise<string[]> => {
  const origin = posix.dirname(loader?.path ?? '/')
  const own = loader === undefined ? [] : loader.runpath.length > 0 ? loader.runpath : loader.rpath
  const folders = [...expanded(own, origin), ...(await configuredFolders(root)), ...defaultFolders]
  return [...new Set(folders)].slice(0, maximumFolders)
}
