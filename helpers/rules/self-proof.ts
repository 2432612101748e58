import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import type { Certificate } from '../policy/certificates.ts'
import { componentCarriesModule } from './modules.ts'
import type { JudgedBy, Outcome, Rule } from './outcome.ts'
import {
  type RefusalFacts,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSchemes,
  refusesUnapprovedSuites,
} from './refusal.ts'
import { type PlantedClient, plantedClientIsCaught } from './self-proof-client.ts'
import { caught, drawnNote, missed } from './self-proof-outcome.ts'
import { type PlantedSsh, plantedSshIsCaught } from './self-proof-ssh.ts'

/** A listener of this process with one known defect; an empty defect is a sound server: the control. */
export type PlantedTls = {
  speaks: 'tls'
  defect: { version?: string; suite?: string; group?: string; scheme?: string }
  mode: string
  /** Of how many it was drawn at random. */
  drawnFrom?: number
  facts: RefusalFacts
}

const plantedTlsIsCaught = ({ defect, mode, drawnFrom, facts }: PlantedTls, by: JudgedBy): Outcome => {
  const outcomes = [refusesOldVersions, refusesUnapprovedSuites, refusesUnapprovedGroups, refusesUnapprovedSchemes].map((rule) =>
    rule(facts, by),
  )
  const observed = outcomes.map(({ verdict, reason }) => `${verdict}: ${reason}`).join(' | ')
  const names = [defect.suite ?? defect.group ?? defect.scheme ?? defect.version].filter((code) => code !== undefined)
  if (mode === 'mute') {
    const expected = 'silence is not taken for refusal: no pass'
    return outcomes.some(({ verdict }) => verdict === 'pass')
      ? missed('a server that did not answer what it should refuse was given a pass', observed, expected)
      : caught('a server that does not answer gets no pass', observed, expected)
  }
  if (names.length === 0) {
    const expected = 'a sound server passes every rule'
    return outcomes.every(({ verdict }) => verdict === 'pass')
      ? caught('a sound server passes every rule', observed, expected)
      : missed('a sound server of this process does not pass', observed, expected)
  }
  const expected = `a fail that names ${names.join(', ')}`
  const found = outcomes.find(({ verdict, reason }) => verdict === 'fail' && names.every((code) => reason.includes(`(${code})`)))
  return found
    ? caught(
        `the planted defect was found: ${found.reason}`,
        observed,
        expected,
        drawnNote(drawnFrom, `, and found in ${facts.listener.connections} connections`),
      )
    : missed(`the planted defect ${JSON.stringify(defect)} was not found`, observed, expected)
}

/** What was planted that speaks. */
export type PlantedPeer = PlantedTls | PlantedSsh | PlantedClient

/**
 * FIPS-SELF-1: the same rules that judge the cluster's listeners and clients catch a planted defect and name it, let a sound peer pass,
 * and take nothing from a server that does not answer.
 */
export const plantedPeerIsCaught: Rule<PlantedPeer> = (planted, by) => {
  switch (planted.speaks) {
    case 'tls':
      return plantedTlsIsCaught(planted, by)
    case 'ssh':
      return plantedSshIsCaught(planted, by)
    case 'client':
      return plantedClientIsCaught(planted, by)
  }
}

/** A file of this process, made with a known state of its module. */
export type PlantedModule = { plant: string; executables: readonly ExecutableFacts[] }

const looksLike = (executable: ExecutableFacts | undefined): string =>
  executable === undefined
    ? 'nothing was read'
    : executable.state === 'inspected'
      ? `module ${executable.module}, integrity ${executable.integrity}, calls ${executable.calls?.state ?? 'n/a'}`
      : executable.state

/** The rule of the components must come to one of the verdicts, for what `holds` says of the file. */
type PlantRow = { expected: string; verdicts: readonly Outcome['verdict'][]; holds: (executable: ExecutableFacts) => boolean }

const plantTable: Readonly<Record<string, PlantRow>> = {
  intact: {
    expected: 'the control is found intact, with calls that lead into its module, and passes the rule of the components',
    verdicts: ['pass'],
    holds: (file) => file.state === 'inspected' && file.integrity === 'intact' && file.calls?.state === 'proven',
  },
  tampered: {
    expected: 'one changed byte of the module is found',
    verdicts: ['fail'],
    holds: (file) => file.state === 'inspected' && file.integrity === 'modified',
  },
  decoy: {
    expected: 'a module that stands in data and not in code is not taken for one',
    verdicts: ['fail', 'inconclusive'],
    holds: (file) => file.state !== 'inspected' || file.integrity !== 'intact',
  },
  absent: {
    expected: 'a program without the module is not taken for one that carries it',
    verdicts: ['fail', 'inconclusive'],
    // Node itself: as some build it, it loads OpenSSL.
    holds: (file) => file.state === 'inspected' && (file.module === 'none' || file.module === 'openssl'),
  },
  truncated: {
    expected: 'a file that is cut short is not inspected',
    verdicts: ['inconclusive'],
    holds: (file) => file.state !== 'inspected',
  },
}

/** A certificate of the planted module that is Active on the day, whatever the real one of its number is worth: the plant is about the file. */
const plantedCertificate = (file: ExecutableFacts, asOf: Date): Certificate => {
  const day = asOf.toISOString().slice(0, 10)
  return {
    number: (file.state === 'inspected' ? file.certificate : undefined) ?? 0,
    module: 'planted',
    vendor: 'this run',
    standard: 'FIPS 140-3',
    level: 1,
    status: 'Active',
    validated: [day],
    asOf: day,
    source: 'planted',
    secondHand: false,
  }
}

/** FIPS-SELF-2: the same analysis and the same rule that look at the cluster's programs see what was planted. */
export const plantedModuleIsCaught: Rule<PlantedModule> = ({ plant, executables }, { asOf }): Outcome => {
  const row = plantTable[plant]
  if (!row) throw new Error(`unknown plant ${plant}`)
  const [file] = executables
  const verdict =
    file && componentCarriesModule({ component: plant, executable: file }, { asOf, certificates: [plantedCertificate(file, asOf)] }).verdict
  const observed = `${looksLike(file)}${verdict === undefined ? '' : `, judged ${verdict}`}`
  return file && verdict && row.holds(file) && row.verdicts.includes(verdict)
    ? caught(row.expected, observed, row.expected)
    : missed(`not so: ${row.expected}`, observed, row.expected)
}
