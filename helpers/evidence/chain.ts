import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from './atomic-file.ts'
import { byText } from './bundle-files.ts'
import { envelopeFile, type Manifest, manifestFile, manifestSchema } from './manifest.ts'
import { withoutWaiting } from './read-chunks.ts'

/** A sealed bundle in a folder of bundles, as its manifest names it; nothing of it has been checked but the manifest's form. */
export type SealedBundle = { dir: string; id: string; manifest: Manifest }

/** What is there of a bundle's manifest; undefined where the folder is no sealed bundle. */
export const readSealed = async (dir: string): Promise<SealedBundle | undefined> => {
  const missing = (error: NodeJS.ErrnoException): undefined => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR' || error.code === 'ELOOP') return undefined
    throw error
  }
  const bytes = await readFile(join(dir, manifestFile), { flag: withoutWaiting }).catch(missing)
  const envelope = await readFile(join(dir, envelopeFile), { flag: withoutWaiting }).catch(missing)
  if (bytes === undefined || envelope === undefined) return undefined
  const parsed = manifestSchema.safeParse(jsonOf(bytes))
  return parsed.success ? { dir, id: sha256Hex(bytes), manifest: parsed.data } : undefined
}

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    return error
  }
}

/** The sealed bundles of a folder, by their names. An audit package is none of them: it is a copy. */
export const sealedBundles = async (root: string): Promise<SealedBundle[]> => {
  const names = await readdir(root, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found: SealedBundle[] = []
  for (const { name } of names
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .sort((a, b) => byText(a.name, b.name))) {
    const sealed = await readSealed(join(root, name))
    if (sealed && sealed.manifest.package === undefined) found.push(sealed)
  }
  return found
}

/** The end of a cluster's chain: the bundle that no other names as its previous one; of several, the one that began last. */
export const headOf = (bundles: readonly SealedBundle[], cluster: string): SealedBundle | undefined => {
  const own = bundles.filter(({ manifest }) => manifest.cluster === cluster)
  const named = new Set(own.map(({ manifest }) => manifest.previous?.id))
  return own
    .filter(({ id }) => !named.has(id))
    .toSorted((a, b) => byText(a.manifest.startedAt, b.manifest.startedAt))
    .at(-1)
}
