import { kernelFlag } from '../helpers/conformance/looks/kernel.ts'
import { requirement } from '../helpers/conformance/requirement.ts'
import { nodeReportsFipsMode } from '../helpers/rules/nodes.ts'

requirement('FIPS-NODE-1', ({ eachSubject }) => {
  eachSubject('reports FIPS mode', async ({ node, record, judge }) => {
    await record(kernelFlag(node))
    await judge(nodeReportsFipsMode)
  })
})
