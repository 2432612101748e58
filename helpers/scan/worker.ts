import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { AnalyseOptions, Analysis, Content } from './model.ts'

/** What a worker is asked: contents, in one batch. */
export type Asked = { batch: number; contents: Content[]; options: AnalyseOptions }
/** What it answers: one analysis for each content. */
export type Answered = { batch: number; analyses: Analysis[] }

/** What a worker is started with. `compiled`: where compiled code is kept, if it is. */
export type WorkerData = { claims: SharedArrayBuffer; compiled?: string }

const port = parentPort
if (port) {
  const { claims, compiled } = workerData as WorkerData
  // A thread does not take this over from the one that starts it, and compiles everything anew without it; so the imports come behind it.
  if (compiled !== undefined) enableCompileCache(compiled)
  const { createAnalyser } = await import('./analyse-content.ts')
  const { sharedClaims } = await import('./shared-claims.ts')
  const analyser = createAnalyser(sharedClaims(claims))
  let tail: Promise<void> = Promise.resolve()
  port.on('message', ({ batch, contents, options }: Asked) => {
    tail = tail.then(async () => {
      const analyses: Analysis[] = []
      for (const content of contents) analyses.push(await analyser.analyse(content, options))
      port.postMessage({ batch, analyses } satisfies Answered)
    })
  })
}
