import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import type { Reading } from '../evidence/model.ts'
import type { BoringCryptoBuild } from '../policy/modules.ts'
import type { Format } from './format.ts'

/** Where the bytes of one file are. Paths are raw; offset and size in bytes. */
export type Content =
  /** A file of this machine. `follow` where the user named it; what a walk finds is never followed. */
  | { kind: 'file'; path: string; follow: boolean }
  /** A part of a file of this machine: an entry of an archive. */
  | { kind: 'range'; path: string; offset: number; size: number }
  | { kind: 'memory'; bytes: Uint8Array }

/** How contents are analysed. */
export type AnalyseOptions = {
  digest: 'sha256' | 'none'
  /** Data is read and hashed, too; without it only what can be run. */
  all: boolean
  /** Keep of what may be judged the bytes that the analysis reads, as a bundle wants them. */
  evidence: boolean
  /** Analyse although somebody has claimed the digest: that somebody did not deliver. */
  again?: boolean
  /** Modules that are known, in place of the built-in table: made ones, in tests. */
  builds?: readonly BoringCryptoBuild[]
}

/** The path in facts until it is known under which name a content is shown: one content may have many. */
export const pathPlaceholder = '{file}'

/** What one content is. `facts` stand where it can be run; their path is `pathPlaceholder`. */
export type Analysis =
  | { state: 'unreadable'; reason: string; size?: number }
  | {
      state: 'analysed'
      format: Format
      size: number
      /** Hex; absent with `--digest none`, and for data that was not asked for. */
      sha256?: string
      facts?: ExecutableFacts
      /** Go build info or a table of Go functions is in it. */
      go?: boolean
      reading?: Reading
      /** The facts of the content alone, where `facts` are joined with what stands beside it. */
      origin?: ExecutableFacts
      /** What was read beside it to judge it: what it would load, the environment of its image. */
      beside?: Reading[]
    }
  /** Another worker has analysed the same content, or is about to. */
  | { state: 'twin'; format: Format; size: number; sha256: string }

/** What is known of a content in the end. */
export type Settled = Exclude<Analysis, { state: 'twin' }>
