import { FipsConformanceError } from '../errors/error.ts'
import { docker } from './docker.ts'

/** capability.h of Linux, in the order of their numbers. */
const capabilities =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  )

/** Names of the capabilities that a bounding set lacks: `status` is /proc/self/status, `last` /proc/sys/kernel/cap_last_cap. */
export const missingFrom = (status: string, last: number): string[] => {
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  if (mask === undefined) return []
  const bounding = BigInt(`0x${mask}`)
  return capabilities.filter((_, index) => index <= last && ((bounding >> BigInt(index)) & 1n) === 0n).map((name) => `CAP_${name}`)
}

/**
 * Capabilities that a privileged container of this engine lacks, found by starting one.
 * @throws FipsConformanceError `HOST_LACKS_CAPABILITIES` when the engine's OCI runtime cannot start privileged containers at all
 */
export const missingCapabilities = async (image: string, signal?: AbortSignal): Promise<string[]> => {
  try {
    const shown = await docker(
      [
        'run',
        '--rm',
        '--privileged',
        '--network',
        'none',
        '--entrypoint',
        'cat',
        image,
        '/proc/self/status',
        '/proc/sys/kernel/cap_last_cap',
      ],
      { signal },
    )
    return missingFrom(shown, Number(shown.trim().split('\n').at(-1)))
  } catch (error) {
    if (error instanceof FipsConformanceError && /unable to apply caps/.test(error.trouble.why ?? '')) {
      throw new FipsConformanceError({
        code: 'HOST_LACKS_CAPABILITIES',
        what: 'the Docker engine cannot start privileged containers: this host lacks a capability that its OCI runtime asks for',
        where: 'docker run --privileged',
        why: error.trouble.why ?? '',
        remedy:
          'let fips-conformance start an engine that asks for no more than the host has: stop this one, then «fips-conformance setup» as root',
        exit: 3,
        cause: error,
      })
    }
    throw error
  }
}
