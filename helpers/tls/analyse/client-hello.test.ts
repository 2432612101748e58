import { describe, expect, it } from 'vitest'
import { tlsQuestions } from '../../policy/tls-questions.ts'
import { toHex } from './bytes.ts'
import { type ClientHelloSpec, clientHelloSpecSchema, writeClientHello } from './client-hello.ts'
import { type HelloSeed, tls12Hello, tls13Hello, versionHello } from './hello-forms.ts'
import { readClientHello } from './read-client-hello.ts'
import { sweepForms } from './sweep-forms.ts'

const minimal: ClientHelloSpec = {
  recordVersion: '0301',
  legacyVersion: '0303',
  supportedVersions: null,
  random: '11'.repeat(32),
  sessionId: '',
  suites: ['c02f'],
  groups: ['0017'],
  keyShares: null,
  signatureSchemes: ['0401'],
  sni: 'a.b',
  extendedMasterSecret: true,
  renegotiationInfo: true,
  alpn: [],
}

const seed: HelloSeed = {
  random: '22'.repeat(32),
  sessionId: '33'.repeat(32),
  sni: 'localhost',
  shares: new Map([['0017', `04${'ab'.repeat(64)}`]]),
}

describe('writeClientHello', () => {
  it('writes each field where the RFCs put it', () => {
    expect(toHex(writeClientHello(minimal))).toBe(
      [
        '160301005a', // record
        '01000056', // ClientHello
        '0303',
        '11'.repeat(32),
        '00', // no session id
        '0002c02f',
        '0100', // null compression
        '002b', // extensions
        '0000000800060000' + '03' + '612e62', // server name
        '00170000', // extended master secret
        'ff01000100', // renegotiation info
        '000a000400020017', // groups
        '000b00020100', // point formats
        '000d000400020401', // signature schemes
      ].join(''),
    )
  })

  it('writes the same bytes for the same spec, also after a way through JSON', () => {
    const forms = sweepForms(seed)
    const sweeps = [
      forms.suites('0303', 'rsa', ['0017'], ['0001-1fff']),
      forms.suites13('0017', ['1301', '2000-ffff']),
      forms.groups13([], ['001d']),
    ]
    for (const spec of [...tlsQuestions.map(({ version }) => versionHello(version, seed)), ...sweeps]) {
      const again = clientHelloSpecSchema.parse(JSON.parse(JSON.stringify(spec)))
      expect(writeClientHello(again)).toEqual(writeClientHello(spec))
    }
  })

  it('splits a hello with 30,000 suites over records, and it reads back', () => {
    const suites = Array.from({ length: 30_000 }, (_, index) => (index + 1).toString(16).padStart(4, '0'))
    const bytes = writeClientHello({ ...minimal, suites })
    expect([bytes[0], bytes[3], bytes[4]]).toEqual([22, 0x40, 0])
    expect(bytes[5 + 16_384]).toBe(22)
    expect(readClientHello(bytes)?.suites).toEqual(suites)
  })

  it('offers what the forms say', () => {
    const old = readClientHello(writeClientHello(versionHello('0301', seed)))
    expect(old?.versions).toEqual(['0301'])
    const tls13 = readClientHello(writeClientHello(tls13Hello(seed)))
    expect(tls13).toMatchObject({ versions: ['0304'], suites: ['1301', '1302'], groups: ['0017', '0018', '0019'], sni: 'localhost' })
    expect([...(tls13?.shares.keys() ?? [])]).toEqual(['0017'])
    expect(readClientHello(writeClientHello(tls12Hello({ ...seed, sni: null })))).toMatchObject({ versions: ['0303'], sni: undefined })
  })

  it('is not read before it is whole', () => {
    const bytes = writeClientHello(tls13Hello(seed))
    for (let length = 0; length < bytes.length; length++) expect(readClientHello(bytes.subarray(0, length))).toBeUndefined()
  })
})
