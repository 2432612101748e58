import { visible } from '../../evidence/visible.ts'

/** What a machine has told on its serial console so far. */
export type ConsoleNews = {
  /** `1`, `0`, or `absent`: /proc/sys/crypto/fips_enabled as the machine itself saw it when it started. */
  mode?: string
  /** Public half of the host key, as known_hosts spells it: algorithm and base64. */
  hostKey?: string
  /** Its sshd listens. */
  ssh: boolean
  /** What it could not do, in its own words. */
  trouble?: string
  /** First line of a kernel panic. */
  panic?: string
  /** First error of its disk: this host could not write what the machine wrote. */
  diskError?: string
  /** The machine has ended itself because its time was over. */
  deadline: boolean
}

const said = (log: string, word: string): string | undefined =>
  new RegExp(`^fips-conformance: ${word} ([^\\r\\n]*)\\r?$`, 'm').exec(log)?.[1]?.trim()

const hostKeyShape = /^ecdsa-sha2-nistp256 [A-Za-z0-9+/]+={0,2}$/

/** Reads a serial log. A line counts only when it is whole: a key that is cut short would lock the harness out. */
export const readConsole = (log: string): ConsoleNews => {
  const whole = log.slice(0, log.lastIndexOf('\n') + 1)
  const mode = said(whole, 'MODE')
  const hostKey = said(whole, 'HOSTKEY')
  const trouble = said(whole, 'TROUBLE')
  const panic = /^.*(Kernel panic - not syncing[^\r\n]*)/m.exec(whole)?.[1]
  const diskError = /^.*((?:I\/O error, dev vda|EXT4-fs error \(device vda\))[^\r\n]*)/m.exec(whole)?.[1]
  return {
    ...(diskError !== undefined && { diskError }),
    ...(mode !== undefined && { mode }),
    ...(hostKey !== undefined && hostKeyShape.test(hostKey) && { hostKey }),
    ...(trouble !== undefined && { trouble }),
    ...(panic !== undefined && { panic }),
    ssh: /^fips-conformance: SSH listens\r?$/m.test(whole),
    deadline: /^fips-conformance: DEADLINE /m.test(whole),
  }
}

/** The last lines of a serial log, safe to print. */
export const lastWords = (log: string, lines = 12): string =>
  log
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-lines)
    .map((line) => visible(line))
    .join('\n') || 'the machine has said nothing on its serial console'
