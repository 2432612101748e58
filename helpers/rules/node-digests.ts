import type { KernelDigests, KernelTwin } from '../kernel/analyse/af-alg.ts'
import type { FipsEnabled } from '../kernel/analyse/fips-enabled.ts'
import type { DigestBehaviour } from '../operating-system/analyse/behaviour.ts'
import { containerNode } from './container-node.ts'
import type { Outcome, Rule } from './outcome.ts'

export type NodeKernelDigests = {
  flag: FipsEnabled
  hostKernel: boolean
  /** Absent where nothing could be asked: the helper was not built. */
  digests: KernelDigests | undefined
  /** The same kernel file without fips=1, where a run of it is known. */
  twin?: KernelTwin | undefined
  /** The flag as the helper read it, past the libraries of the node. */
  flagByHelper?: string | undefined
}

const flagWords = { on: '1', off: '0', absent: 'absent', hidden: 'hidden', unreadable: 'unreadable' } as const

/**
 * FIPS-NODE-4: the kernel refuses a digest that is not approved. Where the kernel is not in FIPS mode the requirement fails for that reason, whatever the
 * kernel refuses; a kernel that claims the mode and accepts MD5 contradicts itself.
 */
export const kernelRefusesUnapproved: Rule<NodeKernelDigests> = ({ flag, hostKernel, digests, twin, flagByHelper }): Outcome => {
  const expected = 'the kernel’s crypto API (AF_ALG) refuses MD5, which it has, and computes SHA-256 in the same call'
  const host = hostKernel ? ['a container node has no kernel of its own: this speaks of the host'] : []
  const differs =
    flagByHelper !== undefined && (flag.state === 'on' || flag.state === 'off') && flagByHelper !== flagWords[flag.state]
      ? `a program that is linked statically reads ${flagByHelper} from the flag where others are shown ${flagWords[flag.state]}`
      : undefined
  const asked =
    digests === undefined
      ? 'AF_ALG was not asked'
      : digests.state === 'accepts'
        ? `AF_ALG gave the MD5 of «abc»: ${digests.digest}`
        : digests.state === 'unknown'
          ? `AF_ALG: ${digests.reason}`
          : `AF_ALG refused MD5 with ${digests.error} and computed SHA-256`
  const outcome = (verdict: Outcome['verdict'], reason: string, remedy = '', notes: readonly string[] = []): Outcome => ({
    verdict,
    reason,
    expected,
    observed: `fips_enabled: ${flagWords[flag.state]}; ${asked}`,
    remedy,
    notes: [...host, ...(differs === undefined ? [] : [`contradiction: ${differs}`]), ...notes],
  })
  if (flag.state === 'off' || flag.state === 'absent')
    return outcome(
      'fail',
      `the kernel is not in FIPS mode (fips_enabled is ${flagWords[flag.state]}), so it holds nothing back`,
      hostKernel
        ? 'use nodes with a kernel of their own, or a host booted with fips=1'
        : 'boot the node in FIPS mode from its first boot on (fips=1)',
    )
  if (digests === undefined)
    return outcome(
      'inconclusive',
      'the helper that asks the kernel was not built',
      'run with a reachable Docker engine, so that it can be compiled',
    )
  switch (digests.state) {
    case 'accepts':
      return outcome(
        'fail',
        flag.state === 'on'
          ? `fips_enabled says 1, and the kernel computes MD5 all the same: the flag is not the kernel’s word${differs === undefined ? '' : `; ${differs}`}`
          : `the flag is ${flagWords[flag.state]}, and the kernel computes MD5: it is not in FIPS mode`,
        'find what shows another flag than the kernel’s (a mount over /proc, a preloaded library, a patched kernel), and boot with fips=1',
      )
    case 'refuses':
      return outcome(
        'pass',
        `the kernel has MD5 (/proc/crypto: ${digests.listed}) and refuses it with ${digests.error}, while SHA-256 works`,
      )
    case 'lacks':
      if (twin?.digests.state === 'accepts')
        return outcome(
          'pass',
          `MD5 is refused with ${digests.error}, while SHA-256 works; without fips=1 the same kernel file computes it (run ${twin.run})`,
          '',
          [`kernel file of both: ${twin.kernelFile}`],
        )
      return outcome(
        'inconclusive',
        `MD5 is refused with ${digests.error}, but nothing shows that this kernel has it: /proc/crypto does not list it`,
        'use a kernel that has MD5 (the module md5), so that its refusal says something, or show with --twin what the same kernel does without fips=1',
      )
    case 'unknown':
      return outcome('inconclusive', digests.reason, 'use a kernel with CONFIG_CRYPTO_USER_API_HASH (the module algif_hash)')
  }
}

export type NodeUserSpaceDigests = { containerNode: boolean; digests: DigestBehaviour }

/** FIPS-NODE-5: the node’s own OpenSSL refuses MD5 while SHA-256 works. */
export const userSpaceRefusesUnapproved: Rule<NodeUserSpaceDigests> = ({ containerNode: isContainer, digests }): Outcome => {
  const expected = '«openssl dgst -md5» is refused, and «openssl dgst -sha256» works'
  if (isContainer) return containerNode(expected)
  const base = { expected, notes: [] }
  switch (digests.state) {
    case 'refuses':
      return { ...base, verdict: 'pass', reason: 'the node’s OpenSSL refuses MD5 and computes SHA-256', observed: digests.said, remedy: '' }
    case 'accepts':
      return {
        ...base,
        verdict: 'fail',
        reason: 'the node’s OpenSSL computes MD5: it does not follow FIPS mode',
        observed: `MD5 of «abc» is ${digests.digest}`,
        remedy:
          'use an operating system whose OpenSSL follows the kernel’s flag, or activate its FIPS provider by default (fips_module(7))',
      }
    case 'unknown':
      return {
        ...base,
        verdict: 'inconclusive',
        reason: digests.reason,
        observed: 'unknown',
        remedy: 'install the openssl command on the node and run again',
      }
  }
}
