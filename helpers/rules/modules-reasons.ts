import type { InspectedExecutable } from '../crypto-modules/analyse/executable-facts.ts'
import type { Certificate, CertificateStatus } from '../policy/certificates.ts'
import type { ExpectedModule, VerdictCause } from './modules-verdicts.ts'

const remedies = {
  build: 'build it with GOEXPERIMENT=boringcrypto and CGO_ENABLED=1 on linux/amd64 or linux/arm64, with Go 1.24 or later',
  cgo: 'build it with CGO_ENABLED=1 (and a C compiler): without cgo the go command leaves the module out and says nothing',
  selfCheck:
    'build it without the import of crypto/tls/fipsonly, which is of no use in a program without TLS; then its bytes can prove that it is without cryptography',
  toolchain: 'build it with a Go toolchain whose module has an Active certificate: Go 1.24 or later',
  snapshot:
    'build it with GOFIPS140=v1.0.0-c2097c7c (GOFIPS140=certified in newer toolchains), or with GOEXPERIMENT=boringcrypto and CGO_ENABLED=1',
  mode: 'leave fips140=on compiled in: no //go:debug fips140=off, no godebug line in go.mod, no -X runtime.godebugDefault',
  original: 'replace it by the file as it was released, and find out who changed it',
  table: 'replace it by a build whose table of functions can be read (not packed, not cut)',
  data: 'update the certificate data and judge again',
  expect: 'build it with the module that is expected, or say which module is',
  provider: 'install the FIPS provider of a vendor with an Active certificate, in the version that the certificate names, and activate it',
  environment: 'judge the process where it runs: its environment, the kernel of its host, and the libraries that it has loaded',
  library: 'inspect the library that it loads, and the configuration of that, on the same machine',
} as const

const shownCallers = 2

export const prefixOf = (digest: string): string => `${digest.slice(0, 16)}...`

export const goOf = ({ buildInfo }: InspectedExecutable): string =>
  buildInfo ? `build info says ${buildInfo.version}` : 'no Go build info'

/** The expectation in words: what has to be seen for a pass. */
export const expectations: Readonly<Record<ExpectedModule, string>> = {
  goboring: "the intact module of an Active CMVP certificate in the program's code: a goboring build (BoringCrypto)",
  'go-native': "the intact module of an Active CMVP certificate in the program's code, in FIPS mode: Go's own module (GOFIPS140)",
  openssl: 'the intact module of an Active CMVP certificate, in FIPS mode: OpenSSL that the program loads',
  'any-validated': 'the intact module of an Active CMVP certificate, in FIPS mode where it has such a mode',
}

export type ReasonFacts = {
  component: string
  executable: InspectedExecutable
  certificate: Certificate | undefined
  status: CertificateStatus | undefined
  expect: ExpectedModule
}

export type Reason = { reason: string; remedy: string }

const nativeDetail = ({ native }: InspectedExecutable): string => {
  if (native === undefined) return ''
  const places = native.agreeing.length
  const said =
    places === 0
      ? 'its identity is claimed, and no place bears that out'
      : `its identity is claimed, consistent in ${places} places (${native.agreeing.join('; ')})`
  return `; HMAC ${prefixOf(native.fipsInfo.stored)} of .go.fipsinfo at offset ${native.fipsInfo.offset}; ${said}`
}

/** What the bytes say of a module before its certificate is looked at. */
const shown = (executable: InspectedExecutable): string => {
  const { moduleName, module, arch, proof } = executable
  if (proof === undefined) return `${moduleName} (${module}, ${arch}${nativeDetail(executable)})`
  const { mac, blockLength, blockOffset, expected } = proof
  return `${moduleName} (${module}, ${arch}; HMAC-${mac.toUpperCase()} of ${blockLength} bytes at offset ${blockOffset} is the certified ${prefixOf(expected)})`
}

const carries = ({ component, executable }: ReasonFacts): string => {
  const integrity = executable.integrity === 'intact' ? 'the intact ' : executable.integrity === 'modified' ? 'a modified ' : ''
  return `${component} ${executable.openssl ? 'would load' : 'carries'} ${integrity}${shown(executable)}`
}

