// The second half of `fips-conformance run`, with a cluster that stands already as if this run had made it: it is judged, read from outside, and removed.
// Arguments: flags as settings JSON, with the name of the cluster.

import { perform } from '../../helpers/cli/perform.ts'
import { judgeMade, sealingOf, standing } from '../../helpers/cli/run.ts'
import { settingsSchema } from '../../helpers/cli/settings.ts'
import { resultJson } from '../../helpers/cli/show-result.ts'
import { askEngine } from '../../helpers/host/engine.ts'

const settings = settingsSchema.parse(JSON.parse(process.argv[2] ?? '{}'))
process.exitCode = await perform({ json: true }, async ({ progress, signal }) => {
  const made = { ref: await standing(settings), phases: {}, engine: await askEngine(signal), sealing: await sealingOf(settings) }
  const result = await judgeMade({ settings, progress, signal }, made)
  return { exit: result.exit, text: '', json: resultJson(result) }
})
