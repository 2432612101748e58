import { getCompileCacheDir } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Analyser } from './analyse-content.ts'
import type { AnalyseOptions, Analysis, Content, Settled } from './model.ts'
import { claimTable, sharedClaims } from './shared-claims.ts'
import type { Answered, Asked, WorkerData } from './worker.ts'

/** Analyses contents, in this thread while they are few, else in as many threads as there are processors. Equal contents are analysed once. */
export type Pool = {
  /** `size` in bytes, as far as it is known: it decides how work is dealt out. Resolves in no particular order. */
  analyse: (content: Content, size: number) => Promise<Settled>
  /** Resolves when there is room in memory for more contents that were read from a stream. */
  room: () => Promise<void>
  /** Resolves when everything that was handed over is analysed. */
  drain: () => Promise<void>
  /** Ends the threads; what is still open never resolves. */
  stop: () => Promise<void>
}

type Task = { content: Content; size: number; held: number; again: boolean; done: (analysis: Settled) => void }
type Member = { worker: Worker; batches: Map<number, Task[]> }

/** Where threads are worth their start-up. */
const fewBytes = 48 * 1024 * 1024
const fewFiles = 400
const batchBytes = 8 * 1024 * 1024
const batchFiles = 48
/** Batches that lie ready at a thread, so that it does not wait while this one analyses a large file. */
const ahead = 3
const maximumThreads = 8
/** Bytes of contents in memory that may wait to be analysed. */
const roomBytes = 128 * 1024 * 1024

/** The compiled package has the worker as JavaScript, the checkout as TypeScript. */
const workerFile = (): URL => new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/**
 * Where this thread keeps compiled code: below it each release of Node has a directory of its own, which is what Node tells. A thread does not take it over from the
 * one that starts it; told by its environment it has it from its first file on, and needs no compiler of TypeScript.
 */
const compiledCode = (): { NODE_COMPILE_CACHE?: string } => {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}

/** Buffers that travel without a copy: those that belong to one content as a whole. */
const transferable = (tasks: readonly Task[]): ArrayBuffer[] =>
  tasks.flatMap(({ content }) =>
    content.kind === 'memory' && content.bytes.buffer instanceof ArrayBuffer && content.bytes.byteLength === content.bytes.buffer.byteLength
      ? [content.bytes.buffer]
      : [],
  )

