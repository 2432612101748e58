import { kindProvider } from './kind/index.ts'
import { machineProvider } from './machine/index.ts'
import type { ClusterRef, Provider } from './provider.ts'

/** What can be done with a cluster, whoever made it. */
type Keeper = Pick<Provider<never>, 'down' | 'sweep' | 'logs' | 'access'>

const keepers: Readonly<Record<ClusterRef['provider'], Keeper>> = { kind: kindProvider, machine: machineProvider }

/** The provider of a cluster; what has no record is looked for by kind, whose things carry labels in the engine. */
export const keeperOf = (ref: Pick<ClusterRef, 'provider'> | undefined): Keeper => keepers[ref?.provider ?? 'kind']

export const everyKeeper: readonly Keeper[] = [machineProvider, kindProvider]
