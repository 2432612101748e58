// Runs `fips-conformance run` with components that are built wrongly on purpose: no flag of the command does that.
// Arguments: JSON of recipe -> defect, then flags as settings JSON.

import { progressLines } from '../../helpers/cli/progress-lines.ts'
import { run } from '../../helpers/cli/run.ts'
import { settingsSchema } from '../../helpers/cli/settings.ts'
import { resultJson, resultText } from '../../helpers/cli/show-result.ts'
import type { BuildDefect } from '../../helpers/node-image/recipes.ts'

const [defects = '{}', settings = '{}'] = process.argv.slice(2)
const lines = progressLines((line) => void process.stderr.write(`${line}\n`))
const judged = await run(
  { settings: settingsSchema.parse(JSON.parse(settings)), progress: lines.sink, signal: new AbortController().signal },
  JSON.parse(defects) as Record<string, BuildDefect>,
)
lines.close()
process.stderr.write(`${resultText(judged, {})}\n`)
process.stdout.write(`${JSON.stringify(resultJson(judged))}\n`)
process.exitCode = judged.exit
