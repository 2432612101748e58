import { expect, it } from 'vitest'
import { sampleClosing, sampleEvidence, sampleFinding, sampleSubject } from './sample.ts'
import {
  createShare,
  createShareObject,
  createShareSubject,
  shareClosing,
  shareFinding,
  shareObservation,
  sharePair,
} from './share-texts.ts'

it('changes nothing but which of equal things stands there', () => {
  const share = createShare()
  const { shareSubject, shareKey } = createShareSubject(share, createShareObject())
  const shareId = createShare()
  const planned = { requirement: 'FIPS-MOD-1', subject: sampleSubject('a', { node: 'n', detail: { x: 'y' } }) }
  const pair = sharePair(structuredClone(planned), share, shareSubject)
  expect(pair).toEqual(planned)
  const own = sampleFinding('FIPS-MOD-1', 'fail', { subject: planned.subject, notes: ['x'], observations: ['w-1'] })
  const found = shareFinding(structuredClone(own), share, shareSubject, shareId)
  expect(found).toEqual(own)
  expect(found.subject).toBe(pair.subject)
  for (const edited of [
    { name: 'edited' },
    { node: undefined },
    { kind: 'node' as const },
    { detail: {} },
    { detail: { x: 'z' } },
    { detail: { x: 'y', z: '' } },
    { detail: { z: 'y' } },
  ]) {
    const { node, ...subject } = { ...planned.subject, ...edited }
    const other = { ...own, subject: node === undefined ? subject : { ...subject, node } }
    expect(shareFinding(structuredClone(other), share, shareSubject, shareId)).toEqual(other)
    expect(shareFinding(structuredClone(own), share, shareSubject, shareId).subject).toBe(pair.subject)
  }
  const { bytes: _bytes, ...observation } = sampleEvidence('w-1', 'a', 'FIPS-MOD-1', { blobs: { content: 'ab' }, redacted: [] })
  expect(shareObservation(structuredClone(observation), share, shareKey, createShareObject())).toEqual(observation)
  const closing = sampleClosing('FIPS-MOD-1', 'a', ['w-1'])
  expect(shareKey('a')).toBe(pair.subject.key)
  expect(shareClosing(structuredClone(closing), share, shareKey, shareId)).toEqual(closing)
})

it('goes on sharing what is said often, whatever is said once', () => {
  const share = createShare()
  const copy = (text: string): string => JSON.parse(JSON.stringify(text)) as string
  for (let at = 0; at < 100_000; at++) {
    expect(share(copy(`text ${at}`))).toBe(`text ${at}`)
    expect(share(copy('often'))).toBe('often')
  }
})

it('shares objects that are written alike', () => {
  const share = createShareObject()
  const first = share({ a: 'x', b: [1] })
  expect(share({ a: 'x', b: [1] })).toBe(first)
  for (const other of [{ b: [1], a: 'x' }, { a: 'x', b: ['1'] }, { a: 'x' }, {}, { a: 'x'.repeat(1000) }]) {
    expect(share(structuredClone(other))).toEqual(other)
    expect(share(other)).not.toBe(first)
  }
})

it('leaves out what no schema knows', () => {
  const share = createShare()
  const finding = sampleFinding('FIPS-MOD-1', 'pass')
  const strange = { ...finding, more: 1, subject: { ...finding.subject, more: 2 } }
  expect(shareFinding(strange, share, createShareSubject(share, createShareObject()).shareSubject, share)).toStrictEqual(finding)
})
