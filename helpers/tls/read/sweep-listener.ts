import pLimit from 'p-limit'
import type { Reading } from '../../evidence/model.ts'
import { askable } from '../../policy/code-point-space.ts'
import { namedCodePoints } from '../../policy/code-points.ts'
import { controls } from '../../policy/tls-questions.ts'
import type { Answer, Selected } from '../analyse/answer.ts'
import { certificateGroup, readCertificate } from '../analyse/certificate.ts'
import { versionHello } from '../analyse/hello-forms.ts'
import { silentTimes } from '../analyse/question.ts'
import { type CertificateType, readsSslv2, sslv2Hello, sweepForms, typeOfKey } from '../analyse/sweep-forms.ts'
import { classify } from './classify.ts'
import { askKeyExchange } from './key-exchange.ts'
import type { ProbeOptions } from './probe-listener.ts'
import { openSession, type Session } from './session.ts'
import { newSweepState, type SweepPlan, type SweepState, sweep } from './sweep-run.ts'

export type SweepOptions = Omit<ProbeOptions, 'budget' | 'concurrency'> & {
  /** Most connections in all. A server that takes hellos of 60 KB needs about 40, and one for each code point that it accepts. */
  budget?: number
  /** Time in all, after which nothing more is asked. Milliseconds. */
  withinMs?: number
  /** Code points in one hello to begin with. */
  helloSize?: number
}

const numbers = (codes: readonly string[]): number[] => codes.map((code) => Number.parseInt(code, 16))
const named = (kind: 'suite' | 'group'): number[] => {
  const known = new Set(numbers(namedCodePoints[kind]))
  return askable(kind).filter((number) => known.has(number))
}

const chosen = (answer: Answer, version: string): Selected | undefined =>
  answer.kind === 'selected' && answer.version === version ? answer : undefined

type Forms = ReturnType<typeof sweepForms>
type Context = { session: Session; forms: Forms; state: SweepState }
type Lane = () => Promise<void>

const sslv2Came = (received: Uint8Array): 'yes' | 'no' => (readsSslv2(received) || received.length >= 7 ? 'yes' : 'no')

/** SSL 2.0, SSL 3.0, TLS 1.0 and 1.1, and the version that was accepted once more behind them; what is accepted of them is asked for its suites. */
const oldVersions = async ({ session, forms, state }: Context, spoken: readonly string[]): Promise<void> => {
  for (let times = 0; times < silentTimes; times++) {
    const { ended } = await session.say('sslv2-hello', sslv2Hello(session.seed.random), sslv2Came)
    if (ended !== 'fin' && ended !== 'rst') break
  }
  const accepted: { version: string; answer: Selected }[] = []
  let lost = 0
  for (const version of ['0300', '0301', '0302']) {
    const ask = async (): Promise<Answer> => (await session.hello(`version-${version}`, versionHello(version, session.seed))).answer
    let answer = await ask()
    const times = (): number => (answer.kind === 'closed' ? silentTimes : answer.kind === 'alert' ? session.rounds : 1)
    for (let asked = 1; asked < times(); asked++) answer = await ask()
    if (answer.kind === 'timeout' || answer.kind === 'no-connection') lost++
    if (lost > 1) return
    const selected = chosen(answer, version)
    if (selected) accepted.push({ version, answer: selected })
  }
  const closing = spoken.length > 1 && session.rounds === 1 ? spoken.slice(0, 1) : ['0304', '0303']
  for (const version of closing) {
    await session.hello(`version-${version}`, versionHello(version, session.seed))
  }
  for (const { version, answer } of accepted) {
    await sweep(
      session,
      {
        asks: 'suite',
        version,
        title: `suites of ${version}`,
        spec: (list) => forms.suites(version, 'any', answer.group ? [answer.group] : [], list),
        codes: named('suite'),
        known: undefined,
        likely: numbers([answer.suite]),
      },
      state,
    )
  }
}

const likelySuites: Readonly<Record<CertificateType, readonly string[]>> = {
  rsa: ['c02f', 'c030'],
  ecdsa: ['c02b', 'c02c'],
  any: controls.tls12Suites,
}

const suitePlan = (forms: Forms, type: CertificateType, first: Selected, known: string | undefined): SweepPlan => ({
  asks: 'suite',
  version: '0303',
  title: `suites of TLS 1.2, certificate ${type}`,
  spec: (list) => forms.suites('0303', type, first.group ? [first.group] : [], list),
  codes: askable('suite'),
  known: known === undefined ? undefined : Number.parseInt(known, 16),
  likely: numbers([...new Set([...likelySuites[type], ...(known === undefined ? [] : [known])])]),
})

