import type { Cryptography, ExecutableFacts, InspectedExecutable, Uninspectable } from '../crypto-modules/analyse/executable-facts.ts'
import { type Certificate, certificateByNumber, certificateStatus } from '../policy/certificates.ts'
import type { Verdict } from '../policy/verdict.ts'
import type { Outcome, Rule } from './outcome.ts'

/** The executable of a component, and the name under which reasons speak of it. */
export type ComponentModule = { component: string; executable: ExecutableFacts }

const expected = "the intact module of an Active CMVP certificate in the program's code: a goboring build (BoringCrypto)"

const remedies = {
  build: 'build it with GOEXPERIMENT=boringcrypto and CGO_ENABLED=1 on linux/amd64 or linux/arm64, with Go 1.24 or later',
  cgo: 'build it with CGO_ENABLED=1 (and a C compiler): without cgo the go command leaves the module out and says nothing',
  selfCheck: 'build it without the import of crypto/tls/fipsonly, which is of no use in a program without TLS; then its bytes can prove that it is without cryptography',
  toolchain: 'build it with a Go toolchain whose module has an Active certificate: Go 1.24 or later',
  original: 'replace it by the file as it was released, and find out who changed it',
  inspect: 'make the whole file readable where it is read, and run again',
  script: 'name the program that the script starts as the component, so that its bytes can be inspected',
  table: 'replace it by a build whose table of functions can be read (not packed, not cut)',
  data: 'update the certificate data and judge again',
} as const

const prefixOf = (digest: string): string => `${digest.slice(0, 16)}...`

const goOf = ({ buildInfo }: InspectedExecutable): string => (buildInfo ? `build info says ${buildInfo.version}` : 'no Go build info')

/** What an auditor must read beside a pass, and may read beside a fail: what the verdict does not prove (DESIGN, law 3). */
const notesOf = (executable: InspectedExecutable, certificate: Certificate | undefined): string[] => {
  const { outside, fipsonly, contradictions, remarks, proof } = executable
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
  if (certificate !== undefined && fipsonly === 'no') {
    notes.push('crypto/tls/fipsonly is not linked: what its TLS refuses is up to its configuration, and a requirement of its own')
  }
  if (certificate !== undefined && fipsonly === 'unknown') notes.push('whether crypto/tls/fipsonly is linked is unknown')
  if (proof !== undefined) notes.push(`to repeat the HMAC: ${proof.command}`)
  return notes
}

const uninspectable = ({ component }: ComponentModule, { state, reason, size, path }: Uninspectable): Outcome => ({
  verdict: 'inconclusive',
  // A script carries no module and is no proof of a missing one: the program that it starts was not seen, and not seen is neither passed nor failed.
  reason: `${component} was not inspected: ${reason}${state === 'script' ? '; the program that it starts was not seen' : ''}`,
  expected,
  observed: `${state}: ${path}${size === undefined ? '' : ` (${size} bytes)`}`,
  remedy: state === 'script' ? remedies.script : remedies.inspect,
  notes: [],
})

type Judged = { verdict: Verdict; reason: string; remedy: string }

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

const withoutKnownModule = (component: string, executable: InspectedExecutable): Judged => {
  if (executable.module === 'unknown-boringssl') {
    const reason = `${component} carries a BoringSSL module whose digest is that of no known build: its identity is not proven`
    return { verdict: 'fail', reason, remedy: remedies.toolchain }
  }
  const { cryptography } = executable
  if (cryptography.state === 'none' && executable.contradictions.length === 0) return provenWithout(component, cryptography)
  if (cryptography.state === 'self-check-only') {
    const brought = "the self-test of Go's own module is linked, with its hashes, and no other cryptography: the import of crypto/tls/fipsonly brings that along"
    const reason = `${component} carries no BoringCrypto module and is not proven without cryptography: ${brought} (${cryptography.objections[0] ?? ''})`
    return { verdict: 'fail', reason, remedy: remedies.selfCheck }
  }
  const empty = executable.contradictions.find(({ id }) => id === 'experiment-without-module')
  const searched = `the digest of no known BoringCrypto build stands in its code (all ${executable.size} bytes were searched)`
  return empty
    ? { verdict: 'fail', reason: `${component} carries no BoringCrypto module: ${empty.text}`, remedy: remedies.cgo }
    : { verdict: 'fail', reason: `${component} carries no BoringCrypto module: ${searched}; ${goOf(executable)}`, remedy: remedies.build }
}

