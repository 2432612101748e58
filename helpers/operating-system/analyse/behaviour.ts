import { createHash } from 'node:crypto'
import { type CommandEvidence, commandOf } from './commands.ts'

/** What the node's `openssl` did when it was asked for a digest that is not approved, and for one that is, over the same bytes. */
export type DigestBehaviour =
  | { state: 'refuses'; said: string }
  | { state: 'accepts'; digest: string }
  | { state: 'unknown'; reason: string }

/** What both digests are asked of. */
const digestInput = 'abc'

const hexIn = (text: string): string => /(?:^|[=\s])([0-9a-f]{32,})\s*$/m.exec(text)?.[1] ?? ''

/**
 * The commands `openssl-md5` and `openssl-sha256`. A refusal counts only where SHA-256 over the same bytes worked and came out right: a program that cannot
 * run, or that answers anything, refuses nothing.
 */
export const analyseOpensslDigests = (evidence: CommandEvidence): DigestBehaviour => {
  const sha256 = commandOf(evidence, 'openssl-sha256')
  const md5 = commandOf(evidence, 'openssl-md5')
  if (sha256.state !== 'ran') return { state: 'unknown', reason: sha256.reason }
  if (md5.state !== 'ran') return { state: 'unknown', reason: md5.reason }
  const right = (algorithm: string): string => createHash(algorithm).update(digestInput).digest('hex')
  if (sha256.exitCode !== 0 || hexIn(sha256.stdout) !== right('sha256'))
    return {
      state: 'unknown',
      reason: `the control failed: openssl could not compute SHA-256 (exit code ${sha256.exitCode}: ${sha256.stderr.trim().slice(0, 120)})`,
    }
  // The digest of three bytes, from a constant: not every build of Node has MD5.
  if (md5.exitCode === 0 && hexIn(md5.stdout) === '900150983cd24fb0d6963f7d28e17f72') return { state: 'accepts', digest: hexIn(md5.stdout) }
  if (md5.exitCode !== 0 && hexIn(md5.stdout) === '')
    return {
      state: 'refuses',
      said:
        md5.stderr
          .trim()
          .split('\n')
          .find((line) => /unsupported|disabled|error|fips/i.test(line)) ?? `exit code ${md5.exitCode}`,
    }
  return { state: 'unknown', reason: `openssl answered MD5 with exit code ${md5.exitCode} and ${JSON.stringify(md5.stdout.slice(0, 80))}` }
}
