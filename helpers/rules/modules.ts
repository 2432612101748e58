import type { Cryptography, ExecutableFacts, InspectedExecutable, Uninspectable } from '../crypto-modules/analyse/executable-facts.ts'
import { type Certificate, certificateByNumber, certificateStatus } from '../policy/certificates.ts'
import type { Verdict } from '../policy/verdict.ts'
import { candidatesOf, contradicted, expectations, goOf, prefixOf, type Reason, type ReasonFacts, reasonFor } from './modules-reasons.ts'
import { type ExpectedModule, kindOfModule, stateOfCertificate, verdictFor } from './modules-verdicts.ts'
import type { Outcome, Rule } from './outcome.ts'

/** The executable of a component, and the name under which reasons speak of it. */
export type ComponentModule = {
  component: string
  executable: ExecutableFacts
  /** The module that has to be there; goboring unless told otherwise. */
  expect?: ExpectedModule
}

const remedies = {
  inspect: 'make the whole file readable where it is read, and run again',
  script: 'name the program that the script starts as the component, so that its bytes can be inspected',
} as const

/** What no file of Go's own module can show. */
const nativeNote =
  "no digest of a certified build of Go's own module exists, because each program holds another part of it: its HMAC shows that it is unchanged since it was linked, and names alone say which state of it is"
const overridden = 'GODEBUG in the environment of the process overrides the mode that is compiled in'

/** What an auditor must read beside a pass, and may read beside a fail: what the verdict does not prove (DESIGN, law 3). */
const notesOf = (executable: InspectedExecutable, certificate: Certificate | undefined): string[] => {
  const { outside, fipsonly, contradictions, remarks, proof, native, openssl } = executable
  const notes = [...contradictions.map(({ text }) => text), ...remarks]
  if (certificate?.caveat !== undefined) notes.push(`caveat of certificate ${certificate.number}: ${certificate.caveat}`)
  if (certificate !== undefined) {
    const tested = certificate.testedEnvironments?.join('; ') ?? 'not in these data, so whether this environment is among them is unknown'
    notes.push(`tested operating environments of certificate ${certificate.number}: ${tested}`)
  }
  const kinds = [...new Set(outside.map(({ what }) => what))]
  if (certificate !== undefined && kinds.length > 0) {
    notes.push(`cryptography outside the module is linked: ${kinds.join(', ')} (${outside.map((each) => each.package).join(', ')})`)
  }
  if (native !== undefined) notes.push(nativeNote, ...(executable.activation === undefined ? [overridden] : []))
  if (certificate !== undefined && native === undefined && openssl === undefined && fipsonly === 'no') {
    notes.push('crypto/tls/fipsonly is not linked: what its TLS refuses is up to its configuration, and a requirement of its own')
  }
  if (certificate !== undefined && native === undefined && openssl === undefined && fipsonly === 'unknown')
    notes.push('whether crypto/tls/fipsonly is linked is unknown')
  if (proof !== undefined) notes.push(`to repeat the HMAC: ${proof.command}`)
  return notes
}

const uninspectable = ({ component, expect = 'goboring' }: ComponentModule, { state, reason, size, path }: Uninspectable): Outcome => ({
  verdict: 'inconclusive',
  // A script carries no module and is no proof of a missing one: the program that it starts was not seen, and not seen is neither passed nor failed.
  reason: `${component} was not inspected: ${reason}${state === 'script' ? '; the program that it starts was not seen' : ''}`,
  expected: expectations[expect],
  observed: `${state}: ${path}${size === undefined ? '' : ` (${size} bytes)`}`,
  remedy: state === 'script' ? remedies.script : remedies.inspect,
  notes: [],
})

type Judged = Reason & { verdict: Verdict }

const provenWithout = (component: string, { proof }: Cryptography & { state: 'none' }): Judged => ({
  verdict: 'not-applicable',
  reason: [
    `${component} is proven without cryptography: its .go.fipsinfo (HMAC ${prefixOf(proof.fipsInfo.mac)}, recomputed) shows that no code of Go's own module is linked`,
    `none of the ${proof.functions} functions of its table is one of cryptography (names: SHA-256 ${prefixOf(proof.names.sha256)})`,
    `the table speaks for all executable bytes but ${proof.uncovered} of headers and stubs`,
    proof.libraries.length === 0 ? 'it asks for no shared library' : `of shared libraries it asks for ${proof.libraries.join(', ')} only`,
    `and none of ${proof.traces} names and constants of cryptography stands in its bytes`,
  ].join('; '),
  remedy: '',
})

/** What the table says, unless the sources contradict each other. */
const byTable = (facts: ReasonFacts): Judged => {
  const { executable, status, expect } = facts
  const module = kindOfModule(executable.module)
  const { verdict, cause } = verdictFor({
    module,
    integrity: executable.integrity,
    mode: executable.mode,
    certificate: status === undefined && candidatesOf(executable).length > 0 ? 'unclear' : stateOfCertificate(status),
    calls: executable.calls?.state ?? 'n/a',
    expect,
  })
  const [contradiction] = executable.contradictions
  if (verdict !== 'fail' && contradiction !== undefined) return { verdict: 'fail', ...contradicted(facts, contradiction.text) }
  return { verdict, ...reasonFor[cause](facts) }
}

/** A row of the user's snapshot comes before the registry's. */
const certificateOf = (number: number, own: readonly Certificate[] = []): Certificate | undefined =>
  own.find((row) => row.number === number) ?? certificateByNumber(number)

/**
 * FIPS-MOD-1: the component carries the intact module of an Active CMVP certificate, and the expected one. For BoringCrypto the digest of the certified build
 * identifies it, the HMAC over its bytes shows that it is unchanged, the executable segment that it is code, calls from crypto/* into its bytes that the program uses it; names (build info, table of functions) only take away
 * from that. A program that is proven to be without cryptography needs no module.
 */
export const componentCarriesModule: Rule<ComponentModule> = (facts, { asOf, certificates }) => {
  const { component, executable, expect = 'goboring' } = facts
  if (executable.state !== 'inspected') return uninspectable(facts, executable)
  const { cryptography, contradictions } = executable
  const certificate = executable.certificate === undefined ? undefined : certificateOf(executable.certificate, certificates)
  const status = certificate && certificateStatus(certificate, asOf)
  const isFree = executable.module === 'none' && cryptography.state === 'none' && contradictions.length === 0
  const judged = isFree ? provenWithout(component, cryptography) : byTable({ component, executable, certificate, status, expect })
  const seen = [`module ${executable.module}`, `integrity ${executable.integrity}`]
  if (executable.native) seen.push(`mode ${executable.mode}`, `identity ${executable.identity}`)
  if (certificate && status) seen.push(`certificate ${certificate.number} ${status.status}`)
  return {
    ...judged,
    expected: expectations[expect],
    observed: [...seen, goOf(executable), `SHA-256 ${executable.sha256}`].join(', '),
    notes: [...notesOf(executable, certificate), ...(status?.warnings ?? [])],
  }
}
