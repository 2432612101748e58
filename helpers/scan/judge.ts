import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import { type Certificate, type CertificateStatus, certificateByNumber, certificateStatus } from '../policy/certificates.ts'
import type { Verdict } from '../policy/verdict.ts'
import { componentCarriesModule } from '../rules/modules.ts'
import type { ExpectedModule } from '../rules/modules-verdicts.ts'
import type { Outcome } from '../rules/outcome.ts'
import type { Settled } from './model.ts'

export type JudgeFile = {
  expect: ExpectedModule
  /** Judge shared libraries and programs that are not of Go, too. */
  all: boolean
  asOf: Date
  /** In place of the registry that is built in. */
  certificates?: readonly Certificate[]
}

/**
 * What a file is to a scan. judged: a verdict counts. inventory: a program or library that is listed and not judged. aside: nothing that carries a module.
 * Unreadable files are judged: what they are was not seen.
 */
export type Role = 'judged' | 'inventory' | 'aside'

export type JudgedFile = {
  role: Role
  outcome: Outcome
  /** The verdict of «this is an intact goboring build», whatever is expected and whatever its certificate is worth. */
  goboring: Verdict
  certificate?: Certificate & { today: CertificateStatus }
}

const aside = (reason: string, observed: string): Outcome => ({
  verdict: 'not-applicable',
  reason,
  expected: 'a program',
  observed,
  remedy: '',
  notes: [],
})

const goboringOf = (facts: ExecutableFacts): Verdict => {
  if (facts.state === 'script' || facts.state === 'data' || facts.state === 'empty') return 'not-applicable'
  if (facts.state !== 'inspected') return 'inconclusive'
  const { module, integrity, contradictions, calls } = facts
  if (!module.startsWith('boringcrypto-')) return 'fail'
  if (integrity === 'modified' || contradictions.length > 0 || calls?.state === 'none') return 'fail'
  return integrity === 'intact' && calls?.state === 'proven' ? 'pass' : 'inconclusive'
}

const roleOf = (facts: ExecutableFacts, go: boolean, all: boolean): Role => {
  if (facts.state === 'script' || facts.state === 'data' || facts.state === 'empty') return 'aside'
  if (facts.state !== 'inspected') return 'judged'
  return go || all ? 'judged' : 'inventory'
}

const inventory = (facts: ExecutableFacts): Outcome => ({
  verdict: 'not-applicable',
  reason: 'no program of Go: a library or a program of the system, listed and not judged (--all judges it)',
  expected: 'a program of Go',
  observed: facts.state === 'inspected' ? `ELF, ${facts.arch}, ${facts.linking}, module ${facts.module}` : facts.state,
  remedy: '',
  notes: [],
})

const unseen = (name: string, reason: string): Outcome => ({
  verdict: 'inconclusive',
  reason: `${name} was not inspected: ${reason}`,
  expected: 'a file that can be read whole',
  observed: reason,
  remedy: 'make it readable, and leave it unchanged while it is scanned',
  notes: [],
})

/** What is said of one file. Pure: the same facts and the same day give the same verdict. `name` is how reasons speak of it. */
export const judgeFile = (name: string, analysis: Settled, { expect, all, asOf, certificates }: JudgeFile): JudgedFile => {
  if (analysis.state === 'unreadable') return { role: 'judged', outcome: unseen(name, analysis.reason), goboring: 'inconclusive' }
  const { format, facts, go = false } = analysis
  if (format === 'data') return { role: 'aside', outcome: aside('neither a program nor a script', 'data'), goboring: 'not-applicable' }
  if (format === 'archive')
    return {
      role: 'aside',
      outcome: aside('an archive or a compressed file, which is not opened here: name it as a target of its own', 'archive'),
      goboring: 'not-applicable',
    }
  if (format === 'script')
    return {
      role: 'aside',
      outcome: aside('a script: it carries no module, the program that runs it may', 'script'),
      goboring: 'not-applicable',
    }
  if (facts === undefined) return { role: 'judged', outcome: unseen(name, 'it was not analysed'), goboring: 'inconclusive' }
  const role = roleOf(facts, go, all)
  const by = { asOf, ...(certificates && { certificates }) }
  const own =
    facts.state === 'inspected' && facts.certificate !== undefined
      ? ((certificates ?? []).find(({ number }) => number === facts.certificate) ?? certificateByNumber(facts.certificate))
      : undefined
  const certificate = own && { certificate: { ...own, today: certificateStatus(own, asOf) } }
  const goboring = goboringOf(facts)
  if (role === 'aside') return { role, outcome: aside(facts.state === 'inspected' ? '' : facts.reason, facts.state), goboring }
  if (role === 'inventory') return { role, outcome: inventory(facts), goboring, ...certificate }
  return {
    role,
    outcome: componentCarriesModule({ component: name, executable: facts, expect }, by),
    goboring,
    ...certificate,
  }
}
