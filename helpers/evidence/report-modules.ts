import { z } from 'zod'
import { executableDataSchema } from '../crypto-modules/analyse/executable-data.ts'
import type { ExecutableFacts, ModuleProof } from '../crypto-modules/analyse/executable-facts.ts'
import { type Certificate, type CertificateStatus, certificateByNumber, certificateStatus } from '../policy/certificates.ts'
import { evidenceById } from './indexes.ts'
import { joinedExecutables } from './judge/joined-executables.ts'
import type { Evidence, Finding } from './model.ts'

/** Where the bytes of a proof stand in the bundle: from offset `at` of the blob. */
export type StoredAt = { sha256: string; at: number }

/** What the bytes of one file show, as the analysis that its rule judges by reads them; `unread` when nothing can be said of it. */
export type ModuleSeen =
  | {
      state: 'read'
      observation: string
      path: string
      size: number
      sha256: string
      arch: string
      module: string
      moduleName: string
      integrity: string
      mode: string
      /** What Go's build info says; it can be forged. */
      toolchain?: string
      certificate?: number
      /** Packages that do cryptography beside the module. */
      outside: readonly string[]
      proof?: ModuleProof & { block?: StoredAt; digest?: StoredAt }
    }
  | { state: 'unread'; observation: string; reason: string }

/** A certificate that findings rest on, with what it is worth on the day that is judged. */
export type CertificateSeen = Omit<Certificate, 'validated' | 'testedEnvironments'> & {
  worth: Pick<CertificateStatus, 'status' | 'reason'>
}

const storedAt = (one: Evidence, offset: number, length: number): StoredAt | undefined => {
  const { ranges } = executableDataSchema.pick({ ranges: true }).parse(one.data)
  const range = ranges.find((each) => each.offset <= offset && offset + length <= each.offset + each.length)
  const sha256 = range && Object.hasOwn(one.blobs, range.blob) ? one.blobs[range.blob] : undefined
  return range && sha256 !== undefined ? { sha256, at: range.at + offset - range.offset } : undefined
}

const proofOf = (one: Evidence, proof: ModuleProof): Extract<ModuleSeen, { state: 'read' }>['proof'] => {
  const block = storedAt(one, proof.blockOffset, proof.blockLength)
  const digest = storedAt(one, proof.digestOffset, proof.expected.length / 2)
  return { ...proof, ...(block && { block }), ...(digest && { digest }) }
}

const moduleSeen = (one: Evidence, facts: ExecutableFacts): ModuleSeen => {
  if (facts.state !== 'inspected') return { state: 'unread', observation: one.id, reason: `${facts.state}: ${facts.reason}` }
  const { path, size, sha256, arch, module, moduleName, integrity, mode, buildInfo, certificate, outside, proof } = facts
  return {
    state: 'read',
    observation: one.id,
    path,
    size,
    sha256,
    arch,
    module,
    moduleName,
    integrity,
    mode,
    ...(buildInfo && { toolchain: buildInfo.version }),
    ...(certificate !== undefined && { certificate }),
    outside: outside.map((each) => each.package),
    ...(proof && { proof: proofOf(one, proof) as NonNullable<ReturnType<typeof proofOf>> }),
  }
}

/** The files of one component, joined with what was recorded beside them: its environment, its OpenSSL, the kernel's flag. */
const modulesOf = (evidence: readonly Evidence[]): ModuleSeen[] => {
  const executables = evidence.filter(({ kind }) => kind === 'executable')
  try {
    const facts = joinedExecutables(evidence)
    return executables.map((one, index) => {
      const own = facts[index]
      return own ? moduleSeen(one, own) : { state: 'unread', observation: one.id, reason: 'it was not analysed' }
    })
  } catch (error) {
    // The finding says the same of it: a report must not fail where a rule is inconclusive.
    const reason = error instanceof Error ? error.message : String(error)
    return executables.map(({ id }) => ({ state: 'unread', observation: id, reason }))
  }
}

/** By key of the subject, the files that its findings rest on. Planted files are not the cluster's and are left out. */
export const modulesSeen = (findings: readonly Finding[], evidence: readonly Evidence[]): Record<string, readonly ModuleSeen[]> => {
  const byId = evidenceById(evidence)
  const about = Map.groupBy(
    findings.filter(({ subject }) => subject.kind === 'component'),
    ({ subject }) => subject.key,
  )
  return Object.fromEntries(
    [...about].flatMap(([key, own]) => {
      const modules = modulesOf([...new Set(own.flatMap(({ observations }) => observations))].flatMap((id) => byId.get(id) ?? []))
      return modules.length > 0 ? [[key, modules] as const] : []
    }),
  )
}

const rowSchema = z.looseObject({
  number: z.number().int(),
  module: z.string(),
  vendor: z.string(),
  standard: z.enum(['FIPS 140-2', 'FIPS 140-3']),
  level: z.number().int(),
  status: z.enum(['Active', 'Historical', 'Revoked', 'In Process', 'Unknown']),
  validated: z.array(z.string()),
  sunset: z.string().exactOptional(),
  caveat: z.string().exactOptional(),
  asOf: z.string(),
  source: z.string(),
  secondHand: z.boolean(),
})

/**
 * Rows of the certificates that were found, by number. `stored` is `policy/certificates.json` of the bundle, whose rows come before those of this version;
 * what in it has another shape is passed over, for the findings do not rest on this list.
 */
export const certificatesSeen = (
  modules: Readonly<Record<string, readonly ModuleSeen[]>>,
  stored: unknown,
  asOf: Date,
): readonly CertificateSeen[] => {
  const numbers = new Set(
    Object.values(modules)
      .flat()
      .flatMap((module) => (module.state === 'read' ? (module.certificate ?? []) : [])),
  )
  const rows = z.array(z.unknown()).safeParse(stored)
  const own = (rows.success ? rows.data : []).flatMap((row): Certificate[] => {
    const parsed = rowSchema.safeParse(row)
    return parsed.success ? [parsed.data] : []
  })
  return [...numbers]
    .sort((a, b) => a - b)
    .flatMap((number) => {
      const row = own.find((one) => one.number === number) ?? certificateByNumber(number)
      if (!row) return []
      const { module, vendor, standard, level, status, sunset, caveat, asOf: dated, source, secondHand } = row
      const worth = certificateStatus(row, asOf)
      return [
        {
          number,
          module,
          vendor,
          standard,
          level,
          status,
          ...(sunset !== undefined && { sunset }),
          ...(caveat !== undefined && { caveat }),
          asOf: dated,
          source,
          secondHand,
          worth: { status: worth.status, reason: worth.reason },
        },
      ]
    })
}
