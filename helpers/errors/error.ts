/** What a reader of a failure needs, in the order in which it is printed. */
export type Trouble = {
  /** Stable, upper-case, never renamed once released, such as `KIND_NAME_TAKEN`. */
  code: string
  /** What did not work, in one sentence. */
  what: string
  /** Where: a command, a path, a node, a step. */
  where?: string
  /** Why, as far as it is known. */
  why?: string
  /** What the reader can do about it: one command or one change a line. */
  remedy?: string
  /** The process exit code that this trouble stands for (DESIGN.md, law 1): 3 the run could not be made, 64 usage. */
  exit?: 3 | 64
  cause?: unknown
}

/** The one error type of the project. Anything else that is thrown is an internal error (exit 70). */
export class FipsConformanceError extends Error {
  override readonly name = 'FipsConformanceError'
  readonly trouble: Trouble

  constructor(trouble: Trouble) {
    super(`${trouble.code}: ${trouble.what}`, { cause: trouble.cause })
    this.trouble = trouble
  }

  get code(): string {
    return this.trouble.code
  }
}

/** The lines in which an error is shown to a person. */
export const explain = ({ code, what, where, why, remedy }: Trouble): string =>
  [
    `error ${code}: ${what}`,
    where && `  where: ${where}`,
    why && `  why:   ${why.trimEnd().replaceAll('\n', '\n         ')}`,
    remedy && `  do:    ${remedy.replaceAll('\n', '\n         ')}`,
  ]
    .filter(Boolean)
    .join('\n')

/** The same error for machines (`--json`). */
export const troubleToJson = ({ cause: _cause, ...shown }: Trouble): Record<string, unknown> => ({ error: shown })