/** What the bytes say of a known module before its certificate is looked at. */
const proven = ({ moduleName, module, arch, proof }: InspectedExecutable): string =>
  proof === undefined
    ? `${moduleName} (${module}, ${arch})`
    : `${moduleName} (${module}, ${arch}; HMAC-${proof.mac.toUpperCase()} of ${proof.blockLength} bytes at offset ${proof.blockOffset} is the certified ${prefixOf(proof.expected)})`

const knownModule = (component: string, executable: InspectedExecutable, certificate: Certificate | undefined, asOf: Date): Judged => {
  const { moduleName, proof, contradictions, wrappers } = executable
  if (executable.integrity !== 'intact') {
    const instead = proof?.computed === undefined ? 'could not be computed' : `is ${prefixOf(proof.computed)}`
    const reason = `${component} carries ${moduleName}, modified: the HMAC over its bytes ${instead}, the certified one is ${prefixOf(proof?.expected ?? '')}`
    return { verdict: 'fail', reason, remedy: remedies.original }
  }
  const carries = `${component} carries the intact ${proven(executable)}`
  if (executable.certificate === undefined) return { verdict: 'fail', reason: `${carries}, which has no certificate`, remedy: remedies.toolchain }
  if (certificate === undefined) {
    return { verdict: 'fail', reason: `${carries}; nothing is known of its certificate ${executable.certificate}`, remedy: remedies.data }
  }
  const { verdict, reason: status } = certificateStatus(certificate, asOf)
  const reason = `${carries}; CMVP ${status} (${certificate.standard}, level ${certificate.level})`
  if (verdict === 'fail') return { verdict, reason, remedy: remedies.toolchain }
  const [contradiction] = contradictions
  if (contradiction) return { verdict: 'fail', reason: `${carries}, but its sources contradict each other: ${contradiction.text}`, remedy: remedies.build }
  if (verdict === 'inconclusive') return { verdict, reason, remedy: remedies.data }
  if (wrappers !== 'yes') {
    return { verdict: 'inconclusive', reason: `${carries}; that the program calls it could not be seen: no table of Go functions was read`, remedy: remedies.table }
  }
  return { verdict: 'pass', reason, remedy: '' }
}

/**
 * FIPS-MOD-1: the component carries the intact module of an Active CMVP certificate. The digest of the certified build identifies it, the HMAC over its bytes shows
 * that it is unchanged, the executable segment that it is code; names (build info, table of functions) only take away from that.
 */
export const componentCarriesModule: Rule<ComponentModule> = (facts, { asOf }) => {
  const { component, executable } = facts
  if (executable.state !== 'inspected') return uninspectable(facts, executable)
  const certificate = executable.certificate === undefined ? undefined : certificateByNumber(executable.certificate)
  const isKnown = executable.module !== 'none' && executable.module !== 'unknown-boringssl'
  const judged = isKnown ? knownModule(component, executable, certificate, asOf) : withoutKnownModule(component, executable)
  const status = certificate && certificateStatus(certificate, asOf)
  const seen = [`module ${executable.module}`, `integrity ${executable.integrity}`]
  if (certificate && status) seen.push(`certificate ${certificate.number} ${status.status}`)
  return {
    ...judged,
    expected,
    observed: [...seen, goOf(executable), `SHA-256 ${executable.sha256}`].join(', '),
    notes: [...notesOf(executable, certificate), ...(status?.warnings ?? [])],
  }
}
