import { z } from 'zod'
import { envelopeSchema, statementSchema } from './dsse.ts'
import { historyEntrySchema } from './history-file.ts'
import { ledgerLineSchema } from './ledger.ts'
import { manifestSchema } from './manifest.ts'
import { findingSchema, planSchema } from './model.ts'
import { runSchema } from './run.ts'

const documents = {
  run: ['run.json: who ran what against which cluster', runSchema],
  plan: ['plan.json: what was going to be judged', planSchema],
  findings: ['findings.json: what was found', z.object({ findings: findingSchema.array() })],
  manifest: ['manifest.json: every file of a bundle; its SHA-256 is the id of the bundle', manifestSchema],
  envelope: ['manifest.dsse.json: DSSE envelope of the signature', envelopeSchema],
  statement: ['payload of the DSSE envelope: in-toto Statement', statementSchema],
  'ledger-line': ['one line of observations/*.ndjson', ledgerLineSchema],
  'history-entry': ['one line of history.ndjson, beside the bundles', historyEntrySchema],
} as const satisfies Record<string, readonly [string, z.ZodType]>

/** The JSON Schemas (2020-12) of what a bundle holds, by the name of their file in `schemas/`, as text. */
export const schemaFiles = (): Map<string, string> =>
  new Map(
    Object.entries(documents).map(([name, [title, schema]]) => [
      `${name}.schema.json`,
      `${JSON.stringify({ ...z.toJSONSchema(schema, { io: 'input' }), title }, null, 2)}\n`,
    ]),
  )
