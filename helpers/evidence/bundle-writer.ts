import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { writeAtomically } from './atomic-file.ts'
import { canonicalJson, type JsonInput } from './canonical-json.ts'
import { bundleLayout, safeName } from './layout.ts'
import { type Finding, findingSchema, type Plan, planSchema } from './model.ts'
import type { Content } from './pieces.ts'
import { type Run, runSchema } from './run.ts'
import { secretsIn } from './secrets.ts'

/** Writes the documents of one bundle, each whole or not at all; JSON as RFC 8785 has it, without a final newline. */
export type BundleWriter = {
  /** The bundle's folder: what `createRecorder` and `readBundle` are given. */
  dir: string
  writePlan: (plan: Plan) => Promise<void>
  writeRun: (run: Run) => Promise<void>
  /** `policy/<name>.json`: the data that the rules judged with. */
  writePolicy: (name: string, value: JsonInput) => Promise<void>
  writeFindings: (findings: readonly Finding[]) => Promise<void>
  /** `reports/<name>`; one that is given in pieces is written as they come. */
  writeReport: (name: string, content: Content) => Promise<void>
}

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code

const refuseTwins = ({ pairs }: Plan): void => {
  const seen = new Set<string>()
  for (const { requirement, subject } of pairs) {
    const pair = JSON.stringify([requirement, subject.key])
    if (seen.has(pair)) {
      throw new FipsConformanceError({
        code: 'PLAN_NOT_UNIQUE',
        what: `the plan holds ${requirement} for ${subject.key} twice`,
        why: 'two subjects share one key, so their observations could not be told apart',
        exit: 3,
      })
    }
    seen.add(pair)
  }
}

/** What a node shows goes through the recorder, which takes secrets out; one that reaches a document came another way, and nothing may be written. */
const refuseSecrets = (path: string, text: string): void => {
  const [found] = secretsIn(text, path)
  if (!found) return
  throw new FipsConformanceError({
    code: 'SECRET_IN_BUNDLE',
    what: `a secret would have been written into the bundle: ${found.what}, ${found.bytes} bytes`,
    where: path,
    remedy: 'take it out of what it came with (a name, a path, a flag of a component)',
    exit: 3,
  })
}

const writerFor = (dir: string): BundleWriter => {
  const json = async (path: string, value: JsonInput) => {
    const text = canonicalJson(value)
    refuseSecrets(path, text)
    await writeAtomically(join(dir, path), text)
  }
  return {
    dir,
    writePlan: async (plan) => {
      const checked = planSchema.parse(plan)
      refuseTwins(checked)
      await json(bundleLayout.plan, checked)
    },
    writeRun: async (run) => json(bundleLayout.run, runSchema.parse(run)),
    writePolicy: async (name, value) => json(join(bundleLayout.policy, `${safeName(name, 'policy file')}.json`), value),
    writeFindings: async (findings) => json(bundleLayout.findings, { findings: findingSchema.array().parse(findings) }),
    writeReport: async (name, content) => writeAtomically(join(dir, bundleLayout.reports, safeName(name, 'report')), content),
  }
}

/**
 * Makes `<root>/<runId>/` with its folders. Throws `BUNDLE_EXISTS` when the bundle is there: what an earlier run left is never written over.
 */
export const createBundle = async ({ root, runId }: { root: string; runId: string }): Promise<BundleWriter> => {
  const dir = join(root, safeName(runId, 'run'))
  await mkdir(root, { recursive: true })
  try {
    await mkdir(dir)
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw cause
    throw new FipsConformanceError({
      code: 'BUNDLE_EXISTS',
      what: `there is an evidence bundle of the run ${runId} already`,
      where: dir,
      remedy: 'choose another run id, or move the bundle away',
      exit: 3,
      cause,
    })
  }
  for (const folder of [bundleLayout.policy, bundleLayout.reports, bundleLayout.observations, bundleLayout.blobs])
    await mkdir(join(dir, folder))
  return writerFor(dir)
}

/** Goes on writing to a bundle that stands, for instance to add reports to it. */
export const openBundle = (dir: string): BundleWriter => writerFor(dir)
