import { askable } from '../../policy/code-point-space.ts'
import { namedCodePoints } from '../../policy/code-points.ts'
import type { Answer, Selected } from '../analyse/answer.ts'
import type { sweepForms } from '../analyse/sweep-forms.ts'
import type { ClientCertificate } from './client-certificate.ts'
import type { Session } from './session.ts'
import type { SweepState } from './sweep-run.ts'

export const numbers = (codes: readonly string[]): number[] => codes.map((code) => Number.parseInt(code, 16))
export const named = (kind: 'suite' | 'group'): number[] => {
  const known = new Set(numbers(namedCodePoints[kind]))
  return askable(kind).filter((number) => known.has(number))
}

export const chosen = (answer: Answer, version: string): Selected | undefined =>
  answer.kind === 'selected' && answer.version === version ? answer : undefined

export type Forms = ReturnType<typeof sweepForms>
export type Context = { session: Session; forms: Forms; state: SweepState; client: ClientCertificate | undefined }
