import type { Answer } from '../analyse/answer.ts'
import { versionHello } from '../analyse/hello-forms.ts'
import { dnsQuery, httpRequest, isDnsResponse, readProtocol } from '../analyse/protocol.ts'
import type { Enough } from './exchange.ts'
import type { Session } from './session.ts'

/** How long a listener may think about a ClientHello before it is asked other things beside. Milliseconds. */
const patienceMs = 400

const somethingCame: Enough = (received) => (received.length >= 5 ? 'soon' : 'no')
const dnsCame: Enough = (received) => (isDnsResponse(received) ? 'yes' : received.length >= 5 ? 'soon' : 'no')

const speaksTls = (answer: Answer): boolean => answer.kind === 'selected' || answer.kind === 'alert' || answer.kind === 'violation'

/** Resolves with true when the time is over, with false when `other` came first. */
const isSlow = (other: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const time = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), patienceMs)
  })
  return Promise.race([time, other.then(() => false)]).finally(() => clearTimeout(timer))
}

/**
 * Finds out what a listener speaks: a ClientHello first; where it brings no TLS, an HTTP request, a wait for a banner and a DNS query, side by side.
 * Returns whether TLS was answered; what else was seen is in the session's readings.
 */
export const classify = async (session: Session): Promise<boolean> => {
  const known = new AbortController()
  const hello = session.hello('version-0304', versionHello('0304', session.seed), known.signal)
  if (!(await isSlow(hello))) {
    const { answer } = await hello
    if (speaksTls(answer)) return true
    if (answer.kind === 'no-connection' || (answer.kind === 'foreign' && answer.foreign === 'ssh')) return false
  }
  const stopWhenKnown = async (saying: Promise<unknown>): Promise<void> => {
    await saying
    if (['http', 'dns', 'ssh'].includes(readProtocol(session.seen).protocol)) known.abort()
  }
  // A listener that is only slow with its hello is not waited for with a banner that it will never send.
  const stopWhenTls = async (): Promise<void> => {
    if (speaksTls((await hello).answer)) known.abort()
  }
  await Promise.all([
    stopWhenTls(),
    stopWhenKnown(session.say('http-request', httpRequest, somethingCame, known.signal)),
    stopWhenKnown(session.say('banner', new Uint8Array(), somethingCame, known.signal)),
    stopWhenKnown(session.say('dns-query', dnsQuery, dnsCame, known.signal)),
  ])
  return speaksTls((await hello).answer)
}
