import { constants } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analyseExecutable } from '../../helpers/crypto-modules/analyse/executable.ts'
import type { InspectedExecutable } from '../../helpers/crypto-modules/analyse/executable-facts.ts'
import { readExecutable } from '../../helpers/crypto-modules/read/executable.ts'
import { localFile } from '../../helpers/crypto-modules/read/local-file.ts'
import type { Reading } from '../../helpers/evidence/model.ts'
import { componentCarriesModule } from '../../helpers/rules/modules.ts'
import type { ExpectedModule } from '../../helpers/rules/modules-verdicts.ts'
import type { Outcome } from '../../helpers/rules/outcome.ts'

import { type Build, builtFile } from './build.ts'

// Programs that a test builds with real Go toolchains, and the way from their bytes through what is stored of them to a verdict.

const asOf = new Date('2026-11-22T00:00:00Z')

export type Judged = { facts: InspectedExecutable; reading: Reading; outcome: Outcome }

export type GoCorpus = {
  at: (name: string) => string
  build: (name: string, build: Build) => Promise<void>
  /** A copy with changed bytes. */
  changed: (from: string, to: string, change: (bytes: Uint8Array) => void) => Promise<void>
  /** The facts as a replay of the stored bytes gives them, and the verdict on them. */
  judged: (name: string, expect?: ExpectedModule) => Promise<Judged>
  remove: () => Promise<void>
}

export const goCorpus = async (): Promise<GoCorpus> => {
  const folder = await mkdtemp(join(tmpdir(), 'fips-conformance-corpus-'))
  const at = (name: string): string => join(folder, name)
  return {
    at,
    build: async (name, build) => copyFile(await builtFile(name, build), at(name), constants.COPYFILE_FICLONE),
    changed: async (from, to, change) => {
      const bytes = new Uint8Array(await readFile(at(from)))
      change(bytes)
      await writeFile(at(to), bytes)
    },
    judged: async (name, expected) => {
      const reading = await readExecutable(await localFile(at(name)))
      const data: unknown = JSON.parse(JSON.stringify(reading.data))
      const facts = analyseExecutable({ data, bytes: (blob) => reading.blobs[blob] ?? new Uint8Array() })
      if (facts.state !== 'inspected') throw new Error(`${name}: ${facts.state}: ${facts.reason}`)
      const subject = { component: name, executable: facts, ...(expected === undefined ? {} : { expect: expected }) }
      return { facts, reading, outcome: componentCarriesModule(subject, { asOf }) }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
