import type { MacAlgorithm } from '../../policy/modules.ts'
import type { BuildInfo } from './build-info.ts'
import type { FipsInfo } from './fips-info.ts'
import type { GodebugDefault } from './godebug-default.ts'
import type { ModuleCalls } from './module-calls.ts'
import type { NativeModule } from './native-module.ts'
import type { OpensslFacts } from './openssl.ts'

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

/** What the proof rests on that a program uses no cryptography. Offsets in the file and lengths in bytes, digests in hex. */
export type NoCryptographyProof = {
  fipsInfo: Pick<FipsInfo, 'offset' | 'ranges'> & { mac: string }
  /** Functions of the table, all of which were read. */
  functions: number
  names: { offset: number; length: number; sha256: string }
  /** Executable bytes outside those functions: headers and stubs of the linker. */
  uncovered: number
  /** Shared libraries that it asks for. */
  libraries: readonly string[]
  /** Byte strings that were searched for and stand nowhere. */
  traces: number
}

/**
 * Whether the program uses cryptography at all. none: proven to be without. self-check-only: all that is linked is the self-test of Go's own module, which the import
 * of crypto/tls/fipsonly brings along. present: it is seen. unknown: not seen, and not proven absent.
 */
export type Cryptography =
  | { state: 'none'; proof: NoCryptographyProof }
  | { state: 'self-check-only' | 'present'; packages: readonly string[]; objections: readonly string[]; contradicted?: true }
  | { state: 'unknown'; objections: readonly string[] }

/** `unknown` where nothing shows it either way. */
export type Shown = 'yes' | 'no' | 'unknown'

export type Contradiction = {
  id:
    | 'experiment-without-module'
    | 'module-without-experiment'
    | 'module-without-cgo'
    | 'module-without-wrappers'
    | 'two-modules-asked'
    | 'wrappers-without-module'
    | 'unexamined-copies'
    | 'empty-module-with-cryptography'
    | 'native-record'
    | 'native-shape'
    | 'native-mixed'
    | 'native-claim'
    | 'mode-claim'
    | 'mode-environment'
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
  /** `boringcrypto-20220613`, ..., `unknown-boringssl`, `go-native-v1.0.0-c2097c7c`, ..., `go-native-in-tree`, `openssl`, `none`. `none` means: none that this analysis knows, after a search of the whole file. */
  module: string
  moduleName: string
  integrity: 'intact' | 'modified' | 'unknown' | 'n/a'
  /**
   * Whether the module is in FIPS mode as the file has it; GODEBUG in the environment overrides that. depends: on what `dependsOn` names. n/a for a module without
   * such a switch.
   */
  mode: 'on' | 'off' | 'depends' | 'unknown' | 'n/a'
  dependsOn?: readonly string[]
  /** What beside the file decided over the mode, where that is known. */
  activation?: string
  /** proven: by the digest of the certified build. claimed: names say so, and `native` counts the places that agree. */
  identity: 'proven' | 'claimed' | 'unknown' | 'n/a'
  certificate?: number
  proof?: ModuleProof
  /** Go's own module, where it is the one that the program has. */
  native?: NativeModule
  /** The settings of GODEBUG that are compiled in, where Go's own module is the one. */
  godebugDefault?: GodebugDefault
  /** Where it has the dynamic linker look for libraries (DT_RPATH, DT_RUNPATH), where it calls OpenSSL. */
  libraryPaths?: { rpath: readonly string[]; runpath: readonly string[] }
  /** The OpenSSL that it would load, where it calls one and a root file system was looked at. */
  openssl?: OpensslFacts
  cryptography: Cryptography
  /** Package crypto/tls/fipsonly is linked and its init runs. */
  fipsonly: Shown
  /** crypto/internal/boring is linked: its init and its wrappers around the module. */
  wrappers: Shown
  wrapperCount: number
  /** Whether the program's cryptography goes through the module; present where one of the BoringSSL family stands in the code. */
  calls?: ModuleCalls
  /** Packages that do cryptography outside the module, as far as functions of them are linked. */
  outside: readonly { package: string; what: string }[]
  contradictions: readonly Contradiction[]
  /** What a reader should know and what decides nothing. */
  remarks: readonly string[]
}

export type ExecutableFacts = InspectedExecutable | Uninspectable
