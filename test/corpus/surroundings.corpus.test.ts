import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Environment, joinActivation } from '../../helpers/crypto-modules/analyse/activation.ts'
import { wholeImage } from '../../helpers/crypto-modules/analyse/image.ts'
import { analyseImage } from '../../helpers/crypto-modules/analyse/image-facts.ts'
import { searchFile } from '../../helpers/crypto-modules/analyse/search.ts'
import { boringCryptoBuilds } from '../../helpers/policy/modules.ts'
import { componentCarriesModule } from '../../helpers/rules/modules.ts'
import { type GoCorpus, goCorpus } from './go-corpus.ts'
import { sources } from './sources.ts'

// What stands beside a verdict on real programs: what runs outside the module, what the environment makes of it, and that the stored ranges say all of it again.

let corpus: GoCorpus
const boring = { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' }

beforeAll(async () => {
  corpus = await goCorpus()
  await corpus.build('boring', { files: sources.tls, env: boring })
  await corpus.build('boring-pie', { files: sources.tls, env: boring, args: ['-buildmode=pie', '-ldflags=-s -w'] })
  await corpus.build('plain', { files: sources.tls, env: { CGO_ENABLED: '0' } })
  await corpus.build('turned-on', { files: sources.tls, env: { CGO_ENABLED: '0', GOFIPS140: 'latest' } })
})
afterAll(() => corpus.remove())

describe('a goboring program of Go 1.24 or later', () => {
  it('passes with what runs outside its module beside it: the key derivation of TLS first of all', async () => {
    const { facts, outcome } = await corpus.judged('boring')
    expect(outcome.verdict).toBe('pass')
    expect(facts.outside.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['TLS 1.2 key derivation', 'TLS 1.3 key derivation', 'MD5']),
    )
    expect(outcome.notes).toContainEqual(expect.stringMatching(/cryptography outside the module is linked: .*TLS 1\.3 key derivation/))
  })
})

it.each(['boring', 'boring-pie', 'plain', 'turned-on'])('the ranges that are stored of «%s» say what the whole file says', async (name) => {
  const bytes = new Uint8Array(await readFile(corpus.at(name)))
  const { facts, reading } = await corpus.judged(name)
  const identity = { path: facts.path, size: facts.size, sha256: facts.sha256 }
  expect(facts).toEqual(analyseImage(wholeImage(bytes), identity, searchFile(bytes, boringCryptoBuilds)))
  const stored = Object.values(reading.blobs).reduce((sum, blob) => sum + blob.length, 0)
  expect(stored).toBeLessThan(bytes.length / 3)
})

describe('the environment of a process', () => {
  const under = async (name: string, GODEBUG: string) => {
    const { facts } = await corpus.judged(name)
    const environment: Environment = { state: 'read', of: 'process', owner: 'the environment of its process', variables: { GODEBUG } }
    const executable = joinActivation(facts, { environment, kernel: 'off' })
    return {
      executable,
      outcome: componentCarriesModule({ component: name, executable, expect: 'any-validated' }, { asOf: new Date('2026-11-22T00:00:00Z') }),
    }
  }

  it('turns the mode that is compiled in off, which is a contradiction, and on where it is not', async () => {
    const off = await under('turned-on', 'fips140=off')
    expect(off.executable).toMatchObject({ mode: 'off', contradictions: [expect.objectContaining({ id: 'mode-environment' })] })
    expect(off.outcome.verdict).toBe('fail')
    expect((await under('plain', 'fips140=on')).executable).toMatchObject({ mode: 'on', contradictions: [] })
  })
})
