import { describe, expect, it } from 'vitest'
import type { Run } from '../helpers/evidence/run.ts'
import { sampleRun } from '../helpers/evidence/sample.ts'
import { coverageLines, resultOf } from './result.ts'

const lines = (inventory: NonNullable<Run['inventory']>): string[] =>
  coverageLines({ run: { ...sampleRun(), inventory }, findings: [], requirements: [] })

describe('coverageLines', () => {
  it.each([
    [{ complete: true, count: 24 }, 'listeners: 0 of 24 were judged, 0 with a result; the inventory is complete'],
    [
      { complete: true, count: 26, late: 2 },
      'listeners: 0 of 26 were judged, 0 with a result; the inventory is complete; 2 opened after the first look',
    ],
    [
      { complete: false, count: 24, reason: 'no answer' },
      'listeners: 0 of 24 were judged, 0 with a result; the inventory is not complete: no answer',
    ],
  ])('%j', (listener, expected) => {
    expect(lines({ listener })).toEqual([expected])
  })
})

describe('resultOf', () => {
  it.each([
    [0, 'pass'],
    [1, 'fail'],
    [2, 'inconclusive'],
  ] as const)('is for exit code %i %s', (exit, verdict) => {
    expect(resultOf({ exit, run: sampleRun() }).verdict).toBe(verdict)
  })
})
