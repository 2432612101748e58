import { kernelFlag } from '../helpers/conformance/looks/kernel.ts'
import { kernelDigests, kernelTwin, system, userSpaceModule } from '../helpers/conformance/looks/system.ts'
import { requirement } from '../helpers/conformance/requirement.ts'
import { kernelRefusesUnapproved, userSpaceRefusesUnapproved } from '../helpers/rules/node-digests.ts'
import { loadsValidatedModule } from '../helpers/rules/node-module.ts'
import { derivesVolumeKeys, keepsFipsEnvironment, runsSupportedSystem } from '../helpers/rules/node-system.ts'
import { nodeReportsFipsMode } from '../helpers/rules/nodes.ts'

requirement('FIPS-NODE-1', ({ eachSubject }) => {
  eachSubject('reports FIPS mode', async ({ node, record, judge }) => {
    await record(kernelFlag(node))
    await judge(nodeReportsFipsMode)
  })
})

requirement('FIPS-NODE-2', ({ eachSubject }) => {
  eachSubject('runs a supported operating system', async ({ node, record, judge }) => {
    await record(system(node))
    await judge(runsSupportedSystem)
  })
})

requirement('FIPS-NODE-3', ({ eachSubject }) => {
  eachSubject('loads a validated module', async ({ node, record, judge }) => {
    await record(kernelFlag(node))
    await record(system(node))
    await record(userSpaceModule(node))
    await judge(loadsValidatedModule)
  })
})

requirement('FIPS-NODE-4', ({ eachSubject }) => {
  eachSubject('has a kernel that refuses what is not approved', async ({ node, tools, twin, record, judge }) => {
    await record(kernelFlag(node))
    await record(kernelDigests(node, tools.afAlgProbe))
    await record(kernelTwin(twin))
    await judge(kernelRefusesUnapproved)
  })
})

requirement('FIPS-NODE-5', ({ eachSubject }) => {
  eachSubject('has a user space that refuses what is not approved', async ({ node, record, judge }) => {
    await record(system(node))
    await judge(userSpaceRefusesUnapproved)
  })
})

requirement('FIPS-NODE-6', ({ eachSubject }) => {
  eachSubject('derives the keys of its volumes by an approved function', async ({ node, record, judge }) => {
    await record(system(node))
    await judge(derivesVolumeKeys)
  })
})

requirement('FIPS-NODE-7', ({ eachSubject }) => {
  eachSubject('starts no service with a setting that turns FIPS mode off', async ({ node, record, judge }) => {
    await record(system(node))
    await judge(keepsFipsEnvironment)
  })
})
