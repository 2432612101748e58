import type { Finding } from '../helpers/evidence/model.ts'
import type { ModuleSeen, RefusalSeen, ReportInput, StoredAt } from '../helpers/evidence/report-input.ts'
import { shown, shownAlert } from '../helpers/policy/code-points.ts'

/** What an auditor does with nothing of ours: a command for a shell in the bundle's folder, and what it must print. */
export type Step = { what: string; command: string; prints: string }

/** Offsets come from the bundle and go into a command: whole numbers only; hashes are hex by their schema, and checked all the same. */
const isPlain = (sha256: string, ...numbers: readonly number[]): boolean =>
  /^[0-9a-f]{64}$/.test(sha256) && numbers.every((number) => Number.isSafeInteger(number) && number >= 0)

const blob = (sha256: string): string => `observations/blobs/${sha256}`

const bytesOf = ({ sha256, at }: StoredAt, length: number): string => `tail -c +${at + 1} ${blob(sha256)} | head -c ${length}`

const proofSteps = (module: ModuleSeen): Step[] => {
  if (module.state !== 'read' || !module.proof) return []
  const { blockOffset, blockLength, mac, key, expected, digestOffset, block, digest } = module.proof
  if (!/^(?:[0-9a-f]{2})+$/.test(key) || !/^[0-9a-f]+$/.test(expected)) return []
  const steps: Step[] = []
  if (block && isPlain(block.sha256, block.at, blockLength)) {
    steps.push({
      what: 'The stored bytes are those of their name',
      command: `openssl dgst -sha256 ${blob(block.sha256)}`,
      prints: block.sha256,
    })
    steps.push({
      what: `HMAC over the module: ${blockLength} bytes, which stand at offset ${blockOffset} of the file (SHA-256 ${module.sha256})`,
      command: `${bytesOf(block, blockLength)} | openssl dgst -${mac} -mac HMAC -macopt hexkey:${key}`,
      prints: expected,
    })
  }
  if (digest && isPlain(digest.sha256, digest.at)) {
    steps.push({
      what: `The digest that the program itself carries, at offset ${digestOffset} of the file`,
      command: `${bytesOf(digest, expected.length / 2)} | od -An -v -tx1 | tr -d ' \\n'`,
      prints: expected,
    })
  }
  return steps
}

/** The record of a plain alert as TLS writes it (RFC 8446, sections 5.1 and 6): type, version, length, level, description. */
const alertWords = (received: string, alert: number): string => {
  const [, version = '', level = '', code = ''] = /^15(\w{4})0002(\w\w)(\w\w)$/.exec(received) ?? []
  if (Number.parseInt(code, 16) !== alert) return `${received.replace(/../g, '$& ').trim()}: among them ${shownAlert(alert)}`
  return `${received.replace(/../g, '$& ').trim()}: record of type 15 (alert), version ${version}, 2 octets: level ${level}, ${code} is ${shownAlert(alert)}`
}

const refusalStep = ({ what, version, code, alert, received, blob: sha256, observation }: RefusalSeen): Step[] =>
  isPlain(sha256)
    ? [
        {
          what: `What the listener answered when ${what === 'version' ? shown('version', code) : `${shown(what, code)} was offered in ${shown('version', version)}, and nothing of its kind that is approved`} (observation ${observation})`,
          command: `od -An -v -tx1 ${blob(sha256)}`,
          prints: alertWords(received, alert),
        },
      ]
    : []

const asked: Readonly<Record<string, RefusalSeen['what']>> = { 'FIPS-TLS-1': 'version', 'FIPS-TLS-2': 'suite', 'FIPS-TLS-3': 'group' }

/** How a finding is repeated by hand from the stored bytes; empty where its bytes need more than a shell. */
export const stepsByHand = (
  { requirement, subject }: Finding,
  { modules, listeners }: Pick<ReportInput, 'modules' | 'listeners'>,
): Step[] => {
  if (requirement === 'FIPS-MOD-1') return (Object.hasOwn(modules, subject.key) ? (modules[subject.key] ?? []) : []).flatMap(proofSteps)
  const what = Object.hasOwn(asked, requirement) ? asked[requirement] : undefined
  const seen = Object.hasOwn(listeners, subject.key) ? listeners[subject.key] : undefined
  if (what === undefined || seen?.state !== 'read') return []
  return (seen.refusals ?? []).filter((each) => each.what === what).flatMap(refusalStep)
}
