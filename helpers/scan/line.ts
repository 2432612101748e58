import type { Contradiction, ExecutableFacts, ModuleProof } from '../crypto-modules/analyse/executable-facts.ts'
import type { Verdict } from '../policy/verdict.ts'
import type { JudgedFile, Role } from './judge.ts'
import { pathPlaceholder, type Settled } from './model.ts'

/** One line of `scan --json` (DESIGN.md, section 8). Keys that do not apply are null, so that every line has the same ones. */
export type FileLine = {
  path: string
  sha256: string | null
  size: number | null
  format: string
  module: string
  integrity: string
  mode: string
  dependsOn?: readonly string[]
  goboring: Verdict
  verdict: Verdict
  reason: string
  certificate: { number: number; standard: string; status: string; asOf: string } | null
  outside: readonly { package: string; what: string }[]
  contradictions: readonly Contradiction[]
  proof: ModuleProof | null
  /** judged, inventory or aside: whether the verdict counts. */
  role: Role
  /** Caveats and what else must stand beside the verdict. */
  notes: readonly string[]
  /** Id of the waiver that covers it; its verdict stays what it is. */
  waiver?: string
}

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`
const placeholder = quoted(pathPlaceholder)

/** Text of the analysis with the place of the file in it. */
const placed = (text: string, path: string): string =>
  text.replaceAll(placeholder, () => quoted(path)).replaceAll(pathPlaceholder, () => path)

/** Whether the module is switched on. A goboring program has no switch: it is used wherever its wrappers are linked. */
const modeOf = (facts: ExecutableFacts | undefined): { mode: string; dependsOn?: readonly string[] } => {
  if (facts === undefined) return { mode: 'n/a' }
  if (facts.state !== 'inspected') return { mode: ['script', 'data', 'empty'].includes(facts.state) ? 'n/a' : 'unknown' }
  const { module, mode, wrappers, dependsOn } = facts
  if (module.startsWith('boringcrypto-')) return { mode: wrappers === 'yes' ? 'on' : 'unknown' }
  return { mode, ...(dependsOn !== undefined && { dependsOn }) }
}

/** What one file's line says, but for its name. */
export const lineOf = (path: string, analysis: Settled, { role, outcome, goboring, certificate }: JudgedFile): FileLine => {
  const facts = analysis.state === 'analysed' ? analysis.facts : undefined
  const inspected = facts?.state === 'inspected' ? facts : undefined
  const isAside = role === 'aside'
  const { proof } = inspected ?? {}
  return {
    path,
    sha256: (analysis.state === 'analysed' ? analysis.sha256 : undefined) ?? null,
    size: analysis.size ?? null,
    format: analysis.state === 'analysed' ? analysis.format : 'unknown',
    module: inspected?.module ?? 'not-inspectable',
    integrity: inspected?.integrity ?? (isAside ? 'n/a' : 'unknown'),
    ...(analysis.state === 'unreadable' ? { mode: 'unknown' } : modeOf(facts)),
    goboring,
    verdict: outcome.verdict,
    reason: placed(outcome.reason, path),
    certificate: certificate
      ? { number: certificate.number, standard: certificate.standard, status: certificate.today.status, asOf: certificate.asOf }
      : null,
    outside: inspected?.outside ?? [],
    contradictions: inspected?.contradictions ?? [],
    proof: proof === undefined ? null : { ...proof, command: placed(proof.command, path) },
    role,
    notes: outcome.notes.map((note) => placed(note, path)),
  }
}
