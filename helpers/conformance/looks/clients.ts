import { randomBytes } from 'node:crypto'
import type { NodeAccess } from '../../cluster/node-access.ts'
import { provoke } from '../../cluster/provoke.ts'
import type { Subject } from '../../evidence/model.ts'
import type { Look } from '../requirement.ts'

/** What a component says first when it is made to call a listener of ours; nothing is done where the cluster may only be read. */
export const callOf = (node: NodeAccess, { name, detail }: Subject): Look => ({
  name: 'call',
  read: async (signal) =>
    detail.readOnly === undefined ? provoke(node, name, `fips-conformance-${randomBytes(6).toString('hex')}`, signal) : [],
})