/** Suites of TLS 1.2 for the type of certificate that was seen, then for the other one, if the server has it. */
const suites12 = async ({ session, forms, state }: Context, first: Selected): Promise<void> => {
  const [leaf] = first.certificates
  const type = leaf ? typeOfKey(readCertificate(leaf).keyType) : 'any'
  if (type === 'any') return void (await sweep(session, suitePlan(forms, 'any', first, first.suite), state))
  const other = type === 'rsa' ? 'ecdsa' : 'rsa'
  const opening = forms.suites('0303', other, first.group ? [first.group] : [], likelySuites[other])
  const seen = chosen((await session.hello(`certificate ${other}`, opening)).answer, '0303')
  await sweep(session, suitePlan(forms, type, first, first.suite), state)
  if (seen?.state === 'accepted') await sweep(session, suitePlan(forms, other, first, seen.suite), state)
}

const groups12 = async ({ session, forms, state }: Context, first: Selected, whole: boolean): Promise<void> => {
  const [leaf] = first.certificates
  const curve = leaf && certificateGroup(readCertificate(leaf))
  await sweep(
    session,
    {
      asks: 'group',
      version: '0303',
      title: 'groups of TLS 1.2',
      spec: (list) => forms.groups12(list),
      codes: whole ? askable('group') : named('group'),
      known: curve === undefined && first.group ? Number.parseInt(first.group, 16) : undefined,
      likely: numbers(controls.groups),
      ...(curve !== undefined && { last: Number.parseInt(curve, 16) }),
    },
    state,
  )
}

const schemes = async ({ session, forms, state }: Context, first: Selected): Promise<void> => {
  const known = first.scheme === undefined ? undefined : Number.parseInt(first.scheme, 16)
  await sweep(
    session,
    {
      asks: 'scheme',
      version: '0303',
      title: 'signature schemes of TLS 1.2',
      spec: (list) => forms.schemes(first.group ? [first.group] : [], list),
      codes: askable('scheme'),
      known,
      likely: numbers([...(first.scheme ? [first.scheme] : []), '0401', '0501', '0601', '0403', '0503', '0603']),
    },
    state,
  )
}

const suites13 = async ({ session, forms, state }: Context, first: Selected): Promise<void> => {
  const group = first.group ?? '0017'
  await sweep(
    session,
    {
      asks: 'suite',
      version: '0304',
      title: 'suites of TLS 1.3',
      spec: (list) => forms.suites13(group, list),
      codes: askable('suite'),
      known: Number.parseInt(first.suite, 16),
      likely: numbers([...new Set([first.suite, ...controls.tls13Suites])]),
    },
    state,
  )
}

const groups13 = async ({ session, forms, state }: Context, first: Selected | undefined): Promise<void> => {
  await sweep(
    session,
    {
      asks: 'group',
      version: '0304',
      title: 'groups of TLS 1.3',
      spec: (list) => forms.groups13(first ? [first.suite] : [], list),
      codes: askable('group'),
      known: first?.group === undefined ? undefined : Number.parseInt(first.group, 16),
      likely: numbers([...new Set([...(first?.group ? [first.group] : []), ...controls.groups])]),
    },
    state,
  )
}

/** What is asked once, without a sweep: fallback, and a key exchange with and without the extended master secret. */
const once = async (context: Context, spoken: readonly string[]): Promise<void> => {
  const { session, forms } = context
  await askKeyExchange(session)
  if (spoken.includes('0304')) await session.hello('fallback', forms.fallback())
}

/**
 * Asks one listener what it speaks and, if that is TLS, puts every suite of TLS 1.2 and 1.3, every group, every signature scheme and every version to it,
 * each block between controls. Judges nothing: the readings (kind `tls-exchange`) are for `analyseListener`, whose facts then have `sweep`.
 * Never more than 4 connections at once. Never throws for what a peer does; throws the signal's reason when it is aborted.
 */
export const sweepListener = async ({
  dial,
  sni,
  signal,
  timeoutMs = 3_000,
  budget = 700,
  rounds = 1,
  means = 'dial',
  source = 'listener',
  withinMs = 60_000,
  helloSize,
}: SweepOptions): Promise<Reading[]> => {
  const session = openSession({ dial, sni, signal, timeoutMs, budget, rounds, means, source, withinMs, store: 'digest' })
  if (!(await classify(session))) return session.readings
  const forms = sweepForms(session.seed)
  const context: Context = { session, forms, state: newSweepState(helloSize) }
  const first13 = session.answers.map((answer) => chosen(answer, '0304')).find((answer) => answer !== undefined)
  const first12 = chosen((await session.hello('version-0303', versionHello('0303', session.seed))).answer, '0303')
  const spoken = [...(first13 ? ['0304'] : []), ...(first12 ? ['0303'] : [])]
  // Servers that take turns behind one address are told apart by hellos that follow one another.
  const limit = pLimit(rounds > 1 ? 1 : 4)
  const lanes: Lane[] = [
    () => oldVersions(context, spoken),
    ...(first12
      ? [
          () => suites12(context, first12),
          () => schemes(context, first12),
          () => groups12(context, first12, first13 === undefined),
          () => once(context, spoken),
        ]
      : []),
    ...(first13 ? [() => suites13(context, first13)] : []),
    ...(first13 || first12 === undefined ? [() => groups13(context, first13)] : []),
  ]
  await Promise.all(lanes.map((lane) => limit(lane)))
  return session.readings
}
