import type { Environment } from '../crypto-modules/analyse/activation.ts'
import type { ExecutableFacts, InspectedExecutable } from '../crypto-modules/analyse/executable-facts.ts'
import type { Outcome } from './outcome.ts'

/** The program behind a listener or a call, as its own observations show it: build and environment, to be held against its behaviour. */
export type ProgramFacts = { executables: readonly ExecutableFacts[]; environments: readonly Environment[] }

/** Settings of GODEBUG that give back what a build for FIPS mode takes away (Go source, `src/internal/godebugs/table.go`). */
const loosening = /^(tls10server|tlsrsakex|tls3des|tlssha1|tlsunsafeekm)=1$|^fips140=off$|^fips140ems=0$|^tlsmaxrsasize=/

const godebugOf = ({ environments }: ProgramFacts): string[] =>
  environments.flatMap((one) => (one.state === 'read' && one.variables.GODEBUG ? one.variables.GODEBUG.split(',') : []))

const isGoboring = ({ wrappers, module }: InspectedExecutable): boolean => wrappers === 'yes' || module.startsWith('boringcrypto-')

const described = (file: InspectedExecutable): string => {
  const go = file.buildInfo ? ` of ${file.buildInfo.version}` : ''
  const build = isGoboring(file) ? 'a goboring build' : `a program with module ${file.module}`
  const only = file.fipsonly === 'yes' ? ' with crypto/tls/fipsonly' : file.fipsonly === 'no' ? ' without crypto/tls/fipsonly' : ''
  return `${build}${go}${file.buildInfo ? only : ''}, module ${file.module} ${file.integrity}`
}

/** Why a program with such a build behaves as it does, where the two do not look alike. */
const explained = (file: InspectedExecutable, verdict: Outcome['verdict'], godebug: readonly string[]): string[] => {
  const loose = godebug.filter((setting) => loosening.test(setting))
  if (verdict === 'fail') {
    const cause = isGoboring(file) && file.fipsonly === 'no'
    return [
      ...(cause
        ? [
            'build and behaviour agree, though the module is in the program: GOEXPERIMENT=boringcrypto alone leaves crypto/tls as it is, and only the import of crypto/tls/fipsonly restricts what it agrees on',
          ]
        : []),
      ...(loose.length > 0 ? [`the environment gives back what the build took away: GODEBUG has ${loose.join(', ')}`] : []),
      ...(file.fipsonly === 'yes' && loose.length === 0
        ? [
            'contradiction: crypto/tls/fipsonly is linked, and the program agreed to this all the same; a part of it speaks TLS by other means, or sets it up anew',
          ]
        : []),
    ]
  }
  if (verdict !== 'pass') return []
  return [
    ...(file.buildInfo && isGoboring(file) && file.fipsonly === 'no'
      ? ['what was seen here is configuration, not build: without crypto/tls/fipsonly another flag would bring the rest back']
      : []),
    ...(loose.length > 0 ? [`GODEBUG has ${loose.join(', ')}, which changed nothing that was asked here`] : []),
  ]
}

/** The outcome with build and environment of the program beside the behaviour, and what explains a difference. */
export const besideProgram = (outcome: Outcome, program: ProgramFacts | undefined): Outcome => {
  if (program === undefined || outcome.verdict === 'not-applicable') return outcome
  const godebug = godebugOf(program)
  const notes = program.executables.flatMap((file) =>
    file.state === 'inspected'
      ? [`its program is ${described(file)}`, ...explained(file, outcome.verdict, godebug)]
      : [`its program could not be inspected: ${file.reason}`],
  )
  const unread = program.environments.flatMap((one) =>
    one.state === 'unreadable' ? [`its environment could not be read: ${one.reason}`] : [],
  )
  const environment =
    godebug.length > 0
      ? [`its environment has GODEBUG=${godebug.join(',')}`]
      : program.environments.length > unread.length
        ? ['its environment has no GODEBUG']
        : []
  return { ...outcome, notes: [...outcome.notes, ...new Set([...notes, ...environment, ...unread])] }
}
