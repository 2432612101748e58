import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const root = join(import.meta.dirname, '..', '..')

const stepSchema = z.looseObject({
  name: z.string().exactOptional(),
  id: z.string().exactOptional(),
  uses: z.string().exactOptional(),
  run: z.string().exactOptional(),
  env: z.record(z.string(), z.string()).exactOptional(),
})
export type Step = z.infer<typeof stepSchema>
const jobSchema = z.looseObject({ permissions: z.record(z.string(), z.string()).exactOptional(), steps: z.array(stepSchema) })
const workflowSchema = z.looseObject({ permissions: z.record(z.string(), z.string()), jobs: z.record(z.string(), jobSchema) })
const actionSchema = z.looseObject({ runs: z.looseObject({ steps: z.array(stepSchema) }) })

/** Every workflow of this project, by its file name, with its text. */
export const workflows = globSync('.github/workflows/*.yml', { cwd: root })
  .sort()
  .map((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return { file, text, ...workflowSchema.parse(parse(text)) }
  })

/** The composite action that others use. */
export const action = {
  file: 'action.yml',
  text: readFileSync(join(root, 'action.yml'), 'utf8'),
  ...actionSchema.parse(parse(readFileSync(join(root, 'action.yml'), 'utf8'))),
}

/** The steps of a job. Throws where there is none of that name. */
export const stepsOf = (file: string, job: string): readonly Step[] => {
  const found = workflows.find((workflow) => workflow.file.endsWith(`/${file}`))?.jobs[job]
  if (!found) throw new Error(`there is no job ${job} in ${file}`)
  return found.steps
}

/** The shell text of a step, by its name or id. */
export const scriptOf = (steps: readonly Step[], name: string): string => {
  const found = steps.find((step) => step.name === name || step.id === name)?.run
  if (found === undefined) throw new Error(`there is no step ${name} with a script`)
  return found
}
