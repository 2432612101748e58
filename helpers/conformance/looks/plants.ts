import { plantedBuilds, plantedFiles } from '../../crypto-modules/analyse/plant.ts'
import { readExecutable } from '../../crypto-modules/read/executable.ts'
import { localFile } from '../../crypto-modules/read/local-file.ts'
import type { Subject } from '../../evidence/model.ts'
import { type SshDefect, startSshControlServer } from '../../ssh/read/control-server.ts'
import { type Defect, startControlServer } from '../../tls/read/control-server.ts'
import { dialTcp } from '../../tls/read/dial-tcp.ts'
import { sweepListener } from '../../tls/read/sweep-listener.ts'
import type { Look } from '../requirement.ts'
import { withSsh } from './ssh.ts'

/** Only the mute ones are waited for in vain; the others answer as soon as this busy process lets them. Milliseconds. */
const patience = (mode: string | undefined) =>
  mode === 'mute' ? { timeoutMs: 300, withinMs: 3_000 } : { timeoutMs: 5_000, withinMs: 60_000 }

const planted = ({ detail }: Subject): Promise<{ port: number; close: () => Promise<void> }> =>
  detail.protocol === 'ssh'
    ? startSshControlServer({ defect: JSON.parse(detail.defect ?? '{}') as SshDefect, mode: detail.mode === 'mute' ? 'mute' : 'plain' })
    : startControlServer({
        accept: JSON.parse(detail.defect ?? '{}') as Defect,
        mode: detail.mode === 'mute' ? 'mute' : detail.mode === 'reluctant' ? 'reluctant' : 'chooser',
      })

/** The same conversation with a server of this process that has one known defect. */
export const conversationWithPlant = (subject: Subject): Look => ({
  name: 'conversation',
  read: async (signal) => {
    const server = await planted(subject)
    try {
      const dial = dialTcp('127.0.0.1', server.port)
      const { timeoutMs, withinMs } = patience(subject.detail.mode)
      const asked = { signal, means: 'tcp to this process', source: subject.name, timeoutMs }
      return await withSsh(await sweepListener({ dial, ...asked, withinMs }), dial, asked)
    } finally {
      await server.close()
    }
  },
})

/** A planted file, read and searched like a component’s. */
export const plantedExecutable = ({ detail }: Subject): Look => ({
  name: 'planted file',
  read: async (signal) => {
    if (detail.plant === 'absent') return [await readExecutable(await localFile(process.execPath), { signal })]
    const files: Readonly<Record<string, Uint8Array>> = plantedFiles()
    const bytes = files[detail.plant ?? '']
    if (!bytes) throw new Error(`unknown plant ${detail.plant}`)
    const source = {
      path: `planted:${detail.plant}`,
      means: 'memory of this process',
      async *open() {
        yield bytes
      },
    }
    return [await readExecutable(source, { signal, builds: plantedBuilds() })]
  },
})
