import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { NodeAccess } from '../cluster/node-access.ts'
import { judgeBy, ruleOf } from '../evidence/judge.ts'
import { bundleLayout } from '../evidence/layout.ts'
import { type Evidence, planSchema, type Reading, type Subject } from '../evidence/model.ts'
import { createRecorder, type Recorder } from '../evidence/recorder.ts'
import { catalogue } from '../policy/catalogue.ts'
import type { Outcome } from '../rules/outcome.ts'
import { nodeAccesses, type SuiteContext, suiteContextSchema } from './context.ts'
import { writerOf } from './suite-names.ts'

declare module 'vitest' {
  interface ProvidedContext {
    conformance: SuiteContext
  }
}

/** What was looked at, under a name by which several requirements share one look. */
export type Look = { name: string; read: (signal: AbortSignal) => Promise<Reading[]> }

/** What the proof of one requirement for one subject works with. */
export type Proof = {
  subject: Subject
  /** The node that the subject is on. */
  node: NodeAccess
  /** Every node of the cluster, for what is about all of it. */
  nodes: readonly NodeAccess[]
  /** Programs that were built for the nodes, as paths here. */
  tools: SuiteContext['tools']
  /** The bundle of an earlier run of the same cluster. */
  earlier: string | undefined
  /** A bundle of machines without fips=1, and the kernel file of those that are judged here. */
  twin: SuiteContext['twin']
  /** Looks, and records what was seen. What an earlier requirement of this suite has looked at under the same name is not looked at again. */
  record: (look: Look) => Promise<void>
  /** Lets the rule judge what was recorded. Anything but pass or not-applicable fails the test, with the reason. */
  judge: (rule: unknown) => Promise<void>
}

type Each = (title: string, prove: (proof: Proof) => Promise<void>) => void

const context = suiteContextSchema.parse(inject('conformance'))
const plan = planSchema.parse(JSON.parse(readFileSync(join(context.bundle, bundleLayout.plan), 'utf8')))
const judge = judgeBy({ asOf: new Date(context.asOf) })
const nodes = nodeAccesses(context)
let recorder: Recorder | undefined
const looked = new Map<string, Promise<Evidence[]>>()

beforeAll(async () => {
  const suite = basename(expect.getState().testPath ?? 'suite').replace(/\.suite\.[jt]s$/, '')
  recorder = await createRecorder({ bundle: context.bundle, writer: writerOf(suite, context.late) })
})

afterAll(async () => {
  await nodes.close()
  await recorder?.end()
})

/** Why a requirement does not hold for a subject, as a failed test shows it. */
class NotProven extends Error {
  override readonly name = 'NotProven'
  constructor({ verdict, reason, expected, observed, remedy }: Outcome) {
    super(
      [`${verdict}: ${reason}`, `expected: ${expected}`, `observed: ${observed}`, remedy && `remedy: ${remedy}`].filter(Boolean).join('\n'),
    )
  }
}

const prove = async (requirement: string, subject: Subject, signal: AbortSignal, work: (proof: Proof) => Promise<void>): Promise<void> => {
  const own = recorder
  if (!own) throw new Error('the recorder of this suite is not open')
  const evidence: Evidence[] = []
  await work({
    subject,
    get node() {
      return nodes.to(subject.node ?? '')
    },
    get nodes() {
      return nodes.all()
    },
    tools: context.tools,
    earlier: context.earlier,
    twin: context.twin,
    record: async (look) => {
      const key = `${subject.key} ${look.name}`
      const seen = looked.get(key) ?? look.read(signal).then((readings) => own.record({ requirement, subject, readings }))
      looked.set(key, seen)
      evidence.push(...(await seen))
    },
    judge: async (rule) => {
      if (rule !== ruleOf(requirement)) throw new Error(`${requirement} is judged by another rule than the one that this suite names`)
      await own.close({ requirement, subject, observations: evidence.map(({ id }) => id) })
      const outcome = judge(requirement, subject, evidence)
      if (outcome.verdict === 'fail' || outcome.verdict === 'inconclusive') throw new NotProven(outcome)
    },
  })
}

/** What an inventory works with: it lists, and nothing is judged by it. */
export type Listing = {
  nodes: readonly NodeAccess[]
  bundle: string
  signal: AbortSignal
  /** Records what a node said. */
  record: (node: string, reading: Reading) => Promise<void>
}

/** A list for the bundle, made when the requirements of this suite have been judged. */
export const inventory = (title: string, list: (listing: Listing) => Promise<void>): void => {
  if (context.late) return
  // Nothing is judged by it, so a slow machine may take its time.
  test(`inventory: ${title}`, { timeout: 600_000 }, async ({ signal }) => {
    await list({
      nodes: nodes.all(),
      bundle: context.bundle,
      signal,
      record: async (node, reading) => {
        await recorder?.record({
          requirement: 'inventory',
          subject: { kind: 'node', key: `node:${node}`, name: node, node, detail: {} },
          readings: [reading],
        })
      },
    })
  })
}

/** The tests of one requirement: one for each subject that the plan names for it. */
export const requirement = (id: string, define: (each: { eachSubject: Each }) => void): void => {
  const row = catalogue.find((candidate) => candidate.id === id)
  if (!row) throw new Error(`${id} is not in the catalogue`)
  const subjects = plan.pairs.filter((pair) => pair.requirement === id && pair.late === context.late).map(({ subject }) => subject)
  describe.skipIf(subjects.length === 0)(`${id} ${row.title}`, () => {
    define({
      eachSubject: (title, work) => {
        for (const subject of subjects) {
          test.concurrent(`${subject.key} ${title}`, ({ signal }) => prove(id, subject, signal, work))
        }
      },
    })
    if (subjects.length === 0) test('has no subject', () => undefined)
  })
}
