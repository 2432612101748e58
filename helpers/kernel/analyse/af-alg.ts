import { z } from 'zod'
import { fipsEnabledPath } from './fips-enabled.ts'

/** What a node's kernel did when it was asked for a digest that is not approved, and in the same call for one that is. */
export type KernelDigests =
  | { state: 'refuses'; error: string; listed: string }
  /** It refused, but nothing shows that this kernel has the algorithm at all. */
  | { state: 'lacks'; error: string }
  | { state: 'accepts'; digest: string }
  | { state: 'unknown'; reason: string }

/** `data` of the observation: how the helper ended; blobs are `output` and `crypto` (/proc/crypto, read after the attempt, which may load modules). */
const dataSchema = z.object({ exitCode: z.int(), stderr: z.string(), helper: z.string() })

/** FIPS 180-4 and RFC 1321, test vectors for «abc». */
const vectors = {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  md5: '900150983cd24fb0d6963f7d28e17f72',
} as const

/** A kernel in FIPS mode says one of these for an algorithm that it has and does not allow (crypto/api.c, crypto/algapi.c). */
const refusals: readonly string[] = ['ENOENT', 'ELIBBAD']

/** The block of /proc/crypto that names an algorithm, in one line. */
const listing = (crypto: string, algorithm: string): string | undefined =>
  crypto
    .split('\n\n')
    .find((block) => new RegExp(`^name\\s*:\\s*${algorithm}$`, 'm').test(block))
    ?.trim()
    .split('\n')
    .map((line) => line.replace(/\s*:\s*/, '='))
    .filter((line) => /^(name|driver|selftest|fips|internal)=/.test(line))
    .join(' ')

/** A refusal of MD5 counts only where SHA-256 came out right in the same call, and where /proc/crypto shows that the kernel has MD5. */
export const analyseKernelDigests = (evidence: { data: unknown; bytes: (blob: string) => Uint8Array }): KernelDigests => {
  const { exitCode, stderr } = dataSchema.parse(evidence.data)
  const text = (blob: string): string => new TextDecoder().decode(evidence.bytes(blob))
  if (exitCode !== 0) return { state: 'unknown', reason: `the helper did not run (exit code ${exitCode}): ${stderr.trim().slice(0, 160)}` }
  const said = new Map(
    text('output')
      .split('\n')
      .map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1)]),
  )
  const [step = '', ok, digest] = said.get('sha256') ?? []
  if (step !== 'digest' || ok !== 'ok' || digest !== vectors.sha256)
    return { state: 'unknown', reason: `the control failed: the kernel’s SHA-256 said ${step === '' ? 'nothing' : `${step} ${ok}`}` }
  const [md5Step = '', result = '', md5Digest] = said.get('md5') ?? []
  if (md5Step === 'digest' && md5Digest === vectors.md5) return { state: 'accepts', digest: md5Digest }
  if (md5Step !== 'bind' || !refusals.includes(result))
    return { state: 'unknown', reason: `the kernel’s MD5 said ${md5Step === '' ? 'nothing' : `${md5Step} ${result}`}` }
  const listed = listing(text('crypto'), 'md5')
  return listed === undefined ? { state: 'lacks', error: result } : { state: 'refuses', error: result, listed }
}

/** The flag as the same helper read it, which no library of the node can mislead; undefined where it did not read it. */
export const flagReadByHelper = (evidence: { bytes: (blob: string) => Uint8Array }): string | undefined => {
  const lines = new TextDecoder().decode(evidence.bytes('output')).split('\n')
  const start = `${fipsEnabledPath} read ok `
  const hex = lines.find((line) => line.startsWith(start))?.slice(start.length)
  return hex === undefined ? undefined : Buffer.from(hex, 'hex').toString('latin1').trim()
}

/** The same kernel file, booted without fips=1, and what it did; undefined where it is another file, or none is known. */
export type KernelTwin = { run: string; kernelFile: string; digests: KernelDigests }

const twinSchema = z.object({ run: z.string(), kernelFile: z.string().min(1), twinKernelFile: z.string() })

/** An observation of kind `twin-kernel-digests`: that of another run, with what both kernels were booted from. */
export const analyseKernelTwin = (evidence: { data: unknown; bytes: (blob: string) => Uint8Array }): KernelTwin | undefined => {
  const { run, kernelFile, twinKernelFile } = twinSchema.parse(evidence.data)
  return kernelFile === twinKernelFile ? { run, kernelFile, digests: analyseKernelDigests(evidence) } : undefined
}
