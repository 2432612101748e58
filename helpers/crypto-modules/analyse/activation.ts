import { z } from 'zod'
import { textOf } from './bytes.ts'
import type { ExecutableEvidence } from './executable.ts'
import type { Contradiction, InspectedExecutable } from './executable-facts.ts'
import { fips140Setting, kernelFlag, modeOfSetting } from './godebug-default.ts'

// Whether a module is switched on is decided where the program starts: by variables of its environment, and by the flag of the kernel. This joins what a file shows with
// that, where it is known.

/** Variables that decide over modules. No other leaves a node or stands in a bundle. */
const activationVariable = /^(?:GODEBUG|GOFIPS|GOLANG_FIPS|OPENSSL_\w+)$/

/** `data` of an observation of kind `environment`; its blob `variables` holds `NAME=VALUE` entries, each with a NUL behind it. */
export const environmentDataSchema = z.object({
  state: z.enum(['read', 'unreadable']),
  reason: z.string().exactOptional(),
  /** Of a running process, or of the configuration of an image, which a pod may override. */
  of: z.enum(['process', 'image']),
  /** As a reason names it: `the environment of its process`. */
  owner: z.string(),
  /** `source` of the observation of the program; absent where it is that of every program of the subject. */
  program: z.string().exactOptional(),
})
export type EnvironmentData = z.infer<typeof environmentDataSchema>

/** What the environment of a program says of modules. */
export type Environment =
  | { state: 'read'; of: EnvironmentData['of']; owner: string; program?: string; variables: Readonly<Record<string, string>> }
  | { state: 'unreadable'; owner: string; program?: string; reason: string }

/** The entries of an environment that may be kept, as the blob `variables` has them. */
export const activationEntries = (entries: readonly string[]): Uint8Array =>
  new TextEncoder().encode(
    entries
      .filter((entry) => activationVariable.test(entry.slice(0, Math.max(0, entry.indexOf('=')))))
      .map((entry) => `${entry.replaceAll('\0', '')}\0`)
      .join(''),
  )

/** The first value counts where a name comes twice, as getenv(3) and Go's os.Getenv take it. */
const variablesOf = (bytes: Uint8Array): Record<string, string> => {
  const found: Record<string, string> = Object.create(null)
  for (const entry of textOf(bytes).split('\0')) {
    const at = entry.indexOf('=')
    const name = entry.slice(0, Math.max(0, at))
    if (activationVariable.test(name) && found[name] === undefined) found[name] = entry.slice(at + 1)
  }
  return found
}

/** The facts of an observation of kind `environment`. */
export const analyseEnvironment = ({ data, bytes }: ExecutableEvidence): Environment => {
  const { state, reason, of, owner, program } = environmentDataSchema.parse(data)
  const named = { owner, ...(program !== undefined && { program }) }
  if (state === 'unreadable') return { state, ...named, reason: reason ?? 'no reason was recorded' }
  return { state, of, ...named, variables: variablesOf(bytes('variables')) }
}

/** What the kernel that a program runs on says; unknown where no kernel is in sight. */
export type KernelMode = 'on' | 'off' | 'unknown'

export type Surroundings = { environment?: Environment; kernel: KernelMode }

type Mode = Pick<InspectedExecutable, 'mode' | 'dependsOn' | 'activation'>

/** GODEBUG is passed on to the module as it stands; an empty value is the default, which is off (Go source, `crypto/internal/fips140/fips140.go`). */
const modeOf = (setting: string | undefined): ReturnType<typeof modeOfSetting> => (setting === '' ? 'off' : modeOfSetting(setting))

const byKernel = (kernel: KernelMode): Mode =>
  kernel === 'unknown'
    ? { mode: 'depends', dependsOn: [kernelFlag] }
    : { mode: kernel, activation: `the kernel that it runs on is ${kernel === 'on' ? '' : 'not '}in FIPS mode` }

const quoted = (name: string, value: string): string => `${name}=${value}`

const nativeMode = (executable: InspectedExecutable, environment: Environment & { state: 'read' }, kernel: KernelMode): Mode => {
  const given = fips140Setting(environment.variables.GODEBUG ?? '')
  if (given === undefined) {
    const none = `${environment.owner} says nothing of fips140`
    if (executable.mode === 'depends') return byKernel(kernel)
    return { mode: executable.mode, activation: none }
  }
  const mode = modeOf(given)
  const says = `${quoted('GODEBUG', environment.variables.GODEBUG ?? '')} in ${environment.owner}`
  if (mode === 'depends') return { ...byKernel(kernel), activation: says }
  return { mode, activation: says }
}

