import type { Reading } from '../../evidence/model.ts'
import { readSsh, sshKind } from '../analyse/kexinit.ts'
import { converseSsh, type SshDial, type SshReadOptions } from './converse.ts'

export type { SshDial } from './converse.ts'

/**
 * Reads what an SSH server sends before any key exchange: its identification and its KEXINIT, in one connection and at most 64 KiB.
 * Judges nothing. Throws the signal's reason when it is aborted, and nothing for what a peer does.
 */
export const readKexinit = (dial: SshDial, options: SshReadOptions): Promise<Reading> =>
  converseSsh(dial, options, { kind: sshKind, data: { ask: 'kexinit' }, next: (received) => readSsh(received).state === 'offered' })
