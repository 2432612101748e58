import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { certificates as registry } from '../policy/certificates-data.ts'
import { readCertificates } from '../scan/certificate-file.ts'
import { showCertificates, updateCertificates } from './certificates.ts'

let folder = ''
const at = (name: string): string => join(folder, name)
const { signal } = new AbortController()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-certificates-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A document in the shape of the public copy, with the dates as NIST writes them. */
const document = (number: number, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    metadata: { generated_at: '2026-12-01T03:09:34Z' },
    certificate: {
      certificate_number: String(number),
      module_name: 'BoringCrypto',
      vendor_name: 'Google, LLC.',
      standard: 'FIPS 140-3',
      status: 'Active',
      overall_level: 1,
      validation_dates: ['7/23/2024'],
      sunset_date: '7/22/2029',
      caveat: 'a caveat',
      nist_page_url: 'https://csrc.nist.gov/x',
      ...more,
    },
  })

describe('certificates show', () => {
  it('prints each certificate with its status on the day asked for', async () => {
    const { text, json, exit } = await showCertificates({ asOf: '2026-11-22' })
    expect(exit).toBe(0)
    expect(text).toMatch(/^4407 +Historical +2026-09-21/m)
    expect(text).toMatch(/^4735 +Active +2029-07-22/m)
    expect(json).toMatchObject({
      asOf: '2026-11-22',
      certificates: expect.arrayContaining([
        expect.objectContaining({ number: 4735, today: expect.objectContaining({ status: 'Active' }) }),
      ]),
    })
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
    expect((await showCertificates({ asOf: '2026-09-21' })).text).toMatch(/^4407 +Active/m)
  })

  it('warns of a sunset that comes near', async () => {
    await writeFile(at('4735.json'), document(4735).replace('2026-12-01', '2029-04-30'))
    await updateCertificates({ from: folder, out: at('snapshot.json') }, { signal })
    const { text } = await showCertificates({ certificates: at('snapshot.json'), asOf: '2029-05-01' })
    expect(text).toMatch(/4735 reaches its sunset date 2029-07-22 in 82 days/)
    expect(text).toMatch(/certificate 4953 was Active on 2026-03-29; these data are \d+ days\s+old/)
  })

  it.each(['soon', '2026', '2026-02-30', '2026-11-22T00:00:00Z'])('refuses %j, which is no day', async (asOf) => {
    await expect(showCertificates({ asOf })).rejects.toMatchObject({ code: 'DATE_INVALID', trouble: { exit: 64 } })
  })

  it('refuses a file that is neither YAML nor JSON, and one that is missing', async () => {
    await writeFile(at('broken'), 'a: [b')
    await expect(showCertificates({ certificates: at('broken') })).rejects.toMatchObject({ code: 'FILE_INVALID', trouble: { exit: 64 } })
    await expect(showCertificates({ certificates: at('missing') })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      trouble: { exit: 64 },
    })
  })
})

