import { randomBytes } from 'node:crypto'
import type { NodeAccess } from '../../cluster/node-access.ts'
import { callWith, provoke } from '../../cluster/provoke.ts'
import type { Subject } from '../../evidence/model.ts'
import { writeClientHello } from '../../tls/analyse/client-hello.ts'
import { type OfferDefect, plantedHello } from '../../tls/analyse/planted-offer.ts'
import type { Look } from '../requirement.ts'

/** What a component says first when it is made to call a listener of ours; nothing is done where the cluster may only be read. */
export const callOf = (node: NodeAccess, { name, detail }: Subject): Look => ({
  name: 'call',
  read: async (signal) =>
    detail.readOnly === undefined ? provoke(node, name, `fips-conformance-${randomBytes(6).toString('hex')}`, signal) : [],
})

/** What a client of this run says first on a node, heard by the same listener. */
export const callOfPlant = (node: NodeAccess, { detail }: Subject): Look => ({
  name: 'call',
  read: (signal) => {
    const defect = JSON.parse(detail.defect ?? '{}') as OfferDefect
    return callWith(node, writeClientHello(plantedHello(defect, randomBytes(32).toString('hex'))), signal)
  },
})
