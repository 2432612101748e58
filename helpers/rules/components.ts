import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import type { Protocol } from '../tls/analyse/protocol.ts'
import { componentCarriesModule } from './modules.ts'
import type { ExpectedModule } from './modules-verdicts.ts'
import type { Outcome, Rule } from './outcome.ts'

/** A component with every distinct executable that runs under its name. */
export type ComponentModules = {
  component: string
  /** How it was found, or why it was not. */
  how: string
  /** A tool that need not be on the node. */
  optional: boolean
  /** A program that executes it in its place. */
  wrapper?: string
  /** It is a component only if it serves TLS: what each of its listeners speaks. */
  listeners?: readonly Protocol[]
  executables: readonly ExecutableFacts[]
  /** The module that has to be there; goboring unless told otherwise. */
  expect?: ExpectedModule
}

const severity: Readonly<Record<Outcome['verdict'], number>> = { fail: 3, inconclusive: 2, pass: 1, 'not-applicable': 0 }

/** What a listener may answer, or not answer, although it speaks TLS. */
const mayHideTls: readonly Protocol[] = ['unreachable', 'silent', 'unasked', 'plaintext-other']

const expected = 'the component is found, and its bytes carry the intact module of an Active certificate'

/** FIPS-MOD-1 for a component: the worst of its executables decides; one that was not found is inconclusive unless it need not be there. */
export const carriesModule: Rule<ComponentModules> = (
  { component, how, optional, wrapper, listeners, executables, expect },
  by,
): Outcome => {
  if (listeners !== undefined && !listeners.includes('tls')) {
    const doubtful = listeners.length === 0 ? 'unasked' : listeners.find((protocol) => mayHideTls.includes(protocol))
    const observed = [...new Set(listeners)].join(', ')
    return {
      verdict: doubtful === undefined ? 'not-applicable' : 'inconclusive',
      reason:
        doubtful === undefined
          ? `${component} is no named component and serves no TLS (it speaks ${observed})`
          : `${component} owns a listener of which is not known whether it speaks TLS (${doubtful})`,
      expected,
      observed: observed || 'nothing was asked',
      remedy: doubtful === undefined ? '' : 'find out what listens there',
      notes: [],
    }
  }
  if (executables.length === 0) {
    return {
      verdict: optional ? 'not-applicable' : 'inconclusive',
      reason: optional ? `${component} is not on this node: ${how}` : `${component} was not found: ${how}`,
      expected,
      observed: 'not found',
      remedy: optional ? '' : 'start it, or say where it is',
      notes: [],
    }
  }
  const outcomes = executables.map((executable) =>
    componentCarriesModule({ component, executable, ...(expect === undefined ? {} : { expect }) }, by),
  )
  const files = new Set(executables.map(({ path, sha256 }) => sha256 ?? path)).size
  const [worst] = outcomes.toSorted((a, b) => severity[b.verdict] - severity[a.verdict])
  if (!worst) throw new Error('no outcome')
  return {
    ...worst,
    notes: [
      `found: ${how}`,
      ...(wrapper ? [`executed through ${wrapper}, which is a script of its own and carries no module`] : []),
      ...(files > 1 ? [`${files} different files run under this name; this is the one that decides`] : []),
      ...(files === 1 && executables.length > 1
        ? [`its processes run in ${executables.length} different environments; this is the one that decides`]
        : []),
      ...worst.notes,
    ],
  }
}
