import type { RootFiles } from '../crypto-modules/read/root-files.ts'

/** The root file system that files of a target will run in. */
export type Surroundings = {
  files: RootFiles
  /** How its files are read, as evidence names it. */
  means: string
  /** `Env` of the configuration of an image. */
  environment?: readonly string[]
}

/** Where a file is in its root file system: an absolute path. */
export type Place = { surroundings: Surroundings; path: string }
