import type { MacAlgorithm } from '../../policy/modules.ts'
import type { BuildInfo } from './build-info.ts'

/** Why nothing can be said of what a file carries. `missing` and `unreadable` come from the reader, the others from the bytes. */
export type Uninspectable = {
  state: 'missing' | 'unreadable' | 'truncated' | 'too-large' | 'empty' | 'script' | 'pe' | 'mach-o' | 'data' | 'malformed' | 'packed'
  reason: string
  path: string
  size?: number
  sha256?: string
}

/** How the identity of the module was established, so that it can be repeated by hand. Offsets in the file and lengths in bytes, digests in hex. */
export type ModuleProof = {
  blockOffset: number
  blockLength: number
  mac: MacAlgorithm
  key: string
  digestOffset: number
  /** The digest that identifies the build. */
  expected: string
  /** The HMAC over the block as it stands in the file. */
  computed?: string
  /** Repeats the HMAC on the file. */
  command: string
}

/** `unknown` where nothing shows it either way. */
export type Shown = 'yes' | 'no' | 'unknown'

export type Contradiction = {
  id: 'experiment-without-module' | 'module-without-experiment' | 'module-without-cgo' | 'module-without-wrappers' | 'two-modules-asked' | 'wrappers-without-module' | 'unexamined-copies'
  /** What says one thing, and what says another. */
  text: string
}

/** What a program file is, as its bytes show it. Three answers (identity, integrity, use), each with what it rests on. */
export type InspectedExecutable = {
  state: 'inspected'
  path: string
  size: number
  sha256: string
  format: 'elf'
  arch: string
  linking: 'static' | 'dynamic'
  /** Go build info; text that can be forged. */
  buildInfo?: BuildInfo
  /** `boringcrypto-20220613`, ..., `unknown-boringssl`, `none`. `none` means: none that this analysis knows, after a search of the whole file. */
  module: string
  moduleName: string
  integrity: 'intact' | 'modified' | 'unknown' | 'n/a'
  certificate?: number
  proof?: ModuleProof
  /** Package crypto/tls/fipsonly is linked and its init runs. */
  fipsonly: Shown
  /** crypto/internal/boring is linked: its init and its wrappers around the module. */
  wrappers: Shown
  wrapperCount: number
  /** Packages that do cryptography outside the module, as far as functions of them are linked. */
  outside: readonly { package: string; what: string }[]
  contradictions: readonly Contradiction[]
  /** What a reader should know and what decides nothing. */
  remarks: readonly string[]
}

export type ExecutableFacts = InspectedExecutable | Uninspectable
