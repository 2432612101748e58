import type { Build } from './build.ts'
import { type SourceName, sources } from './sources.ts'
import { debianToolchains, officialToolchains, type Toolchain } from './toolchains.ts'

// Which programs the corpus builds: `<toolchain> <settings> <source>[ <way of linking>]`. What is expected of each stands in expectations-built.ts.

type Settings = keyof typeof settings
type Linking = keyof typeof linkings

const settings = {
  boring: { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' },
  'boring without cgo': { GOEXPERIMENT: 'boringcrypto' },
  plain: {},
  'plain with cgo': { CGO_ENABLED: '1' },
  'v1.0.0': { GOFIPS140: 'v1.0.0' },
  'v1.0.0 with cgo': { GOFIPS140: 'v1.0.0', CGO_ENABLED: '1' },
  'v1.26.0': { GOFIPS140: 'v1.26.0' },
  certified: { GOFIPS140: 'certified' },
  inprocess: { GOFIPS140: 'inprocess' },
  latest: { GOFIPS140: 'latest' },
} as const

const external = '-ldflags=-linkmode=external'
const linkings = {
  stripped: ['-trimpath', '-ldflags=-s -w'],
  pie: ['-buildmode=pie'],
  'external pie': ['-buildmode=pie', external],
  external: [external],
  static: ['-tags=netgo,osusergo', `${external} -extldflags=-static`],
  'c-shared': ['-buildmode=c-shared'],
  'c-archive': ['-buildmode=c-archive'],
  plugin: ['-buildmode=plugin'],
  'switched off by the linker': ['-trimpath', '-ldflags=-X=runtime.godebugDefault=fips140=off'],
  'switched on by the linker': ['-trimpath', '-ldflags=-X=runtime.godebugDefault=fips140=on'],
  'depends by the linker': ['-trimpath', '-ldflags=-X=runtime.godebugDefault=fips140=auto'],
  'with forged names': ['-ldflags=-checklinkname=0'],
  'with the module linked': ['-ldflags=-checklinkname=0 -linkmode=external -extldflags=-Wl,--no-gc-sections'],
} as const satisfies Record<string, readonly string[]>

const target = (os: string, arch: string): Record<string, string> => ({ GOOS: os, GOARCH: arch })
/** Processors with 32 and 64 bits and both byte orders, and systems that have other formats or ELF of their own. */
const targets = {
  arm64: target('linux', 'arm64'),
  '386': target('linux', '386'),
  arm: target('linux', 'arm'),
  s390x: target('linux', 's390x'),
  ppc64le: target('linux', 'ppc64le'),
  mips: target('linux', 'mips'),
  windows: target('windows', 'amd64'),
  darwin: target('darwin', 'arm64'),
} as const

const xCrypto = ['golang.org/x/crypto v0.41.0']

const recipe = (
  toolchain: Toolchain,
  how: Settings,
  source: SourceName,
  { linking, on }: { linking?: Linking; on?: keyof typeof targets } = {},
): [string, Build] => [
  [toolchain, how, source, linking, on && `for ${on}`].filter(Boolean).join(' '),
  {
    toolchain,
    files: sources[source],
    env: { ...settings[how], ...(on && targets[on]) },
    ...(linking && { args: linkings[linking] }),
    ...(source === 'x/crypto' && { requires: xCrypto }),
  },
]

const now = 'go1.26.8'

export const recipes: ReadonlyMap<string, Build> = new Map([
  ...[...officialToolchains, ...debianToolchains].flatMap((toolchain) => [
    recipe(toolchain, 'boring', 'hash'),
    recipe(toolchain, 'boring', 'hash', { linking: 'stripped' }),
    recipe(toolchain, 'boring', 'none', { linking: 'stripped' }),
  ]),
  ...officialToolchains.flatMap((toolchain) => [
    recipe(toolchain, 'plain', 'hash', { linking: 'stripped' }),
    recipe(toolchain, 'plain', 'none'),
  ]),
  ...(['go1.23.12', 'go1.24.13', now, 'go1.27.3'] as const).map((toolchain) => recipe(toolchain, 'boring', 'tls')),
  ...(['go1.24.13', now] as const).map((toolchain) => recipe(toolchain, 'boring', 'tls fipsonly', { linking: 'stripped' })),
  recipe('go1.22.0', 'boring without cgo', 'hash'),
  recipe(now, 'boring without cgo', 'hash'),
  recipe(now, 'boring without cgo', 'hash', { linking: 'stripped' }),

  recipe(now, 'boring', 'hash', { linking: 'pie' }),
  recipe(now, 'boring', 'hash', { linking: 'external' }),
  recipe(now, 'boring', 'hash', { linking: 'external pie' }),
  recipe(now, 'boring', 'hash', { linking: 'static' }),
  recipe(now, 'boring', 'library', { linking: 'c-shared' }),
  recipe(now, 'boring', 'library', { linking: 'c-archive' }),
  recipe(now, 'boring', 'cgo'),
  recipe(now, 'boring', 'md5'),
  recipe(now, 'boring', 'x/crypto'),
  recipe(now, 'boring', 'none fipsonly'),
  recipe(now, 'boring', 'hash, own cipher'),

  ...(['go1.24.0', 'go1.24.13', 'go1.25.7', now, 'go1.27.3'] as const).map((toolchain) =>
    recipe(toolchain, 'v1.0.0', 'hash', { linking: 'stripped' }),
  ),
  ...(['go1.24.13', now, 'go1.27.3'] as const).map((toolchain) => recipe(toolchain, 'latest', 'hash')),
  recipe(now, 'v1.0.0', 'hash'),
  recipe('go1.24.0', 'v1.0.0', 'none'),
  recipe(now, 'v1.0.0', 'none'),
  recipe('go1.24.13', 'inprocess', 'hash'),
  ...([now, 'go1.27.3'] as const).flatMap((toolchain) => [
    recipe(toolchain, 'certified', 'hash'),
    recipe(toolchain, 'inprocess', 'hash'),
    recipe(toolchain, 'v1.26.0', 'hash'),
  ]),
  recipe(now, 'v1.0.0', 'tls'),
  recipe(now, 'v1.0.0', 'x/crypto'),
  recipe(now, 'v1.0.0', 'hash', { linking: 'pie' }),
  recipe(now, 'v1.0.0 with cgo', 'cgo', { linking: 'external' }),
  recipe(now, 'v1.0.0 with cgo', 'cgo', { linking: 'static' }),
  recipe(now, 'v1.0.0 with cgo', 'library', { linking: 'c-shared' }),
  recipe(now, 'v1.0.0', 'hash, off'),
  recipe(now, 'v1.0.0', 'hash, only'),
  recipe(now, 'v1.0.0', 'hash', { linking: 'switched off by the linker' }),
  recipe(now, 'v1.0.0', 'hash', { linking: 'depends by the linker' }),
  recipe(now, 'plain', 'hash', { linking: 'switched on by the linker' }),
  recipe(now, 'plain', 'hash, only'),
  ...(['arm64', '386', 'arm', 's390x', 'ppc64le', 'mips'] as const).flatMap((on) => [
    recipe(now, 'plain', 'hash', { on }),
    recipe(now, 'plain', 'none', { on, linking: 'stripped' }),
    recipe(now, 'v1.0.0', 'hash', { on, linking: 'stripped' }),
  ]),
  recipe(now, 'plain', 'hash', { on: 'windows' }),
  recipe(now, 'plain', 'hash', { on: 'darwin' }),

  recipe(now, 'plain', 'hash'),
  recipe(now, 'plain', 'hash', { linking: 'pie' }),
  recipe(now, 'plain', 'none', { linking: 'pie' }),
  recipe(now, 'plain', 'none', { linking: 'stripped' }),
  recipe(now, 'plain', 'md5'),
  recipe(now, 'plain', 'x/crypto'),
  recipe(now, 'plain', 'own cipher'),
  recipe(now, 'plain with cgo', 'cgo'),
  recipe(now, 'plain with cgo', 'plugin', { linking: 'plugin' }),
  recipe(now, 'plain with cgo', 'library', { linking: 'c-shared' }),
  recipe(now, 'plain', 'hash, boring names', { linking: 'with forged names' }),
  recipe(now, 'plain', 'hash, native names', { linking: 'with forged names' }),
  recipe(now, 'plain', 'hash, module as data'),
  recipe(now, 'plain with cgo', 'module linked, boring names', { linking: 'with the module linked' }),
])
