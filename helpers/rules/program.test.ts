import { describe, expect, it } from 'vitest'
import type { InspectedExecutable } from '../crypto-modules/analyse/executable-facts.ts'
import type { Outcome } from './outcome.ts'
import { besideProgram, type ProgramFacts } from './program.ts'

const outcome = (verdict: Outcome['verdict']): Outcome => ({
  verdict,
  reason: 'r',
  expected: 'e',
  observed: 'o',
  remedy: '',
  notes: ['first'],
})
const file = (change: Partial<InspectedExecutable> = {}): InspectedExecutable =>
  ({
    state: 'inspected',
    module: 'boringcrypto-20220613',
    integrity: 'intact',
    wrappers: 'yes',
    fipsonly: 'yes',
    buildInfo: { version: 'go1.26.8-X:boringcrypto' },
    ...change,
  }) as InspectedExecutable
const program = (executable: InspectedExecutable, godebug = ''): ProgramFacts => ({
  executables: [executable],
  environments: [{ state: 'read', of: 'process', owner: 'its environment', variables: godebug ? { GODEBUG: godebug } : {} }],
})
const notes = (verdict: Outcome['verdict'], ...given: Parameters<typeof program>): string =>
  besideProgram(outcome(verdict), program(...given)).notes.join('\n')

describe('besideProgram', () => {
  it('says what the program is, and changes no verdict', () => {
    const { verdict, reason, notes: said } = besideProgram(outcome('pass'), program(file()))
    expect([verdict, reason]).toEqual(['pass', 'r'])
    expect(said).toEqual([
      'first',
      'its program is a goboring build of go1.26.8-X:boringcrypto with crypto/tls/fipsonly, module boringcrypto-20220613 intact',
      'its environment has no GODEBUG',
    ])
  })

  it('explains a goboring build that accepts what it should refuse', () => {
    expect(notes('fail', file({ fipsonly: 'no' }))).toContain('GOEXPERIMENT=boringcrypto alone leaves crypto/tls as it is')
  })

  it('explains what the environment gives back', () => {
    const said = notes('fail', file(), 'madvdontneed=1,tls10server=1')
    expect(said).toContain('GODEBUG has tls10server=1')
    expect(said).not.toContain('contradiction')
  })

  it('calls a contradiction by its name', () => {
    expect(notes('fail', file())).toContain('contradiction: crypto/tls/fipsonly is linked')
  })

  it('says that a pass without fipsonly is configuration', () => {
    expect(notes('pass', file({ fipsonly: 'no' }))).toContain('configuration, not build')
    expect(notes('pass', file())).not.toContain('configuration')
  })

  it('says what it could not see', () => {
    const said = besideProgram(outcome('pass'), {
      executables: [{ state: 'unreadable', reason: 'gone', path: '/x' }],
      environments: [{ state: 'unreadable', owner: 'its environment', reason: 'denied' }],
    }).notes
    expect(said.slice(1)).toEqual(['its program could not be inspected: gone', 'its environment could not be read: denied'])
  })

  it('adds nothing where nothing is known, or nothing applies', () => {
    expect(besideProgram(outcome('pass'), undefined)).toEqual(outcome('pass'))
    expect(besideProgram(outcome('not-applicable'), program(file()))).toEqual(outcome('not-applicable'))
  })
})
