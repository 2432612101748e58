import { createHash } from 'node:crypto'
import type { Reading } from '../../evidence/model.ts'
import { fipsEnabledPath } from '../analyse/fips-enabled.ts'

type Runner = {
  means: string
  run(
    argv: readonly string[],
    options?: { input?: Uint8Array | string; signal?: AbortSignal },
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: string }>
}

/** Copies the helper into /run, or where that may not execute into the next folder that may, runs it for both digests and the flag and removes it, whatever happened. */
const script = [
  'for d in /run /tmp /var/tmp; do',
  '  f=$(mktemp "$d/fips-conformance.XXXXXX") || continue',
  '  chmod 700 "$f"; printf "#!/bin/sh\\n" >"$f"',
  '  if "$f" 2>/dev/null; then break; fi',
  '  rm -f "$f"; f=',
  'done',
  '[ -n "$f" ] || { echo "no folder of the node may hold a program" >&2; exit 125; }',
  'trap \'rm -f "$f"\' EXIT',
  'base64 -d >"$f" || exit 125',
  `"$f" sha256 md5 ${fipsEnabledPath}`,
].join('\n')

/** Asks the node’s kernel through AF_ALG. `helper` is the static program of this project for the node’s architecture. */
export const readKernelDigests = async (node: Runner, helper: Uint8Array, signal?: AbortSignal): Promise<Reading> => {
  const options = signal ? { signal } : {}
  const ran = await node.run(['sh', '-c', script], { ...options, input: Buffer.from(helper).toString('base64') })
  // After it: the attempt makes the kernel load what it has.
  const crypto = await node.run(['cat', '/proc/crypto'], options)
  return {
    kind: 'kernel-digests',
    means: node.means,
    source: 'AF_ALG',
    data: { exitCode: ran.exitCode, stderr: ran.stderr.slice(0, 2_000), helper: createHash('sha256').update(helper).digest('hex') },
    blobs: { output: ran.stdout, crypto: crypto.stdout },
  }
}
