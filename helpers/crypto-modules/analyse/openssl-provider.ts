import { createHmac } from 'node:crypto'
import {
  hasKnownVersions,
  opensslFipsKey,
  opensslInstallStatus,
  opensslNameEnds,
  opensslProviders,
  opensslVendors,
} from '../../policy/modules-openssl.ts'
import { asciiOf, bytesOfHex, hexOf } from './bytes.ts'
import { readElf } from './elf.ts'
import { wholeImage } from './image.ts'
import { sectionsOf } from './sections.ts'

// OpenSSL's FIPS provider (fips.so) checks its own file by an HMAC over all of it. Where the expected value stands differs: in a configuration that `openssl fipsinstall`
// wrote on the machine, or, as the Red Hat family builds it, in a section of the file itself, which counts as zeros then. The key is public: a MAC that comes out right
// shows that the file is the one that was installed or built, and not whose it is.

/** What `fipsmodule.cnf` says of the provider; hex in lower case, without colons. */
export type ProviderConfiguration = { moduleMac?: string; installMac?: string; installStatus?: string }

/** Digests in hex, offsets in the file. */
export type ProviderMac = {
  key: string
  computed: string
} & ({ style: 'configuration'; expected: string } | { style: 'embedded'; expected: string; offset: number } | { style: 'none' })

export type Provider = {
  /** As it introduces itself; absent where no name of a known vendor stands in it. */
  name?: string
  vendor?: string
  version?: string
  integrity: 'intact' | 'modified' | 'unknown'
  mac: ProviderMac
  certificate?: number
  /** Certificates of its vendor, where it is not known which versions they name. */
  candidates?: readonly number[]
  remarks: readonly string[]
}

export type ProviderResult = { state: 'provider'; provider: Provider } | { state: 'none'; reason: string }

/** The version stands this near behind the name, as constants of one source file do. */
const versionReach = 96
const containerLength = 32
const containerSection = '.rodata1'
const version = /^(?:\d+\.\d+\.\d+(?:[-+~][-+~.\w]*)?|Rocky\d+\.\d{8})$/

const hmac = (key: string, ...parts: readonly Uint8Array[]): string => {
  const mac = createHmac('sha256', bytesOfHex(key))
  for (const part of parts) mac.update(part)
  return mac.digest('hex')
}

/** Texts between NULs in which a name may stand, with their offsets. */
const introductions = (bytes: Uint8Array): { name: string; vendor: string; end: number }[] => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found: { name: string; vendor: string; end: number }[] = []
  for (const mark of opensslNameEnds.map((each) => `${each}\0`)) {
    for (let at = buffer.indexOf(mark, 0, 'latin1'); at >= 0; at = buffer.indexOf(mark, at + 1, 'latin1')) {
      const end = buffer.indexOf(0, at)
      const name = asciiOf(bytes.subarray(buffer.lastIndexOf(0, at) + 1, end))
      const vendor = opensslVendors.find((each) => each.name.test(name))
      if (vendor !== undefined) found.push({ name, vendor: vendor.id, end })
    }
  }
  return found.toSorted((a, b) => a.end - b.end)
}

const versionBehind = (bytes: Uint8Array, end: number): string | undefined =>
  asciiOf(bytes.subarray(end, end + versionReach))
    .split('\0')
    .find((text) => version.test(text))

const macOf = (bytes: Uint8Array, expected: string | undefined): ProviderMac => {
  const key = opensslFipsKey
  const image = wholeImage(bytes)
  const elf = readElf(image)
  const container =
    elf.state === 'elf'
      ? sectionsOf(image, elf.elf).find(({ name, length }) => name === containerSection && length === containerLength)
      : undefined
  const stored = container && image.bytes(container.offset, containerLength)
  if (container !== undefined && stored?.some((byte) => byte !== 0)) {
    const { offset } = container
    const computed = hmac(key, bytes.subarray(0, offset), new Uint8Array(containerLength), bytes.subarray(offset + containerLength))
    return { style: 'embedded', key, computed, expected: hexOf(stored), offset }
  }
  const computed = hmac(key, bytes)
  return expected === undefined ? { style: 'none', key, computed } : { style: 'configuration', key, computed, expected }
}

/** The key is a constant of the provider's code, so it stands in the file that is built with it. */
const holdsKey = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(Buffer.from(opensslFipsKey, 'hex'))

/** HMAC of the text that stands for «the self-tests were run», as `install-mac` has it. */
export const installMacOf = (key: string): string => hmac(key, new TextEncoder().encode(opensslInstallStatus))

const remarksOf = (bytes: Uint8Array, { installMac, installStatus }: ProviderConfiguration, mac: ProviderMac): string[] => {
  const remarks: string[] = []
  if (!holdsKey(bytes)) {
    remarks.push("the usual key of OpenSSL's FIPS provider does not stand in the file: it may have been built with another")
  }
  if (mac.style === 'none') remarks.push('no MAC to compare with was found: no module-mac in the configuration, none embedded in the file')
  if (installStatus !== undefined && installStatus !== opensslInstallStatus) remarks.push(`install-status is «${installStatus}»`)
  if (installMac !== undefined && installMac !== installMacOf(opensslFipsKey))
    remarks.push('install-mac is not that of a finished self-test')
  return remarks
}

const integrityOf = (bytes: Uint8Array, mac: ProviderMac): Provider['integrity'] => {
  if (mac.style === 'none') return 'unknown'
  if (mac.computed === mac.expected) return 'intact'
  // With another key another MAC comes out: that says nothing of the file.
  return holdsKey(bytes) ? 'modified' : 'unknown'
}

/** What the bytes of a fips.so show, together with what the configuration says of it. */
export const analyseProvider = (bytes: Uint8Array, configuration: ProviderConfiguration = {}): ProviderResult => {
  const elf = readElf(wholeImage(bytes))
  if (elf.state !== 'elf') return { state: 'none', reason: 'the file is no ELF library' }
  if (elf.elf.end > bytes.length)
    return { state: 'none', reason: `the file has ${bytes.length} bytes, its ELF headers speak of ${elf.elf.end}` }
  const [introduced, other] = introductions(bytes)
  const found = other === undefined ? introduced : undefined
  const number = found && versionBehind(bytes, found.end)
  const mac = macOf(bytes, configuration.moduleMac)
  const build = opensslProviders.find((each) => each.vendor === found?.vendor && each.version === number)
  return {
    state: 'provider',
    provider: {
      ...(found === undefined ? {} : { name: found.name, vendor: found.vendor }),
      ...(number === undefined ? {} : { version: number }),
      integrity: integrityOf(bytes, mac),
      mac,
      ...(build === undefined ? {} : { certificate: build.certificate }),
      ...(found === undefined || hasKnownVersions(found.vendor)
        ? {}
        : { candidates: opensslVendors.find(({ id }) => id === found.vendor)?.certificates ?? [] }),
      remarks: remarksOf(bytes, configuration, mac),
    },
  }
}
