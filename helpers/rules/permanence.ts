import type { FipsEnabled } from '../kernel/analyse/fips-enabled.ts'
import { type BootHistory, hasFips } from '../operating-system/analyse/boot-history.ts'
import type { KeyTimes } from '../operating-system/analyse/key-times.ts'
import { noBootOfItsOwn } from './container-node.ts'
import type { Outcome, Rule } from './outcome.ts'

export type NodeFlag = { node: string; flag: FipsEnabled }
export type ClusterFlags = { containerNodes: boolean; nodes: readonly NodeFlag[] }

/** FIPS-PERM-1: all nodes agree that they are in FIPS mode; a cluster that is so in part is none. */
export const nodesAgree: Rule<ClusterFlags> = ({ containerNodes, nodes }): Outcome => {
  const expected = 'every node of the cluster reports FIPS mode'
  if (containerNodes) return noBootOfItsOwn(expected)
  const observed = nodes.map(({ node, flag }) => `${node}: ${flag.state}`).join(', ')
  const base = { expected, observed, notes: [], remedy: '' }
  const off = nodes.filter(({ flag }) => flag.state === 'off' || flag.state === 'absent')
  if (off.length > 0)
    return {
      ...base,
      verdict: 'fail',
      reason:
        off.length === nodes.length
          ? 'no node is in FIPS mode'
          : `${off.length} of ${nodes.length} nodes are not in FIPS mode: ${off.map(({ node }) => node).join(', ')}`,
      remedy: 'FIPS mode is chosen when a cluster is created: create it anew from nodes that all boot with fips=1',
    }
  const unknown = nodes.filter(({ flag }) => flag.state !== 'on')
  if (unknown.length > 0 || nodes.length === 0)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: nodes.length === 0 ? 'no node was seen' : `of ${unknown.map(({ node }) => node).join(', ')} it is not known`,
      remedy: 'make the flag readable on every node',
    }
  return {
    ...base,
    verdict: 'pass',
    reason: nodes.length === 1 ? 'the only node is in FIPS mode' : `all ${nodes.length} nodes are in FIPS mode`,
  }
}

export type NodeBoots = { containerNode: boolean; history: BootHistory }

const when = (seconds: number): string => (Number.isNaN(seconds) ? 'an unknown time' : new Date(seconds * 1000).toISOString())

/** FIPS-PERM-2: a node has been in FIPS mode since its first boot; a system that was switched later keeps what it made before. */
export const inFipsSinceFirstBoot: Rule<NodeBoots> = ({ containerNode: isContainer, history }): Outcome => {
  const expected = 'the kernel’s command line has fips=1 at the first boot and at every boot since'
  if (isContainer) return noBootOfItsOwn(expected)
  const { boots, first, current } = history
  const observed = `${boots.length} boots in the journal; this one since ${when(current.at)}: ${current.commandLine}`
  const base = { expected, observed, notes: [], remedy: '' }
  const remedy = 'create the node anew in FIPS mode; switching it on later is not supported by its vendor and stays visible'
  if (!hasFips(current.commandLine)) return { ...base, verdict: 'fail', reason: 'this boot’s command line has no fips=1', remedy }
  const without = boots.filter(({ fipsMode }) => fipsMode === false)
  if (without[0])
    return { ...base, verdict: 'fail', reason: `FIPS mode was switched on later: the boot of ${when(without[0].at)} had no fips=1`, remedy }
  if (!first.known)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: first.reason,
      remedy: 'keep the journal from the first boot on (Storage=persistent)',
    }
  const silent = boots.filter(({ fipsMode }) => fipsMode === undefined)
  if (silent[0])
    return {
      ...base,
      verdict: 'inconclusive',
      reason: `the journal does not show the command line of the boot of ${when(silent[0].at)}`,
      remedy: 'keep the whole journal',
    }
  return {
    ...base,
    verdict: 'pass',
    reason:
      boots.length === 1
        ? `fips=1 since the first boot (${when(first.boot.at)}), the only one`
        : `fips=1 at each of ${boots.length} boots since the first (${when(first.boot.at)})`,
    notes: [first.reason],
  }
}

export type NodeKeys = { node: string; history: BootHistory; keys: KeyTimes }
export type ClusterKeys = { containerNodes: boolean; nodes: readonly NodeKeys[] }

/** kubeadm and the certificate signer of the controller manager date certificates back by this much (seconds), to bear clocks that differ. */
const backdated = 300
/** A kubelet that serves with a certificate of its own making dates it back by an hour (client-go, util/cert: GenerateSelfSignedCertKey). Its key file tells when. */
const backdatedBySelf = 3600
const backdatedOf = (path: string): number => (path.endsWith('/var/lib/kubelet/pki/kubelet.crt') ? backdatedBySelf : backdated)
/** Clocks of file systems and of the kernel differ a little at boot. Seconds. */
const slack = 120

const firstFipsBoot = ({ boots }: BootHistory): number | undefined => boots.find(({ fipsMode }) => fipsMode === true)?.at

/**
 * FIPS-PERM-3: keys and certificates of the cluster, and host keys of its nodes, were made after FIPS mode was on. A key is as old as its file was last written; a file that
 * was there before and was written since may only have been touched. Certificates are compared with the earliest such
 * boot of the cluster, files with that of their own node; NotBefore is dated back by five minutes by kubeadm (an hour by a kubelet for itself), so only an age beyond that counts.
 */
