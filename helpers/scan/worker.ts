import { parentPort, workerData } from 'node:worker_threads'
import { createAnalyser } from './analyse-content.ts'
import type { AnalyseOptions, Analysis, Content } from './model.ts'
import { sharedClaims } from './shared-claims.ts'

/** What a worker is asked: contents, in one batch. */
export type Asked = { batch: number; contents: Content[]; options: AnalyseOptions }
/** What it answers: one analysis for each content. */
export type Answered = { batch: number; analyses: Analysis[] }

/** What a worker is started with. */
export type WorkerData = { claims: SharedArrayBuffer }

const port = parentPort
if (port) {
  const { claims } = workerData as WorkerData
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
