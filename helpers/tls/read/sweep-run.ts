import { setTimeout as sleep } from 'node:timers/promises'
import { namedCodePoints } from '../../policy/code-points.ts'
import { type Answer, picked, type SweepField } from '../analyse/answer.ts'
import type { ClientHelloSpec } from '../analyse/client-hello.ts'
import { atypicalRefusals, plainRefusals, silentTimes } from '../analyse/question.ts'
import { ranges } from '../analyse/ranges.ts'
import { refusalAlert } from '../analyse/sweep-proofs.ts'
import type { Session } from './session.ts'

/** One field of one kind of hello, and the numbers that it is swept over. */
export type SweepPlan = {
  asks: SweepField
  version: string
  title: string
  spec: (list: readonly string[]) => ClientHelloSpec
  codes: readonly number[]
  /** A code point that the server has been seen to accept: it makes the twins. */
  known: number | undefined
  /** What is likely to be accepted; each block gets its share, since a block with something accepted needs no control before it. */
  likely: readonly number[]
  /**
   * With it, the twin after a refusal is made with the code point that this gives for the one of the twin before: of a server with two certificates, one
   * twin is served with each. A sweep whose second twin is not accepted stops.
   */
  partner?: (before: number) => number
  /** Stays at the end of every list: the curve of the certificate, which a client that goes by its own order must not be given first. */
  last?: number
}

/** Shared by all sweeps of a listener. */
export type SweepState = { size: number; taken: boolean; dead: boolean }

/** Code points in one hello, from the largest that common servers take (60 KB of suites) to what old middleboxes let pass. */
const helloSizes = [30_000, 8_000, 1_000, 127, 64] as const

export const newSweepState = (size: number = helloSizes[0]): SweepState => ({ size, taken: false, dead: false })

type Said = { kind: 'picked'; code: number; accepted: boolean } | { kind: 'refused' } | { kind: 'odd' }

const reserve = 2

/** Puts one hello, again where a close or a refusal is to be seen more than once. */
const put = async (session: Session, plan: SweepPlan, list: readonly number[]): Promise<Said> => {
  const spec = plan.spec(ranges(list))
  const ask = async (): Promise<Answer> => (await session.hello(plan.title, spec)).answer
  let answer = await ask()
  const times = (): number => (answer.kind === 'closed' ? silentTimes : answer.kind === 'alert' ? session.rounds : 1)
  for (let asked = 1; asked < times() && session.left() > reserve; asked++) answer = await ask()
  if (answer.kind === 'selected' && answer.version === plan.version) {
    const choice = picked(plan.asks, answer)
    const code = choice === undefined ? Number.NaN : Number.parseInt(choice, 16)
    if (list.includes(code)) return { kind: 'picked', code, accepted: answer.state === 'accepted' || answer.state === 'retry' }
  }
  if (answer.kind === 'closed') return { kind: 'refused' }
  const alert = refusalAlert(plan.asks, answer)
  return { kind: alert !== undefined && [...plainRefusals, ...atypicalRefusals].includes(alert) ? 'refused' : 'odd' }
}

const without = (list: readonly number[], code: number): readonly number[] => {
  const at = list.indexOf(code)
  return at < 0 ? list : list.toSpliced(at, 1)
}

/** Contiguous blocks of at most `size`, each with its share of `likely` at the end, and `last` at the very end of each. */
export const blocksOf = ({ codes, likely, last }: Pick<SweepPlan, 'codes' | 'likely' | 'last'>, size: number): number[][] => {
  const count = Math.ceil(codes.length / size)
  const apart = [...new Set(likely)].filter((code) => code !== last && codes.includes(code))
  const special = [...apart, ...(last === undefined ? [] : [last])]
  const rest = special.reduce(without, codes)
  const each = Math.ceil(rest.length / count)
  const blocks = Array.from({ length: count }, (_, index) => rest.slice(index * each, (index + 1) * each))
  for (const [index, code] of apart.entries()) blocks[index % count]?.push(code)
  if (last !== undefined) for (const block of blocks) block.push(last)
  return blocks.filter((block) => block.length > 0)
}

/** Sweeps that may run out of their budget ask first for what has a name. */
const namedFirst = ({ asks, codes }: SweepPlan): number[] => {
  const named = new Set(namedCodePoints[asks].map((code) => Number.parseInt(code, 16)))
  return [...codes.filter((code) => named.has(code)), ...codes.filter((code) => !named.has(code))]
}

type Outcome = 'done' | 'smaller' | 'stop'

class Sweep {
  readonly session: Session
  readonly plan: SweepPlan
  readonly state: SweepState
  readonly accepted: number[] = []
  known: number | undefined

  constructor(session: Session, plan: SweepPlan, state: SweepState) {
    this.session = session
    this.plan = plan
    this.state = state
    this.known = plan.known
  }

  spent(): boolean {
    return this.state.dead || this.session.left() <= reserve
  }

  take(code: number, accepted: boolean): void {
    this.accepted.push(code)
    if (accepted) this.known ??= code
  }

  /** The known code point, where its block has another that is likely to be accepted: it is kept for the twin after the refusal, which so is no hello more. */
  heldBack(codes: readonly number[]): number | undefined {
    const { known, likely, last } = this.plan
    if (known === undefined || known === last || !codes.includes(known)) return undefined
    return likely.some((code) => code !== known && codes.includes(code)) ? known : undefined
  }

