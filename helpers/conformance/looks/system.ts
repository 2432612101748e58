import { readFile } from 'node:fs/promises'
import type { NodeAccess } from '../../cluster/node-access.ts'
import { readOpenssl } from '../../crypto-modules/read/openssl-root.ts'
import { rootFiles } from '../../crypto-modules/read/root-files.ts'
import { readBundle } from '../../evidence/read-bundle.ts'
import { readKernelDigests } from '../../kernel/read/af-alg.ts'
import { readNodeHistory, readNodeSystem } from '../../operating-system/read/system.ts'
import type { Look } from '../requirement.ts'

/** What the operating system of a node says of itself. */
export const system = (node: NodeAccess): Look => ({
  name: 'operating system',
  read: async (signal) => [await readNodeSystem(node, signal)],
})

/** When a node was booted and how, and when its keys were made. */
export const history = (node: NodeAccess): Look => ({ name: 'history', read: async (signal) => [await readNodeHistory(node, signal)] })

/** What the kernel of a node refuses through AF_ALG; nothing where the helper that asks it was not built, or the node may only be read. */
export const kernelDigests = (node: NodeAccess, helper: string | undefined): Look => ({
  name: 'kernel digests',
  read: async (signal) => (helper === undefined ? [] : [await readKernelDigests(node, new Uint8Array(await readFile(helper)), signal)]),
})

/** What the twin of this kernel, booted without fips=1, did through AF_ALG: copied byte for byte, with the kernel file of each. */
export const kernelTwin = (twin: { bundle: string; kernel: string } | undefined): Look => ({
  name: 'kernel twin',
  read: async () => {
    if (twin === undefined) return []
    const { run, evidence } = await readBundle(twin.bundle)
    const told = evidence.find(({ kind }) => kind === 'kernel-digests')
    if (!told) return []
    // All nodes of a cluster of machines boot one kernel.
    const [node] = run.cluster.nodes
    return [
      {
        kind: 'twin-kernel-digests',
        means: `bundle of run ${run.runId}, ${told.means}`,
        source: told.source,
        data: { ...told.data, run: run.runId, kernelFile: twin.kernel, twinKernelFile: node?.facts?.kernel ?? '' },
        blobs: Object.fromEntries(Object.keys(told.blobs).map((name) => [name, told.bytes(name)])),
      },
    ]
  },
})

/** The OpenSSL of a node with its configuration and its FIPS provider, byte for byte. */
export const userSpaceModule = (node: NodeAccess): Look => ({
  name: 'user space module',
  read: async (signal) => [
    await readOpenssl(
      rootFiles(
        (path) => wholeFile(node, path, signal),
        (folder) => namesIn(node, folder, signal),
      ),
      { means: node.means },
    ),
  ],
})

/** A file of the node; undefined where it is not there. */
const wholeFile = async (node: NodeAccess, path: string, signal: AbortSignal): Promise<Uint8Array | undefined> => {
  const { exitCode } = await node.run(['test', '-e', path], { signal })
  if (exitCode !== 0) return undefined
  const parts: Uint8Array[] = []
  for await (const part of node.open(path, signal)) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

const namesIn = async (node: NodeAccess, folder: string, signal: AbortSignal): Promise<string[]> => {
  const { stdout } = await node.run(['ls', '-1', '--', folder], { signal })
  return new TextDecoder().decode(stdout).split('\n').filter(Boolean)
}
