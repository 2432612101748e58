import { type RootFiles, rootFiles } from '../crypto-modules/read/root-files.ts'
import { fileSource } from './byte-source.ts'
import { rawOf, shownPath } from './raw-path.ts'
import type { LayerFile } from './read-layer.ts'
import { fileAt, namesIn, type RootTree } from './root-tree.ts'

const maximumSize = 64 * 1024 * 1024

/** What decides over the OpenSSL of a program, and libraries that check themselves: kept of a stream that cannot be read again. */
const wanted =
  /(?:^|\/)(?:libcrypto\.so[^/]*|fips\.so|[^/]*\.cnf|ld\.so\.conf|lib(?:gcrypt|gnutls|nettle|hogweed|gmp)\.so[^/]*|\.[^/]*\.hmac)$|(?:^|\/)(?:ld\.so\.conf\.d|ssl|crypto-policies)\/.*\.(?:conf|config|txt)$/
const maximumKept = 16 * 1024 * 1024

/** Whether the bytes of a file that goes by are kept beside its analysis. */
export const isKept = (path: string, size: number): boolean => size <= maximumKept && wanted.test(path)

/** The files of an image with all of its layers applied, as far as their bytes can still be had. */
export const treeFiles = (tree: RootTree<LayerFile>): RootFiles =>
  rootFiles(
    async (path) => {
      const file = fileAt(tree, rawOf(path))
      if (file === undefined) return undefined
      if (file.kept !== undefined) return file.kept
      if (file.content === undefined || file.content.kind !== 'range' || file.size > maximumSize)
        throw new Error(`the bytes of ${path} were not kept`)
      const { path: archive, offset, size } = file.content
      const source = fileSource(archive, offset, size)
      try {
        return await source.read(size)
      } finally {
        source.close()
      }
    },
    async (folder) => namesIn(tree, rawOf(folder)).map(shownPath),
  )
