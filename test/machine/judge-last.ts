import { thisTool } from '../../helpers/cli/this-tool.ts'
import { type Judged, type JudgeOptions, judgeCluster } from '../../helpers/conformance/judge-cluster.ts'
import type { ClusterRef } from '../../helpers/providers/provider.ts'

/** Judges a standing cluster as a run does that removes it: its machines are shut down, and their disks are read. */
export const judgeLast = (ref: ClusterRef, options: Pick<JudgeOptions, 'claim' | 'suites' | 'out'>): Promise<Judged> =>
  judgeCluster({
    ...options,
    ref,
    runId: ref.run,
    development: false,
    createdBy: 'this run',
    intrusive: false,
    tool: thisTool(),
    host: {},
    phases: {},
    progress: () => undefined,
  })
