import type { CertificateSeen, ModuleSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { property, ref } from './cyclonedx-parts.ts'
import type { Json } from './json-document.ts'
import { certificatePage } from './oscal-parts.ts'

type Read = Extract<ModuleSeen, { state: 'read' }>
type Use = { key: string; module: Read }

const hasModule = ({ module: { module } }: Use): boolean => module !== 'none' && module !== 'not-inspectable'

const moduleRef = ({ module, integrity, arch }: Read): string => ref('module', module, arch, integrity)
const programRef = ({ sha256 }: Read): string => ref('program', sha256)

/** What a certificate is worth, as properties: CycloneDX has a place for a level alone, and a level without number, status and date proves nothing. */
const certificateProperties = (row: CertificateSeen | undefined): Json[] =>
  row
    ? [
        property('cmvp:certificate', String(row.number)),
        property('cmvp:vendor', row.vendor),
        property('cmvp:standard', row.standard),
        property('cmvp:level', String(row.level)),
        property('cmvp:status', row.worth.status),
        property('cmvp:as-of', row.asOf),
        property('cmvp:source', row.source),
        ...(row.sunset === undefined ? [] : [property('cmvp:sunset', row.sunset)]),
        ...(row.caveat === undefined ? [] : [property('cmvp:caveat', row.caveat)]),
        property('cmvp:tested-environment', 'not known to be this one'),
      ]
    : [property('cmvp:certificate', 'none known')]

const moduleComponent = (own: readonly Use[], certificates: readonly CertificateSeen[]): Json[] => {
  const [first] = own
  if (!first) return []
  const { module } = first
  const row = certificates.find(({ number }) => number === module.certificate)
  return [
    {
      type: 'library',
      name: module.moduleName,
      version: module.module,
      'bom-ref': moduleRef(module),
      description: 'Cryptographic module, identified by the bytes of the programs that carry it',
      properties: [
        property('module', module.module),
        property('module:integrity', module.integrity),
        property('module:architecture', module.arch),
        ...certificateProperties(row),
      ],
      ...(row && {
        externalReferences: [{ type: 'certification-report', url: certificatePage(row.number), comment: `CMVP certificate ${row.number}` }],
      }),
      evidence: {
        occurrences: own.map(({ key, module: { proof } }) => ({ location: key, ...(proof && { offset: proof.blockOffset }) })),
      },
    },
  ]
}

const programComponent = (own: readonly Use[], names: ReadonlyMap<string, string>): Json[] => {
  const [first] = own
  if (!first) return []
  const { module } = first
  return [
    {
      type: 'application',
      name: names.get(first.key) ?? module.path,
      ...(module.toolchain && { version: module.toolchain }),
      'bom-ref': programRef(module),
      hashes: [{ alg: 'SHA-256', content: module.sha256 }],
      properties: [
        property('module', module.module),
        property('module:integrity', module.integrity),
        property('module:mode', module.mode),
        property('size', String(module.size)),
        ...module.outside.map((name) => property('cryptography-outside-the-module', name)),
      ],
      evidence: { occurrences: own.map(({ key, module: { path } }) => ({ location: key, additionalContext: path })) },
    },
  ]
}

/** The cryptographic modules, the programs that carry them, and which carries which. Equal files of several nodes are one program with several occurrences. */
export const modulesAndPrograms = ({ modules, certificates, findings }: ReportInput): { components: Json[]; dependencies: Json[] } => {
  const uses = Object.entries(modules)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, seen]) => seen.flatMap((module): Use[] => (module.state === 'read' ? [{ key, module }] : [])))
  const users = new Set(uses.map(({ key }) => key))
  const names = new Map(findings.flatMap(({ subject }) => (users.has(subject.key) ? [[subject.key, subject.name] as const] : [])))
  const byModule = Map.groupBy(uses.filter(hasModule), ({ module }) => moduleRef(module))
  const byProgram = Map.groupBy(uses, ({ module }) => programRef(module))
  return {
    components: [
      ...[...byModule.values()].flatMap((own) => moduleComponent(own, certificates)),
      ...[...byProgram.values()].flatMap((own) => programComponent(own, names)),
    ],
    dependencies: [
      { ref: 'cluster', dependsOn: [...byProgram.keys()] },
      ...[...byProgram].map(([program, own]) => ({
        ref: program,
        dependsOn: [...new Set(own.filter(hasModule).map(({ module }) => moduleRef(module)))],
      })),
      ...[...byModule.keys()].map((module) => ({ ref: module, dependsOn: [] })),
    ],
  }
}
