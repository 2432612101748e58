import { controls, type TlsQuestion, tlsQuestions } from '../../policy/tls-questions.ts'
import { type Answer, picked } from '../analyse/answer.ts'
import { certificateGroup, readCertificate } from '../analyse/certificate.ts'
import type { ClientHelloSpec } from '../analyse/client-hello.ts'
import { controlFor, helloFor, versionHello } from '../analyse/hello-forms.ts'
import { silentTimes } from '../analyse/question.ts'
import type { Session } from './session.ts'

/** Shares that travel with the first hello about these groups; a share for any other is sent when the server asks for it. They are long. */
const firstShares = ['001d', '6399', '11ec', '0017', '0018', '0019']

const isLost = (answer: Answer): boolean => answer.kind === 'timeout' || answer.kind === 'no-connection'
const isAccepted = (answer: Answer): boolean => answer.kind === 'selected' && answer.state === 'accepted'
const refusesVersion = (answer: Answer): boolean => answer.kind === 'alert' && answer.alert.description === 70

const approvedVersions: readonly string[] = controls.version

/** Connections kept back for the closing controls: a question without its closing control was asked for nothing. */
const reserve = 6

/** Most hellos for one question: a listener that accepts that much has failed, whatever else it accepts. */
const mostAsked = 10

type Asked = 'answered' | 'lost'

/**
 * Repeats a hello that was closed without a word, as often as it takes to call that silent, and one that was refused as often as the session asks for:
 * at once, so that servers that take turns both get it.
 */
const insist = async (session: Session, question: TlsQuestion, spec: ClientHelloSpec): Promise<Answer> => {
  let { answer } = await session.hello(question.id, spec)
  const times = (): number => (answer.kind === 'closed' ? silentTimes : answer.kind === 'alert' ? session.rounds : 1)
  for (let asked = 1; asked < times() && session.left() > reserve; asked++) {
    answer = (await session.hello(question.id, spec)).answer
  }
  return answer
}

/** The hello with the shares that travel at once; one for another group is sent when the server asks for it. */
const firstHello = (session: Session, question: TlsQuestion, open: readonly string[], companions: readonly string[]): ClientHelloSpec => {
  if (question.asks !== 'group') return helloFor(question, open, session.seed)
  return helloFor(question, open, session.seed, {
    companions,
    shared: [...open, ...companions].filter((group) => firstShares.includes(group)),
  })
}

/** Puts a question until what is left of it is refused: what the server picks is taken out, and the rest is asked again. */
const askUntilRefused = async (
  session: Session,
  question: TlsQuestion,
  open: readonly string[],
  companions: readonly string[] = [],
): Promise<Asked> => {
  let left = open
  for (let times = 0; left.length > 0 && times < mostAsked && session.left() > reserve; times++) {
    const first = firstHello(session, question, left, companions)
    let answer = await insist(session, question, first)
    const choice = answer.kind === 'selected' ? picked(question.asks, answer) : undefined
    if (answer.kind === 'selected' && answer.state === 'retry' && choice !== undefined && session.seed.shares.has(choice)) {
      answer = await insist(session, question, helloFor(question, left, session.seed, { companions, shared: [choice] }))
    }
    if (isLost(answer)) return 'lost'
    if (choice === undefined || !left.includes(choice)) return 'answered'
    left = left.filter((code) => code !== choice)
  }
  return 'answered'
}

/** Group of the server's EC certificate, if it showed one. */
const curveIn = (answer: Answer): string | undefined => {
  const leaf = answer.kind === 'selected' ? answer.certificates[0] : undefined
  return leaf && certificateGroup(readCertificate(leaf))
}

/** Puts a question about groups; beside the curve of an EC certificate first, without which TLS 1.2 serves nothing. */
const askOne = async (session: Session, question: TlsQuestion, open: readonly string[], curve: string | undefined): Promise<Asked> => {
  if (question.asks === 'group' && question.version === '0303' && curve !== undefined) {
    const beside = await askUntilRefused(session, question, open, [curve])
    if (beside === 'lost') return 'lost'
  }
  return askUntilRefused(session, question, open)
}

/** What a question still has to ask after its control was answered: the control is the first hello of the question about the approved. */
const stillOpen = (question: TlsQuestion, control: Answer): readonly string[] => {
  const choice = control.kind === 'selected' ? picked(question.asks, control) : undefined
  return question.codePoints.filter((code) => code !== choice)
}

/** The questions of TLS 1.2 or of TLS 1.3, between controls. */
const askBlock = async (session: Session, questions: readonly TlsQuestion[]): Promise<void> => {
  const [first] = questions
  if (first === undefined) return
  const control = async (): Promise<Answer> => (await session.hello(first.id, controlFor(first, session.seed))).answer
  const opening = await control()
  if (refusesVersion(opening)) return
  if (isLost(opening) && isLost(await control())) return
  const curve = curveIn(opening)
  for (const question of questions) {
    const asked = await askOne(session, question, stillOpen(question, opening), curve)
    // A peer that stopped answering is not asked further: only its controls can tell whether it is still there.
    if (asked === 'lost' && !isAccepted(await control())) return
  }
  await control()
}

/** The versions, between TLS 1.3 (asked already, when the listener was classified) and TLS 1.2, whichever of them is spoken. */
const askVersions = async (session: Session, questions: readonly TlsQuestion[]): Promise<void> => {
  const ask = (question: TlsQuestion): Promise<Answer> => insist(session, question, versionHello(question.version, session.seed))
  let lost = 0
  for (const question of questions.filter(({ version }) => version !== '0304')) {
    if (isLost(await ask(question))) lost++
    if (lost > 1) return
  }
  // Both once more, also where one would do: they offer everything, so two servers behind one address are likely to answer them differently.
  for (const question of questions.filter(({ version }) => approvedVersions.includes(version))) await ask(question)
}

const inBlock = (block: TlsQuestion['block']): TlsQuestion[] => tlsQuestions.filter((question) => question.block === block)

/** The three blocks of questions for a listener that speaks TLS; each can run beside the others. */
export const questionBlocks = (session: Session): (() => Promise<void>)[] => [
  () => askVersions(session, inBlock('versions')),
  () => askBlock(session, inBlock('tls12')),
  () => askBlock(session, inBlock('tls13')),
]
