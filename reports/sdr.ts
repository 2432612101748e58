import type { Observation } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { type FedrampIndicator, fedrampIndicators, frameworkDocuments, indicatorsOf, moduleRule } from '../helpers/policy/frameworks.ts'
import { chained, type Json, jsonPieces, lazily } from './json-document.ts'
import { coverageLines } from './result.ts'
import { type Told, toldFindings, waiverLine } from './told.ts'
import { idsOf } from './uuid.ts'

type Counted = { pass: number; fail: number; inconclusive: number; 'not-applicable': number; waived: number }

const countOf = (told: readonly Told[]): Counted => {
  const counts = { pass: 0, fail: 0, inconclusive: 0, 'not-applicable': 0, waived: 0 }
  for (const { finding, standing } of told) {
    counts[finding.verdict]++
    if (standing === 'waived') counts.waived++
  }
  return counts
}

const words = ({ pass, fail, inconclusive, waived, ...others }: Counted): string =>
  `${pass} pass, ${fail} fail${waived > 0 ? ` (${waived} of them waived)` : ''}, ${inconclusive} inconclusive, ${others['not-applicable']} not applicable`

/** A status that findings can bear out; none where something could not be shown, or nothing was judged. */
const statusOf = ({ pass, fail, inconclusive }: Counted): string | undefined => {
  if (fail > 0) return pass > 0 ? 'Partially Implemented' : 'Not Implemented'
  return inconclusive > 0 || pass === 0 ? undefined : 'Implemented'
}

const noAssessment =
  "Not assessed here: this is the provider's own persistent validation. The statement of an independent assessor belongs in this place."

/** RFC 6920: a name that is the SHA-256 of what it names, in base64url. A relative path is no URI, which the schema asks for. */
const nameOfBytes = (sha256: string): string => `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`

const testLine = ({ finding: { requirement, subject, verdict, reason }, claimed, waiver }: Told): string =>
  `${requirement}${claimed ? '' : ' (not claimed)'} on ${subject.key}: ${verdict}${waiver ? `, waived by ${waiver.id}` : ''}: ${reason}`

const evidenceOf = (told: readonly Told[], { run, observations, seed }: ReportInput): Json => {
  const day = run.startedAt.slice(0, 'yyyy-mm-dd'.length)
  // Each blob once, at the place where it is first named and by the name that it is last called by.
  const files = new Map<string, { found: Observation; name: string; sha256: string }>()
  for (const id of new Set(told.flatMap(({ finding }) => finding.observations))) {
    const found = Object.hasOwn(observations, id) ? observations[id] : undefined
    if (!found) continue
    for (const name of Object.keys(found.blobs).sort()) {
      const sha256 = found.blobs[name] ?? ''
      files.set(sha256, { found, name, sha256 })
    }
  }
  return chained(
    [
      {
        evidenceType: 'Report',
        evidenceDescription: `The evidence bundle of run ${run.runId}: findings, observations and the bytes that they rest on`,
        evidenceLocation: `urn:uuid:${idsOf(seed)('sdr', 'bundle')}`,
        lastUpdated: day,
      },
    ],
    lazily([...files.values()], ({ found, name, sha256 }) => ({
      evidenceType: 'Log',
      evidenceDescription: `${name} of observation ${found.id} (${found.kind}, ${found.means}, ${found.source}): observations/blobs/${sha256}`,
      evidenceLocation: nameOfBytes(sha256),
      lastUpdated: found.at.slice(0, 'yyyy-mm-dd'.length),
    })),
  )
}

const indicatorOf = (ksiId: FedrampIndicator, told: readonly Told[], input: ReportInput): Json => {
  const own = told.filter(({ finding, plant }) => !plant && indicatorsOf(finding.requirement).includes(ksiId))
  const requirements = input.requirements.filter(({ id }) => indicatorsOf(id).includes(ksiId))
  const counts = countOf(own)
  return {
    ksiId,
    ksiTitle: fedrampIndicators[ksiId].title,
    ksiFormerly: fedrampIndicators[ksiId].formerly,
    ksiImplementationStatus: statusOf(counts),
    ksiImplementation: requirements.map(({ id, statement }) => `${id}: ${statement}`),
    ksiValidation: [
      `${input.claimLine}.`,
      `Run ${input.run.runId} judged ${own.length} findings: ${words(counts)}.`,
      ...requirements.map(({ id, kind, why }) => `${id} is a ${kind}. ${why}`),
      ...coverageLines(input),
      ...input.waivers.map((seen) => `Waiver ${waiverLine(seen)}`),
    ],
    ksiAssessment: [noAssessment],
    ksiTests: lazily(own, testLine),
    ksiEvidence: evidenceOf(own, input),
    verdicts: counts,
  }
}

