import { analyseExecutable } from '../../helpers/crypto-modules/analyse/executable.ts'
import type { ExecutableFacts } from '../../helpers/crypto-modules/analyse/executable-facts.ts'
import { readExecutable } from '../../helpers/crypto-modules/read/executable.ts'
import type { Verdict } from '../../helpers/policy/verdict.ts'
import { expectedModules } from '../../helpers/rules/modules-verdicts.ts'
import { createAnalyser, ownClaims } from '../../helpers/scan/analyse-content.ts'
import { judgeFile } from '../../helpers/scan/judge.ts'
import { lineOf } from '../../helpers/scan/line.ts'
import { pathPlaceholder } from '../../helpers/scan/model.ts'

/** The day for which the corpus is judged: the certificate of 2021's BoringCrypto has ended, that of 2022's has not. */
export const corpusDay = new Date('2026-11-22T00:00:00Z')

const letters: Readonly<Record<Verdict, string>> = { pass: 'p', fail: 'f', inconclusive: 'i', 'not-applicable': 'n' }

/** What `scan --all` says of a file: verdicts as letters, for --expect goboring, go-native, openssl and any-validated. */
export type Judged = {
  format: string
  module: string
  integrity: string
  mode: string
  goboring: string
  verdicts: string
  contradictions: string
  reason: string
  facts: ExecutableFacts | undefined
}

const analyser = createAnalyser(ownClaims())

/** @throws where the analysis does not end in an answer */
export const judged = async (bytes: Uint8Array): Promise<Judged> => {
  const analysis = await analyser.analyse({ kind: 'memory', bytes }, { digest: 'none', all: true, evidence: false })
  if (analysis.state !== 'analysed') throw new Error(analysis.state === 'twin' ? 'analysed before' : analysis.reason)
  const lines = expectedModules.map((expect) =>
    lineOf('file', analysis, judgeFile('file', analysis, { expect, all: true, asOf: corpusDay })),
  )
  const [first] = lines
  if (first === undefined) throw new Error('nothing is expected')
  return {
    format: first.format,
    module: first.module,
    integrity: first.integrity,
    mode: first.mode,
    goboring: letters[first.goboring],
    verdicts: lines.map(({ verdict }) => letters[verdict]).join(''),
    contradictions: [...new Set(first.contradictions.map(({ id }) => id))].sort().join(' '),
    reason: first.reason,
    facts: analysis.facts,
  }
}

/** The facts as they follow from what a bundle would store, and from nothing else. */
export const replayed = async (bytes: Uint8Array): Promise<ExecutableFacts> => {
  const source = {
    path: pathPlaceholder,
    size: bytes.length,
    open: async function* () {
      yield bytes
    },
  }
  const { data, blobs } = await readExecutable(source)
  return analyseExecutable({ data: JSON.parse(JSON.stringify(data)), bytes: (blob) => blobs[blob] ?? new Uint8Array() })
}
