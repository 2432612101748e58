import { boringCryptoBuilds } from '../../helpers/policy/modules.ts'
import {
  behindBlockFlipped,
  blockCleared,
  blockFlipped,
  blockReplaced,
  blockTextFlipped,
  buildInfoHidden,
  type Change,
  cutAt,
  cutBehindBlock,
  cutBy,
  cutInBlock,
  cutShare,
  digestCleared,
  digestFlipped,
  digestOf,
  followedBy,
  functionTableHidden,
  headerFields,
  hmacOf,
  intactCopyBehind,
  lyingSections,
  namesHidden,
  nativeResealed,
  packedByHand,
  partFlipped,
  precededBy,
  recordCleared,
  recordElsewhere,
  recordMacCleared,
  recordMacFlipped,
  recordShortened,
  recordTwice,
  resealed,
  resealedWithKey,
  settingChanged,
  settingReplaced,
  textReplaced,
  withoutExecution,
  withoutSections,
  withSegment,
} from './changes.ts'

// Copies of built programs with changes. What is expected of each stands in expectations-changed.ts.

/** Programs that are changed. */
export const bases = {
  boring: 'go1.26.8 boring hash stripped',
  'boring of 2021': 'go1.23.12 boring hash stripped',
  'boring of 2019': 'go1.19.13 boring hash stripped',
  'boring server': 'go1.26.8 boring tls',
  native: 'go1.26.8 v1.0.0 hash stripped',
  'native for s390x': 'go1.26.8 v1.0.0 hash stripped for s390x',
  'native for arm': 'go1.26.8 v1.0.0 hash stripped for arm',
  plain: 'go1.26.8 plain hash stripped',
  'plain of 1.22': 'go1.22.0 plain hash stripped',
  free: 'go1.26.8 plain none stripped',
} as const
export type Base = keyof typeof bases

const digest = (id: string): string => boringCryptoBuilds.find((build) => build.id === id && build.arch === 'amd64')?.digest ?? ''
const [x, rx, rw] = [1, 5, 6]

/** Changes that any program of Go can take. */
const ofAny: Readonly<Record<string, Change>> = {
  'cut to 1 byte': cutAt(1),
  'cut inside its ELF header': cutAt(40),
  'cut behind its ELF header': cutAt(64),
  'cut behind its program headers': cutAt(4096),
  'cut in the middle': cutShare(0.5),
  'cut by a byte': cutBy(1),
  'without section headers': withoutSections,
  'with lying section headers': lyingSections,
  'with section headers beyond the file': headerFields([40, 8, 2 ** 40]),
  'with 65535 section headers': headerFields([60, 2, 0xffff]),
  'without program headers': headerFields([56, 2, 0]),
  'with 65535 program headers': headerFields([56, 2, 0xffff]),
  'with program headers beyond the file': headerFields([32, 8, 2 ** 40]),
  'with program headers of another size': headerFields([54, 2, 32]),
  'of the other byte order': headerFields([5, 1, 2]),
  'of the other class': headerFields([4, 1, 1]),
  'of no class': headerFields([4, 1, 9]),
  'of another processor': headerFields([18, 2, 183]),
  'as an object file': headerFields([16, 2, 1]),
  'as a core dump': headerFields([16, 2, 4]),
  'as a shared library': headerFields([16, 2, 3]),
  'packed by hand': packedByHand,
  'behind a script': precededBy('#!/bin/sh\nexec tail -c +64 "$0"\n'),
  'behind other bytes': precededBy('\0\0\0\0'),
  'with its table of functions hidden': functionTableHidden,
  'with its build info hidden': buildInfoHidden,
}

const ofBoring: Readonly<Record<string, Change>> = {
  'first byte of the block': blockFlipped(0),
  'a byte of code': blockFlipped(0.3),
  'a byte of data': blockFlipped(0.9),
  'last byte of the block': blockFlipped(1),
  'block cleared': blockCleared,
  'digest flipped': digestFlipped,
  'digest cleared': digestCleared,
  'changed and sealed again': resealed(0.4),
  'changed and sealed with another key': resealedWithKey,
  'a byte behind the block': behindBlockFlipped,
  'cut inside the block': cutInBlock,
  'cut behind the block': cutBehindBlock,
}

const ofNative: Readonly<Record<string, Change>> = {
  'first byte of text': partFlipped(0, 0),
  'a byte of text': partFlipped(0),
  'a byte of rodata': partFlipped(1),
  'a byte of noptrdata': partFlipped(2),
  'a byte of data': partFlipped(3),
  'HMAC flipped': recordMacFlipped,
  'HMAC cleared': recordMacCleared,
  'record cleared': recordCleared,
  'record that names another place': recordElsewhere,
  'record with a shorter text': recordShortened,
  'two records': recordTwice,
  'changed and sealed again': nativeResealed,
}

