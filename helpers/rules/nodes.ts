import type { FipsEnabled } from '../kernel/analyse/fips-enabled.ts'
import type { Outcome, Rule } from './outcome.ts'

/** `hostKernel`: the node shares the kernel of the host that it runs on (a container node). */
export type NodeFips = { node: string; flag: FipsEnabled; hostKernel: boolean }

const expected = '/proc/sys/crypto/fips_enabled is 1'

const remedies = {
  bootWithFips:
    'boot the node in FIPS mode from its first boot on (fips=1 on the kernel’s command line, as its vendor describes); switching it on later does not make an existing cluster one',
  useFipsKernel: 'use a kernel with CONFIG_CRYPTO_FIPS that was booted with fips=1',
  hostKernel:
    'a kind node shows the kernel of the machine that it runs on: use nodes with a kernel of their own, or a host booted with fips=1; to claim only what kind can prove, pass --require FIPS-MOD,FIPS-TLS',
} as const

const fipsWord = (commandLine: string): string | undefined => /(?:^|\s)(fips=\S*)/.exec(commandLine)?.[1]

/** Flag and command line come from one kernel: where they say different things, one of them is not its word, or the mode was switched by something else. */
const contradictionOf = ({ state, commandLine }: FipsEnabled): string[] | undefined => {
  const asked = fipsWord(commandLine)
  if (state === 'on' && asked !== 'fips=1') return [`contradiction: the flag is 1, and the kernel was booted with ${asked ?? 'no fips='}`]
  if (state === 'off' && asked === 'fips=1') return ['contradiction: the flag is 0, and the kernel was booted with fips=1']
  return undefined
}

/** FIPS-NODE-1: the kernel says that it is in FIPS mode (Linux crypto API, crypto.fips_enabled). */
export const nodeReportsFipsMode: Rule<NodeFips> = ({ flag, hostKernel }): Outcome => {
  const observedKernel = `kernel ${flag.kernel}${hostKernel ? ', which is the host’s' : ''}`
  const notes = [
    ...(hostKernel ? ['a container node has no kernel of its own: this speaks of the host'] : []),
    ...(contradictionOf(flag) ?? []),
    `fips= on the kernel’s command line: ${fipsWord(flag.commandLine) ?? 'not there'}`,
  ]
  const outcome = (verdict: Outcome['verdict'], reason: string, observed: string, remedy = ''): Outcome => ({
    verdict,
    reason,
    expected,
    observed: `${observed} (${observedKernel})`,
    remedy,
    notes,
  })
  switch (flag.state) {
    case 'on':
      return outcome('pass', 'the kernel says that it is in FIPS mode: fips_enabled is 1', '1')
    case 'off':
      return outcome(
        'fail',
        'the kernel has FIPS mode and it is off: fips_enabled is 0',
        '0',
        hostKernel ? remedies.hostKernel : remedies.bootWithFips,
      )
    case 'absent':
      return outcome(
        'fail',
        'the kernel shows no FIPS mode: /proc/sys/crypto/fips_enabled does not exist',
        'no such file',
        hostKernel ? remedies.hostKernel : remedies.useFipsKernel,
      )
    case 'hidden':
      return outcome(
        'inconclusive',
        `something is mounted over the flag, so what it shows is not the kernel’s word: ${flag.mounts[0]}`,
        'hidden',
        'unmount it and run again',
      )
    case 'unreadable':
      return outcome(
        'inconclusive',
        `the flag could not be read: ${flag.reason}`,
        'unreadable',
        'make /proc readable on the node and run again',
      )
  }
}
