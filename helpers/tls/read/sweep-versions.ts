import type { Answer } from '../analyse/answer.ts'
import { versionHello } from '../analyse/hello-forms.ts'
import { silentTimes } from '../analyse/question.ts'
import { readsSslv2, sslv2Hello } from '../analyse/sweep-forms.ts'
import type { Session } from './session.ts'
import { type Context, chosen, named, numbers } from './sweep-context.ts'
import { sweep } from './sweep-run.ts'

/** What servers of TLS 1.0 and 1.1 have in common. */
const likelyOldSuites = ['c013', 'c014', 'c009', 'c00a', '002f', '0035', '000a']

const sslv2Came = (received: Uint8Array): 'yes' | 'no' => (readsSslv2(received) || received.length >= 7 ? 'yes' : 'no')

const askSslv2 = async (session: Session): Promise<void> => {
  for (let times = 0; times < silentTimes; times++) {
    const { ended } = await session.say('sslv2-hello', sslv2Hello(session.seed.random), sslv2Came)
    if (ended !== 'fin' && ended !== 'rst') return
  }
}

const askOldVersion = async (session: Session, version: string): Promise<Answer> => {
  const ask = async (): Promise<Answer> => (await session.hello(`version-${version}`, versionHello(version, session.seed))).answer
  let answer = await ask()
  const times = (): number => (answer.kind === 'closed' ? silentTimes : answer.kind === 'alert' ? session.rounds : 1)
  for (let asked = 1; asked < times(); asked++) answer = await ask()
  return answer
}

const oldVersionCodes = ['0300', '0301', '0302'] as const
type OldAnswers = ReadonlyMap<string, Answer>

/** The old versions at once, where the first hello of TLS 1.3 stands before them and that of TLS 1.2 comes behind. */
export const askOldAtOnce = async (session: Session): Promise<OldAnswers> => {
  const [, ...answers] = await Promise.all([
    askSslv2(session),
    ...oldVersionCodes.map(async (version) => [version, await askOldVersion(session, version)] as const),
  ])
  return new Map(answers)
}

/** The old versions one after the other, and those that are spoken once more behind them. */
export const askOldInTurn = async (session: Session, closing: readonly string[]): Promise<OldAnswers> => {
  await askSslv2(session)
  const answers = new Map<string, Answer>()
  let lost = 0
  for (const version of oldVersionCodes) {
    const answer = await askOldVersion(session, version)
    if (answer.kind === 'timeout' || answer.kind === 'no-connection') lost++
    if (lost > 1) return new Map()
    answers.set(version, answer)
  }
  for (const version of closing) await session.hello(`version-${version}`, versionHello(version, session.seed))
  return answers
}

/** What is accepted of the old versions is asked for its suites. */
export const oldVersions = async ({ session, forms, state }: Context, answers: OldAnswers): Promise<void> => {
  const accepted = [...answers].flatMap(([version, all]) => {
    const answer = chosen(all, version)
    return answer ? [{ version, answer }] : []
  })
  for (const { version, answer } of accepted) {
    await sweep(
      session,
      {
        asks: 'suite',
        version,
        title: `suites of ${version}`,
        spec: (list) => forms.suites(version, 'any', answer.group ? [answer.group] : [], list),
        codes: named('suite'),
        known: Number.parseInt(answer.suite, 16),
        likely: numbers([...new Set([answer.suite, ...likelyOldSuites])]),
      },
      state,
    )
  }
}