  /** Whether the one that was kept makes the twin that is wanted behind the refusal. */
  closesWith(held: number, before: number | undefined): boolean {
    const { partner } = this.plan
    return partner === undefined || before === undefined || partner(before) === held
  }

  /** The hello behind a refusal: `twin` again, or one that is of more use. */
  closing(list: readonly number[], twin: readonly number[], before: number | undefined): readonly number[] {
    const { partner } = this.plan
    const other = partner === undefined || before === undefined ? undefined : partner(before)
    return other === undefined || list.includes(other) ? twin : [...list.slice(1), other]
  }

  /** The list with one code point exchanged for the known one; it is put where a server that goes by the client's order does not see it first. */
  twinOf(list: readonly number[]): number[] | undefined {
    return this.known === undefined || list.includes(this.known) ? undefined : [...list.slice(1), this.known]
  }

  /** Whether the server still answers at all. A pause before the second try: it may only be busy. */
  async alive(): Promise<boolean> {
    if (this.known === undefined) return true
    for (const pause of [0, 250]) {
      if (this.spent()) return false
      await sleep(pause)
      const said = await put(this.session, this.plan, [this.known])
      if (said.kind === 'picked') return true
    }
    this.state.dead = true
    return false
  }

  /** A hello that should have been accepted was not: smaller ones, unless this size was taken before; then one code point of it is to blame. */
  async split(list: readonly number[]): Promise<Outcome> {
    if (!(await this.alive())) return 'stop'
    if (list.length === 1) return 'done'
    const smaller = helloSizes.find((size) => size < this.state.size)
    if (!this.state.taken && smaller !== undefined && list.length > smaller) {
      this.state.size = smaller
      return 'smaller'
    }
    const half = Math.ceil(list.length / 2)
    for (const part of [list.slice(0, half), list.slice(half)]) {
      const outcome = await this.block(part)
      if (outcome !== 'done') return outcome
    }
    return 'done'
  }

  /** Asks for a block, takes out what is picked, until the rest is refused between two accepted twins. */
  async block(codes: readonly number[]): Promise<Outcome> {
    const { plan, session } = this
    const likely = codes.some((code) => plan.likely.includes(code) || code === plan.last)
    let held = this.heldBack(codes)
    let list = held === undefined ? codes : without(codes, held)
    let twin: readonly number[] | undefined
    let before: number | undefined
    let next: readonly number[] | undefined = likely ? undefined : this.twinOf(list)
    while (list.length > 0) {
      if (this.spent()) return 'stop'
      const asked = next ?? list
      const said = await put(session, plan, asked)
      if (said.kind === 'odd') return this.split(codes)
      if (said.kind === 'picked') {
        this.state.taken = true
        const isOfList = list.includes(said.code)
        if (isOfList) this.take(said.code, said.accepted)
        list = without(list, said.code)
        // What follows differs from this hello in the one code point that was picked, so this one is its twin.
        twin = said.accepted && (next === undefined || !isOfList) ? asked : undefined
        before = said.code
        next = undefined
        continue
      }
      if (next !== undefined) return this.split(codes)
      if (twin === undefined) {
        next = this.twinOf(list)
        // A list that holds what was accepted elsewhere, and is refused all the same, is refused for something else: its length, or another number.
        if (next === undefined) return this.known === undefined ? 'done' : this.split(list)
        continue
      }
      if (held !== undefined && !this.closesWith(held, before)) {
        list = [...list, held]
        held = undefined
        twin = undefined
        continue
      }
      const closing = held === undefined ? this.closing(list, twin, before) : [...list, held]
      const after = await put(session, plan, closing)
      const isClosed = after.kind === 'picked' || (await put(session, plan, closing)).kind === 'picked'
      if (isClosed && held !== undefined) this.take(held, true)
      if (isClosed) return 'done'
      if (plan.partner !== undefined) return 'stop'
      if (held === undefined) return this.split(list)
      list = [...list, held]
      held = undefined
      twin = undefined
    }
    return 'done'
  }

  async run(): Promise<Outcome> {
    for (;;) {
      const { size } = this.state
      const codes = size < 1_000 ? namedFirst(this.plan) : this.plan.codes
      const open = this.accepted.length === 0 ? codes : codes.filter((code) => !this.accepted.includes(code))
      const blocks = blocksOf({ ...this.plan, codes: open }, size)
      // What has a name stands mostly in the last block: a server that the partners do not suit shows itself there.
      const outcome = await this.blocks(this.plan.partner === undefined ? blocks : blocks.toReversed())
      if (outcome !== 'smaller') return outcome
    }
  }

  async blocks(blocks: readonly number[][]): Promise<Outcome> {
    const unframed: number[][] = []
    for (const block of blocks) {
      const outcome = await this.block(block)
      if (outcome !== 'done') return outcome
      if (this.known === undefined) unframed.push(block)
    }
    // Blocks that were refused before anything was known to be accepted have no twins yet.
    if (this.known === undefined) return 'done'
    for (const block of unframed) {
      const outcome = await this.block(block.filter((code) => !this.accepted.includes(code)))
      if (outcome !== 'done') return outcome
    }
    return 'done'
  }
}

/** Puts every code point of the plan; returns whether it got through. What it proves is for `readAccount` to say. */
export const sweep = async (session: Session, plan: SweepPlan, state: SweepState): Promise<boolean> =>
  (await new Sweep(session, plan, state).run()) === 'done'
