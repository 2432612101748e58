import { boringCryptoMacKey } from '../../policy/modules.ts'
import { opensslBackends, snapshotOf } from '../../policy/modules-native.ts'
import { type BoringCryptoCandidate, opensslCommand } from './boringcrypto.ts'
import type { BuildInfo } from './build-info.ts'
import { dynamicLinking } from './dynamic-linking.ts'
import { type Elf, segmentAt } from './elf.ts'
import type { InspectedExecutable, ModuleProof } from './executable-facts.ts'
import type { FipsInfo } from './fips-info.ts'
import { fips140Setting, type GodebugDefault, kernelFlag, modeOfSetting, readGodebugDefault } from './godebug-default.ts'
import type { Image } from './image.ts'
import { examineNative, type NativeModule } from './native-module.ts'
import type { Proposals } from './proposals.ts'
import { type Found, offsetsOf, selfTestNeedle } from './search.ts'
import { examineBlock, type SelfCheckingBlock } from './self-checking-block.ts'

// Which module a program carries: the known build of BoringCrypto before one of no table, that before OpenSSL that it calls, and all of them before Go's own, which
// stands in every program of Go 1.24 and later.

/** The text of BoringSSL's self-test stands in code: some build of the module is there. */
const carriesUnknownBuild = (elf: Elf, found: Found): boolean =>
  offsetsOf(found, selfTestNeedle).some((offset) => segmentAt(elf, offset, 1)?.executable === true)

const proofOf = (path: string, { build, start, digestAt, computed }: BoringCryptoCandidate): ModuleProof => ({
  blockOffset: start,
  blockLength: build.length,
  mac: build.mac,
  key: boringCryptoMacKey,
  digestOffset: digestAt,
  expected: build.digest,
  ...(computed === undefined ? {} : { computed }),
  command: opensslCommand(path, start, build),
})

const proofOfBlock = (path: string, { start, length, digestAt, mac, digest }: SelfCheckingBlock): ModuleProof => ({
  blockOffset: start,
  blockLength: length,
  mac,
  key: boringCryptoMacKey,
  digestOffset: digestAt,
  expected: digest,
  computed: digest,
  command: opensslCommand(path, start, { length, mac }),
})

export type CarriedModule = Pick<
  InspectedExecutable,
  | 'module'
  | 'moduleName'
  | 'integrity'
  | 'mode'
  | 'dependsOn'
  | 'identity'
  | 'certificate'
  | 'proof'
  | 'native'
  | 'godebugDefault'
  | 'libraryPaths'
>

const callsOpenssl = ({ functionTables }: Found): boolean =>
  functionTables.some(({ matches }) => matches.some(({ name }) => opensslBackends.some((prefix) => name.startsWith(prefix))))

const libcrypto = /^libcrypto\.so(?:\.|$)/

/** OpenSSL that is loaded when the program runs: by name from Go, which no entry of the dynamic table tells of, or as a library that any other program asks for. */
const opensslOf = ({ image, elf, found }: Seen): CarriedModule | undefined => {
  const isGo = callsOpenssl(found)
  const linking = isGo || found.functionTables.length === 0 ? dynamicLinking(image, elf) : undefined
  if (!isGo && !linking?.libraries.some((name) => libcrypto.test(name))) return undefined
  return {
    module: 'openssl',
    moduleName: 'OpenSSL of its environment',
    integrity: 'unknown',
    mode: 'depends',
    dependsOn: ['the OpenSSL that it loads, and its configuration', 'the environment'],
    identity: 'unknown',
    libraryPaths: { rpath: linking?.rpath ?? [], runpath: linking?.runpath ?? [] },
  }
}

const nativeModuleOf = (native: NativeModule, godebugDefault: GodebugDefault): CarriedModule => {
  const snapshot = native.version === undefined ? undefined : snapshotOf(native.version)
  const mode = godebugDefault.state === 'read' ? modeOfSetting(fips140Setting(godebugDefault.text)) : 'unknown'
  return {
    module: native.module,
    moduleName:
      native.version === undefined ? "Go's own module as it stands in the toolchain's tree" : `Go Cryptographic Module ${native.version}`,
    integrity: native.integrity,
    mode,
    ...(mode === 'depends' ? { dependsOn: [kernelFlag] } : {}),
    identity: 'claimed',
    ...(snapshot?.certificate === undefined ? {} : { certificate: snapshot.certificate }),
    native,
    godebugDefault,
  }
}

/** What is known of the program when its module is asked for. */
export type Seen = {
  path: string
  image: Image
  elf: Elf
  found: Found
  proposals: Proposals
  /** The place of a known digest that decides. */
  candidate: BoringCryptoCandidate | undefined
  buildInfo: BuildInfo | undefined
  records: readonly FipsInfo[]
}

/** A module whose digest is in no table: intact where a MAC behind it is the one over its bytes, which anybody can write and so identifies nothing. */
const unknownBuild = ({ path, image, elf, proposals }: Seen): CarriedModule => {
  const named = {
    module: 'unknown-boringssl',
    moduleName: 'a BoringSSL module of no known build',
    mode: 'n/a',
    identity: 'unknown',
  } as const
  const block = proposals.block && examineBlock(image, elf, proposals.block)
  return block === undefined ? { ...named, integrity: 'unknown' } : { ...named, integrity: 'intact', proof: proofOfBlock(path, block) }
}

/** The module that decides. */
export const carriedModule = (seen: Seen): CarriedModule => {
  const { path, image, elf, found, candidate, buildInfo, records } = seen
  if (candidate?.state === 'intact' || candidate?.state === 'modified') {
    const { build, state } = candidate
    const certificate = build.certificate === undefined ? {} : { certificate: build.certificate }
    const proof = proofOf(path, candidate)
    return { module: build.id, moduleName: build.name, integrity: state, mode: 'n/a', identity: 'proven', proof, ...certificate }
  }
  if (carriesUnknownBuild(elf, found)) return unknownBuild(seen)
  const openssl = opensslOf(seen)
  if (openssl !== undefined) return openssl
  const native = examineNative(image, elf, found, records, buildInfo)
  if (native !== undefined) return nativeModuleOf(native, readGodebugDefault(image, elf, found, records[0]))
  return { module: 'none', moduleName: 'none', integrity: 'n/a', mode: 'n/a', identity: 'n/a' }
}
