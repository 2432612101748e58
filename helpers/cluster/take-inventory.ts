import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import type { Reading } from '../evidence/model.ts'
import { findComponents } from './find-components.ts'
import { type NodeInventory, parseInventory } from './inventory.ts'
import { newListeners, withNewcomers } from './newcomers.ts'
import type { NodeAccess } from './node-access.ts'
import { ownerComponent, type SeenNode, unnamedOwners } from './subjects.ts'

const script = (): string => readFileSync(join(import.meta.dirname, 'scripts', 'inventory.pl'), 'utf8')

type Inventoried = { inventory: NodeInventory; reading: Reading }

/** What begins and ends while a node is looked at can leave a gap that is none a moment later. */
const tries = 3

/**
 * What runs and listens on a node. The reading holds the node's own words, from which the list of listeners follows.
 * @throws FipsConformanceError `INVENTORY_FAILED`, `NODE_UNREACHABLE`
 */
const readInventory = async (node: NodeAccess, role: SeenNode['role'], signal?: AbortSignal): Promise<Inventoried> => {
  let taken = await readOnce(node, role, signal)
  for (let again = 1; again < tries && taken.inventory.gaps.length > 0; again++) taken = await readOnce(node, role, signal)
  return taken
}

const readOnce = async (node: NodeAccess, role: SeenNode['role'], signal?: AbortSignal): Promise<Inventoried> => {
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
  return {
    inventory,
    reading: {
      kind: 'inventory',
      means: node.means,
      source: '/proc',
      data: { node: node.name, role, gaps: [...inventory.gaps] },
      blobs: { records: stdout },
    },
  }
}

const withComponents = async (
  node: NodeAccess,
  { role, inventory }: Pick<SeenNode, 'role' | 'inventory'>,
  signal?: AbortSignal,
): Promise<SeenNode> => {
  const seen: SeenNode = { name: node.name, role, inventory, components: await findComponents(node, role, inventory, signal) }
  return { ...seen, components: [...seen.components, ...unnamedOwners(seen).map(ownerComponent)] }
}

/**
 * What runs and listens on a node, and where its named components are.
 * @throws FipsConformanceError `INVENTORY_FAILED`, `NODE_UNREACHABLE`
 */
export const takeInventory = async (
  node: NodeAccess,
  role: SeenNode['role'],
  signal?: AbortSignal,
): Promise<{ seen: SeenNode; reading: Reading }> => {
  const { inventory, reading } = await readInventory(node, role, signal)
  return { seen: await withComponents(node, { role, inventory }, signal), reading }
}

/**
 * The same node a second time: as it was seen first, with the listeners that were not there then and the programs that own them.
 * @throws FipsConformanceError `INVENTORY_FAILED`, `NODE_UNREACHABLE`
 */
export const lookAgain = async (node: NodeAccess, first: SeenNode, signal?: AbortSignal): Promise<{ seen: SeenNode; reading: Reading }> => {
  const { inventory, reading } = await readInventory(node, first.role, signal)
  const isOld = newListeners(first.inventory, inventory).length === 0
  const second = isOld ? { ...first, inventory } : await withComponents(node, { role: first.role, inventory }, signal)
  return { seen: withNewcomers(first, second), reading }
}
