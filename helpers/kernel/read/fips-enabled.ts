import type { Reading } from '../../evidence/model.ts'
import { fipsEnabledPath } from '../analyse/fips-enabled.ts'

type Runner = {
  means: string
  run(argv: readonly string[], options?: { signal?: AbortSignal }): Promise<{ exitCode: number; stdout: Uint8Array; stderr: string }>
}

/** Reads the flag, and beside it what shows whether it is the kernel's own word: the mounts, the kernel's release and its command line. */
export const readFipsEnabled = async (node: Runner, signal?: AbortSignal): Promise<Reading> => {
  const options = signal ? { signal } : {}
  const cat = (path: string) => node.run(['cat', path], options)
  const [flag, mounts, kernel, commandLine, proc] = await Promise.all([
    cat(fipsEnabledPath),
    cat('/proc/self/mountinfo'),
    cat('/proc/sys/kernel/osrelease'),
    cat('/proc/cmdline'),
    node.run(['test', '-r', '/proc/sys/kernel/ostype'], options),
  ])
  return {
    kind: 'fips-enabled',
    means: node.means,
    source: fipsEnabledPath,
    data: { exitCode: flag.exitCode, stderr: flag.stderr, procSeen: proc.exitCode === 0 },
    blobs: { flag: flag.stdout, mounts: mounts.stdout, kernel: kernel.stdout, commandLine: commandLine.stdout },
  }
}
