import type { Run } from './run.ts'

/**
 * Which line of runs a run belongs to: a user's cluster by its own id where that is known; else the provider and the name, for what this tool makes under one name is made anew from the
 * same recipe and compared with what stood there before. A cluster that was made for one run only has a name of that run (`fips-` and the end of the run's id): all of those
 * are one line.
 */
export const clusterIdentity = ({ provider, cluster, runId }: Pick<Run, 'provider' | 'cluster' | 'runId'>): string => {
  if (cluster.name === `fips-${runId.slice(-6)}`) return `${provider}:made-for-each-run`
  return `${provider}:${cluster.createdBy === 'user' ? (cluster.id ?? cluster.name) : cluster.name}`
}
