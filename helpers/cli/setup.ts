import { ensureEngine } from '../host/setup.ts'
import { undoSetup } from '../host/undo.ts'
import type { Printed, WorkContext } from './perform.ts'

/** `setup`: an engine that answers, installed and started if need be; `--undo` stops the one that setup started. */
export const setup = async ({ progress, signal }: WorkContext, { undo, force }: { undo: boolean; force: boolean }): Promise<Printed> => {
  if (undo) {
    const done = await undoSetup({ force, progress, signal })
    return { exit: 0, text: [...done.did, ...done.stays.map((line) => `stays: ${line}`)].join('\n'), json: done }
  }
  const engine = await ensureEngine({ progress, signal })
  return { exit: 0, text: `Docker ${engine.version} answers`, json: engine }
}
