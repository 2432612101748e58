import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import type { Reading } from '../evidence/model.ts'
import { findComponents } from './find-components.ts'
import { parseInventory } from './inventory.ts'
import type { NodeAccess } from './node-access.ts'
import { ownerComponent, type SeenNode, unnamedOwners } from './subjects.ts'

const script = (): string => readFileSync(join(import.meta.dirname, 'scripts', 'inventory.pl'), 'utf8')

/**
 * What runs and listens on a node, and where its named components are. The reading holds the node's own words, from which the list of listeners follows.
 * @throws FipsConformanceError `INVENTORY_FAILED`, `NODE_UNREACHABLE`
 */
export const takeInventory = async (
  node: NodeAccess,
  role: SeenNode['role'],
  signal?: AbortSignal,
): Promise<{ seen: SeenNode; reading: Reading }> => {
  const { exitCode, stdout, stderr } = await node.run(['perl', '-'], { input: script(), ...(signal && { signal }) })
  if (exitCode !== 0) {
    throw new FipsConformanceError({
      code: 'INVENTORY_FAILED',
      what: `the processes and sockets of the node ${node.name} cannot be listed`,
      where: `${node.means} ${node.name} perl`,
      why: stderr.trim() || `exit code ${exitCode}`,
      remedy: 'the node needs perl (perl-base on Debian); check that it is there and that the user may read /proc',
      exit: 3,
    })
  }
  const inventory = parseInventory(new TextDecoder().decode(stdout))
  const components = await findComponents(node, role, inventory, signal)
  const seen: SeenNode = { name: node.name, role, inventory, components }
  return {
    seen: { ...seen, components: [...components, ...unnamedOwners(seen).map(ownerComponent)] },
    reading: {
      kind: 'inventory',
      means: node.means,
      source: '/proc',
      data: { node: node.name, role, gaps: [...inventory.gaps] },
      blobs: { records: stdout },
    },
  }
}
