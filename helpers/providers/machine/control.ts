import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const answerSchema = z.object({ return: z.unknown().optional(), error: z.object({ desc: z.string() }).optional() })

/**
 * Asks a qemu one thing over its control socket (QMP, QEMU Machine Protocol) and hangs up.
 * @throws an error with qemu's own words, or the socket's
 */
const askQemu = async (socket: string, command: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> => {
  const connection = connect({ path: socket, ...(signal && { signal }) })
  const send = (message: Record<string, unknown>): void => void connection.write(`${JSON.stringify(message)}\n`)
  const lines = createInterface({ input: connection })
  let failure: Error | undefined
  connection.on('error', (error) => {
    failure = error
    lines.close()
  })
  try {
    const answers: unknown[] = []
    for await (const line of lines) {
      const message: unknown = JSON.parse(line)
      if (typeof message !== 'object' || message === null) continue
      // A greeting, then one answer for each command; events may stand between.
      if ('QMP' in message) {
        send({ execute: 'qmp_capabilities' })
        send(command)
      } else if ('return' in message || 'error' in message) {
        const answer = answerSchema.parse(message)
        if (answer.error) throw new Error(answer.error.desc)
        answers.push(answer.return)
        if (answers.length === 2) return answer.return
      }
    }
    throw failure ?? new Error('qemu hung up')
  } finally {
    lines.close()
    connection.destroy()
  }
}

/** What the human monitor prints for a line. */
export const askMonitor = async (socket: string, line: string, signal?: AbortSignal): Promise<string> =>
  z.string().parse(await askQemu(socket, { execute: 'human-monitor-command', arguments: { 'command-line': line } }, signal))

/** Presses the machine's power button: a guest that listens to it shuts down by itself. */
export const pressPowerButton = async (socket: string, signal?: AbortSignal): Promise<void> => {
  await askQemu(socket, { execute: 'system_powerdown' }, signal)
}

/** Ends qemu at once; what the guest has not written yet is lost. */
export const quitMachine = async (socket: string, signal?: AbortSignal): Promise<void> => {
  await askQemu(socket, { execute: 'quit' }, signal)
}
