import type { Subject } from './model.ts'
import type { Run } from './run.ts'

/** What stands for the cluster's name in a stable key; no name in DNS form (RFC 1123) can be spelled so. */
const anyCluster = '{cluster}'

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Keys of these kinds begin with the name of a node: `component:node-a/kubelet`. */
const ofNode = /^((?:node|component|listener):)([^/]*)/

/**
 * The part of a subject's identity that outlives its cluster: its key, with `{cluster}` for the name of a cluster that a node is named after. A cluster that is made anew for
 * each run has another name each time, and is the same to whoever reads results over runs (test names of JUnit and CTRF, fingerprints of SARIF, `compare`).
 */
export const stableKeys = ({ cluster: { name } }: Pick<Run, 'cluster'>): ((subject: Pick<Subject, 'key'>) => string) => {
  if (name === '') return ({ key }) => key
  const own = new RegExp(`(?<![A-Za-z0-9])${escaped(name)}(?![A-Za-z0-9])`, 'g')
  return ({ key }) => key.replace(ofNode, (_all, kind: string, node: string) => kind + node.replace(own, anyCluster))
}
