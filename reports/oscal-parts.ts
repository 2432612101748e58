import type { Observation, Subject } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { chained, type Json, lazily } from './json-document.ts'
import { oneLine, type Told } from './told.ts'
import type { idsOf } from './uuid.ts'

export type Ids = ReturnType<typeof idsOf>

export const namespace = 'urn:fips-conformance:oscal'
/** Names of properties for cryptographic modules, as FedRAMP's templates have them. */
const fedrampNamespace = 'https://fedramp.gov/ns/oscal'

/** Markup of one line. */
export const line = (text: string): string => oneLine(text)

/** Lists in OSCAL have at least one item, or are left out. */
export const many = <T>(items: readonly T[]): readonly T[] | undefined => (items.length > 0 ? items : undefined)

/** The same for lists that may be long: each item is made when it is written. */
export const manyOf = <T>(list: readonly T[], toJson: (item: T) => Json): Json | undefined =>
  list.length > 0 ? lazily(list, toJson) : undefined

/** A property's value has no line breaks, and no blanks around it; its name is a token of XML. */
export const prop = (name: string, value: string, ns = namespace): Json => ({
  name: name.replace(/[^\w.-]/g, '-'),
  value: oneLine(value),
  ns,
})

const assetType = { listener: 'listener', component: 'software', node: 'host', cluster: 'system', plant: 'tool' } as const

const inventoryItem = ({ kind, key, name, node, detail }: Subject, ids: Ids): Json => ({
  uuid: ids('subject', key),
  description: line(node && kind !== 'node' ? `${kind} ${name} on ${node}` : `${kind} ${name}`),
  props: [
    { name: 'asset-type', value: assetType[kind] },
    prop('subject', key),
    ...Object.entries(detail)
      .filter(([, value]) => value.trim() !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => prop(`detail-${name}`, value)),
  ],
})

/** Every subject that was judged, once. */
export const inventoryOf = (told: readonly Told[], ids: Ids): Json | undefined => {
  const subjects = new Map(told.filter(({ plant }) => !plant).map(({ finding }) => [finding.subject.key, finding.subject]))
  return manyOf([...subjects.values()], (subject) => inventoryItem(subject, ids))
}

/** This tool, as the platform that assessed. Its own cryptography is stated, and claimed to be nothing more. */
export const platformOf = ({ run }: ReportInput, ids: Ids): Json => ({
  components: [
    {
      uuid: ids('tool'),
      type: 'software',
      title: line(run.tool.name),
      description: `The harness that made these results: version ${run.tool.version}, Node ${run.harness.node}, OpenSSL ${run.harness.openssl}.`,
      props: [
        { name: 'version', value: oneLine(run.tool.version) },
        ...(run.tool.commit ? [prop('commit', run.tool.commit)] : []),
        prop('node', run.harness.node),
        prop('openssl', run.harness.openssl),
      ],
      status: { state: 'operational' },
    },
  ],
  'assessment-platforms': [
    { uuid: ids('platform'), title: line(`${run.tool.name} ${run.tool.version}`), 'uses-components': [{ 'component-uuid': ids('tool') }] },
  ],
})

/** The certificates behind the modules that were found, each as a component of type `validation`. */
export const validationComponents = ({ certificates, modules }: ReportInput, ids: Ids): Json[] => {
  const users = Map.groupBy(
    Object.entries(modules).flatMap(([key, seen]) => seen.map((module) => ({ key, module }))),
    ({ module }) => (module.state === 'read' ? module.certificate : undefined),
  )
  return certificates.map(({ number, module, vendor, standard, level, sunset, asOf, source, worth }) => ({
    uuid: ids('certificate', String(number)),
    type: 'validation',
    title: line(module),
    description: `${worth.reason}. Found in ${users.get(number)?.length ?? 0} components.`,
    props: [
      { name: 'asset-type', value: 'cryptographic-module' },
      prop('vendor-name', vendor, fedrampNamespace),
      prop('cryptographic-module-usage', 'data-in-transit', fedrampNamespace),
      prop('validation-type', standard === 'FIPS 140-3' ? 'fips-140-3' : 'fips-140-2', fedrampNamespace),
      prop('validation-reference', String(number), fedrampNamespace),
      prop('level', String(level)),
      prop('status', worth.status),
      prop('as-of', asOf),
      prop('source', source),
      ...(sunset === undefined ? [] : [prop('sunset', sunset)]),
    ],
    links: [{ href: certificatePage(number), rel: 'validation-details' }],
    status: { state: worth.status === 'Active' ? 'operational' : 'other' },
  }))
}

/** NIST's page of a certificate of the Cryptographic Module Validation Program. */
export const certificatePage = (number: number): string =>
  `https://csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/${number}`

const file = (path: string, title: string, ids: Ids): Json => ({
  uuid: ids('file', path),
  title,
  rlinks: [{ href: path, 'media-type': 'application/json' }],
})

/** The files of the bundle, and each stored observation with the SHA-256 of its bytes. */
export const resourcesOf = ({ observations }: ReportInput, ids: Ids): Json =>
  chained(
    [
      file('plan.json', 'The plan of the run', ids),
      file('findings.json', 'The findings of the run', ids),
      file('run.json', 'Who ran what, when and against what', ids),
    ],
    lazily(Object.keys(observations).sort(), (id): Json => {
      const { kind, means, source, at, blobs } = observations[id] as Observation
      return {
        uuid: ids('resource', id),
        title: line(`observation ${id}`),
        description: `${kind}, by ${means}, of ${source}, at ${at}`,
        props: [prop('observation', id)],
        rlinks: many(
          Object.entries(blobs)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([, sha256]) => ({
              href: `observations/blobs/${encodeURIComponent(sha256)}`,
              'media-type': 'application/octet-stream',
              hashes: [{ algorithm: 'SHA-256', value: sha256 }],
            })),
        ),
      }
    }),
  )