describe('certificates update', () => {
  it('writes a dated snapshot from a directory, and keeps what cannot be had', async () => {
    await writeFile(at('4735.json'), document(4735, { status: 'Revoked' }))
    const { exit, text, json } = await updateCertificates({ from: folder, out: at('snapshot.json') }, { signal })
    expect(exit).toBe(2)
    expect(text).toContain('certificate 4735: Active 2029-07-22 -> Revoked 2029-07-22')
    expect(json).toMatchObject({ updated: 1, asOf: '2026-12-01' })
    const written = readCertificates(JSON.parse(await readFile(at('snapshot.json'), 'utf8')), 'snapshot.json')
    expect(written).toHaveLength(registry.length)
    expect(written.find(({ number }) => number === 4735)).toMatchObject({
      status: 'Revoked',
      validated: ['2024-07-23'],
      sunset: '2029-07-22',
      asOf: '2026-12-01',
      secondHand: true,
    })
    expect((await showCertificates({ certificates: at('snapshot.json'), asOf: '2026-12-02' })).text).toMatch(/^4735 +Revoked/m)
  })

  it('reads them from an address', async () => {
    const server = createServer((request, response) => {
      const number = Number(/(\d+)\.json$/.exec(request.url ?? '')?.[1])
      response.end(document(number))
    })
    await new Promise<void>((go) => server.listen(0, '127.0.0.1', go))
    try {
      const { port } = server.address() as AddressInfo
      const { exit, json } = await updateCertificates({ from: `http://127.0.0.1:${port}/copy/`, out: at('snapshot.json') }, { signal })
      expect(exit).toBe(0)
      expect(json).toMatchObject({ updated: registry.length, kept: [] })
    } finally {
      server.close()
    }
  })

  it('reads them from the public copy of the pages of NIST where no place is named', async () => {
    const asked: string[] = []
    vi.stubGlobal('fetch', async (address: string) => {
      asked.push(address)
      return new Response(document(Number(/(\d+)\.json$/.exec(address)?.[1])))
    })
    try {
      const { exit, text } = await updateCertificates({ out: at('snapshot.json') }, { signal })
      expect(exit).toBe(0)
      expect(text).toContain(`${registry.length} of ${registry.length} certificates are from https://`)
    } finally {
      vi.unstubAllGlobals()
    }
    const base = 'https://raw.githubusercontent.com/ethanolivertroy/NIST-CMVP-API/main/api/certificates'
    expect(asked).toEqual(registry.map(({ number }) => `${base}/${number}.json`))
  })

  it('is an error, with what to do, where nothing at all can be had', async () => {
    vi.stubGlobal('fetch', async () => new Response('', { status: 503 }))
    try {
      await expect(updateCertificates({ out: at('snapshot.json') }, { signal })).rejects.toMatchObject({
        code: 'CERTIFICATE_UNREADABLE',
        trouble: { why: 'HTTP 503', remedy: expect.stringContaining('--from DIR'), exit: 3 },
      })
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('dates a snapshot by its newest row, and each row by its own data: what was kept grows old on its own', async () => {
    await writeFile(at('4735.json'), document(4735))
    await updateCertificates({ from: folder, out: at('snapshot.json') }, { signal })
    const { asOf, certificates } = JSON.parse(await readFile(at('snapshot.json'), 'utf8')) as {
      asOf: string
      certificates: { number: number; asOf: string }[]
    }
    expect(asOf).toBe('2026-12-01')
    expect(certificates.filter((row) => row.asOf === asOf).map(({ number }) => number)).toEqual([4735])
    const shown = (day: string) => showCertificates({ certificates: at('snapshot.json'), asOf: day }).then(({ text }) => text)
    // 4735 is 400 days old on 2028-01-05, 4953 (of 2026-03-29) long past that.
    expect(await shown('2028-01-05')).toMatch(/^4735 +Active/m)
    expect(await shown('2028-01-06')).toMatch(/^4735 +Unknown/m)
    expect(await shown('2028-01-05')).toMatch(/^4953 +Unknown/m)
  })

  it.each([
    ['of another certificate', document(1)],
    ['of another shape', '{}'],
    ['that is no JSON', '<html>'],
    ['with a date that is none', document(4735, { sunset_date: '13/45/2029' })],
  ])('does not take a document %s', async (_what, text) => {
    await writeFile(at('4735.json'), text)
    await expect(updateCertificates({ from: folder, out: at('snapshot.json') }, { signal })).rejects.toMatchObject({
      code: 'CERTIFICATE_UNREADABLE',
      trouble: { exit: 3 },
    })
  })

  it.each(['missing/snapshot.json', '4735.json/snapshot.json', '.'])('says where it cannot write: %s', async (name) => {
    await writeFile(at('4735.json'), document(4735))
    await expect(updateCertificates({ from: folder, out: at(name) }, { signal })).rejects.toMatchObject({
      code: 'OUT_UNUSABLE',
      trouble: { exit: 3, where: `--out ${at(name)}` },
    })
  })

  it('does not replace data by older ones', async () => {
    await writeFile(at('4735.json'), document(4735, { status: 'Revoked' }).replace('2026-12-01', '2020-01-01'))
    await updateCertificates({ from: folder, out: at('snapshot.json') }, { signal })
    expect(
      readCertificates(JSON.parse(await readFile(at('snapshot.json'), 'utf8')), 'x').find(({ number }) => number === 4735)?.status,
    ).toBe('Active')
  })
})

describe('a snapshot', () => {
  it.each([
    {},
    { asOf: '2026-11-22', certificates: [] },
    { asOf: 'x', certificates: registry },
    { asOf: '2026-11-22', certificates: [registry[0], registry[0]] },
  ])('is refused when it is none', (bad) => {
    expect(() => readCertificates(bad, 'file')).toThrowError(
      expect.objectContaining({ code: 'CERTIFICATES_INVALID', trouble: expect.objectContaining({ exit: 64 }) }),
    )
  })
})