const cmvp = ({ certificate, status }: ReasonFacts): string =>
  certificate && status ? `CMVP ${status.reason} (${certificate.standard}, level ${certificate.level})` : 'it has no certificate'

/** What the mode rests on. */
const modeOf = ({ executable: { godebugDefault, dependsOn, activation } }: ReasonFacts): string => {
  if (dependsOn !== undefined) return `whether it is in FIPS mode depends on ${dependsOn.join(', ')}`
  if (activation !== undefined && godebugDefault?.state !== 'read') return activation
  if (godebugDefault?.state !== 'read') return `whether it is in FIPS mode is unknown: ${godebugDefault?.reason ?? 'nothing was read'}`
  const compiled = `the settings that are compiled in are «${godebugDefault.text}» (runtime.godebugDefault, at offset ${godebugDefault.offset})`
  return activation === undefined ? compiled : `${compiled}, and ${activation}`
}

const noModule = ({ component, executable }: ReasonFacts): Reason => {
  const { cryptography, contradictions, size } = executable
  if (cryptography.state === 'self-check-only') {
    const brought =
      "the self-test of Go's own module is linked, with its hashes, and no other cryptography: the import of crypto/tls/fipsonly brings that along"
    const reason = `${component} carries no BoringCrypto module and is not proven without cryptography: ${brought} (${cryptography.objections[0] ?? ''})`
    return { reason, remedy: remedies.selfCheck }
  }
  const empty = contradictions.find(({ id }) => id === 'experiment-without-module')
  const searched = `the digest of no known BoringCrypto build stands in its code (all ${size} bytes were searched)`
  const hidden = contradictions.find(({ id }) => id === 'empty-module-with-cryptography')
  const found = hidden ? `; ${hidden.text}` : ''
  return empty
    ? { reason: `${component} carries no BoringCrypto module: ${empty.text}${found}`, remedy: remedies.cgo }
    : { reason: `${component} carries no BoringCrypto module: ${searched}; ${goOf(executable)}${found}`, remedy: remedies.build }
}

/** A module of no table: what its own MAC shows, which anybody can write. */
const unknownBuild = ({ executable: { proof } }: ReasonFacts): string =>
  proof === undefined
    ? 'a BoringSSL module whose digest is that of no known build'
    : `a BoringSSL module of no known build, unchanged by its own MAC (HMAC-${proof.mac.toUpperCase()} ${prefixOf(proof.expected)} of ${proof.blockLength} bytes at offset ${proof.blockOffset})`

/** Certificates of the vendor of a provider, where the data do not tell which versions they name. */
export const candidatesOf = ({ certificate, openssl }: InspectedExecutable): readonly number[] =>
  certificate === undefined && openssl?.state === 'resolved' ? (openssl.provider?.candidates ?? []) : []

