import { type Environment, joinActivation, type KernelMode } from './activation.ts'
import type { InspectedExecutable } from './executable-facts.ts'
import { joinOpenssl } from './join-openssl.ts'
import type { OpensslFacts } from './openssl.ts'

/** Everything beside the bytes of a program that decides over its module, as far as it is known. */
export type ProgramSurroundings = {
  /** The OpenSSL that it would load; several where it runs in several root file systems or under several configurations. */
  openssl: readonly OpensslFacts[]
  environments: readonly Environment[]
  kernel: KernelMode
}

const leads = ['OPENSSL_CONF', 'OPENSSL_MODULES'] as const

/** Of what was read for a program under several environments, that which this environment leads to. */
const opensslUnder = (own: readonly OpensslFacts[], environment: Environment | undefined): OpensslFacts | undefined =>
  own.find(
    (one) =>
      environment?.state === 'read' &&
      one.state === 'resolved' &&
      leads.every((name) => one.overrides[name] === environment.variables[name]),
  ) ?? own[0]

/** Environments that say the same of modules are one. */
const distinct = (environments: readonly Environment[]): Environment[] => [
  ...new Map(environments.map((one) => [JSON.stringify(one.state === 'read' ? [one.of, one.variables] : one.reason), one])).values(),
]

/** A program with the OpenSSL that it would load, under every environment in which it was seen: one that runs in two is there twice. */
export const joinSurroundings = (
  executable: InspectedExecutable,
  { openssl, environments, kernel }: ProgramSurroundings,
): InspectedExecutable[] => {
  const under = distinct(environments)
  return (under.length > 0 ? under : [undefined]).map((environment) => {
    const library = opensslUnder(openssl, environment)
    const joined = library === undefined ? executable : joinOpenssl(executable, library)
    return joinActivation(joined, { ...(environment && { environment }), kernel })
  })
}
