import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import type { Outcome, Rule } from './outcome.ts'
import { type RefusalFacts, refusesOldVersions, refusesUnapprovedGroups, refusesUnapprovedSuites } from './refusal.ts'

/** A listener of this process with one known defect; an empty defect is a sound server: the control. */
export type PlantedListener = { defect: { version?: string; suite?: string; group?: string }; mode: string; facts: RefusalFacts }

const caught = (reason: string, observed: string, expected: string): Outcome => ({
  verdict: 'pass',
  reason,
  expected,
  observed,
  remedy: '',
  notes: [],
})
const missed = (reason: string, observed: string, expected: string): Outcome => ({
  verdict: 'fail',
  reason,
  expected,
  observed,
  remedy: 'believe no verdict of this run, and report this to the maintainers of the harness with the bundle',
  notes: [],
})

/**
 * FIPS-SELF-1: the same rules that judge the cluster's listeners catch a planted defect and name it, let a sound server pass,
 * and take nothing from a server that does not answer.
 */
export const plantedListenerIsCaught: Rule<PlantedListener> = ({ defect, mode, facts }, by): Outcome => {
  const outcomes = [refusesOldVersions, refusesUnapprovedSuites, refusesUnapprovedGroups].map((rule) => rule(facts, by))
  const observed = outcomes.map(({ verdict, reason }) => `${verdict}: ${reason}`).join(' | ')
  const names = [defect.suite ?? defect.group ?? defect.version].filter((code) => code !== undefined)
  if (mode === 'mute') {
    const expected = 'silence is not taken for refusal: no pass'
    return outcomes.some(({ verdict }) => verdict === 'pass')
      ? missed('a server that did not answer what it should refuse was given a pass', observed, expected)
      : caught('a server that does not answer gets no pass', observed, expected)
  }
  if (names.length === 0) {
    const expected = 'a sound server passes every rule'
    return outcomes.every(({ verdict }) => verdict === 'pass')
      ? caught('a sound server passes every rule', observed, expected)
      : missed('a sound server of this process does not pass', observed, expected)
  }
  const expected = `a fail that names ${names.join(', ')}`
  const found = outcomes.find(({ verdict, reason }) => verdict === 'fail' && names.every((code) => reason.includes(`(${code})`)))
  return found
    ? caught(`the planted defect was found: ${found.reason}`, observed, expected)
    : missed(`the planted defect ${JSON.stringify(defect)} was not found`, observed, expected)
}

/** A file of this process, made with a known state of its module. */
export type PlantedModule = { plant: string; executables: readonly ExecutableFacts[] }

const looksLike = (executable: ExecutableFacts | undefined): string =>
  executable === undefined
    ? 'nothing was read'
    : executable.state === 'inspected'
      ? `module ${executable.module}, integrity ${executable.integrity}`
      : executable.state

const plantTable: Readonly<Record<string, { expected: string; holds: (executable: ExecutableFacts) => boolean }>> = {
  intact: { expected: 'the control is found intact', holds: (file) => file.state === 'inspected' && file.integrity === 'intact' },
  tampered: {
    expected: 'one changed byte of the module is found',
    holds: (file) => file.state === 'inspected' && file.integrity === 'modified',
  },
  decoy: {
    expected: 'a module that stands in data and not in code is not taken for one',
    holds: (file) => file.state !== 'inspected' || file.integrity !== 'intact',
  },
  absent: {
    expected: 'a program without the module is not taken for one that carries it',
    holds: (file) => file.state === 'inspected' && file.module === 'none',
  },
  truncated: { expected: 'a file that is cut short is not inspected', holds: (file) => file.state !== 'inspected' },
}

/** FIPS-SELF-2: the same analysis that looks at the cluster's programs sees what was planted. */
export const plantedModuleIsCaught: Rule<PlantedModule> = ({ plant, executables }): Outcome => {
  const row = plantTable[plant]
  if (!row) throw new Error(`unknown plant ${plant}`)
  const [file] = executables
  const observed = looksLike(file)
  return file && row.holds(file) ? caught(row.expected, observed, row.expected) : missed(`not so: ${row.expected}`, observed, row.expected)
}
