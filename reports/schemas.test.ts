import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { contextualizeEvaluation, convertFile } from 'inspecjs'
import { describe, expect, it } from 'vitest'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { reports } from './index.ts'
import { hostile, mixed, plain, threeNodes } from './sample-input.ts'

const inputs: Readonly<Record<string, ReportInput>> = { plain, mixed, hostile, threeNodes: threeNodes() }
const named = Object.keys(inputs)
const inputOf = (name: string): ReportInput => inputs[name] ?? expect.fail(name)

/** Schemas that no npm package carries; they are laid beside the checkout, and a run in CI that lacks them must not pass. */
const data = join(import.meta.dirname, '..', '..', 'shared', 'data')
const isHere = existsSync(data) || process.env.CI !== undefined
const schema = (path: string): Record<string, unknown> => JSON.parse(readFileSync(join(data, path), 'utf8')) as Record<string, unknown>

const addFormats = formats as unknown as (ajv: Ajv) => void

const validator = (made: Ajv, path: string): ValidateFunction => {
  addFormats(made)
  return made.compile(schema(path))
}

/** The schema of SARIF as a package for tests of SARIF carries it; else laid beside the checkout like the others. */
const sarifSchema = [
  join(import.meta.dirname, '..', 'node_modules', '@microsoft', 'jest-sarif', 'lib', 'schemas', 'sarif-2.1.0-rtm.5.json'),
  join(data, 'sarif', 'sarif-schema-2.1.0.json'),
].find((path) => existsSync(path))

const accepts = (validate: ValidateFunction, text: string): void => {
  validate(JSON.parse(text))
  expect(validate.errors?.slice(0, 3) ?? []).toEqual([])
}

describe.runIf(isHere)('the official schema', () => {
  it('of OSCAL assessment results takes the report, and no finding of a third state', () => {
    const validate = validator(new Ajv(), 'oscal/oscal_assessment-results_schema.json')
    for (const name of named) accepts(validate, reports.oscal.report(inputOf(name)))
    const text = reports.oscal.report(mixed)
    expect(validate(JSON.parse(text.replace('"state":"not-satisfied"', '"state":"maybe"')))).toBe(false)
  })

  it('of HDF takes the report', () => {
    const validate = validator(new Ajv({ strict: false }), 'hdf/exec-json.json')
    for (const name of named) accepts(validate, reports.hdf.report(inputOf(name)))
    expect(validate({ platform: {} })).toBe(false)
  })

  it('of CTRF takes the report', () => {
    const validate = validator(new Ajv({ strict: false }), 'ctrf/ctrf.schema.json')
    for (const name of named) accepts(validate, reports.ctrf.report(inputOf(name)))
    expect(validate(JSON.parse(reports.ctrf.report(plain).replace('"status":"other"', '"status":"maybe"')))).toBe(false)
  })

  it("of FedRAMP's decision record takes the fragment, with its two known defects mended", () => {
    // It uses a keyword of its own, and its references to the common definitions lack the number sign.
    const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, keywords: ['$schemaVersion'] })
    addFormats(ajv)
    const mended = (path: string): Record<string, unknown> =>
      JSON.parse(readFileSync(path, 'utf8').replaceAll('.json/$defs/', '.json#/$defs/')) as Record<string, unknown>
    const files = globSync(join(data, 'fedramp', '*-schema-*.json'))
    for (const path of files.filter((each) => each.includes('common-definitions'))) ajv.addSchema(mended(path))
    const validate = ajv.compile(mended(files.find((path) => path.includes('security-decision-record')) ?? ''))
    for (const name of named) accepts(validate, reports.sdr.report(inputOf(name)))
    accepts(validate, reports.sdr.report({ ...plain, overview: 'https://trust.example.com/overview.json' }))
    expect(validate(JSON.parse(reports.sdr.report(plain).replaceAll('urn:uuid:', 'observations/')))).toBe(false)
  })
})

