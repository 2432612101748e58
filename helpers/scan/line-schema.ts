import { z } from 'zod'
import { verdicts } from '../policy/verdict.ts'
import type { FileLine } from './line.ts'

// The shape of what `scan --json` prints. Nothing of a scan itself loads it: it is for those who read the lines, and for the test that holds both together.

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)
const offset = z.int().nonnegative()
const verdict = z.enum(verdicts)

const contradictionIds = [
  'experiment-without-module',
  'module-without-experiment',
  'module-without-cgo',
  'module-without-wrappers',
  'two-modules-asked',
  'wrappers-without-module',
  'unexamined-copies',
  'empty-module-with-cryptography',
  'native-record',
  'native-shape',
  'native-mixed',
  'native-claim',
  'mode-claim',
  'mode-environment',
] as const

const fileLineSchema = z
  .object({
    path: z.string().describe('as it was given, then relative; bytes that are not UTF-8 as U+FFFD'),
    sha256: sha256.nullable().describe('null with --digest none, for data that was not asked for, and for what could not be read'),
    size: offset.nullable().describe('bytes'),
    format: z.string().describe('elf, pe, mach-o, script, data, archive, unknown'),
    module: z.string().describe('boringcrypto-20220613, go-native-v1.0.0-c2097c7c, openssl, unknown-boringssl, none, not-inspectable, ...'),
    integrity: z.enum(['intact', 'modified', 'unknown', 'n/a']),
    mode: z.enum(['on', 'off', 'depends', 'unknown', 'n/a']).describe('whether the module is in FIPS mode'),
    dependsOn: z.array(z.string()).readonly().exactOptional().describe('what decides over the mode, where it depends'),
    goboring: verdict.describe('of «this is an intact goboring build»'),
    verdict: verdict.describe('for --expect'),
    reason: z.string(),
    certificate: z
      .object({ number: z.int().positive(), standard: z.string(), status: z.string(), asOf: z.string() })
      .nullable()
      .describe('status is that of the day that is judged, asOf the day of the data'),
    outside: z
      .array(z.object({ package: z.string(), what: z.string() }))
      .readonly()
      .describe('cryptography beside the module'),
    contradictions: z.array(z.object({ id: z.enum(contradictionIds), text: z.string() })).readonly(),
    proof: z
      .object({
        blockOffset: offset,
        blockLength: offset,
        mac: z.enum(['sha256', 'sha512']),
        key: hex,
        digestOffset: offset,
        expected: hex,
        computed: hex.exactOptional(),
        command: z.string(),
      })
      .nullable()
      .describe('how the HMAC of the module is repeated; offsets in the file and lengths in bytes'),
    role: z.enum(['judged', 'inventory', 'aside']).describe('only of what is judged the verdict counts'),
    notes: z.array(z.string()).readonly(),
    waiver: z.string().exactOptional().describe('id of the waiver that covers it; its verdict stays what it is'),
  })
  .describe('one file')

const cutLineSchema = z
  .looseObject({ incomplete: z.literal(true), reason: z.string(), files: offset })
  .describe('the last line of a scan that did not get through; with the error, where there was one')

/** One line of `scan --json`. Keys and values may be added; none is renamed. */
export const scanLineSchema: z.ZodType<FileLine | z.infer<typeof cutLineSchema>> = z.union([fileLineSchema, cutLineSchema])

/** The JSON Schema of a line (draft 2020-12); readers must take keys that they do not know. */
export const scanJsonSchema = (): string =>
  `${JSON.stringify({ title: 'a line of fips-conformance scan --json', ...z.toJSONSchema(scanLineSchema, { io: 'input' }) }, null, 2)}\n`
