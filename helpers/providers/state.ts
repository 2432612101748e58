import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ownerSchema } from '../host/labels.ts'
import { stateDir } from '../host/paths.ts'
import type { ClusterRef } from './provider.ts'

const refSchema = z.object({
  provider: z.enum(['kind', 'machine']),
  name: z.string(),
  run: z.string(),
  owner: ownerSchema,
  createdAt: z.string(),
  nodes: z.array(z.object({ name: z.string(), role: z.enum(['control-plane', 'worker']) })),
  kubeconfig: z.string(),
  ready: z.boolean(),
  judgedBy: z.array(z.string()),
  phases: z.record(z.string(), z.number()).exactOptional(),
  image: z.object({
    reference: z.string(),
    id: z.string(),
    kubernetesVersion: z.string(),
    kindBinary: z.string(),
    afAlgProbe: z.string().exactOptional(),
    origins: z.array(z.record(z.string(), z.string())),
  }),
  machines: z
    .object({
      directory: z.string(),
      sockets: z.string(),
      accelerator: z.enum(['kvm', 'tcg']),
      kernel: z.object({ commandLine: z.string(), file: z.string(), origin: z.string() }),
      standIns: z.array(z.string()),
      nodes: z.array(
        z.object({
          name: z.string(),
          address: z.string(),
          ssh: z.object({ port: z.number(), key: z.string(), knownHosts: z.string(), sockets: z.string().exactOptional() }).optional(),
        }),
      ),
    })
    .optional(),
})

const clustersDirectory = (): string => join(stateDir(), 'clusters')

/** Directory of what a cluster's name stands for: its record and its kubeconfig. */
export const clusterDirectory = (name: string): string => join(clustersDirectory(), name)

/** Records a cluster, whole or not at all. */
export const saveCluster = async (ref: ClusterRef): Promise<void> => {
  const directory = clusterDirectory(ref.name)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const draft = join(directory, `cluster.json.draft-${process.pid}-${randomBytes(3).toString('hex')}`)
  await writeFile(draft, `${JSON.stringify(ref, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, join(directory, 'cluster.json'))
}

/** The record of a cluster, or undefined when this user has none by that name. */
export const loadCluster = async (name: string): Promise<ClusterRef | undefined> => {
  const text = await readFile(join(clusterDirectory(name), 'cluster.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  return text === undefined ? undefined : refSchema.parse(JSON.parse(text))
}

export const listClusters = async (): Promise<ClusterRef[]> => {
  const names = await readdir(clustersDirectory()).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return (await Promise.all(names.map(loadCluster))).filter((ref) => ref !== undefined)
}

export const forgetCluster = (name: string): Promise<void> => rm(clusterDirectory(name), { recursive: true, force: true })
