import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeAccess } from '../../../helpers/cluster/node-access.ts'
import type { Finding } from '../../../helpers/evidence/model.ts'

// What a node shows of its files otherwise than they lie on its disk, put into a machine that runs, and what FIPS-MOD-2 says of it.

/** A program that reads differently from inside and outside. `kept` is on the disk, `altered` is what the node shows and runs. */
export type BoundOver = { path: string; kept: string; altered: string }

/** A program that lies on the disk, and that the node does not show. */
export type Hidden = { path: string; sha256: string }

const on = async (node: NodeAccess, script: string, ...values: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await node.run(['sh', '-euc', script, 'sh', ...values])
  if (exitCode !== 0) throw new Error(`on ${node.name}: exit code ${exitCode}: ${stderr}`)
  return new TextDecoder().decode(stdout).trim()
}

const digest = async (node: NodeAccess, path: string): Promise<string> => (await on(node, 'sha256sum -- "$1"', path)).slice(0, 64)

/** A copy of a service's program with one byte more, mounted over it, and the service started anew: its process runs the copy under the program's own path. */
export const boundOver = async (node: NodeAccess, path: string, service: string): Promise<BoundOver> => {
  const kept = await digest(node, path)
  await on(
    node,
    'cp -a -- "$1" /root/altered; printf x >>/root/altered; mount --bind /root/altered "$1"; systemctl restart "$2"',
    path,
    service,
  )
  const altered = await digest(node, path)
  for (const deadline = Date.now() + 300_000; ; await sleep(2_000)) {
    const pid = await on(node, 'systemctl show --property MainPID --value "$1"', service)
    const runs = pid === '0' ? '' : await on(node, 'sha256sum "/proc/$1/exe" 2>/dev/null || :', pid)
    if (runs.startsWith(altered)) return { path, kept, altered }
    if (Date.now() > deadline) throw new Error(`${service} does not run again on ${node.name}`)
  }
}

/** A program in a folder over which an empty file system is mounted. */
export const hidden = async (node: NodeAccess): Promise<Hidden> => {
  const path = '/opt/hidden/tool'
  await on(node, 'mkdir -p /opt/hidden; cp /usr/bin/env "$1"; printf y >>"$1"', path)
  const sha256 = await digest(node, path)
  await on(node, 'mount -t tmpfs -o ro none /opt/hidden')
  return { path, sha256 }
}

/** What is wrong with a finding that should have caught both; empty where it did, and where it blames nothing else. */
export const notCaught = (
  { verdict, reason, observed, notes }: Pick<Finding, 'verdict' | 'reason' | 'observed' | 'notes'>,
  { component, over, kept }: { component: string; over: BoundOver; kept: Hidden },
): string[] => {
  const blamed = notes.filter((note) => /^the node told of |^the disk, read from outside, holds /.test(note))
  const [components = '', all = ''] = [...observed.matchAll(/\b(\d+) of (\d+) contents of components/g)].flatMap((match) => match.slice(1))
  return [
    ...(verdict === 'fail' ? [] : [`the verdict is ${verdict}`]),
    ...[component, over.path, over.kept, over.altered]
      .filter((part) => !reason.includes(part))
      .map((part) => `the reason does not name ${part}`),
    ...(blamed.some((note) => note.includes(kept.path) && note.includes(kept.sha256)) ? [] : [`no note names ${kept.path}`]),
    // The copy itself lies on the disk as the node tells of it.
    ...blamed.filter((note) => !note.includes(kept.path)).map((note) => `something else is blamed: ${note}`),
    ...(Number(components) === Number(all) - 1 && Number(all) > 10 ? [] : [`not all other components agree: ${observed}`]),
  ]
}
