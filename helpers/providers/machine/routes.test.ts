import { describe, expect, it } from 'vitest'
import { routesFor } from './routes.ts'

const node = (name: string, address: string, podCIDR?: string) => ({
  metadata: { name },
  spec: podCIDR === undefined ? {} : { podCIDR },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

describe('routesFor', () => {
  it('leads to every other node’s pods by that node', () => {
    const items = [node('a', '10.77.0.1', '10.244.0.0/24'), node('b', '10.77.0.2', '10.244.1.0/24')]
    expect(routesFor({ items }, ['a', 'b'])).toEqual([
      { on: 'a', argv: ['ip', 'route', 'replace', '10.244.1.0/24', 'via', '10.77.0.2'] },
      { on: 'b', argv: ['ip', 'route', 'replace', '10.244.0.0/24', 'via', '10.77.0.1'] },
    ])
  })

  it('waits for a node that has no range yet, or is not there yet', () => {
    expect(routesFor({ items: [node('a', '10.77.0.1', '10.244.0.0/24'), node('b', '10.77.0.2')] }, ['a', 'b'])).toBeUndefined()
    expect(routesFor({ items: [node('a', '10.77.0.1', '10.244.0.0/24')] }, ['a', 'b'])).toBeUndefined()
  })
})
