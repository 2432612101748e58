import type { SshField } from '../policy/profile-ssh.ts'
import type { JudgedBy, Outcome } from './outcome.ts'
import { caught, drawnNote, missed } from './self-proof-outcome.ts'
import { fieldWords, refusesUnapprovedSsh, type SshRefusalFacts } from './ssh.ts'

/** An SSH server of this process with one known defect; an empty defect is a sound server: the control. */
export type PlantedSsh = {
  speaks: 'ssh'
  defect: { field?: SshField; name?: string; rsaBits?: number }
  mode: string
  /** Of how many it was drawn at random. */
  drawnFrom?: number
  facts: SshRefusalFacts
}

/** How the rule names what was planted. */
const sign = ({ field, name, rsaBits }: PlantedSsh['defect']): string | undefined => {
  if (field !== undefined && name !== undefined) return `${fieldWords[field]} ${name}`
  return rsaBits === undefined ? undefined : `an RSA host key of ${rsaBits} bits`
}

/** Whether a reason names it among the others, and not as a part of a longer name. */
const names = (reason: string, what: string): boolean =>
  reason
    .replace(/^offered: /, '')
    .split(', ')
    .includes(what)

/** FIPS-SELF-1 for SSH: the rule that judges the cluster's listeners names the planted defect, lets a sound server pass, and takes nothing from one that hides its offer. */
export const plantedSshIsCaught = ({ defect, mode, drawnFrom, facts }: PlantedSsh, by: JudgedBy): Outcome => {
  const { verdict, reason, observed: seen } = refusesUnapprovedSsh(facts, by)
  const observed = `${verdict}: ${reason} | ${seen}`
  if (mode === 'mute') {
    const expected = 'an offer that was not seen is not taken for an approved one: inconclusive'
    return verdict === 'inconclusive'
      ? caught('an SSH server that hides its offer gets no pass', observed, expected)
      : missed(`an SSH server that hid its offer was judged ${verdict}`, observed, expected)
  }
  const what = sign(defect)
  if (what === undefined) {
    const expected = 'a sound SSH server passes'
    return verdict === 'pass'
      ? caught(expected, observed, expected)
      : missed('a sound SSH server of this process does not pass', observed, expected)
  }
  const expected = `a fail that names ${what}`
  return verdict === 'fail' && names(reason, what)
    ? caught(`the planted defect was found: ${reason}`, observed, expected, drawnNote(drawnFrom))
    : missed(`the planted defect ${JSON.stringify(defect)} was not found`, observed, expected)
}
