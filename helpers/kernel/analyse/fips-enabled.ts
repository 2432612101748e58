import { z } from 'zod'

/** What a node shows of its kernel's FIPS mode (Linux crypto API, /proc/sys/crypto/fips_enabled; Documentation/admin-guide/sysctl/crypto.rst). */
export type FipsEnabled = {
  kernel: string
  commandLine: string
} & (
  | { state: 'on' }
  | { state: 'off' }
  /** The kernel has no such file: it was built without CONFIG_CRYPTO_FIPS. */
  | { state: 'absent' }
  /** Something is mounted over it: what is read is not the kernel's word. */
  | { state: 'hidden'; mounts: readonly string[] }
  | { state: 'unreadable'; reason: string }
)

export const fipsEnabledPath = '/proc/sys/crypto/fips_enabled'

/** What a reader stores: exit code and words of the attempt to read the flag; the bytes are blobs `flag`, `mounts`, `kernel`, `commandLine`. */
export const fipsEnabledDataSchema = z.object({ exitCode: z.number(), stderr: z.string(), procSeen: z.boolean() })

/** Mount points at or above the flag that do not show the kernel's own /proc (proc_pid_mountinfo(5): field 5 is the mount point, the field behind «-» the type). */
export const mountsOver = (mountinfo: string): string[] =>
  mountinfo.split('\n').filter((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const point = before.split(' ')[4] ?? ''
    const type = after.split(' ')[0] ?? ''
    const covers = point === fipsEnabledPath || point === '/proc/sys/crypto' || point === '/proc/sys' || point === '/proc'
    return covers && type !== 'proc'
  })

/** Pure: from the stored bytes to what they say. */
export const analyseFipsEnabled = (evidence: { data: unknown; bytes: (blob: string) => Uint8Array }): FipsEnabled => {
  const { exitCode, stderr, procSeen } = fipsEnabledDataSchema.parse(evidence.data)
  const text = (blob: string): string => new TextDecoder().decode(evidence.bytes(blob)).trim()
  const common = { kernel: text('kernel'), commandLine: text('commandLine') }
  const mounts = mountsOver(text('mounts'))
  if (mounts.length > 0) return { ...common, state: 'hidden', mounts }
  if (!procSeen) return { ...common, state: 'unreadable', reason: '/proc is not there or not readable on the node' }
  if (exitCode !== 0) {
    return /No such file or directory/.test(stderr)
      ? { ...common, state: 'absent' }
      : { ...common, state: 'unreadable', reason: stderr.trim() || `reading it ended with exit code ${exitCode}` }
  }
  const flag = text('flag')
  if (flag === '1') return { ...common, state: 'on' }
  if (flag === '0') return { ...common, state: 'off' }
  return { ...common, state: 'unreadable', reason: `it holds ${JSON.stringify(flag.slice(0, 40))}, neither 0 nor 1` }
}