describe.runIf(sarifSchema !== undefined || process.env.CI !== undefined)('the official schema of SARIF 2.1.0', () => {
  const validateSarif = (): ValidateFunction => {
    // It is written in draft 4: only the two words that name a schema are others in draft 7. One of its patterns is none in the Unicode mode of expressions.
    const { id: _id, $schema: _draft, ...rules } = JSON.parse(readFileSync(sarifSchema ?? expect.fail('no schema'), 'utf8'))
    const ajv = new Ajv({ strict: false, unicodeRegExp: false })
    addFormats(ajv)
    return ajv.compile(rules)
  }

  it('takes the report', () => {
    const validate = validateSarif()
    for (const name of named) accepts(validate, reports.sarif.report(inputOf(name)))
  })

  it.each([
    ['a kind', '"kind":"fail"', '"kind":"maybe"'],
    ['a suppression', '"kind":"external"', '"kind":"elsewhere"'],
    ['the state of a suppression', '"status":"accepted"', '"status":"waived"'],
    ['a baseline state', '"baselineState":"absent"', '"baselineState":"gone"'],
    ['a fingerprint', '"primaryLocationLineHash":"', '"primaryLocationLineHash":1,"x":"'],
    ['the id of a run', '"guid":"', '"guid":"x'],
  ])('refuses it with %s that there is not', (_what, right, wrong) => {
    const text = reports.sarif.report(mixed)
    expect(text).toContain(right)
    expect(validateSarif()(JSON.parse(text.replace(right, wrong)))).toBe(false)
  })
})

it('SARIF keeps to what its schema cannot say: a level is for failures, and every result names a rule that is there', () => {
  for (const name of named) {
    const { runs } = JSON.parse(reports.sarif.report(inputOf(name))) as {
      runs: [
        {
          tool: { driver: { rules: { id: string }[] } }
          results: { kind: string; level: string; ruleId: string; ruleIndex: number; baselineState?: string; suppressions?: unknown[] }[]
        },
      ]
    }
    const [{ tool, results }] = runs
    for (const { kind, level, ruleId, ruleIndex, suppressions } of results) {
      expect(level === 'none').toBe(kind !== 'fail')
      if (ruleIndex !== undefined) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
      if ((suppressions ?? []).length > 0) expect(['fail', 'open']).toContain(kind)
    }
    // Section 3.27.24: either all results tell it, or none does.
    expect(new Set(results.map(({ baselineState }) => baselineState === undefined)).size).toBe(1)
  }
})

describe('CycloneDX 1.7', () => {
  it.each(named)('takes the report of %s, by the strict schema of its library', async (name) => {
    const validate = new Validation.JsonStrictValidator(Spec.Version.v1dot7)
    expect(await validate.validate(reports.cyclonedx.report(inputOf(name)))).toBeNull()
  })

  it('refers only to what is in it, and once', () => {
    for (const name of named) {
      const bom = reports.cyclonedx.report(inputOf(name))
      const refs = [...bom.matchAll(/"bom-ref":("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) => JSON.parse(text) as string)
      expect(new Set(refs).size).toBe(refs.length)
      const { declarations, dependencies } = JSON.parse(bom) as {
        declarations: { claims: { target: string; evidence?: string[]; counterEvidence?: string[] }[] }
        dependencies: { ref: string; dependsOn: string[] }[]
      }
      const used = [
        ...declarations.claims.flatMap(({ target, evidence = [], counterEvidence = [] }) => [target, ...evidence, ...counterEvidence]),
        ...dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]),
      ]
      expect(used.filter((each) => !refs.includes(each))).toEqual([])
    }
  })

  it('is refused by that schema when it is broken', async () => {
    const validate = new Validation.JsonStrictValidator(Spec.Version.v1dot7)
    expect(await validate.validate(reports.cyclonedx.report(plain).replace('"type":"platform"', '"type":"cluster"'))).not.toBeNull()
  })
})

describe("HDF in MITRE's own reader", () => {
  it('loads, and shows what fails and what could not be shown', () => {
    const file = convertFile(reports.hdf.report(mixed))
    const read = file['1_0_ExecJson'] ?? expect.fail('it was not taken for an execution')
    expect(file.errors ?? []).toEqual([])
    const controls = contextualizeEvaluation(read).contains[0]?.contains ?? []
    const statuses = Object.fromEntries(controls.map((control) => [control.data.id, control.hdf.status]))
    expect(statuses).toMatchObject({
      'FIPS-TLS-1': 'Failed',
      'FIPS-TLS-2': 'Failed',
      'FIPS-MOD-1': 'Profile Error',
      'FIPS-NODE-1': 'Failed',
      'FIPS-NODE-3': 'Not Applicable',
    })
    const tls = controls.find(({ data: { id } }) => id === 'FIPS-TLS-1')
    expect(tls?.hdf.rawNistTags).toContain('SC-8 (1)')
    expect(tls?.hdf.parsedNistTags.length).toBeGreaterThan(0)
  })
})

it('schemas that must be here are here', () => {
  const require = createRequire(import.meta.url)
  expect(() => require.resolve('ajv-formats-draft2019')).not.toThrow()
  if (process.env.CI !== undefined) expect([existsSync(data), sarifSchema !== undefined]).toEqual([true, true])
})
