import { describe, expect, it } from 'vitest'
import type { Finding } from '../helpers/evidence/model.ts'
import { sampleFinding, sampleRun, sampleSubject } from '../helpers/evidence/sample.ts'
import { htmlReport } from './html.ts'
import { worst } from './html-parts.ts'
import { manyNodes } from './many-nodes.ts'
import { cellsOf, findingAt, pictureOf } from './read-picture.ts'
import { inputOf, mixed, plain, threeNodes } from './sample-input.ts'

const nodeOf = ({ subject }: Finding): string | undefined => (subject.kind === 'node' ? subject.name : subject.node)

describe.each(Object.entries({ plain, mixed, threeNodes: threeNodes() }))('the picture of %s', (_name, input) => {
  const page = htmlReport(input)

  it('show for every node and requirement the worst verdict, and lead to a finding that has it', () => {
    const located = input.findings.filter((finding) => finding.subject.kind !== 'plant' && nodeOf(finding) !== undefined)
    const expected = [...Map.groupBy(located, (finding) => JSON.stringify([finding.requirement, nodeOf(finding)]))].map(
      ([key, own]) => `${key} ${worst(own.map(({ verdict }) => verdict))}`,
    )
    const shown = cellsOf(pictureOf(page, 'pic-nodes')).map(({ target, says, signs }) => {
      const finding = findingAt(input, target)
      expect(signs).toEqual([finding.verdict])
      expect(says).toContain(finding.verdict.replace('-', ' '))
      expect(says.startsWith(`${finding.requirement} on ${nodeOf(finding)}: `)).toBe(true)
      return `${JSON.stringify([finding.requirement, nodeOf(finding)])} ${finding.verdict}`
    })
    expect(shown.toSorted()).toEqual(expected.toSorted())
  })
})

it('a bar stands under what is waived, and under nothing else', () => {
  const waived = pictureOf(htmlReport(mixed), 'pic-nodes').match(/<a [^>]*>(?:(?!<\/a>)[\s\S])*class="waived"/g) ?? []
  expect(waived.map((each) => /aria-label="([^"]*)"/.exec(each)?.[1])).toEqual(['FIPS-TLS-2 on node-a: 1 fail, waived'])
})

describe('of 5,000 nodes', () => {
  const input = manyNodes(5000)
  const page = htmlReport(input)

  it('nodes and listeners alike are one row, the gravest first, and every sign leads somewhere', () => {
    const ids = new Set(Array.from(page.matchAll(/ id="([^"]*)"/g), ([, id]) => id))
    const cells = ['pic-map', 'pic-nodes', 'pic-listeners'].flatMap((id) => cellsOf(pictureOf(page, id)))
    expect(cells.length).toBeGreaterThan(20)
    expect(cells.length).toBeLessThan(400)
    for (const { target } of cells) expect(ids).toContain(target)
    expect(cellsOf(pictureOf(page, 'pic-nodes'))[0]?.signs).toEqual(['fail'])
    expect(page).toMatch(/>4788 nodes alike</)
  })

  it('all differ: what has no room is counted', () => {
    const nodes = Array.from({ length: 400 }, (_, index) => `node-${index}`)
    const findings = nodes.flatMap((node, index) =>
      Array.from({ length: 1 + (index % 400) }, (_none, port) =>
        sampleFinding('FIPS-TLS-1', index % 3 === 0 ? 'fail' : 'pass', {
          subject: sampleSubject(`listener:${node}/node/tcp/[::]:${port}`, {
            kind: 'listener',
            name: `[::]:${port} (p${index})`,
            node,
            detail: { place: 'node' },
          }),
        }),
      ),
    )
    const large = htmlReport(
      inputOf(findings, { run: sampleRun({ cluster: { name: 'x', createdBy: 'user', nodes: nodes.map((name) => ({ name })) } }) }),
    )
    expect(new TextEncoder().encode(large).length).toBeLessThan(5_000_000)
    expect(pictureOf(large, 'pic-map')).toContain('and 388 nodes more')
    expect(pictureOf(large, 'pic-nodes')).toContain('and 340 nodes more')
    expect(pictureOf(large, 'pic-listeners')).toMatch(/and \d+ rows more/)
  }, 30_000)
})
