import { callOfPlant } from '../helpers/conformance/looks/clients.ts'
import { conversationWithPlant, plantedExecutable } from '../helpers/conformance/looks/plants.ts'
import { requirement } from '../helpers/conformance/requirement.ts'
import { plantedModuleIsCaught, plantedPeerIsCaught } from '../helpers/rules/self-proof.ts'

requirement('FIPS-SELF-1', ({ eachSubject }) => {
  eachSubject('is caught', async (proof) => {
    const { subject, record, judge } = proof
    // A client calls from a node, where the cluster's components are made to call; a server is one of this process.
    await record(subject.node === undefined ? conversationWithPlant(subject) : callOfPlant(proof.node, subject))
    await judge(plantedPeerIsCaught)
  })
})

requirement('FIPS-SELF-2', ({ eachSubject }) => {
  eachSubject('is caught', async ({ subject, record, judge }) => {
    await record(plantedExecutable(subject))
    await judge(plantedModuleIsCaught)
  })
})
