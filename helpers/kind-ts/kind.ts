import { homedir } from 'node:os'
import { resolve } from 'node:path'
import * as commands from './commands.ts'
import type { Cluster } from './config.ts'
import { childEnvironment, refuseUsersKubeconfig } from './environment.ts'
import type { KindVersion, Parser } from './output.ts'
import { parseKubeconfig, parseNames, parseNothing, parseVersion } from './output.ts'
import { runKind } from './run.ts'
import { toYaml } from './to-yaml.ts'

export type KindOptions = {
  /** Path or name of the kind executable. */
  binary: string
  /** The file that kind writes clusters' credentials into, and nothing else's: never the user's own. Relative paths are resolved. */
  kubeconfig: string
  /** What the child's environment is picked from by an allow-list. Default: process.env. */
  env?: Readonly<Record<string, string | undefined>> | undefined
  /** Docker network of the nodes instead of `kind` (KIND_EXPERIMENTAL_DOCKER_NETWORK). */
  experimentalDockerNetwork?: string | undefined
  /** Ends every command but `deleteCluster`, which is what cleans up after it. */
  signal?: AbortSignal | undefined
  /** Called with each line of kind's stderr: progress, warnings, errors. */
  onLine?: ((line: string) => void) | undefined
  /** Milliseconds that a cancelled kind has between SIGTERM and SIGKILL. Default: 5000. */
  graceMs?: number | undefined
}

type Cancellable = { signal?: AbortSignal | undefined }
type OfCluster = Cancellable & { name: string }
type OnNodes = OfCluster & { /** Default: every node. */ nodes?: readonly string[] | undefined }

export type CreateClusterOptions = OfCluster & {
  /** Its `name` does not count, and neither do its nodes' images. */
  config: Cluster
  /** Node image of every node. One that Docker has is never pulled. */
  image: string
  /** Leave the nodes of a failed creation for `exportLogs`; the caller deletes them. */
  retain?: boolean | undefined
  /**
   * Seconds to wait for the control planes to be Ready. Workers are not waited for, and a wait that runs out is a line on stderr,
   * not an error (kind v0.33.0, create/actions/waitforready): whoever needs a ready cluster has to look.
   */
  wait?: number | undefined
}

/** Every method rejects with a KindError. */
export type Kind = {
  createCluster: (options: CreateClusterOptions) => Promise<void>
  /** Succeeds if there is no such cluster. Not ended by the driver's signal, only by its own. */
  deleteCluster: (options: OfCluster) => Promise<void>
  /** Names, sorted; those of stopped clusters too. */
  getClusters: (options?: Cancellable) => Promise<string[]>
  /** Names of containers; none if there is no such cluster. */
  getNodes: (options: OfCluster) => Promise<string[]>
  /** Kubeconfig as YAML text, with a private key. `internal`: for clients on the nodes' Docker network. */
  getKubeconfig: (options: OfCluster & { internal?: boolean | undefined }) => Promise<string>
  /** `archive`: path of a tar as `docker save` writes it. */
  loadImageArchive: (options: OnNodes & { archive: string }) => Promise<void>
  /** `images`: references of images that Docker has. */
  loadDockerImage: (options: OnNodes & { images: readonly string[] }) => Promise<void>
  /** Writes what every node knows about itself below `dir`. */
  exportLogs: (options: OfCluster & { dir: string }) => Promise<void>
  version: (options?: Cancellable) => Promise<KindVersion>
}

/**
 * A driver of the kind CLI, written against kind v0.33.0.
 * @throws KindError KIND_ARGUMENT_INVALID if `kubeconfig` is empty or the user's own
 */
export const createKind = (options: KindOptions): Kind => {
  const { binary, env = process.env, experimentalDockerNetwork, onLine, graceMs = 5000 } = options
  const kubeconfig = options.kubeconfig && resolve(options.kubeconfig)
  refuseUsersKubeconfig(kubeconfig, env.HOME || homedir())
  const environment = childEnvironment(env, { kubeconfig, dockerNetwork: experimentalDockerNetwork })

  const run = <T>(args: readonly string[], parse: Parser<T>, signals: readonly (AbortSignal | undefined)[], stdin?: string): Promise<T> => {
    const signal = AbortSignal.any(signals.filter((given) => given !== undefined))
    return runKind({ binary, args, environment, stdin, signal, graceMs, onLine, parse })
  }
  const both = (own?: AbortSignal) => [options.signal, own]

  return {
    createCluster: async ({ signal, config, ...wanted }) =>
      run(commands.createClusterArgs(wanted, kubeconfig), parseNothing, both(signal), toYaml(config)),
    deleteCluster: async ({ signal, name }) => run(commands.deleteClusterArgs({ name }, kubeconfig), parseNothing, [signal]),
    getClusters: async ({ signal } = {}) => run(commands.getClustersArgs(), parseNames, both(signal)),
    getNodes: async ({ signal, name }) => run(commands.getNodesArgs({ name }), parseNames, both(signal)),
    getKubeconfig: async ({ signal, ...wanted }) => run(commands.getKubeconfigArgs(wanted), parseKubeconfig, both(signal)),
    loadImageArchive: async ({ signal, ...wanted }) => run(commands.loadImageArchiveArgs(wanted), parseNothing, both(signal)),
    loadDockerImage: async ({ signal, ...wanted }) => run(commands.loadDockerImageArgs(wanted), parseNothing, both(signal)),
    exportLogs: async ({ signal, ...wanted }) => run(commands.exportLogsArgs(wanted), parseNothing, both(signal)),
    version: async ({ signal } = {}) => run(commands.versionArgs(), parseVersion, both(signal)),
  }
}