export const createPool = (options: AnalyseOptions, { threads = Math.min(maximumThreads, availableParallelism()) } = {}): Pool => {
  const queue: Task[] = []
  const members: Member[] = []
  const settled = new Map<string, Settled>()
  const twins = new Map<string, Task[]>()
  const waitingForRoom: (() => void)[] = []
  const waitingForEnd: (() => void)[] = []
  let own: Promise<Analyser> | undefined
  let claims: SharedArrayBuffer | undefined
  let [queuedBytes, inMemory, open, nextBatch] = [0, 0, 0, 0]
  let draining = false
  let running = false

  const settle = (task: Task, analysis: Settled): void => {
    inMemory -= task.held
    open--
    task.done(analysis)
    if (inMemory < roomBytes) for (const go of waitingForRoom.splice(0)) go()
    if (open === 0) for (const go of waitingForEnd.splice(0)) go()
  }

  const receive = (task: Task, analysis: Analysis): void => {
    if (analysis.state === 'twin') {
      const known = settled.get(analysis.sha256)
      if (known) settle(task, known)
      else twins.set(analysis.sha256, [...(twins.get(analysis.sha256) ?? []), task])
      return
    }
    settle(task, analysis)
    if (analysis.state !== 'analysed' || analysis.sha256 === undefined || analysis.facts === undefined) return
    // What a bundle keeps of it goes with the first; its twins share the facts.
    const { reading: _reading, ...shared } = analysis
    settled.set(analysis.sha256, shared)
    for (const twin of twins.get(analysis.sha256) ?? []) settle(twin, shared)
    twins.delete(analysis.sha256)
  }

  const takeBatch = (): Task[] => {
    const batch: Task[] = []
    for (let bytes = 0; queue.length > 0 && batch.length < batchFiles && (batch.length === 0 || bytes < batchBytes); ) {
      const task = queue.shift()
      if (task === undefined) break
      bytes += task.size
      queuedBytes -= task.size
      batch.push(task)
    }
    return batch
  }

  const deal = (): void => {
    for (let turn = 0; turn < ahead; turn++) {
      for (const { worker, batches } of members) {
        const isFull = queuedBytes >= batchBytes || queue.length >= batchFiles
        if (batches.size > turn || queue.length === 0 || (!isFull && !draining)) continue
        const tasks = takeBatch()
        const contents = tasks.map(({ content }) => content)
        batches.set(nextBatch, tasks)
        worker.postMessage(
          { batch: nextBatch, contents, options: { ...options, again: tasks.some(({ again }) => again) } } satisfies Asked,
          transferable(tasks),
        )
        nextBatch++
      }
    }
  }

  const isIdle = (): boolean => open > 0 && draining && !running && queue.length === 0 && members.every(({ batches }) => batches.size === 0)

  /** Contents whose twin was claimed and never delivered. */
  const askAgain = (): void => {
    const left = [...twins.values()].flat()
    twins.clear()
    if (left.length === 0) return
    queue.push(...left.map((task) => ({ ...task, again: true })))
    void workAlone()
  }

  const lose = (member: Member, reason: string): void => {
    members.splice(members.indexOf(member), 1)
    for (const tasks of member.batches.values())
      for (const task of tasks) settle(task, { state: 'unreadable', reason: `its analysis ended abnormally: ${reason}` })
    member.batches.clear()
    if (queue.length > 0) void workAlone()
    else if (isIdle()) askAgain()
  }

  const start = (): void => {
    const table = claimTable()
    claims = table
    // This thread is one of them.
    while (members.length < threads - 1) {
      const member: Member = {
        worker: new Worker(workerFile(), {
          workerData: { claims: table } satisfies WorkerData,
          env: { ...process.env, ...compiledCode() },
        }),
        batches: new Map(),
      }
      member.worker.on('message', ({ batch, analyses }: Answered) => {
        const tasks = member.batches.get(batch) ?? []
        member.batches.delete(batch)
        deal()
        for (const [at, task] of tasks.entries()) receive(task, analyses[at] ?? { state: 'unreadable', reason: 'it was not analysed' })
        if (isIdle()) askAgain()
      })
      member.worker.on('error', (error: Error) => lose(member, error.message))
      members.push(member)
    }
  }

  /**
   * One after the other in this thread, beside the others where there are some: it takes single contents, and hears them in between.
   * The analysis is loaded when it is first needed: threads load it for themselves.
   */
  const workAlone = async (): Promise<void> => {
    if (running) return
    running = true
    own ??= import('./analyse-content.ts').then(({ createAnalyser, ownClaims }) =>
      createAnalyser(claims === undefined ? ownClaims() : sharedClaims(claims)),
    )
    const analyser = await own
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      queuedBytes -= task.size
      receive(task, await analyser.analyse(task.content, { ...options, again: task.again }))
      if (members.length > 0) await setImmediate()
    }
    running = false
    if (isIdle()) askAgain()
  }

  const add = (task: Task): void => {
    queue.push(task)
    queuedBytes += task.size
    inMemory += task.held
    open++
    if (threads > 1 && members.length === 0 && own === undefined && (queuedBytes > fewBytes || queue.length > fewFiles) && queue.length > 1)
      start()
    if (members.length > 0) deal()
    else if (own !== undefined) void workAlone()
  }

  return {
    analyse: (content, size) =>
      new Promise((done) => add({ content, size, held: content.kind === 'memory' ? content.bytes.length : 0, again: false, done })),
    room: async () => {
      if (inMemory < roomBytes) return
      if (members.length === 0) void workAlone()
      await new Promise<void>((go) => waitingForRoom.push(go))
    },
    drain: async () => {
      draining = true
      if (open > 0) {
        // Large ones first: what is left for the end should be small enough to keep every thread busy.
        queue.sort((a, b) => b.size - a.size)
        deal()
        void workAlone()
        await new Promise<void>((go) => waitingForEnd.push(go))
      }
      draining = false
    },
    stop: async () => {
      await Promise.all(members.splice(0).map(({ worker }) => worker.terminate()))
    },
  }
}
