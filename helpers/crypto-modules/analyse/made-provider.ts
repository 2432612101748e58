import { createHmac } from 'node:crypto'
import { opensslFipsKey } from '../../policy/modules-openssl.ts'
import { bytesOfHex, hexOf } from './bytes.ts'
import { joinBytes, madeElf, packed } from './made-elf.ts'

// Hand-made libraries that check themselves by a MAC over their own file.

/** The file with one more section behind it, and section headers that name it. */
export const withSection = (bytes: Uint8Array, name: string, content: Uint8Array): { bytes: Uint8Array; offset: number } => {
  const names = new TextEncoder().encode(`\0${name}\0`)
  const offset = Math.ceil(bytes.length / 8) * 8
  const namesAt = offset + content.length
  const headersAt = Math.ceil((namesAt + names.length) / 8) * 8
  const section = (nameAt: number, type: number, at: number, length: number): Uint8Array =>
    packed('little', [4, nameAt], [4, type], [8, 0], [8, 0], [8, at], [8, length], [4, 0], [4, 0], [8, 1], [8, 0])
  const headers = joinBytes(new Uint8Array(64), section(1, 1, offset, content.length), section(0, 3, namesAt, names.length))
  const whole = new Uint8Array(headersAt + headers.length)
  whole.set(bytes)
  whole.set(content, offset)
  whole.set(names, namesAt)
  whole.set(headers, headersAt)
  const view = new DataView(whole.buffer)
  view.setBigUint64(40, BigInt(headersAt), true)
  view.setUint16(58, 64, true)
  view.setUint16(60, 3, true)
  view.setUint16(62, 2, true)
  return { bytes: whole, offset }
}

export const macOf = (bytes: Uint8Array, key = opensslFipsKey): string =>
  hexOf(createHmac('sha256', bytesOfHex(key)).update(bytes).digest())

/** A fips.so that introduces itself so, with the usual key among its constants. */
export const madeProvider = ({ name = 'OpenSSL FIPS Provider', version = '3.1.2', key = opensslFipsKey } = {}): Uint8Array =>
  madeElf({
    type: 3,
    segments: [
      { rights: 'rx', bytes: new Uint8Array(512).fill(0x90) },
      {
        rights: 'r',
        bytes: joinBytes(new TextEncoder().encode(`\0fips=yes\0${name}\0build\0${version}\0`), bytesOfHex(key), new Uint8Array(64)),
      },
    ],
  })

/** The same with its MAC in a section of its own. */
export const madeSealedProvider = (made: Parameters<typeof madeProvider>[0] = {}): { bytes: Uint8Array; offset: number } => {
  const { bytes, offset } = withSection(madeProvider(made), '.rodata1', new Uint8Array(32))
  bytes.set(bytesOfHex(macOf(bytes)), offset)
  return { bytes, offset }
}

/** A libcrypto as far as it says where it looks. */
export const madeLibcrypto = (version = '3.1.2', directory = '/usr/lib/ssl', modules = '/usr/lib/ossl-modules'): Uint8Array =>
  madeElf({
    type: 3,
    segments: [
      { rights: 'rx', bytes: new Uint8Array(64) },
      {
        rights: 'r',
        bytes: new TextEncoder().encode(`\0OpenSSL ${version} 1 Aug 2023\0OPENSSLDIR: "${directory}"\0MODULESDIR: "${modules}"\0`),
      },
    ],
  })

/** `fipsmodule.cnf` as `openssl fipsinstall` writes it. */
export const madeFipsModuleConfiguration = (moduleMac: string, more = ''): string =>
  `[fips_sect]\nactivate = 1\nconditional-errors = 1\nsecurity-checks = 1\nmodule-mac = ${(moduleMac.match(/../g) ?? []).join(':').toUpperCase()}\n${more}`

export const madeConfiguration = `
# comment
openssl_conf = openssl_init
.include /usr/lib/ssl/fipsmodule.cnf

[openssl_init]
providers = provider_sect
alg_section = algorithm_sect

[provider_sect]
fips = fips_sect
base = base_sect

[base_sect]
activate = 1

[algorithm_sect]
default_properties = fips=yes
`
