/**
 * What `scan --all` has to say of a file on the day of the corpus (judged.ts). goboring is the verdict of «this is an intact goboring build»; verdicts are those for
 * `--expect goboring`, `go-native`, `openssl`, `any-validated`, one letter each: p pass, f fail, i inconclusive, n not applicable. Contradictions by id.
 * The tables are what is true of each file, not what the detector said of it: a row changes only together with the reason why.
 */
export type Expectation = readonly [
  file: string,
  module: string,
  integrity: string,
  mode: string,
  goboring: string,
  verdicts: string,
  contradictions?: string,
]
