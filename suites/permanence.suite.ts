import { baseline, histories, kernelFlags, systems } from '../helpers/conformance/looks/cluster.ts'
import { history } from '../helpers/conformance/looks/system.ts'
import { requirement } from '../helpers/conformance/requirement.ts'
import { inFipsSinceFirstBoot, keysMadeInFipsMode, nodesAgree, unchangedSinceLastRun } from '../helpers/rules/permanence.ts'

requirement('FIPS-PERM-1', ({ eachSubject }) => {
  eachSubject('is in FIPS mode on every node', async ({ nodes, record, judge }) => {
    await record(kernelFlags(nodes))
    await judge(nodesAgree)
  })
})

requirement('FIPS-PERM-2', ({ eachSubject }) => {
  eachSubject('is in FIPS mode since its first boot', async ({ node, record, judge }) => {
    await record(history(node))
    await judge(inFipsSinceFirstBoot)
  })
})

requirement('FIPS-PERM-3', ({ eachSubject }) => {
  eachSubject('made its keys and certificates in FIPS mode', async ({ nodes, record, judge }) => {
    await record(histories(nodes))
    await judge(keysMadeInFipsMode)
  })
})

requirement('FIPS-PERM-4', ({ eachSubject }) => {
  eachSubject('has not changed since its last run', async ({ nodes, earlier, record, judge }) => {
    await record(kernelFlags(nodes))
    await record(systems(nodes))
    await record(baseline(earlier))
    await judge(unchangedSinceLastRun)
  })
})
