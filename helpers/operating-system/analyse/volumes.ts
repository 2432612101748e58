import { type CommandEvidence, commandOf } from './commands.ts'

/** An encrypted volume with the key derivation of each of its key slots (LUKS2 on-disk format, section 3.3; argon2 is on no list of approved functions). */
export type EncryptedVolume = { device: string; derivations: readonly string[]; ciphers: readonly string[] }
export type Volumes = { state: 'none' } | { state: 'encrypted'; volumes: readonly EncryptedVolume[] } | { state: 'unknown'; reason: string }

/** `volumes` prints `device NAME`, then what `cryptsetup luksDump` says, for each LUKS volume that `blkid` or `lsblk` knows. */
export const analyseVolumes = (evidence: CommandEvidence): Volumes => {
  const result = commandOf(evidence, 'volumes')
  if (result.state !== 'ran' || result.exitCode !== 0)
    return {
      state: 'unknown',
      reason: result.state === 'ran' ? `exit code ${result.exitCode}: ${result.stderr.trim().slice(0, 120)}` : result.reason,
    }
  const volumes: { device: string; derivations: string[]; ciphers: string[] }[] = []
  for (const line of result.stdout.split('\n')) {
    const device = /^device (\S+)$/.exec(line)
    if (device?.[1]) volumes.push({ device: device[1], derivations: [], ciphers: [] })
    const derivation = /^\s*PBKDF:\s+(\S+)/.exec(line)
    if (derivation?.[1]) volumes.at(-1)?.derivations.push(derivation[1])
    // LUKS1 knows PBKDF2 only, and says nothing of it.
    if (/^Version:\s+1$/.test(line)) volumes.at(-1)?.derivations.push('pbkdf2')
    const cipher = /^\s*[Cc]ipher(?: name)?:\s+(\S+)/.exec(line)
    if (cipher?.[1]) volumes.at(-1)?.ciphers.push(cipher[1])
  }
  const silent = volumes.find(({ derivations }) => derivations.length === 0)
  if (silent) return { state: 'unknown', reason: `the header of ${silent.device} could not be read` }
  return volumes.length === 0 ? { state: 'none' } : { state: 'encrypted', volumes }
}
