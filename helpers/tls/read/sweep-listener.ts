import pLimit from 'p-limit'
import type { Reading } from '../../evidence/model.ts'
import { askable } from '../../policy/code-point-space.ts'
import { namedCodePoints, suiteName } from '../../policy/code-points.ts'
import { controls } from '../../policy/tls-questions.ts'
import type { Selected } from '../analyse/answer.ts'
import { certificateGroup, readCertificate } from '../analyse/certificate.ts'
import { versionHello } from '../analyse/hello-forms.ts'
import { code4 } from '../analyse/ranges.ts'
import { type CertificateType, sweepForms, typeOfKey } from '../analyse/sweep-forms.ts'
import { classify } from './classify.ts'
import type { ClientCertificate } from './client-certificate.ts'
import type { Dial } from './exchange.ts'
import { askEarlyData } from './handshake13.ts'
import { askKeyExchange } from './key-exchange.ts'
import { openSession, type Session } from './session.ts'
import { type Context, chosen, type Forms, named, numbers } from './sweep-context.ts'
import { newSweepState, type SweepPlan, sweep } from './sweep-run.ts'
import { askOldAtOnce, askOldInTurn, oldVersions } from './sweep-versions.ts'

export type SweepOptions = {
  dial: Dial
  /** Host name for the server name extension; none is sent for an IP address. */
  sni?: string
  signal: AbortSignal
  /** For each connection, dial included. Milliseconds. */
  timeoutMs?: number
  /**
   * 2 puts every refused hello a second time at once, and nothing beside it: for an address behind which several servers may stand. About 20 connections
   * more.
   */
  rounds?: 1 | 2
  /** How the connections are carried, and to where: provenance of the readings. */
  means?: string
  source?: string
  /** Most connections in all. A server that takes hellos of 60 KB needs about 40, and one for each code point that it accepts. */
  budget?: number
  /** Time in all, after which nothing more is asked. Milliseconds. */
  withinMs?: number
  /**
   * Shown where the listener asks for a client certificate, in the handshakes that are gone through with; everything else is asked before one is read.
   * Where one is required, the extended master secret is inconclusive without it. From PEM:
   *
   *     const clientCertificate = { certificates: [new Uint8Array(new X509Certificate(pem).raw)], key: createPrivateKey(keyPem) }
   *     await sweepListener({ dial, signal, clientCertificate })
   *
   * Readings hold the SHA-256 of the first certificate and nothing else of it; the key only signs.
   */
  clientCertificate?: ClientCertificate
}

type Lane = () => Promise<void>

const likelySuites: Readonly<Record<CertificateType, readonly string[]>> = {
  rsa: ['c02f', 'c030'],
  ecdsa: ['c02b', 'c02c'],
  any: controls.tls12Suites,
}

