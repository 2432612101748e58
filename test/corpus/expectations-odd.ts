import type { Expectation } from './expectation.ts'

// Files that are no program of Go.

export const oddExpectations: readonly Expectation[] = [
  ['empty', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['only zeros', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['text', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['script', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['script of no interpreter', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['gzip', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['zip', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['xz', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['zstd', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['tar', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['ar', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['class of Java', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['universal program of macOS', 'not-inspectable', 'unknown', 'unknown', 'i', 'iiii'],
  ['program of macOS', 'not-inspectable', 'unknown', 'unknown', 'i', 'iiii'],
  ['program of DOS', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['program of Windows', 'not-inspectable', 'unknown', 'unknown', 'i', 'iiii'],
  ['WebAssembly', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['ELF mark alone', 'not-inspectable', 'unknown', 'unknown', 'i', 'iiii'],
  ['made program', 'none', 'n/a', 'n/a', 'f', 'ffff'],
  ['made program with the text of the self-test', 'unknown-boringssl', 'unknown', 'n/a', 'f', 'ffff'],
  ['program of C', 'none', 'n/a', 'n/a', 'f', 'ffff'],
  ['static program of C', 'none', 'n/a', 'n/a', 'f', 'ffff'],
  ['stripped program of C', 'none', 'n/a', 'n/a', 'f', 'ffff'],
  ['library of C', 'none', 'n/a', 'n/a', 'f', 'ffff'],
  ['object of C', 'not-inspectable', 'n/a', 'n/a', 'n', 'nnnn'],
  ['program of C with names of BoringCrypto', 'none', 'n/a', 'n/a', 'f', 'ffff'],
]
