import { mkdir, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { stylerFor, wrap } from '../evidence/summary-table.ts'
import { exchangeDataSchema } from '../tls/analyse/exchange-data.ts'
import { rebuildSent } from '../tls/analyse/sent-bytes.ts'
import { type Endpoint, type Probed, parseEndpoint, probeEndpoint, profileNamed } from './probe-endpoint.ts'
import { probeJson } from './probe-result.ts'
import { probeText } from './probe-text.ts'

/** The flags of `probe`, as commander gives them. */
export type ProbeFlags = { json?: boolean; ssh?: boolean; sni?: string[]; profile?: string; transcript?: string }

export type ProbeContext = {
  signal: AbortSignal
  /** Writes to stdout; an endpoint is told as soon as it is judged. */
  write: (text: string) => void
  stream: { isTTY?: boolean }
}

/** Everything has been written when a probe ends; what is left is its exit code. */
export type ProbePrinted = { exit: number; text: string; json: undefined }

const fileSafe = (text: string): string => text.replaceAll(/[^A-Za-z0-9.-]/g, '_')

/** Raw bytes of every connection, as they were sent and received, in the order of the connections. */
const writeTranscript = async (directory: string, { endpoint, readings }: Probed): Promise<void> => {
  const folder = join(directory, [endpoint.host, String(endpoint.port), endpoint.sni ?? 'no-sni'].map(fileSafe).join('_'))
  await mkdir(folder, { recursive: true })
  const index: unknown[] = []
  for (const [place, { kind, data, blobs }] of readings.entries()) {
    const received = blobs.received ?? new Uint8Array()
    const exchange = exchangeDataSchema.safeParse(data)
    const sent = blobs.sent ?? (exchange.success ? rebuildSent(exchange.data, received) : new Uint8Array())
    const name = String(place).padStart(4, '0')
    await writeFile(join(folder, `${name}.sent`), sent)
    await writeFile(join(folder, `${name}.received`), received)
    index.push({ connection: name, kind, ...data })
  }
  await writeFile(join(folder, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
}

/** Server names of an endpoint: those given, else its own name; an address is never one (RFC 6066, section 3). */
const endpointsOf = (targets: readonly string[], names: readonly string[]): Endpoint[][] =>
  targets.map((target) => {
    const { host, port } = parseEndpoint(target)
    const given = names.length > 0 ? names : [host]
    return given.map((name) => ({ host, port, sni: isIP(name) === 0 ? name : null }))
  })

const strictly =
  'Read strictly: nothing is known of the modules behind these endpoints, so what hangs on a module’s certificate is not approved.'

const exitOf = (all: readonly Probed[]): number =>
  all.some(({ verdict }) => verdict === 'fail') ? 1 : all.length === 0 || all.some(({ verdict }) => verdict !== 'pass') ? 2 : 0

/**
 * `probe`: what listeners accept and refuse, without a cluster. Exit 0 all pass, 1 one fails, 2 one could not be told or was not tested.
 * @throws FipsConformanceError `ENDPOINT_MALFORMED`, `PROFILE_UNKNOWN`
 */
export const probe = async (
  targets: readonly string[],
  flags: ProbeFlags,
  { signal, write, stream }: ProbeContext,
): Promise<ProbePrinted> => {
  const profile = profileNamed(flags.profile ?? 'fips-140-3')
  const endpoints = endpointsOf(targets, flags.ssh ? [] : (flags.sni ?? []))
  const style = stylerFor({ env: process.env, isTerminal: stream.isTTY === true })
  const asOf = new Date()
  const done: Probed[] = []
  const limit = pLimit(4)
  // Several names of one endpoint follow one another, so that it never sees more than 4 connections at once.
  const ask = async (names: readonly Endpoint[]): Promise<void> => {
    for (const endpoint of names) {
      const probed = await probeEndpoint(endpoint, { profile, ssh: flags.ssh === true, signal, asOf })
      done.push(probed)
      if (flags.transcript !== undefined) await writeTranscript(flags.transcript, probed)
      write(flags.json ? `${JSON.stringify(probeJson(probed))}\n` : `${probeText(probed, { profile, style })}\n\n`)
    }
  }
  const byAddress = [...Map.groupBy(endpoints.flat(), ({ host, port }) => `${host} ${port}`).values()]
  await Promise.all(byAddress.map((names) => limit(() => ask(names))))
  if (!flags.json) write(`${wrap(strictly, 100).join('\n')}\n`)
  return { exit: exitOf(done), text: '', json: undefined }
}
