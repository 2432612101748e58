import type { NodeAccess } from '../../cluster/node-access.ts'
import { readFipsEnabled } from '../../kernel/read/fips-enabled.ts'
import type { Look } from '../requirement.ts'

/** /proc/sys/crypto/fips_enabled of a node, with what shows whether it is the kernel’s own word. */
export const kernelFlag = (node: NodeAccess): Look => ({
  name: 'kernel flag',
  read: async (signal) => [await readFipsEnabled(node, signal)],
})
