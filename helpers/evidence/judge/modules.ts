import { analyseOutside } from '../../disk/analyse/outside.ts'
import { toldComponentsSchema } from '../../disk/analyse/places.ts'
import { type ComponentModules, carriesModule } from '../../rules/components.ts'
import { expectedModule } from '../../rules/modules-verdicts.ts'
import { diskAgrees, type NodeDisk } from '../../rules/outside.ts'
import { analyseListener } from '../../tls/analyse/listener.ts'
import type { Evidence, Subject } from '../model.ts'
import { ownListeners } from '../own-listeners.ts'
import { joinedExecutables } from './joined-executables.ts'
import { type Judgements, judgement, only } from './judgement.ts'

const componentFacts = (subject: Subject, evidence: readonly Evidence[]): ComponentModules => {
  const { detail } = subject
  const listeners = ownListeners(subject)
  return {
    component: subject.name,
    how: detail.how ?? '',
    optional: detail.optional === 'true',
    ...(detail.wrapper && { wrapper: detail.wrapper }),
    ...(listeners && {
      listeners: listeners.map(({ name }) => analyseListener(evidence.filter(({ source }) => source === name)).protocol),
    }),
    executables: joinedExecutables(evidence),
    expect: expectedModule(detail.expect),
  }
}

/** `data` of what a node told; a bundle that does not hold it so was not written by this tool. */
const toldOf = ({ data }: Evidence) => toldComponentsSchema.parse(data.components)

const blobOf = (evidence: Evidence, name: string): Record<string, Uint8Array> =>
  Object.hasOwn(evidence.blobs, name) ? { [name]: evidence.bytes(name) } : {}

const diskFacts = ({ name, detail }: Subject, evidence: readonly Evidence[]): NodeDisk => {
  if (detail.kernel === 'host') return { state: 'container' }
  if (detail.stays) return { state: 'stays', why: detail.stays }
  const [disk] = only(evidence, 'disk-files')
  const [told] = only(evidence, 'told-programs')
  if (disk === undefined || told === undefined) return { state: 'asked', node: name, facts: undefined }
  const facts = analyseOutside({
    disk: { data: disk.data, ...blobOf(disk, 'superblock'), ...blobOf(disk, 'files') },
    told: toldOf(told),
    since: String(told.data.since),
    listed: blobOf(told, 'records').records,
  })
  return { state: 'asked', node: name, facts }
}

export const moduleJudgements: Judgements = {
  'FIPS-MOD-1': judgement(componentFacts, carriesModule),
  'FIPS-MOD-2': judgement(diskFacts, diskAgrees),
}
