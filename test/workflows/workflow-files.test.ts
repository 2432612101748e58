import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { action, workflows } from './workflow-files.ts'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'fips-conformance.js')
const texts = [...workflows, action]

describe.each(texts.map(({ file, text }) => [file, text] as const))('%s', (_file, text) => {
  const uses = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, used = '']) => used)

  it('names every action by a commit, with its version beside it', () => {
    expect(uses.length).toBeGreaterThan(0)
    for (const used of uses) expect(used).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('lets nothing that others can write reach a shell but by the environment', () => {
    for (const script of text.matchAll(/^\s*(?:- )?run: ([\s\S]*?)(?=^\s*(?:- )?\w[\w-]*:|(?![\s\S]))/gm))
      expect(script[1]).not.toContain('${{')
  })
})

describe('permissions', () => {
  it.each(workflows.map(({ file, permissions, jobs }) => [file, permissions, jobs] as const))(
    '%s: none but what a job asks for',
    (_file, permissions, jobs) => {
      expect(permissions).toEqual({})
      for (const { permissions: own = {} } of Object.values(jobs)) {
        const writes = Object.entries(own)
          .filter(([, right]) => right === 'write')
          .map(([name]) => name)
        expect(['issues', 'security-events', 'id-token', 'attestations']).toEqual(expect.arrayContaining(writes))
      }
    },
  )
})

describe('commands of this tool in workflows', () => {
  const calls = texts.flatMap(({ text }) =>
    [...text.matchAll(/(?:npx fips-conformance|node "\$tool") ([a-z]+)((?: [^\n|>]*)?)/g)].map(
      ([, command = '', rest = '']) => [command, rest] as const,
    ),
  )
  const flags = new Map<string, string[]>()
  for (const [command, rest] of calls)
    flags.set(command, [...(flags.get(command) ?? []), ...[...rest.matchAll(/(--[a-z-]+)/g)].map(([flag]) => flag)])

  it.each([...flags])('%s knows the flags that are used', (command, used) => {
    const { stdout, status } = spawnSync(process.execPath, [bin, command, '--help'], { encoding: 'utf8' })
    expect(status).toBe(0)
    for (const flag of used) expect(stdout).toContain(flag)
  })
})
