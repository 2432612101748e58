import { conversationWithPlant, plantedExecutable } from '../helpers/conformance/looks/plants.ts'
import { requirement } from '../helpers/conformance/requirement.ts'
import { plantedListenerIsCaught, plantedModuleIsCaught } from '../helpers/rules/self-proof.ts'

requirement('FIPS-SELF-1', ({ eachSubject }) => {
  eachSubject('is caught', async ({ subject, record, judge }) => {
    await record(conversationWithPlant(subject))
    await judge(plantedListenerIsCaught)
  })
})

requirement('FIPS-SELF-2', ({ eachSubject }) => {
  eachSubject('is caught', async ({ subject, record, judge }) => {
    await record(plantedExecutable(subject))
    await judge(plantedModuleIsCaught)
  })
})
