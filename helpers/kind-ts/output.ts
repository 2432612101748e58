import { parseDocument } from 'yaml'
import { z } from 'zod'

/** What `kind version` prints: `kind v0.33.0 go1.26.8 linux/amd64` (kind v0.33.0, pkg/cmd/kind/version/version.go). */
export type KindVersion = {
  /** Semantic version without the `v`. */
  version: string
  /** Go's own version string; it may hold spaces (`go1.19.8 X:boringcrypto`). */
  go: string
  /** GOOS/GOARCH. */
  platform: string
}

/** A parser of kind's stdout: the value, or in words why it is none. The words never quote the text: it may be a kubeconfig. */
export type Parser<T> = (stdout: string) => { ok: true; value: T } | { ok: false; why: string }

const parser =
  <T>(schema: z.ZodType<T>, read: (stdout: string) => unknown): Parser<T> =>
  (stdout) => {
    const parsed = schema.safeParse(read(stdout))
    if (parsed.success) return { ok: true, value: parsed.data }
    return { ok: false, why: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'output'}: ${message}`).join('; ') }
  }

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** One name a line; none at all if there are none (kind then says so on stderr). */
export const parseNames: Parser<string[]> = parser(z.array(z.string().regex(/^\S+$/, 'not a name')), lines)

export const parseVersion: Parser<KindVersion> = parser(
  z.object({ version: z.string(), go: z.string(), platform: z.string() }),
  (stdout) => /^kind v(?<version>\S+) (?<go>go.+) (?<platform>[^\s/]+\/[^\s/]+)\s*$/.exec(stdout)?.groups,
)

const kubeconfig = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Config'),
  clusters: z.array(z.looseObject({ name: z.string(), cluster: z.looseObject({ server: z.url() }) })).min(1),
  users: z.array(z.looseObject({ name: z.string() })).min(1),
  contexts: z.array(z.looseObject({ name: z.string() })).min(1),
})

/** The text of a kubeconfig, as it was printed, once it has been seen to be one. */
export const parseKubeconfig: Parser<string> = (stdout) => {
  const document = parseDocument(stdout)
  if (document.errors.length > 0) return { ok: false, why: 'not YAML' }
  const checked = parser(kubeconfig, () => document.toJS())(stdout)
  return checked.ok ? { ok: true, value: stdout } : checked
}

/** For commands whose stdout says nothing that the caller did not say first. */
export const parseNothing: Parser<void> = () => ({ ok: true, value: undefined })