/** Where the program's cryptography goes into the module. */
const callsOf = ({ executable: { calls } }: ReasonFacts): string => {
  if (calls?.state !== 'proven') return calls?.reason ?? 'calls into it were not followed'
  const callers = calls.chains.flatMap(({ functions: [caller], calls: [site] }) => (caller ? [`${caller.name} at offset ${site}`] : []))
  const more = callers.length - shownCallers
  return `calls lead into it from ${callers.slice(0, shownCallers).join(', ')}${more > 0 ? ` and ${more} more packages of crypto/*` : ''}`
}

const modified = ({ component, executable }: ReasonFacts): Reason => {
  const { moduleName, proof, native, openssl } = executable
  const mac = openssl?.state === 'resolved' ? openssl.provider?.mac : undefined
  const computed = proof?.computed ?? native?.fipsInfo.computed ?? mac?.computed
  const instead = computed === undefined ? 'could not be computed' : `is ${prefixOf(computed)}`
  const say = (verb: string, covered: string, wanted: string): Reason => ({
    reason: `${component} ${verb} ${moduleName}, modified: the HMAC over ${covered} ${instead}, ${wanted}`,
    remedy: remedies.original,
  })
  if (proof) return say('carries', 'its bytes', `the certified one is ${prefixOf(proof.expected)}`)
  if (mac?.style === 'embedded') return say('would load', 'its file', `the one at offset ${mac.offset} of it is ${prefixOf(mac.expected)}`)
  if (mac?.style === 'configuration') return say('would load', 'its file', `module-mac in its configuration is ${prefixOf(mac.expected)}`)
  return say('carries', 'its bytes', `the one of .go.fipsinfo is ${prefixOf(native?.fipsInfo.stored ?? '')}`)
}

const notValidated = (facts: ReasonFacts): Reason => {
  const { component, executable } = facts
  if (executable.cryptography.state === 'self-check-only' || executable.contradictions.some(({ id }) => id === 'experiment-without-module'))
    return noModule(facts)
  const what = `${shown(executable)}, which nobody validates`
  return {
    reason: `${component} carries no BoringCrypto module, but ${what}; ${modeOf(facts)}; ${goOf(executable)}`,
    remedy: remedies.build,
  }
}

/** The words for each cause of the table: why, and what to do. */
export const reasonFor: Readonly<Record<VerdictCause, (facts: ReasonFacts) => Reason>> = {
  'no-module': noModule,
  'unknown-build': (facts) => ({
    reason: `${facts.component} carries ${unknownBuild(facts)}: its identity is not proven`,
    remedy: remedies.toolchain,
  }),
  modified,
  'not-validated': notValidated,
  'other-module': (facts) => ({
    reason: `${carries(facts)}, another module than expected (${facts.expect}); ${cmvp(facts)}`,
    remedy: remedies.expect,
  }),
  'no-certificate': (facts) =>
    facts.executable.certificate === undefined
      ? {
          reason: `${carries(facts)}, which has no certificate`,
          remedy: facts.executable.native ? remedies.snapshot : facts.executable.openssl ? remedies.provider : remedies.toolchain,
        }
      : { reason: `${carries(facts)}; nothing is known of its certificate ${facts.executable.certificate}`, remedy: remedies.data },
  'certificate-ended': (facts) => ({ reason: `${carries(facts)}; ${cmvp(facts)}`, remedy: remedies.toolchain }),
  'mode-off': (facts) => ({ reason: `${carries(facts)}, and it is not in FIPS mode: ${modeOf(facts)}`, remedy: remedies.mode }),
  'integrity-unknown': (facts) => ({
    reason: `${carries(facts)}; whether it is unchanged is unknown: not all of its bytes are at hand`,
    remedy: remedies.table,
  }),
  'certificate-unclear': (facts) => ({
    reason: `${carries(facts)}; its vendor holds ${candidatesOf(facts.executable).join(', ')}, and which versions they name is not in these data`,
    remedy: remedies.data,
  }),
  'certificate-stale': (facts) => ({ reason: `${carries(facts)}; ${cmvp(facts)}`, remedy: remedies.data }),
  'mode-depends': (facts) => ({
    reason: `${carries(facts)}; ${modeOf(facts)}`,
    remedy: facts.executable.openssl ? remedies.environment : remedies.mode,
  }),
  'not-called': (facts) => ({
    reason: `${carries(facts)}, and its cryptography does not go through it: ${callsOf(facts)}`,
    remedy: remedies.build,
  }),
  'calls-unseen': (facts) => ({
    reason: `${carries(facts)}; that its cryptography goes through it was not seen: ${callsOf(facts)}`,
    remedy: remedies.table,
  }),
  'mode-unknown': (facts) => ({ reason: `${carries(facts)}; ${modeOf(facts)}`, remedy: remedies.table }),
  'library-not-seen': (facts) => ({
    reason: `${facts.component} calls OpenSSL, which is not in its own bytes: which library it loads, and how that is set up, was not seen`,
    remedy: remedies.library,
  }),
  'no-provider': ({ component, executable }) => ({
    reason: `${component} calls ${executable.moduleName}: nothing that is validated is there for it to load`,
    remedy: remedies.provider,
  }),
  validated: (facts) => ({
    reason: `${carries(facts)}; ${cmvp(facts)}; ${facts.executable.proof ? callsOf(facts) : modeOf(facts)}`,
    remedy: '',
  }),
}

/** Sources that contradict each other are a finding, whatever the rest says. */
export const contradicted = (facts: ReasonFacts, text: string): Reason => ({
  reason: `${carries(facts)}, but its sources contradict each other: ${text}`,
  remedy: facts.executable.native ? remedies.snapshot : remedies.build,
})
