import type { NodeAccess } from '../cluster/node-access.ts'
import type { SeenNode } from '../cluster/subjects.ts'
import { lookAgain } from '../cluster/take-inventory.ts'
import { FipsConformanceError } from '../errors/error.ts'
import type { Plan } from '../evidence/model.ts'
import { createRecorder } from '../evidence/recorder.ts'
import { familiesOf, type SuiteName, writerOf } from './suite-names.ts'

const whyOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error instanceof FipsConformanceError && error.trouble.why !== undefined ? `${error.message}: ${error.trouble.why}` : error.message
}

type SecondLook = { bundle: string; nodes: readonly SeenNode[]; accesses: readonly NodeAccess[]; signal?: AbortSignal | undefined }

/**
 * Looks at every node again when the suites are over: what opened its listener after the inventory would be judged by nobody. A node that cannot be looked at again
 * has a gap in its inventory, which says so.
 * @throws the reason of the signal
 */
export const secondLook = async ({ bundle, nodes, accesses, signal }: SecondLook): Promise<SeenNode[]> => {
  const recorder = await createRecorder({ bundle, writer: writerOf('inventory', true) })
  const again: SeenNode[] = []
  for (const first of nodes) {
    try {
      const access = accesses.find(({ name }) => name === first.name)
      if (access === undefined) throw new Error('there is no way in to it any more')
      const { seen, reading } = await lookAgain(access, first, signal)
      const subject = { kind: 'node' as const, key: `node:${first.name}`, name: first.name, detail: {} }
      await recorder.record({ requirement: 'inventory', subject, readings: [reading] })
      again.push(seen)
    } catch (error) {
      signal?.throwIfAborted()
      const gap = `not looked at again when the suites were over: ${whyOf(error)}`
      again.push({ ...first, inventory: { ...first.inventory, gaps: [...first.inventory.gaps, gap] } })
    }
  }
  await recorder.end()
  return again
}

/** The suites that have something to judge among the late pairs of a plan. */
export const lateSuites = ({ pairs }: Plan, suites: readonly SuiteName[]): SuiteName[] => {
  const late = pairs.filter((pair) => pair.late).map(({ requirement }) => requirement)
  return suites.filter((suite) => familiesOf[suite].some((family) => late.some((id) => id.startsWith(`${family}-`))))
}
