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
const fipsEnabledDataSchema = z.object({ exitCode: z.number(), stderr: z.string(), procSeen: z.boolean() })

type Mount = { line: string; root: string; point: string; type: string }

/** proc_pid_mountinfo(5): field 4 is what of the filesystem is shown, field 5 the mount point, the field behind «-» the type. */
const parseMounts = (mountinfo: string): Mount[] =>
  mountinfo.split('\n').map((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const fields = before.split(' ')
    return { line, root: fields[3] ?? '', point: fields[4] ?? '', type: after.split(' ')[0] ?? '' }
  })

const isOwnProc = ({ type, root, point }: Mount): boolean => type === 'proc' && root === (point.slice('/proc'.length) || '/')

/** Mounts at or above the flag that do not show the kernel's own file there: another filesystem, or another place of /proc (which has files that hold 1). */
const mountsOver = (mounts: readonly Mount[]): string[] =>
  mounts
    .filter(({ point }) => ['/proc', '/proc/sys', '/proc/sys/crypto', fipsEnabledPath].includes(point))
    .filter((mount) => !isOwnProc(mount))
    .map(({ line }) => line)

/** Pure: from the stored bytes to what they say. */
export const analyseFipsEnabled = (evidence: { data: unknown; bytes: (blob: string) => Uint8Array }): FipsEnabled => {
  const { exitCode, stderr, procSeen } = fipsEnabledDataSchema.parse(evidence.data)
  const text = (blob: string): string => new TextDecoder().decode(evidence.bytes(blob)).trim()
  const common = { kernel: text('kernel'), commandLine: text('commandLine') }
  const mounts = parseMounts(text('mounts'))
  const over = mountsOver(mounts)
  if (over.length > 0) return { ...common, state: 'hidden', mounts: over }
  if (!procSeen) return { ...common, state: 'unreadable', reason: '/proc is not there or not readable on the node' }
  if (!mounts.some(({ point }) => point === '/proc'))
    return {
      ...common,
      state: 'unreadable',
      reason: 'the node’s mounts do not show /proc, so it is not known whether something hides the flag',
    }
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
