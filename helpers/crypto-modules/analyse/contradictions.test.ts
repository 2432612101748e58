import { describe, expect, it } from 'vitest'
import type { BoringCryptoCandidate } from './boringcrypto.ts'
import type { BuildInfo } from './build-info.ts'
import { contradictionsOf, remarksOf, type Sources } from './contradictions.ts'
import { madeBlock } from './made-elf.ts'

const { build } = madeBlock()
const boring: BuildInfo = {
  version: 'go1.26.8-X:boringcrypto',
  minor: 26,
  experiments: ['boringcrypto'],
  boringBranch: false,
  form: 'inline',
  offset: 4096,
  settings: { CGO_ENABLED: '1' },
  moduleText: true,
}
const plain: BuildInfo = { ...boring, version: 'go1.26.8', experiments: [] }
const wrapped = { fipsonly: 'no', wrappers: 'yes', wrapperCount: 100, outside: [], tables: 1 } as const
const bare = { ...wrapped, wrappers: 'no', wrapperCount: 0 } as const
const module = { module: build.id, integrity: 'intact' } as const
const none = { module: 'none', integrity: 'n/a' } as const
const intact: BoringCryptoCandidate = { build, start: 64, digestAt: 1107, state: 'intact', computed: build.digest }
const present = { state: 'present', packages: [], objections: [] } as const
const free = {
  state: 'none',
  proof: {
    fipsInfo: { offset: 0, ranges: [0, 1, 2, 3].map(() => ({ start: 0, end: 1 })) as never, mac: '' },
    functions: 1,
    names: { offset: 0, length: 1, sha256: '' },
    uncovered: 0,
    libraries: [],
    traces: 20,
  },
} as const
const goboring: Sources = { module, cryptography: present, functions: wrapped, candidates: [intact], infos: [boring], unexamined: 0 }

const settings = (more: Record<string, string>): BuildInfo => ({ ...boring, settings: { ...boring.settings, ...more } })

describe('contradictionsOf', () => {
  it.each([
    ['a goboring build', {}, []],
    ['a plain build', { module: none, functions: bare, candidates: [], infos: [plain] }, []],
    ['a file without build info', { infos: [] }, []],
    ['build info without module text', { infos: [{ ...plain, settings: {}, moduleText: false }] }, []],
    ['the dev.boringcrypto branch', { infos: [{ ...plain, version: 'go1.17.10b7', boringBranch: true }] }, []],
    ['a table that cannot be read', { functions: { ...bare, wrappers: 'unknown', tables: 0 } }, []],
    ['the experiment alone', { module: none, functions: bare, candidates: [] }, ['experiment-without-module']],
    ['CGO_ENABLED=0', { infos: [settings({ CGO_ENABLED: '0' })] }, ['module-without-cgo']],
    ['no experiment', { infos: [plain] }, ['module-without-experiment']],
    ['GOFIPS140 too', { infos: [settings({ GOFIPS140: 'v1.0.0' })] }, ['two-modules-asked']],
    ['no wrappers', { functions: bare }, ['module-without-wrappers']],
    ['more copies than are examined', { unexamined: 3 }, ['unexamined-copies']],
    ['the experiment, where no cryptography is', { module: none, functions: bare, candidates: [], cryptography: free }, []],
    ['a record that hides cryptography', { cryptography: { ...present, contradicted: true } }, ['empty-module-with-cryptography']],
    ['wrappers alone', { module: none, candidates: [], infos: [plain] }, ['wrappers-without-module']],
  ] as const)('names for %s', (_, change, ids) => {
    expect(contradictionsOf({ ...goboring, ...change }).map(({ id }) => id)).toEqual(ids)
  })

  it('names CGO_ENABLED=0 as the cause, where the build info says so and where it does not', () => {
    const text = (cgo: string): string | undefined =>
      contradictionsOf({ ...goboring, module: none, functions: bare, candidates: [], infos: [settings({ CGO_ENABLED: cgo })] })[0]?.text
    expect(text('0')).toContain('it was built with CGO_ENABLED=0')
    expect(text('1')).toContain('CGO_ENABLED=0 is the usual cause')
  })
})

describe('remarksOf', () => {
  const remarks = (change: Partial<Sources>): string => remarksOf({ ...goboring, ...change }, [build]).join('; ')
  it('has none for a goboring build', () => expect(remarks({})).toBe(''))

  it.each([
    ['data', 'as data'],
    ['partial', 'without its block'],
    ['other-architecture', 'another processor'],
  ] as const)('tells of a block that is %s', (state, text) => expect(remarks({ candidates: [{ ...intact, state }] })).toContain(text))

  it('tells of what stands there twice, and of a toolchain that the build did not come with', () => {
    expect(remarks({ candidates: [intact, intact] })).toContain('2 modules')
    expect(remarks({ infos: [boring, plain] })).toContain('2 Go build infos')
    expect(remarks({ functions: { ...wrapped, tables: 2 } })).toContain('2 tables')
    expect(remarks({ infos: [{ ...boring, version: 'go1.25.0', minor: 25 }] })).toContain('came with Go 1.26')
    expect(remarks({ infos: [{ ...boring, version: 'go1.27.0', minor: 27 }] })).toContain('Go 1.26 to 1.26')
  })
})
