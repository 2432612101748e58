import { type ComponentRow, components } from '../policy/components.ts'
import { type ContainerdConfig, cniPlugins, parseContainerdConfig, wrappedProgram } from './containerd-config.ts'
import { type NodeInventory, type Process, programName } from './inventory.ts'
import type { NodeAccess } from './node-access.ts'

/** A named component as it was looked for on one node. */
export type FoundComponent = {
  name: string
  optional: boolean
  /** Where its bytes can be read on the node; absent where it was not found. */
  path?: string
  /** As a person would name the place. */
  shown: string
  /** Processes that run it. */
  pids: readonly number[]
  /** How it was found, or why it was not. */
  how: string
  /** An OCI runtime that wraps it. */
  wrapper?: string
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Where a program name leads on the node, on the PATH of the process with this id. */
const which = async (node: NodeAccess, program: string, pid: number, signal?: AbortSignal): Promise<string | undefined> => {
  const script =
    'PATH=$(tr "\\0" "\\n" < "/proc/$2/environ" | sed -n "s/^PATH=//p"); [ -n "$PATH" ] || PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; command -v "$1"'
  const { exitCode, stdout } = await node.run(['sh', '-c', script, 'sh', program, String(pid)], signal ? { signal } : {})
  const path = decode(stdout).trim()
  return exitCode === 0 && path.startsWith('/') ? path : undefined
}

const running = (row: ComponentRow, processes: readonly Process[]): FoundComponent | undefined => {
  const own = processes.filter(({ exe }) => programName(exe) === row.executable)
  const first = own[0]
  if (!first) return undefined
  return {
    name: row.name,
    optional: row.optional,
    path: `/proc/${first.pid}/exe`,
    shown: first.exe,
    pids: own.map(({ pid }) => pid),
    how: 'running process',
  }
}

type Looker = {
  node: NodeAccess
  inventory: NodeInventory
  config: ContainerdConfig | { unreadable: string }
  containerd: Process | undefined
  signal?: AbortSignal
}

const missing = (name: string, optional: boolean, how: string): FoundComponent => ({ name, optional, shown: 'not found', pids: [], how })
const atPath = (name: string, optional: boolean, path: string, how: string): FoundComponent => ({
  name,
  optional,
  path,
  shown: path,
  pids: [],
  how,
})

const ociRuntime = async (row: ComponentRow, { node, config, containerd, signal }: Looker): Promise<FoundComponent> => {
  if ('unreadable' in config) return missing(row.name, row.optional, config.unreadable)
  const named = config.runtimeBinary.startsWith('/')
    ? config.runtimeBinary
    : await which(node, config.runtimeBinary, containerd?.pid ?? 1, signal)
  if (!named) return missing(row.name, row.optional, `containerd names the OCI runtime ${config.runtimeBinary}, which is not on its PATH`)
  const { stdout } = await node.run(['head', '-c', '65536', '--', named], signal ? { signal } : {})
  const wrapped = wrappedProgram(decode(stdout))
  if (!wrapped) return atPath(row.name, row.optional, named, 'the OCI runtime of containerd’s effective configuration')
  const target = wrapped.startsWith('/') ? wrapped : await which(node, wrapped, containerd?.pid ?? 1, signal)
  if (!target) return missing(row.name, row.optional, `the OCI runtime ${named} is a script that executes ${wrapped}, which is not found`)
  return {
    ...atPath(row.name, row.optional, target, `executed by ${named}, the OCI runtime of containerd’s effective configuration`),
    wrapper: named,
  }
}

const cni = async (row: ComponentRow, { node, config, signal }: Looker): Promise<FoundComponent[]> => {
  if ('unreadable' in config) return [missing('cni', row.optional, config.unreadable)]
  const options = signal ? { signal } : {}
  const listing = decode((await node.run(['ls', '--', config.cniConfDir], options)).stdout)
  // containerd takes the first file in lexical order (its CNI plugin loads one network by default).
  const first = listing
    .split('\n')
    .filter((name) => /\.(conf|conflist|json)$/.test(name))
    .sort()[0]
  if (!first) return [missing('cni', row.optional, `no network configuration in ${config.cniConfDir}`)]
  const path = `${config.cniConfDir}/${first}`
  try {
    const plugins = cniPlugins(decode((await node.run(['cat', '--', path], options)).stdout))
    return await Promise.all(
      plugins.map(async (plugin) => {
        for (const directory of config.cniBinDirs) {
          if ((await node.run(['test', '-e', `${directory}/${plugin}`], options)).exitCode === 0) {
            return atPath(`cni/${plugin}`, row.optional, `${directory}/${plugin}`, `called by ${path}`)
          }
        }
        return missing(`cni/${plugin}`, row.optional, `called by ${path}, but not in ${config.cniBinDirs.join(', ')}`)
      }),
    )
  } catch (error) {
    return [
      missing('cni', row.optional, `${path} cannot be read as a network configuration: ${error instanceof Error ? error.message : error}`),
    ]
  }
}

const findOne = async (row: ComponentRow, looker: Looker): Promise<FoundComponent[]> => {
  const process = row.executable === '' ? undefined : running(row, looker.inventory.processes)
  if (process) return [process]
  switch (row.otherwise.by) {
    case 'nothing':
      return [missing(row.name, row.optional, `no process on the node runs ${row.executable}`)]
    case 'path': {
      const path = await which(looker.node, row.executable, 1, looker.signal)
      return [
        path
          ? atPath(row.name, row.optional, path, 'on the PATH of the node’s init')
          : missing(row.name, row.optional, 'not on the PATH of the node’s init'),
      ]
    }
    case 'oci-runtime':
      return [await ociRuntime(row, looker)]
    case 'cni-configuration':
      return cni(row, looker)
    case 'beside-containerd': {
      const path = await which(looker.node, row.executable, looker.containerd?.pid ?? 1, looker.signal)
      return [
        path
          ? atPath(row.name, row.optional, path, 'on the PATH of containerd')
          : missing(row.name, row.optional, 'not on the PATH of containerd'),
      ]
    }
  }
}

/** Every named component that is expected on a node of this role, found or not; components that only some node has are left out where they do not run. */
export const findComponents = async (
  node: NodeAccess,
  role: 'control-plane' | 'worker',
  inventory: NodeInventory,
  signal?: AbortSignal,
): Promise<FoundComponent[]> => {
  const containerd = inventory.processes.find(({ exe }) => programName(exe) === 'containerd')
  const looker: Looker = { node, inventory, containerd, config: await effectiveConfig(node, containerd, signal), ...(signal && { signal }) }
  const rows = components.filter(
    (row) =>
      row.on === 'every-node' ||
      (row.on === 'control-plane' && role === 'control-plane') ||
      (row.on === 'some-node' && running(row, inventory.processes)),
  )
  return (await Promise.all(rows.map((row) => findOne(row, looker)))).flat()
}

const effectiveConfig = async (
  node: NodeAccess,
  containerd: Process | undefined,
  signal?: AbortSignal,
): Promise<ContainerdConfig | { unreadable: string }> => {
  if (!containerd) return { unreadable: 'containerd does not run on the node' }
  const options = signal ? { signal } : {}
  const flags = configFlag(decode((await node.run(['cat', `/proc/${containerd.pid}/cmdline`], options)).stdout))
  const { exitCode, stdout, stderr } = await node.run([`/proc/${containerd.pid}/exe`, ...flags, 'config', 'dump'], options)
  if (exitCode !== 0) return { unreadable: `«containerd config dump» failed: ${stderr.trim().slice(0, 200)}` }
  try {
    return parseContainerdConfig(decode(stdout))
  } catch (error) {
    return { unreadable: `containerd’s configuration cannot be read: ${error instanceof Error ? error.message : error}` }
  }
}

/** containerd's own flag for its configuration file, out of a command line as /proc shows it (fields end in NUL). */
export const configFlag = (cmdline: string): string[] => {
  const argv = cmdline.split('\0')
  const given = argv.flatMap((argument, index) => {
    const flag = /^--?(?:config|c)(?:=(.*))?$/s.exec(argument)
    return flag ? [flag[1] ?? argv[index + 1] ?? ''] : []
  })
  const path = given.at(-1)
  return path ? ['--config', path] : []
}
