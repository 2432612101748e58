import { connect } from 'node:net'
import type { Dial } from './exchange.ts'

/** A plain TCP connection from this machine. Rejects with the system's error (its `code` is the errno's name). */
export const dialTcp =
  (host: string, port: number): Dial =>
  (signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, signal })
      socket.setNoDelay(true)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(socket)
      })
      socket.once('error', reject)
    })
