import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'

/** Who a machine is. Nothing in it is secret. */
export type Seed = {
  name: string
  /** On the wire between the nodes. */
  address: string
  /** Names and addresses of all nodes of the cluster. */
  hosts: readonly { name: string; address: string }[]
  /** A line of authorized_keys (sshd(8)). */
  publicKey: string
  /** RFC 3339: when the machine ends itself. */
  deadline: string
}

const sector = 512

/** The seed as the bytes of a disk: a tar archive (POSIX.1-2001 ustar), filled up to whole sectors. */
export const seedDisk = async ({ name, address, hosts, publicKey, deadline }: Seed): Promise<Uint8Array> => {
  const archive = pack()
  const files = {
    'machine.env': `NAME=${name}\nADDRESS=${address}\nDEADLINE=${Math.floor(Date.parse(deadline) / 1000)}\n`,
    hosts: hosts.map((host) => `${host.address} ${host.name}\n`).join(''),
    authorized_keys: `${publicKey.trim()}\n`,
  }
  for (const [file, text] of Object.entries(files)) archive.entry({ name: file, mode: 0o600 }, text)
  archive.finalize()
  const bytes = await buffer(archive)
  const whole = new Uint8Array(Math.max(64 * 1024, Math.ceil(bytes.length / sector) * sector))
  whole.set(bytes)
  return whole
}
