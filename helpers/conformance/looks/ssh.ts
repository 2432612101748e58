import type { Reading } from '../../evidence/model.ts'
import type { SshReadOptions } from '../../ssh/read/converse.ts'
import { probeSsh } from '../../ssh/read/probe-ssh.ts'
import type { SshDial } from '../../ssh/read/read-kexinit.ts'
import { foreignTo } from '../../tls/analyse/server-flight.ts'

const speaksSsh = (readings: readonly Reading[]): boolean =>
  readings.some(({ blobs }) => blobs.received !== undefined && foreignTo(blobs.received) === 'ssh')

/** What was said in a conversation, and where that shows an SSH server, what it offers. */
export const withSsh = async (readings: Reading[], dial: SshDial, options: SshReadOptions): Promise<Reading[]> =>
  speaksSsh(readings) ? [...readings, ...(await probeSsh(dial, options))] : readings