const named = (base: Base, changes: Readonly<Record<string, Change>>): [string, { base: Base; change: Change }][] =>
  Object.entries(changes).map(([name, change]) => [`${base}: ${name}`, { base, change }])

/** Bytes of other programs that changes put into one. */
export type Donors = {
  /** Block and digest of BoringCrypto: of 2022, of 2021, and of 2022 for arm64 out of the toolchain's object. */
  block2022: Uint8Array
  block2021: Uint8Array
  blockArm64: Uint8Array
  /** The record of a program without cryptography. */
  emptyRecord: Uint8Array
}

export const changedFiles = ({
  block2022,
  block2021,
  blockArm64,
  emptyRecord,
}: Donors): ReadonlyMap<string, { base: Base; change: Change }> =>
  new Map([
    ...named('boring', ofAny),
    ...named('native', ofAny),
    ...named('free', ofAny),
    ...named('boring', ofBoring),
    ...named('boring of 2021', ofBoring),
    ...named('boring of 2019', ofBoring),
    ...named('boring', {
      'a text of the self-test': blockTextFlipped,
      'digest of the build of 2021': digestOf(digest('boringcrypto-20210429').slice(0, 64)),
      'digest of the build before the certificate': digestOf(digest('boringcrypto-20220613-pre-certificate')),
      'block of 2021 in its place': blockReplaced(block2021.subarray(0, 700_000)),
      'block for arm64 in its place': blockReplaced(blockArm64),
      'changed, with an intact copy behind': intactCopyBehind,
      'not executable': withoutExecution,
      'names of the wrappers hidden': namesHidden('crypto/internal/boring.'),
      'experiment hidden in the build info': textReplaced('GOEXPERIMENT=boringcrypto', 'GOEXPERIMENT=arenas'),
      'cgo denied in the build info': textReplaced('CGO_ENABLED=1', 'CGO_ENABLED=0'),
      'claims GOFIPS140, too': settingReplaced('DefaultGODEBUG', 'GOFIPS140=v1.0.0'),
      'with a second module of 2021': withSegment(block2021, rx),
      'with a second, changed module': withSegment(block2022.with(70_000, (block2022[70_000] ?? 0) ^ 1), rx),
      'with zeros behind': followedBy(new Uint8Array(1_000_000)),
      'twice in one file': (bytes: Uint8Array) => followedBy(bytes.slice())(bytes),
    }),
    ...named('boring server', {
      'a byte of code': blockFlipped(0.5),
      'last byte of the block': blockFlipped(1),
      'changed and sealed again': resealed(0.6),
      'cut by a byte': cutBy(1),
      'names of the wrappers hidden': namesHidden('crypto/internal/boring.'),
      'packed by hand': packedByHand,
    }),
    ...named('native', ofNative),
    ...named('native for s390x', ofNative),
    ...named('native for arm', ofNative),
    ...named('native', {
      'names of the snapshot hidden': namesHidden('crypto/internal/fips140/'),
      'says v1.26.0 in the build info': textReplaced('GOFIPS140=v1.0.0-c2097c7c', 'GOFIPS140=v1.26.0'),
      'says nothing of the mode in the build info': settingChanged('DefaultGODEBUG', 'fips140=on', 'fips141=on'),
      'with the HMAC of a program without cryptography': hmacOf(emptyRecord),
    }),
    ...named('plain', {
      'claims boringcrypto': settingReplaced('DefaultGODEBUG', 'GOEXPERIMENT=boringcrypto'),
      'claims a snapshot': settingReplaced('DefaultGODEBUG', 'GOFIPS140=v1.0.0-c2097c7c'),
      'with BoringCrypto behind the file': followedBy(block2022),
      'with BoringCrypto as data': withSegment(block2022, rw),
      'with BoringCrypto as code that nothing calls': withSegment(block2022, rx),
      'with BoringCrypto as code that cannot be read': withSegment(block2022, x),
      'with BoringCrypto of 2021 as code that nothing calls': withSegment(block2021, rx),
      'with BoringCrypto for arm64 as code': withSegment(blockArm64, rx),
      'HMAC flipped': recordMacFlipped,
      'a byte of text': partFlipped(0),
    }),
    ...named('plain of 1.22', {
      'with BoringCrypto behind the file': followedBy(block2022),
      'with BoringCrypto as code that nothing calls': withSegment(block2022, rx),
      'cut by a byte': cutBy(1),
    }),
    ...named('free', {
      'HMAC flipped': recordMacFlipped,
      'record cleared': recordCleared,
      'two records': recordTwice,
      'with BoringCrypto behind the file': followedBy(block2022),
      'with BoringCrypto as code that nothing calls': withSegment(block2022, rx),
      'with more code': withSegment(new Uint8Array(5000).fill(0x90), rx),
      'with the name of a library of cryptography': followedBy('\0libcrypto.so.3\0'),
      'with the S-box of AES': followedBy(
        Uint8Array.of(0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76),
      ),
    }),
  ])
