import type { BoringCryptoBuild } from '../../policy/modules.ts'
import { snapshotOf } from '../../policy/modules-native.ts'
import type { BoringCryptoCandidate } from './boringcrypto.ts'
import type { BuildInfo } from './build-info.ts'
import type { Contradiction, Cryptography, InspectedExecutable } from './executable-facts.ts'
import type { GoFunctions } from './go-functions.ts'
import { fips140Setting } from './godebug-default.ts'

/** The sources that are held against each other. The first build info is the one that Go reads. */
export type Sources = {
  module: Pick<InspectedExecutable, 'module' | 'integrity' | 'native' | 'godebugDefault'>
  functions: GoFunctions
  cryptography: Cryptography
  candidates: readonly BoringCryptoCandidate[]
  infos: readonly BuildInfo[]
  /** Places of a known digest beyond those that are examined. */
  unexamined: number
}

const asksForBoring = (info: BuildInfo): boolean => info.boringBranch || info.experiments.includes('boringcrypto')

const setting = (value: string | undefined): string => (value === undefined ? 'nothing of fips140' : `fips140=${value}`)

/** What the sources say against each other. Each one means that something in the file is not what it says. */
export const contradictionsOf = ({ module, functions, cryptography, infos: [info], unexamined }: Sources): Contradiction[] => {
  const carries = module.module.startsWith('boringcrypto-') || module.module === 'unknown-boringssl'
  const found: Contradiction[] = []
  const add = (id: Contradiction['id'], text: string): number => found.push({ id, text })
  if (info && !carries && asksForBoring(info) && cryptography.state !== 'none') {
    const cgo = info.settings.CGO_ENABLED
    const why =
      cgo === '0'
        ? 'it was built with CGO_ENABLED=0, which leaves the module out silently'
        : 'a build with CGO_ENABLED=0 is the usual cause; a program that uses no cryptography links none either'
    add(
      'experiment-without-module',
      `the build info says boringcrypto (${info.version}), and no byte of a known module is in the file: ${why}`,
    )
  }
  if (info && carries && info.settings.CGO_ENABLED === '0') {
    add('module-without-cgo', 'the build info says CGO_ENABLED=0, with which the module cannot be linked, and a module is in the code')
  }
  if (info && carries && info.moduleText && !asksForBoring(info)) {
    add('module-without-experiment', `the build info (${info.version}) does not name boringcrypto, and a module is in the code`)
  }
  if (info && asksForBoring(info) && info.settings.GOFIPS140 !== undefined) {
    add('two-modules-asked', 'the build info names GOFIPS140 and boringcrypto together, which the go command refuses')
  }
  if (carries && functions.wrappers === 'no') {
    add('module-without-wrappers', 'a module is in the code, and the table of functions has no crypto/internal/boring that would call it')
  }
  if (!carries && functions.wrapperCount > 0) {
    add(
      'wrappers-without-module',
      'the table of functions names crypto/internal/boring wrappers, and no byte of a known module is in the file',
    )
  }
  if (cryptography.state === 'present' && cryptography.contradicted) {
    const named = cryptography.packages.join(', ')
    add(
      'empty-module-with-cryptography',
      `.go.fipsinfo is that of a program without Go's module, and the table of functions has cryptography (${named})`,
    )
  }
  found.push(...(module.native?.contradictions ?? []))
  const claimed = info?.settings.DefaultGODEBUG
  if (info?.moduleText && module.native !== undefined && module.godebugDefault?.state === 'read') {
    const [said, compiled] = [fips140Setting(claimed ?? ''), fips140Setting(module.godebugDefault.text)]
    if (said !== compiled) {
      add(
        'mode-claim',
        `the build info says ${setting(said)} (DefaultGODEBUG), and ${setting(compiled)} is compiled in (runtime.godebugDefault)`,
      )
    }
  }
  if (unexamined > 0)
    add('unexamined-copies', `the digest of a known module stands in the file so often that ${unexamined} places were not examined`)
  return found
}

const candidateRemark = ({ build, start, state }: BoringCryptoCandidate): string[] => {
  switch (state) {
    case 'data':
      return [`a copy of ${build.name} (${build.arch}) stands at offset ${start} as data: the program cannot run it`]
    case 'partial':
      return [`the digest of ${build.name} (${build.arch}) stands in the file without its block`]
    case 'other-architecture':
      return [`${build.name} for ${build.arch} stands at offset ${start}, in a program for another processor`]
    case 'intact':
    case 'modified':
      return []
    default:
      return state satisfies never
  }
}

/** What decides nothing and should be known. */
export const remarksOf = ({ module, functions, candidates, infos }: Sources, builds: readonly BoringCryptoBuild[]): string[] => {
  const [info] = infos
  const remarks = candidates.flatMap(candidateRemark)
  const code = candidates.filter(({ state }) => state === 'intact' || state === 'modified')
  if (code.length > 1) remarks.push(`${code.length} modules stand in the code, at offsets ${code.map(({ start }) => start).join(', ')}`)
  const build = builds.find(({ id }) => id === module.module)
  if (build?.remark !== undefined) remarks.push(`${build.name}: ${build.remark}`)
  if (build && info?.minor !== undefined && info.minor < build.go.first) {
    remarks.push(`the build info says ${info.version}; ${build.name} came with Go 1.${build.go.first}`)
  }
  if (build && info?.minor !== undefined && info.minor > build.go.last) {
    remarks.push(
      `the build info says ${info.version}; of ${build.name} it is known that it came with Go 1.${build.go.first} to 1.${build.go.last}`,
    )
  }
  const snapshot = module.native?.version === undefined ? undefined : snapshotOf(module.native.version)
  if (snapshot?.remark !== undefined) remarks.push(`${snapshot.version}: ${snapshot.remark}`)
  if (module.godebugDefault?.state === 'unknown')
    remarks.push(`whether Go's own module is in FIPS mode was not read: ${module.godebugDefault.reason}`)
  if (infos.length > 1) remarks.push(`${infos.length} Go build infos stand in the file; the one at offset ${info?.offset} was taken`)
  if (functions.tables > 1) remarks.push(`${functions.tables} tables of Go functions stand in the file`)
  return remarks
}
