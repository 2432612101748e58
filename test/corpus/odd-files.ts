import { gzipSync } from 'node:zlib'
import { madeElf } from '../../helpers/crypto-modules/analyse/made-elf.ts'
import { madeLibcrypto, madeProvider, madeSealedProvider } from '../../helpers/crypto-modules/analyse/made-provider.ts'

// Files that are no program of Go: other formats, what only looks like a program, libraries of OpenSSL's kind.

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

const dos = (): Uint8Array => {
  const file = new Uint8Array(1024)
  file.set(text('MZ'))
  return file
}
const windows = (): Uint8Array => {
  const file = dos()
  file[0x3c] = 0x80
  file.set(text('PE\0\0'), 0x80)
  return file
}
const tar = (): Uint8Array => {
  const header = new Uint8Array(1536)
  header.set(text('name'))
  header.set(text('ustar'), 257)
  header.fill(0x20, 148, 156)
  const sum = header.subarray(0, 512).reduce((total, value) => total + value, 0)
  header.set(text(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  return header
}
const sealed = madeSealedProvider()

export const oddFiles: ReadonlyMap<string, () => Uint8Array> = new Map([
  ['empty', () => new Uint8Array()],
  ['only zeros', () => new Uint8Array(100_000)],
  ['text', () => text('FIPS module, boringcrypto, GOEXPERIMENT=boringcrypto\n')],
  ['script', () => text('#!/bin/sh\nexec /usr/bin/server\n')],
  ['script of no interpreter', () => text('#!')],
  ['gzip', () => new Uint8Array(gzipSync('text'))],
  ['zip', () => joined(text('PK'), bytes(3, 4), new Uint8Array(100))],
  ['xz', () => joined(bytes(0xfd), text('7zXZ\0'), new Uint8Array(100))],
  ['zstd', () => joined(bytes(0x28, 0xb5, 0x2f, 0xfd), new Uint8Array(100))],
  ['tar', tar],
  ['ar', () => text('!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n')],
  ['class of Java', () => joined(bytes(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61), new Uint8Array(100))],
  ['universal program of macOS', () => joined(bytes(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2), new Uint8Array(100))],
  ['program of macOS', () => joined(bytes(0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1), new Uint8Array(100))],
  ['program of DOS', dos],
  ['program of Windows', windows],
  ['WebAssembly', () => joined(bytes(0), text('asm'), bytes(1, 0, 0, 0))],
  ['ELF mark alone', () => bytes(0x7f, 0x45, 0x4c, 0x46)],
  ['made program', () => madeElf({ segments: [{ rights: 'rx', bytes: new Uint8Array(4096).fill(0x90) }] })],
  [
    'made program with the text of the self-test',
    () =>
      madeElf({
        segments: [
          { rights: 'rx', bytes: joined(new Uint8Array(64), text("FIPS module doesn't span expected symbol"), new Uint8Array(64)) },
        ],
      }),
  ],
])

/** Files that OpenSSL's module consists of. What they are together with the configuration of a root file system is another question. */
export const opensslFiles: ReadonlyMap<string, () => Uint8Array> = new Map([
  ['provider of OpenSSL', () => madeProvider()],
  ['provider of OpenSSL of no certificate', () => madeProvider({ version: '3.6.5' })],
  ['provider of OpenSSL, sealed', () => sealed.bytes],
  ['provider of OpenSSL, sealed and changed', () => sealed.bytes.with(600, 1)],
  ['libcrypto', () => madeLibcrypto()],
])

/** Programs in C, compiled with the machine's compiler: text and arguments. */
export const cPrograms = {
  'program of C': ['#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n', []],
  'static program of C': ['#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n', ['-static']],
  'stripped program of C': ['#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n', ['-s']],
  'library of C': ['int twice(int a) { return 2 * a; }\n', ['-shared', '-fPIC']],
  'object of C': ['int twice(int a) { return 2 * a; }\n', ['-c']],
  'program of C with names of BoringCrypto': [
    'int _goboringcrypto_AES_encrypt(void) { return 1; }\nint main(void) { return _goboringcrypto_AES_encrypt(); }\n',
    [],
  ],
} as const satisfies Record<string, readonly [string, readonly string[]]>
