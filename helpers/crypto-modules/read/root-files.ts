/** A root file system: of a node, of a process, of an image, of a folder. Paths are absolute in it, and links are followed within it. */
export type RootFiles = {
  /** The first of the paths at which a file is; undefined where there is none. Rejects where one is there and cannot be read. */
  first: (paths: readonly string[]) => Promise<{ path: string; bytes: Uint8Array } | undefined>
  /** Names of what is in a folder, in no order; none where there is no such folder. */
  list: (folder: string) => Promise<string[]>
}

/** The same made of a way to read one file. */
export const rootFiles = (read: (path: string) => Promise<Uint8Array | undefined>, list: RootFiles['list']): RootFiles => ({
  first: async (paths) => {
    for (const path of paths) {
      const bytes = await read(path)
      if (bytes !== undefined) return { path, bytes }
    }
    return undefined
  },
  list,
})