/** One line for each distinct module: what CMU-CSO-CMD asks to be documented. */
const moduleLines = ({ modules, certificates }: ReportInput): string[] => {
  const rows = Object.entries(modules).flatMap(([key, seen]) => seen.map((module) => ({ key, module })))
  const groups = Map.groupBy(rows, ({ module }) =>
    module.state === 'read' ? JSON.stringify([module.module, module.integrity, module.certificate ?? null]) : 'unread',
  )
  return [...groups.values()].flatMap((own) => {
    const [first] = own
    if (!first) return []
    const keys = own.map(({ key }) => key).sort()
    const users = keys.length > 25 ? `${keys.slice(0, 25).join(', ')} and ${keys.length - 25} more` : keys.join(', ')
    const { module } = first
    if (module.state === 'unread') return [`Module not known of ${users}`]
    const row = certificates.find(({ number }) => number === module.certificate)
    const certificate = row
      ? `CMVP certificate ${row.number} (${row.vendor}, ${row.standard}, level ${row.level}), ${row.worth.status}; data as of ${row.asOf}; the validated module, no update stream`
      : 'no CMVP certificate is known for these bytes'
    return [`${module.moduleName} (${module.module}), integrity ${module.integrity}: ${certificate}. Used by: ${users}`]
  })
}

const documentation = (told: readonly Told[], input: ReportInput): Json => {
  const own = told.filter(({ finding }) => finding.requirement.startsWith('FIPS-MOD-'))
  const counts = countOf(own)
  return {
    frrID: moduleRule.id,
    frrFormerly: moduleRule.formerly,
    frrImplementationStatus: statusOf(counts),
    frrImplementation: moduleLines(input),
    frrValidation: [`${own.length} findings: ${words(counts)}. Each module was identified by the bytes of the program that carries it.`],
    frrAssessment: [noAssessment],
    verdicts: counts,
  }
}

const ports = ({ findings, listeners }: ReportInput): Json => {
  const subjects = new Map(findings.filter(({ subject }) => subject.kind === 'listener').map(({ subject }) => [subject.key, subject]))
  return lazily([...subjects.values()], (subject) => {
    const seen = Object.hasOwn(listeners, subject.key) ? listeners[subject.key] : undefined
    const protocol = seen?.state === 'read' ? seen.protocol : 'not known'
    const isEphemeral = subject.key.includes(':ephemeral')
    return {
      serviceName: subject.detail.owner || subject.name,
      portNumber: isEphemeral ? 'ephemeral' : (subject.detail.port ?? ''),
      transportProtocol: subject.detail.transport ?? '',
      encryption: protocol === 'tls' ? 'TLS' : protocol === 'ssh' ? 'SSH' : `None (${protocol})`,
      purpose: `Listener ${subject.key}`,
    }
  })
}

/** Where a provider's Certification Package Overview is, is known to the provider alone. Until it is told, a URN of its own (RFC 9562, version 5) names that of this cluster. */
const overviewOf = ({ overview, run: { cluster } }: ReportInput): string =>
  overview ?? `urn:uuid:${idsOf('certification-package-overview')(cluster.id ?? cluster.name)}`

const overviewRemark = ({ overview }: ReportInput): string =>
  overview === undefined
    ? 'A fragment, to be merged into your record. Its certificationPackageOverviewUri names the overview and does not lead to it: «report --overview URI» writes its address.'
    : 'A fragment, to be merged into your record.'

/**
 * Fragments of a FedRAMP Security Decision Record (Consolidated Rules 2026): KSI-SVC-SIN, -VRI, -VCM and the rule CMU-CSO-CMD, to be merged into a provider's own.
 * The schema allows further members; those of ours hold the counts, the claim and the waivers.
 */
export const sdrPieces = (input: ReportInput): Iterable<string> => {
  const { run, summary, claimLine, exit, waivers, comparison } = input
  const told = toldFindings(input)
  const indicators = Object.keys(fedrampIndicators) as FedrampIndicator[]
  return jsonPieces({
    certificationPackageOverviewUri: overviewOf(input),
    fedRampRequirements: [documentation(told, input)],
    keySecurityIndicators: indicators.map((id) => indicatorOf(id, told, input)),
    portsAndProtocols: ports(input),
    fragment: {
      remark: overviewRemark(input),
      rules: { ...frameworkDocuments.fedramp },
      run: run.runId,
      at: run.startedAt,
      claim: claimLine,
      exit,
      verdicts: { cluster: summary.cluster, plants: summary.plants },
      findings: lazily(told, testLine),
      waivers: waivers.map(waiverLine),
      since: comparison?.since.runId,
    },
  })
}