const isOne = (value: string | undefined): boolean => value === '1'

/**
 * What a Go toolchain that calls OpenSSL asks for: GODEBUG, then GOFIPS and GOLANG_FIPS, then the kernel (documentation of Microsoft's build of Go, README of
 * golang-fips/go). undefined: it asks for nothing.
 */
const askedBy = ({ variables, owner }: Environment & { state: 'read' }): { on: boolean; says: string } | undefined => {
  const given = fips140Setting(variables.GODEBUG ?? '')
  const mode = given === undefined ? undefined : modeOf(given)
  if (mode === 'on' || mode === 'off') return { on: mode === 'on', says: `${quoted('GODEBUG', variables.GODEBUG ?? '')} in ${owner}` }
  const [name, value] =
    (['GOFIPS', 'GOLANG_FIPS', 'OPENSSL_FORCE_FIPS_MODE'] as const)
      .flatMap((each): [string, string][] => (variables[each] === undefined || variables[each] === '' ? [] : [[each, variables[each]]]))
      .at(0) ?? []
  return name === undefined || value === undefined ? undefined : { on: isOne(value), says: `${quoted(name, value)} in ${owner}` }
}

const opensslMode = (executable: InspectedExecutable, environment: Environment & { state: 'read' }, kernel: KernelMode): Mode => {
  const { openssl } = executable
  if (openssl?.state !== 'resolved') return executable
  // What was read must be what these variables lead to.
  const unread = (['OPENSSL_CONF', 'OPENSSL_MODULES'] as const).filter(
    (name) => environment.variables[name] !== undefined && openssl.overrides[name] !== environment.variables[name],
  )
  if (unread.length > 0)
    return { mode: 'depends', dependsOn: unread.map((name) => `${name} in ${environment.owner}, which leads elsewhere`) }
  const asked = askedBy(environment)
  if (asked) return { mode: asked.on ? 'on' : 'off', activation: asked.says }
  if (openssl.configured === 'on')
    return { mode: 'on', activation: `its configuration ${openssl.configuration.path ?? ''} activates the provider and asks for fips=yes` }
  return byKernel(kernel)
}

const added = (found: readonly Contradiction[], more: Contradiction | undefined): readonly Contradiction[] =>
  more ? [...found, more] : found

/**
 * A program with what its surroundings decide. A mode that is compiled in and taken back by the environment is a contradiction: whoever built it meant another. Modules
 * without a switch stay as they are.
 */
export const joinActivation = (executable: InspectedExecutable, { environment, kernel }: Surroundings): InspectedExecutable => {
  if (environment === undefined) {
    const isNativeAuto = executable.native !== undefined && executable.mode === 'depends' && kernel !== 'unknown'
    return isNativeAuto ? resolved(executable, byKernel(kernel)) : executable
  }
  if (environment.state === 'unreadable') {
    const remarks = [...executable.remarks, `${environment.owner} was not read: ${environment.reason}`]
    if (executable.mode === 'n/a') return { ...executable, remarks }
    return { ...executable, remarks, mode: 'depends', dependsOn: [`${environment.owner}, which was not read`] }
  }
  if (executable.module.startsWith('openssl-')) return resolved(executable, opensslMode(executable, environment, kernel))
  if (executable.native !== undefined) {
    const next = resolved(executable, nativeMode(executable, environment, kernel))
    const isTakenBack = executable.mode === 'on' && next.mode === 'off'
    const text = `FIPS mode is compiled in, and ${next.activation ?? 'the environment'} turns it off`
    return { ...next, contradictions: added(next.contradictions, isTakenBack ? { id: 'mode-environment', text } : undefined) }
  }
  const given = fips140Setting(environment.variables.GODEBUG ?? '')
  if (executable.module.startsWith('boringcrypto-') && given !== undefined && modeOf(given) === 'on') {
    const remark = `${quoted('GODEBUG', environment.variables.GODEBUG ?? '')} in ${environment.owner}: a goboring program of Go 1.24 or later ends with that as it starts`
    return { ...executable, remarks: [...executable.remarks, remark] }
  }
  return executable
}

const resolved = (executable: InspectedExecutable, { mode, dependsOn, activation }: Mode): InspectedExecutable => {
  const { dependsOn: _depends, activation: _activation, ...rest } = executable
  return { ...rest, mode, ...(dependsOn !== undefined && { dependsOn }), ...(activation !== undefined && { activation }) }
}
