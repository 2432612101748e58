import type { Evidence, Finding } from '../helpers/evidence/model.ts'
import { type ReportInput, reportInput } from '../helpers/evidence/report-input.ts'
import { sampleEvidence, sampleFinding, sampleRun, sampleSubject } from '../helpers/evidence/sample.ts'

const perNode = 20

/** A made cluster of many nodes, 20 findings on each: components, listeners, the node; now and then one that fails in words of its own. Only for tests. */
export const manyNodes = (count: number): ReportInput => {
  const nodes = Array.from({ length: count }, (_, index) => `ip-10-0-${Math.floor(index / 250)}-${index % 250}.example.internal`)
  // One text for all nodes, as reading a bundle gives it.
  const intact = Array.from({ length: perNode }, (_, index) => `program-${index} carries the intact module ${'x'.repeat(200)}`)
  const findings: Finding[] = []
  const evidence: Evidence[] = []
  for (const [at, node] of nodes.entries()) {
    const id = `fact-${at}`
    evidence.push(sampleEvidence(id, `node:${node}`, 'FIPS-NODE-1', { blobs: { flag: 'ab'.repeat(32) } }))
    for (let index = 0; index < perNode - 8; index++) {
      findings.push(
        sampleFinding('FIPS-MOD-1', at % 97 === 0 && index === 0 ? 'fail' : 'pass', {
          subject: sampleSubject(`component:${node}/program-${index}`, { name: `program-${index}`, node }),
          reason: at % 97 === 0 && index === 0 ? `it was changed at offset ${at}` : (intact[index] ?? ''),
          observations: [id],
        }),
      )
    }
    for (let index = 0; index < 7; index++) {
      findings.push(
        sampleFinding('FIPS-TLS-2', at % 31 === 0 && index === 3 ? 'inconclusive' : 'pass', {
          subject: sampleSubject(`listener:${node}/node/tcp/[::]:${10250 + index}`, {
            kind: 'listener',
            name: `[::]:${10250 + index} (kubelet)`,
            node,
          }),
          observations: [id],
        }),
      )
    }
    findings.push(
      sampleFinding('FIPS-NODE-1', 'pass', { subject: sampleSubject(`node:${node}`, { kind: 'node', name: node }), observations: [id] }),
    )
  }
  return reportInput({
    bundle: {
      run: sampleRun({ cluster: { name: 'large', createdBy: 'user', nodes: nodes.map((name) => ({ name, role: 'worker' })) } }),
      plan: { claim: ['FIPS-MOD', 'FIPS-TLS'] },
      evidence,
      cut: [],
    },
    findings,
  })
}
