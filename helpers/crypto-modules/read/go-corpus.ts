import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Reading } from '../../evidence/model.ts'
import { componentCarriesModule } from '../../rules/modules.ts'
import type { ExpectedModule } from '../../rules/modules-verdicts.ts'
import type { Outcome } from '../../rules/outcome.ts'
import { analyseExecutable } from '../analyse/executable.ts'
import type { InspectedExecutable } from '../analyse/executable-facts.ts'
import { readExecutable } from './executable.ts'
import { localFile } from './local-file.ts'

// Programs that a test builds with real Go toolchains, and the way from their bytes through what is stored of them to a verdict.

const run = promisify(execFile)
const asOf = new Date('2026-11-22T00:00:00Z')

export type Build = {
  files: Readonly<Record<string, string>>
  env?: Readonly<Record<string, string>>
  args?: readonly string[]
}

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
    build: async (name, { files, env = {}, args = [] }) => {
      const source = at(`${name}.source`)
      await mkdir(source, { recursive: true })
      await writeFile(join(source, 'go.mod'), 'module example.test/component\n\ngo 1.20\n')
      for (const [file, text] of Object.entries(files)) await writeFile(join(source, file), text)
      const settings = {
        GOTOOLCHAIN: 'local',
        GOFLAGS: '-buildvcs=false',
        GOOS: 'linux',
        GOARCH: 'amd64',
        CGO_ENABLED: '0',
        GOEXPERIMENT: '',
        GOFIPS140: 'off',
        ...env,
      }
      await run('go', ['build', '-o', at(name), ...args, '.'], { cwd: source, env: { ...process.env, ...settings } })
    },
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
