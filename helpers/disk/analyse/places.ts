import { z } from 'zod'

const toldComponentSchema = z.object({
  component: z.string(),
  /** How it was reached on the node: `/proc/PID/exe`, or a path. */
  source: z.string(),
  /** Path of the program in the root file system of its process, and whether that is the node's own or a container's. */
  exe: z.string(),
  root: z.enum(['node', 'container']),
  /** The observation in which it told of it. */
  observation: z.string(),
  /** Absent where the node gave no digest. */
  sha256: z.string().exactOptional(),
  /** Why it cannot be held against the disk. */
  unread: z.string().exactOptional(),
})

/** What a node said of each content that one of its components runs. */
export const toldComponentsSchema = z.array(toldComponentSchema)
export type ToldComponent = z.infer<typeof toldComponentSchema>
/** Where a node said that a component runs. */
export type ToldPlace = Pick<ToldComponent, 'exe' | 'root'>

const layer = /^.*\/io\.containerd\.snapshotter\.v1\.[^/]+\/snapshots\/\d+\/fs(\/.*)$/s

/** The path inside a container of a file in one of containerd's layers (its overlayfs snapshotter: `snapshots/<n>/fs`); undefined for a file that is in none. */
export const layerPath = (path: string): string | undefined => layer.exec(path)?.[1]
