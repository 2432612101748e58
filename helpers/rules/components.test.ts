import { describe, expect, it } from 'vitest'
import type { ExecutableFacts, InspectedExecutable } from '../crypto-modules/analyse/executable-facts.ts'
import type { Protocol } from '../tls/analyse/protocol.ts'
import { type ComponentModules, carriesModule } from './components.ts'
import { componentCarriesModule } from './modules.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }

const intact: InspectedExecutable = {
  state: 'inspected',
  path: '/usr/bin/kubelet',
  size: 1000,
  sha256: 'ab'.repeat(32),
  format: 'elf',
  arch: 'amd64',
  linking: 'dynamic',
  module: 'boringcrypto-20220613',
  moduleName: 'BoringCrypto fips-20220613',
  integrity: 'intact',
  certificate: 4735,
  mode: 'n/a',
  identity: 'proven',
  cryptography: { state: 'present', packages: [], objections: [] },
  fipsonly: 'yes',
  wrappers: 'yes',
  wrapperCount: 100,
  calls: { state: 'proven', chains: [] },
  outside: [],
  contradictions: [],
  remarks: [],
}
const modified: InspectedExecutable = { ...intact, integrity: 'modified' }
const truncated: ExecutableFacts = { state: 'truncated', path: '/usr/bin/kubelet', reason: 'it is cut short' }

const judge = (facts: Partial<ComponentModules>) =>
  carriesModule({ component: 'kubelet', how: 'running process', optional: false, executables: [intact], ...facts }, by)

describe('FIPS-MOD-1 for a component', () => {
  it('says of one executable what its module says', () => {
    const alone = componentCarriesModule({ component: 'kubelet', executable: intact }, by)
    expect(judge({})).toEqual({ ...alone, notes: ['found: running process', ...alone.notes] })
    expect(alone.verdict).toBe('pass')
  })

  it.each<[string, readonly ExecutableFacts[], string]>([
    ['all pass', [intact, intact], 'pass'],
    ['one fails', [intact, modified, truncated], 'fail'],
    ['one could not be told', [intact, truncated], 'inconclusive'],
  ])('lets the worst of several executables decide: %s', (_case, all, verdict) => {
    const executables = all.map((executable, index) => ({ ...executable, sha256: `${index}` }))
    const outcome = judge({ executables })
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.notes).toContainEqual(expect.stringContaining(`${executables.length} different files run under this name`))
    expect(judge({ executables: executables.toReversed() }).verdict).toBe(verdict)
  })

  it('lets the worst of several environments decide, which are no different files', () => {
    const { notes, verdict } = judge({ executables: [intact, modified] })
    expect(verdict).toBe('fail')
    expect(notes).toContainEqual(expect.stringContaining('in 2 different environments'))
  })

  it('names the wrapper through which it is executed', () => {
    expect(judge({ wrapper: '/usr/local/sbin/w' }).notes).toContainEqual(expect.stringContaining('executed through /usr/local/sbin/w'))
    expect(judge({}).notes.join()).not.toContain('executed through')
  })

  it.each([
    [false, { verdict: 'inconclusive', reason: 'kubelet was not found: nowhere', remedy: 'start it, or say where it is' }],
    [true, { verdict: 'not-applicable', reason: 'kubelet is not on this node: nowhere', remedy: '' }],
  ])('is not judged where it was not found (optional: %s)', (optional, expected) => {
    expect(judge({ optional, how: 'nowhere', executables: [] })).toMatchObject({ observed: 'not found', ...expected })
  })

  it.each<[readonly Protocol[], string]>([
    [['tls'], 'pass'],
    [['http', 'tls'], 'pass'],
    [['silent', 'tls'], 'pass'],
    [['http'], 'not-applicable'],
    [['ssh', 'dns'], 'not-applicable'],
    [['http', 'silent'], 'inconclusive'],
    [['unreachable'], 'inconclusive'],
    [['unasked'], 'inconclusive'],
    [['plaintext-other'], 'inconclusive'],
    [[], 'inconclusive'],
  ])('is a component with listeners that speak %j: %s', (listeners, verdict) => {
    const outcome = judge({ listeners })
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.remedy === '').toBe(verdict !== 'inconclusive')
    expect(outcome.observed).not.toBe('')
  })

  it('fails a process that serves TLS and carries no intact module', () => {
    expect(judge({ listeners: ['http', 'tls'], executables: [modified] }).verdict).toBe('fail')
  })
})