export const keysMadeInFipsMode: Rule<ClusterKeys> = ({ containerNodes, nodes }): Outcome => {
  const expected = 'certificates, keys and host keys are younger than FIPS mode on the nodes'
  if (containerNodes) return noBootOfItsOwn(expected)
  const starts = nodes.map(({ node, history }) => ({ node, at: firstFipsBoot(history) }))
  const observed = `FIPS mode on: ${starts.map(({ node, at }) => `${node} ${at === undefined ? 'unknown' : when(at)}`).join(', ')}; ${nodes.reduce((sum, { keys }) => sum + keys.certificates.length, 0)} certificates, ${nodes.reduce((sum, { keys }) => sum + keys.keys.length + keys.hostKeys.length, 0)} key files`
  const base = { expected, observed, notes: ['private keys were not read, only when their files were made'], remedy: '' }
  const unknown = starts.filter(({ at }) => at === undefined)
  if (unknown.length > 0 || nodes.length === 0)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: `when FIPS mode was switched on is not known for ${unknown.map(({ node }) => node).join(', ') || 'any node'}`,
      remedy: 'keep the journal from the first boot on (Storage=persistent)',
    }
  const earliest = Math.min(...starts.flatMap(({ at }) => at ?? []))
  const old = nodes.flatMap(({ node, keys, history }) => {
    const own = firstFipsBoot(history) ?? earliest
    // What was written last before the mode was on is old, even where the file was copied to its place later and keeps that time.
    const files = [...keys.hostKeys, ...keys.keys].filter(({ changed }) => changed < own - slack)
    const certificates = keys.certificates.filter(({ path, notBefore }) => notBefore < earliest - backdatedOf(path) - slack)
    return [
      ...files.map(
        ({ path, born, changed }) =>
          `${node}:${path} was written ${when(changed)}${born >= own - slack ? ` and put there ${when(born)}` : ''}`,
      ),
      ...certificates.map(({ path, notBefore }) => `${node}:${path} is valid from ${when(notBefore)}`),
    ]
  })
  if (old.length > 0)
    return {
      ...base,
      verdict: 'fail',
      reason: `older than FIPS mode: ${old.slice(0, 6).join('; ')}${old.length > 6 ? `; ${old.length - 6} more` : ''}`,
      remedy: 'make these keys and certificates anew on a system in FIPS mode, best with the whole cluster',
    }
  const rewritten = nodes.flatMap(({ node, keys, history }) => {
    const own = firstFipsBoot(history) ?? earliest
    return [...keys.hostKeys, ...keys.keys]
      .filter(({ born, changed }) => born > 0 && born < own - slack && changed >= own - slack)
      .map(({ path, born }) => `${node}:${path} (since ${when(born)})`)
  })
  if (rewritten.length > 0)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: `files that are older than FIPS mode and were written since, or only touched: ${rewritten.slice(0, 6).join('; ')}${rewritten.length > 6 ? `; ${rewritten.length - 6} more` : ''}`,
      remedy: 'remove these keys and make them anew, so that the age of their files tells when',
    }
  const broken = nodes.flatMap(({ node, keys }) => keys.broken.map((path) => `${node}:${path}`))
  if (broken.length > 0)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: `certificates that cannot be read: ${broken.join(', ')}`,
      remedy: 'repair or remove them',
    }
  if (nodes.every(({ keys }) => keys.certificates.length === 0))
    return {
      ...base,
      verdict: 'inconclusive',
      reason: 'no certificate of the cluster was found on its nodes',
      remedy: 'say where the cluster keeps its certificates',
    }
  return { ...base, verdict: 'pass', reason: 'every certificate, key file and host key is younger than FIPS mode on its node' }
}

/** What of a node must stay as it was, by name. */
export type NodeBaseline = Readonly<Record<string, string>>
export type ClusterBaseline = {
  containerNodes: boolean
  /** By node. */
  now: Readonly<Record<string, NodeBaseline>>
  /** What an earlier run of this cluster stored; absent for the first. */
  before?: { run: string; nodes: Readonly<Record<string, NodeBaseline>> }
}

/** FIPS-PERM-4: nothing that belongs to FIPS mode has changed since the last run of the same cluster. */
export const unchangedSinceLastRun: Rule<ClusterBaseline> = ({ containerNodes, now, before }): Outcome => {
  const expected = 'what belongs to FIPS mode is as the last run of this cluster recorded it'
  if (containerNodes) return noBootOfItsOwn(expected)
  const names = Object.keys(now).toSorted()
  const observed = names
    .map(
      (name) =>
        `${name}: ${Object.entries(now[name] ?? {})
          .map(([key, value]) => `${key} ${value}`)
          .join(', ')}`,
    )
    .join('; ')
  const base = { expected, observed, notes: [], remedy: '' }
  if (!before)
    return { ...base, verdict: 'not-applicable', reason: 'baseline recorded: this is the first run of this cluster that is known here' }
  const changes = [...new Set([...names, ...Object.keys(before.nodes)])].toSorted().flatMap((name) => {
    const [was, is] = [before.nodes[name], now[name]]
    if (!was) return [`${name} is new`]
    if (!is) return [`${name} is gone`]
    return [...new Set([...Object.keys(was), ...Object.keys(is)])]
      .toSorted()
      .flatMap((key) => (was[key] === is[key] ? [] : [`${name}: ${key} was ${was[key] ?? 'not known'}, is ${is[key] ?? 'not known'}`]))
  })
  return changes.length === 0
    ? { ...base, verdict: 'pass', reason: `nothing has changed since run ${before.run}` }
    : {
        ...base,
        verdict: 'fail',
        reason: `changed since run ${before.run}: ${changes.slice(0, 6).join('; ')}${changes.length > 6 ? `; ${changes.length - 6} more` : ''}`,
        remedy: 'if the change was meant, waive it with its reason until the next baseline; else find who made it',
      }
}
