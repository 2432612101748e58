/** Each cause and the code by which programs know it. Codes are never renamed. */
const codes = {
  'image-missing': 'KIND_IMAGE_MISSING',
  'port-taken': 'KIND_PORT_TAKEN',
  'name-taken': 'KIND_NAME_TAKEN',
  'node-exited': 'KIND_NODE_EXITED',
  'kubeadm-failed': 'KIND_KUBEADM_FAILED',
  'docker-unreachable': 'KIND_DOCKER_UNREACHABLE',
  cancelled: 'KIND_CANCELLED',
  caps: 'KIND_CAPS',
  'config-invalid': 'KIND_CONFIG_INVALID',
  'cluster-unknown': 'KIND_CLUSTER_UNKNOWN',
  'binary-missing': 'KIND_BINARY_MISSING',
  'argument-invalid': 'KIND_ARGUMENT_INVALID',
  'output-unexpected': 'KIND_OUTPUT_UNEXPECTED',
  unknown: 'KIND_UNKNOWN',
} as const

export type KindCause = keyof typeof codes
export type KindCode = (typeof codes)[KindCause]

/** What went wrong: a cause for programs, a sentence for people. */
export type Diagnosis = {
  cause: KindCause
  sentence: string
  /** Only for `kubeadm-failed`: the phase of kubeadm that failed, such as `wait-control-plane`. */
  phase?: string
}

/** How a run of kind ended. `stderr` is an excerpt: never more than its beginning and its end. */
export type KindRun = {
  /** The argument vector, the binary first; empty if kind was not started. */
  command: readonly string[]
  exitCode?: number | undefined
  signal?: string | undefined
  stderr?: string | undefined
}

const ending = ({ exitCode, signal }: KindRun): string =>
  signal !== undefined ? ` (ended by ${signal})` : exitCode !== undefined && exitCode !== 0 ? ` (exit code ${exitCode})` : ''

/** The one error of this package. kind's stdout is never part of it: it may be a kubeconfig, and that holds private keys. */
export class KindError extends Error {
  override readonly name = 'KindError'
  override readonly cause: KindCause
  readonly code: KindCode
  readonly phase: string | undefined
  readonly command: readonly string[]
  readonly exitCode: number | undefined
  /** The signal that ended kind, such as `SIGTERM`. */
  readonly signal: string | undefined
  readonly stderr: string

  constructor(diagnosis: Diagnosis, run: KindRun) {
    const verb = run.command.slice(1, 3).join(' ')
    super(`${codes[diagnosis.cause]}: ${verb && `kind ${verb}: `}${diagnosis.sentence}${ending(run)}`)
    this.cause = diagnosis.cause
    this.code = codes[diagnosis.cause]
    this.phase = diagnosis.phase
    this.command = run.command
    this.exitCode = run.exitCode
    this.signal = run.signal
    this.stderr = run.stderr ?? ''
  }
}
