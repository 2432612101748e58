import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { FipsConformanceError } from '../errors/error.ts'
import type { Run } from '../evidence/run.ts'
import { stylerFor, wrap } from '../evidence/summary-table.ts'
import { exchangeDataSchema } from '../tls/analyse/exchange-data.ts'
import { rebuildSent } from '../tls/analyse/sent-bytes.ts'
import { prepareOut } from './out-directory.ts'
import { readClientFiles } from './probe-client.ts'
import { type Probed, type ProbeSettings, probeEndpoint } from './probe-endpoint.ts'
import { probeJson } from './probe-result.ts'
import { type Endpoint, endpointsOf, profileNamed, starttlsNamed } from './probe-target.ts'
import { probeText } from './probe-text.ts'

/** The flags of `probe`, as commander gives them. */
export type ProbeFlags = {
  json?: boolean
  ssh?: boolean
  starttls?: string
  sni?: string[]
  cert?: string
  key?: string
  twice?: boolean
  profile?: string
  transcript?: string
  out?: string
}

export type ProbeContext = {
  signal: AbortSignal
  /** Writes to stdout; an endpoint is told as soon as it is judged. */
  write: (text: string) => void
  /** For people beside `--json`: stderr. */
  warn?: (text: string) => void
  stream: { isTTY?: boolean }
  tool?: Run['tool']
}

/** Everything has been written when a probe ends; what is left is its exit code. */
export type ProbePrinted = { exit: number; text: string; json: undefined }

const fileSafe = (text: string): string => text.replaceAll(/[^A-Za-z0-9.-]/g, '_')

/** Raw bytes of every connection, as they were sent and received, in the order of the connections. */
const writeTranscript = async (directory: string, { endpoint, readings }: Probed): Promise<void> => {
  const { host, address, port, sni } = endpoint
  const parts = [host, ...(address === host ? [] : [address]), String(port), sni ?? 'no-sni']
  const folder = join(directory, parts.map(fileSafe).join('_'))
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

const strictly =
  'Read strictly: nothing is known of the modules behind these endpoints, so what hangs on a module’s certificate is not approved.'

/** An address of a name at which nobody listens has nothing to judge, as long as another one of that name was tested. */
const withoutEmptyAddresses = (all: readonly Probed[]): Probed[] => {
  const tested = new Set(all.filter(({ outcome }) => outcome === 'tested').map(({ endpoint: { host, port } }) => `${host} ${port}`))
  return all.map((probed) => {
    const { host, port } = probed.endpoint
    return probed.refused && tested.has(`${host} ${port}`) ? { ...probed, verdict: 'not-applicable' } : probed
  })
}

/** Exit code by law 1: nothing that was tested is 2, like everything that could not be told. */
export const exitOf = (all: readonly Pick<Probed, 'verdict' | 'outcome'>[]): 0 | 1 | 2 => {
  if (all.some(({ verdict }) => verdict === 'fail')) return 1
  const isOpen = all.some(({ verdict }) => verdict === 'inconclusive') || all.every(({ outcome }) => outcome !== 'tested')
  return isOpen ? 2 : 0
}

/** Addresses of a target, one after the other with all their names, and what they came to. */
type Asking = { settings: ProbeSettings; flags: ProbeFlags; tell: (probed: Probed) => void }

const askTarget = async (endpoints: readonly Endpoint[], { settings, flags, tell }: Asking): Promise<Probed[]> => {
  const done: Probed[] = []
  for (const endpoint of endpoints) {
    const probed = await probeEndpoint(endpoint, settings)
    done.push(probed)
    if (flags.transcript !== undefined) await writeTranscript(flags.transcript, probed)
  }
  const judged = withoutEmptyAddresses(done)
  for (const probed of judged) tell(probed)
  return judged
}

const settingsOf = async (flags: ProbeFlags, signal: AbortSignal): Promise<ProbeSettings> => {
  const profile = profileNamed(flags.profile ?? 'fips-140-3')
  const starttls = flags.starttls === undefined ? undefined : starttlsNamed(flags.starttls)
  const clientCertificate = await readClientFiles(flags.cert, flags.key)
  return {
    profile,
    ssh: flags.ssh === true,
    signal,
    asOf: new Date(),
    ...(starttls && { starttls }),
    ...(clientCertificate && { clientCertificate }),
    twice: flags.twice === true,
  }
}

/**
 * `probe`: what listeners accept and refuse, without a cluster. Exit 0 all pass, 1 one fails, 2 one could not be told, or nothing was tested.
 * @throws FipsConformanceError `TARGET_MISSING`, `ENDPOINT_MALFORMED`, `PROFILE_UNKNOWN`, `SETTING_INVALID`, `FILE_UNREADABLE`, `FILE_INVALID`, `OUT_UNUSABLE`
 */
export const probe = async (targets: readonly string[], flags: ProbeFlags, context: ProbeContext): Promise<ProbePrinted> => {
  const { signal, write, warn = () => undefined, stream, tool } = context
  if (targets.length === 0)
    throw new FipsConformanceError({
      code: 'TARGET_MISSING',
      what: 'nothing was named to probe',
      where: 'probe HOST:PORT...',
      remedy: 'name one endpoint or more, such as localhost:6443',
      exit: 64,
    })
  const settings = await settingsOf(flags, signal)
  const { profile } = settings
  const endpoints = await endpointsOf(targets, flags.ssh ? [] : (flags.sni ?? []))
  if (flags.out !== undefined) await prepareOut(flags.out)
  if (flags.transcript !== undefined) await prepareOut(flags.transcript, 'transcript')
  const style = stylerFor({ env: process.env, isTerminal: stream.isTTY === true })
  const tell = (probed: Probed): void =>
    write(flags.json ? `${JSON.stringify(probeJson(probed, settings))}\n` : `${probeText(probed, { profile, style })}\n\n`)
  // Names and addresses of one target follow one another, so that it never sees more than 4 connections at once.
  const limit = pLimit(4)
  const byTarget = [...Map.groupBy(endpoints, ({ host, port }) => `${host} ${port}`).values()]
  const done = (await Promise.all(byTarget.map((own) => limit(() => askTarget(own, { settings, flags, tell }))))).flat()
  if (!flags.json) write(`${wrap(strictly, 100).join('\n')}\n`)
  if (flags.out === undefined) return { exit: exitOf(done), text: '', json: undefined }
  const { writeProbeBundle } = await import('./probe-bundle.ts')
  const { exit, where } = await writeProbeBundle(done, { out: flags.out, settings, targets, ...(tool && { tool }) })
  if (flags.json) warn(where)
  else write(`\n${where}\n`)
  return { exit: exit === 1 ? 1 : exitOf(done), text: '', json: undefined }
}
