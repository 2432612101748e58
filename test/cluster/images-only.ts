// Makes a node image, with components that are built wrongly on purpose where it is told to, and says where its image archives lie.
// Arguments: JSON of recipe -> defect, then settings JSON.
import { obtainImage } from '../../helpers/cli/obtain-image.ts'
import { settingsSchema } from '../../helpers/cli/settings.ts'
import { askEngine } from '../../helpers/host/engine.ts'
import type { BuildDefect } from '../../helpers/node-image/recipes.ts'

const [defects = '{}', settings = '{}'] = process.argv.slice(2)
const image = await obtainImage(settingsSchema.parse(JSON.parse(settings)), await askEngine(), {
  progress: ({ step, state, text = '' }) => void process.stderr.write(`${step} ${state} ${text}\n`),
  defects: JSON.parse(defects) as Record<string, BuildDefect>,
})
process.stdout.write(`${JSON.stringify(image)}\n`)
