import type { Subject } from '../evidence/model.ts'
import { unapprovedSsh } from '../policy/ssh-names.ts'
import type { SshDefect } from '../ssh/read/control-server.ts'

/** Fewer bits than any profile takes. */
const smallRsaBits = 1024

const plant = (name: string, defect: SshDefect, mode: string, drawnFrom?: number): Subject => ({
  kind: 'plant',
  key: `plant:ssh/${name}`,
  name: `planted SSH server: ${name}`,
  detail: { protocol: 'ssh', defect: JSON.stringify(defect), mode, ...(drawnFrom !== undefined && { drawnFrom: String(drawnFrom) }) },
})

/**
 * SSH servers of this process, for FIPS-SELF-1: a sound control, one that offers an algorithm drawn at random from those that are known and not approved, one with a host
 * key that is too small, and one that hides its offer.
 */
export const sshPlants = (draw: <T>(from: readonly T[]) => T | undefined): Subject[] => {
  const from = unapprovedSsh()
  const defect = draw(from)
  if (defect === undefined) throw new Error('nothing was drawn that could be planted')
  return [
    plant('sound', {}, 'plain'),
    plant('algorithm', defect, 'plain', from.length),
    plant('small-host-key', { rsaBits: smallRsaBits }, 'plain'),
    plant('mute', {}, 'mute'),
  ]
}
