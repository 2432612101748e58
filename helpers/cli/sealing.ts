import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { type Seal, sealBundle } from '../evidence/seal.ts'
import { commandSigner, installationSigner, keyFileSigner, type Signer } from '../evidence/signer.ts'
import { stateDir } from '../host/paths.ts'

/** How a bundle is signed, as the flags of `run`, `test`, `scan` and `export` have it. */
export type SealingFlags = { key?: string | undefined; signCommand?: string | undefined; timestamp?: string | undefined }

/** Signer and time stamp authority, found before anything that would be lost without them begins. */
export type Sealing = { signer: Signer; timestamp?: string }

/** Where the key of this installation is. */
const installationKey = (): string => join(stateDir(), 'keys', 'evidence-signing.pem')

const usage = (what: string, where: string, remedy: string): FipsConformanceError =>
  new FipsConformanceError({ code: 'SETTING_INVALID', what, where, remedy, exit: 64 })

/**
 * The signer that the flags mean: a command (whose public key is `--key`), a key file, or the key of this installation.
 * @throws FipsConformanceError `SETTING_INVALID`, `KEY_UNREADABLE`, `KEY_UNFIT`, `KEY_EXPOSED`
 */
export const prepareSealing = async ({ key, signCommand, timestamp }: SealingFlags): Promise<Sealing> => {
  if (timestamp !== undefined && !/^https?:\/\//.test(timestamp))
    throw usage('a time stamp authority is named by its address', `--timestamp ${timestamp}`, 'such as --timestamp http://tsa.example/tsr')
  if (signCommand !== undefined && key === undefined)
    throw usage('the public key of the command that signs is not known', '--sign-command', 'name it: --key public.pem')
  const signer =
    signCommand !== undefined && key !== undefined
      ? await commandSigner(signCommand, key)
      : key !== undefined
        ? await keyFileSigner(key)
        : await installationSigner(installationKey())
  return { signer, ...(timestamp !== undefined && { timestamp }) }
}

/** Seals a finished bundle. */
export const seal = (dir: string, sealing: Sealing, signal: AbortSignal): Promise<Seal> => sealBundle({ dir, ...sealing, signal })
