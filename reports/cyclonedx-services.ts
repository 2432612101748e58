import type { ListenerSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { shown } from '../helpers/policy/code-points.ts'
import { property, ref } from './cyclonedx-parts.ts'
import { type Json, lazily } from './json-document.ts'
import type { Told } from './told.ts'

/** What was refused has no place of its own in a BOM, and is what this one is for: a property for each code point. */
const refusedProperties = (seen: ListenerSeen | undefined): Json[] =>
  seen?.state === 'read'
    ? (seen.refused ?? []).flatMap(({ version, what, codes }) =>
        codes.map((code) => property(`refused:${what}`, `${shown(what, code)} in ${shown('version', version)}`)),
      )
    : []

const acceptedProperties = (seen: ListenerSeen | undefined): Json[] =>
  seen?.state === 'read'
    ? seen.accepted.flatMap(({ version, suites, groups }) => [
        property('accepted:version', shown('version', version)),
        ...suites.map((suite) => property('accepted:suite', `${shown('suite', suite)} in ${shown('version', version)}`)),
        ...groups.map((group) => property('accepted:group', `${shown('group', group)} in ${shown('version', version)}`)),
      ])
    : []

const protocolOf = (seen: ListenerSeen | undefined): string =>
  seen === undefined ? 'not known' : seen.state === 'read' ? seen.protocol : `not known: ${seen.reason}`

/** Every listener that was judged, with what it speaks, accepts and refuses, and the verdicts about it. */
export const listenerServices = ({ listeners }: ReportInput, told: readonly Told[]): Json => {
  const own = Map.groupBy(
    told.filter(({ finding }) => finding.subject.kind === 'listener'),
    ({ finding }) => finding.subject.key,
  )
  return lazily([...own], ([key, about]): Json => {
    const subject = about[0]?.finding.subject
    const seen = Object.hasOwn(listeners, key) ? listeners[key] : undefined
    return {
      'bom-ref': ref('listener', key),
      name: subject?.name ?? key,
      ...(subject?.node && { trustZone: subject.node }),
      'x-trust-boundary': subject?.detail.loopback !== 'true',
      properties: [
        property('subject', key),
        property('protocol', protocolOf(seen)),
        ...acceptedProperties(seen),
        ...refusedProperties(seen),
        ...about.map(({ finding, standing }) => property(`verdict:${finding.requirement}`, standing)),
      ],
    }
  })
}