/** Every named suite that a certificate of the type serves: a server may have one and serve none of the common suites with it. */
const servedSuites = (type: 'rsa' | 'ecdsa'): string[] => {
  const names = type === 'rsa' ? /^TLS_(\w+_)?(RSA|DSS)(_EXPORT\d*)?_WITH_/ : /^TLS_\w+_ECDSA_WITH_/
  const all = namedCodePoints.suite.filter((code) => names.test(suiteName(code)) && !/_(SRP|KRB5)_/.test(suiteName(code)))
  return [...new Set([...likelySuites[type], ...all])]
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

/** Both types of certificate in one sweep: a refusal stands between a twin that the one served and a twin that the other served. */
const jointPlan = (forms: Forms, first: Selected, codes: Readonly<Record<'rsa' | 'ecdsa', string>>): SweepPlan => {
  const rsa = Number.parseInt(codes.rsa, 16)
  const ecdsa = Number.parseInt(codes.ecdsa, 16)
  return {
    ...suitePlan(forms, 'any', first, codes.rsa),
    title: 'suites of TLS 1.2, both certificates',
    // Of four in three blocks the first and the last share one: there they are each other's twins.
    likely: numbers([
      codes.rsa,
      ...[...likelySuites.rsa, ...likelySuites.ecdsa].filter((code) => code !== codes.rsa && code !== codes.ecdsa),
      codes.ecdsa,
    ]),
    partner: (before) => (suiteName(code4(before)).includes('_ECDSA_') ? rsa : ecdsa),
  }
}

const typeOf = ({ certificates: [leaf] }: Selected): CertificateType => (leaf ? typeOfKey(readCertificate(leaf).keyType) : 'any')

/** What a server has a certificate for, of the type of certificate that was not seen yet; undefined where it has none. */
const otherCertificate = async (session: Session, forms: Forms, first: Selected): Promise<Selected | undefined> => {
  const type = typeOf(first)
  if (type === 'any') return undefined
  const other = type === 'rsa' ? 'ecdsa' : 'rsa'
  const opening = forms.suites('0303', other, first.group ? [first.group] : [], servedSuites(other))
  const seen = chosen((await session.hello(`certificate ${other}`, opening)).answer, '0303')
  return seen?.state === 'accepted' ? seen : undefined
}

/** Suites of TLS 1.2 for the type of certificate that was seen, and for the other one, if the server has it. */
const suites12 = async ({ session, forms, state }: Context, first: Selected, other: Selected | undefined): Promise<void> => {
  const type = typeOf(first)
  if (other !== undefined) {
    const codes = type === 'rsa' ? { rsa: first.suite, ecdsa: other.suite } : { rsa: other.suite, ecdsa: first.suite }
    if (await sweep(session, jointPlan(forms, first, codes), state)) return
  }
  await sweep(session, suitePlan(forms, type, first, first.suite), state)
  if (other !== undefined) await sweep(session, suitePlan(forms, typeOf(other), first, other.suite), state)
}

/** Group of the server's EC certificate, without which TLS 1.2 serves nothing with it (RFC 8422, section 5.1). */
const curveOf = ({ certificates: [leaf] }: Selected): string | undefined => leaf && certificateGroup(readCertificate(leaf))

/**
 * Groups of TLS 1.2, with the RSA certificate where there is one. With an EC certificate its curve stands at the end of every list: where it is taken there, and
 * the list without it is refused, no hello gets anything else from the list, whichever order the server goes by.
 */
const groups12 = async (
  { session, forms, state }: Context,
  first: Selected,
  { other, whole }: { other: Selected | undefined; whole: boolean },
): Promise<void> => {
  const served = [first, other].find((one) => one !== undefined && typeOf(one) === 'rsa' && one.group !== undefined) ?? first
  const curve = curveOf(served)
  const spec = (list: readonly string[]) => forms.groups12(typeOf(served), list)
  await sweep(
    session,
    {
      asks: 'group',
      version: '0303',
      title: 'groups of TLS 1.2',
      spec,
      codes: whole ? askable('group') : named('group'),
      known: curve === undefined && served.group ? Number.parseInt(served.group, 16) : undefined,
      likely: numbers(controls.groups),
      ...(curve !== undefined && { last: Number.parseInt(curve, 16) }),
    },
    state,
  )
}

const likelySchemes: Readonly<Record<CertificateType, readonly string[]>> = {
  rsa: ['0401', '0501', '0601'],
  ecdsa: ['0403', '0503', '0603'],
  any: ['0401', '0501', '0601', '0403', '0503', '0603'],
}

const schemesPlan = (forms: Forms, type: CertificateType, served: Selected): SweepPlan => ({
  asks: 'scheme',
  version: '0303',
  title: type === 'any' ? 'signature schemes of TLS 1.2' : `signature schemes of TLS 1.2, certificate ${type}`,
  spec: (list) => forms.schemes(type, served.group ? [served.group] : [], list),
  codes: askable('scheme'),
  known: served.scheme === undefined ? undefined : Number.parseInt(served.scheme, 16),
  likely: numbers([...new Set([...(served.scheme ? [served.scheme] : []), ...likelySchemes[type]])]),
})

const isEcdsaScheme = (code: number): boolean => likelySchemes.ecdsa.includes(code4(code)) || (code & 0xff) === 3

/** Signature schemes, for both certificates at once where the server has two; where it does not choose its certificate by the schemes, for each of them. */
const schemes = async ({ session, forms, state }: Context, first: Selected, other: Selected | undefined): Promise<void> => {
  if (other === undefined)
    return void (await sweep(
      session,
      { ...schemesPlan(forms, 'any', first), likely: schemesPlan(forms, typeOf(first), first).likely },
      state,
    ))
  const [rsa, ecdsa] = typeOf(first) === 'rsa' ? [first, other] : [other, first]
  if (rsa.scheme !== undefined && ecdsa.scheme !== undefined) {
    const [forRsa, forEcdsa] = [Number.parseInt(rsa.scheme, 16), Number.parseInt(ecdsa.scheme, 16)]
    const plan = { ...schemesPlan(forms, 'any', rsa), partner: (before: number) => (isEcdsaScheme(before) ? forRsa : forEcdsa) }
    if (await sweep(session, plan, state)) return
  }
  await sweep(session, schemesPlan(forms, 'rsa', rsa), state)
  await sweep(session, schemesPlan(forms, 'ecdsa', ecdsa), state)
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

/** What is asked once, without a sweep: fallback, a key exchange with and without the extended master secret, and early data. */
const once = async (context: Context, spoken: readonly string[]): Promise<void> => {
  const { session, forms, client } = context
  const speaks13 = spoken.includes('0304')
  if (spoken.includes('0303')) await askKeyExchange(session, client)
  if (speaks13) await askEarlyData(session, client)
  if (speaks13 && spoken.includes('0303')) await session.hello('fallback', forms.fallback())
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
  clientCertificate,
}: SweepOptions): Promise<Reading[]> => {
  const session = openSession({ dial, sni, signal, timeoutMs, budget, rounds, means, source, withinMs, store: 'digest' })
  if (!(await classify(session))) return session.readings
  const forms = sweepForms(session.seed)
  const context: Context = { session, forms, state: newSweepState(), client: clientCertificate }
  const first13 = session.answers.map((answer) => chosen(answer, '0304')).find((answer) => answer !== undefined)
  // TLS 1.3 before and TLS 1.2 behind frame the old versions between them; a server that speaks one of the two is asked in turn.
  const atOnce = first13?.state === 'accepted' && rounds === 1 ? await askOldAtOnce(session) : undefined
  const first12 = chosen((await session.hello('version-0303', versionHello('0303', session.seed))).answer, '0303')
  const spoken = [...(first13 ? ['0304'] : []), ...(first12 ? ['0303'] : [])]
  const other12 = first12 && (await otherCertificate(session, forms, first12))
  // Servers that take turns behind one address are told apart by hellos that follow one another.
  const limit = pLimit(rounds > 1 ? 1 : 4)
  const lanes: Lane[] = [
    async () => {
      const both = spoken.length > 1 && rounds === 1
      if (atOnce !== undefined && first12 === undefined) await session.hello('version-0304', versionHello('0304', session.seed))
      await oldVersions(context, atOnce ?? (await askOldInTurn(session, both ? spoken.slice(0, 1) : ['0304', '0303'])))
    },
    ...(first12
      ? [
          () => suites12(context, first12, other12),
          () => schemes(context, first12, other12),
          () => groups12(context, first12, { other: other12, whole: first13 === undefined }),
        ]
      : []),
    () => once(context, spoken),
    ...(first13 ? [() => suites13(context, first13)] : []),
    ...(first13 || first12 === undefined ? [() => groups13(context, first13)] : []),
  ]
  await Promise.all(lanes.map((lane) => limit(lane)))
  return session.readings
}
