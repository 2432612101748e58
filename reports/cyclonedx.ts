import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { frameworkDocuments } from '../helpers/policy/frameworks.ts'
import { algorithmsOf, certificateAssets, protocolsOf } from './cyclonedx-assets.ts'
import { declarationsOf, standardOf } from './cyclonedx-declarations.ts'
import { modulesAndPrograms } from './cyclonedx-modules.ts'
import { property } from './cyclonedx-parts.ts'
import { listenerServices } from './cyclonedx-services.ts'
import { jsonPieces } from './json-document.ts'
import { countRows, toldFindings, waiverLine } from './told.ts'
import { idsOf } from './uuid.ts'

/**
 * CycloneDX 1.7: the cryptography of the running cluster. Programs and the modules in them, with certificate numbers; protocols, suites and algorithms that
 * listeners chose; certificates that they showed; what they refused; and what is declared of each requirement, with the findings as evidence.
 */
export const cyclonedxPieces = (input: ReportInput): Iterable<string> => {
  const { run, seed, exit, claimLine, waivers } = input
  const ids = idsOf(seed)
  const told = toldFindings(input)
  const { components, dependencies } = modulesAndPrograms(input)
  return jsonPieces({
    $schema: 'http://cyclonedx.org/schema/bom-1.7.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.7',
    serialNumber: `urn:uuid:${ids('cyclonedx')}`,
    version: 1,
    metadata: {
      timestamp: run.finishedAt ?? run.startedAt,
      lifecycles: [{ phase: 'operations' }],
      tools: { components: [{ type: 'application', name: run.tool.name, version: run.tool.version, 'bom-ref': 'tool' }] },
      component: { type: 'platform', name: run.cluster.name, 'bom-ref': 'cluster', description: `Kubernetes cluster, ${run.provider}` },
      properties: [
        property('run', run.runId),
        property('claim', claimLine),
        property('exit', String(exit)),
        property('profile', run.policy.profile),
        property('certificates:as-of', run.policy.certificatesAsOf),
        ...countRows(input).map(({ whose, what, count }) => property(`verdicts:${whose}:${what}`, String(count))),
        ...Object.values(frameworkDocuments).map(({ id, version }) => property(`version:${id}`, version)),
        ...waivers.map((seen) => property('waiver', waiverLine(seen))),
      ],
    },
    components: [...components, ...certificateAssets(input), ...protocolsOf(input), ...algorithmsOf(input)],
    services: listenerServices(input, told),
    dependencies,
    declarations: declarationsOf(input, told),
    definitions: { standards: [standardOf(input)] },
  })
}
