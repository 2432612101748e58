import type { Run } from './run.ts'

/**
 * Which line of runs a run belongs to: the cluster's own id where the provider knows one, else the provider and the name. A cluster that was made for one run only
 * has a name of that run (`fips-` and the end of the run's id): all of those are one line, since each is made anew from the same recipe.
 */
export const clusterIdentity = ({ provider, cluster, runId }: Pick<Run, 'provider' | 'cluster' | 'runId'>): string => {
  if (cluster.id !== undefined) return `${provider}:${cluster.id}`
  return cluster.name === `fips-${runId.slice(-6)}` ? `${provider}:made-for-each-run` : `${provider}:${cluster.name}`
}
