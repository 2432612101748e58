import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { cli, json, start } from './cli.ts'
import { belongings } from './leftovers.ts'

const scratch = mkdtempSync(join(tmpdir(), 'interrupts-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Another cache, so that something has to be compiled; what is downloaded comes from the usual one. */
const emptyCache = (): Record<string, string> => ({
  XDG_CACHE_HOME: mkdtempSync(join(scratch, 'cache-')),
  XDG_STATE_HOME: join(homedir(), '.local', 'state'),
})

const phases = [
  { phase: 'compiling', until: /\n?.*image: component images|image: compile .* \.\.\./, env: emptyCache },
  { phase: 'kind create cluster', until: /cluster: kind create cluster .* \.\.\./, env: () => ({}) },
  { phase: 'waiting for the cluster', until: /cluster: every node Ready.* \.\.\./, env: () => ({}) },
  { phase: 'suites', until: /judge: suites .* \.\.\./, env: () => ({}) },
]

describe('an interrupted run removes what it made, in every phase', () => {
  it.each(phases)('SIGINT while $phase', async ({ until, env }) => {
    const before = belongings()
    const running = start(['run', '--out', scratch], { env: env() })
    await running.until(until)
    await sleep(1_000)
    process.kill(running.pid, 'SIGINT')
    const ended = await running.ended
    expect(ended.exit, ended.stderr).toBe(130)
    expect(belongings()).toEqual(before)
  })

  it('SIGTERM ends with 143', async () => {
    const before = belongings()
    const running = start(['run', '--out', scratch])
    await running.until(/cluster: kind create cluster .* \.\.\./)
    process.kill(running.pid, 'SIGTERM')
    expect((await running.ended).exit).toBe(143)
    expect(belongings()).toEqual(before)
  })

  it('150 more Ctrl-C, sent to every process of the group, do not stop the clean-up', async () => {
    const before = belongings()
    const running = start(['run', '--out', scratch])
    await running.until(/cluster: every node Ready.* \.\.\./)
    process.kill(-running.pid, 'SIGINT')
    await running.until(/down: remove cluster|removing what was made/)
    // So many, and so close to each other, that some meet a process that has only just begun.
    for (let sent = 0; sent < 150; sent += 1) {
      process.kill(-running.pid, 'SIGINT')
      await sleep(5)
    }
    const { exit, stderr } = await running.ended
    expect(belongings(), stderr).toEqual(before)
    expect(exit, stderr).toBe(130)
  })
})

describe('a killed run leaves things that sweep finds and removes', () => {
  it.each(phases)('SIGKILL while $phase', async ({ until, env }) => {
    const before = belongings()
    const running = start(['run', '--out', scratch], { env: env() })
    await running.until(until)
    await sleep(1_000)
    // What it started goes on for a moment, as after a real kill.
    process.kill(running.pid, 'SIGKILL')
    await running.ended
    await sleep(3_000)
    const listed = await cli(['sweep', '--json'])
    expect(json<{ left: unknown[] }>(listed).left.length).toBeGreaterThan(0)
    const swept = await cli(['sweep', '--execute'])
    expect(swept.exit, swept.stderr).toBe(0)
    expect(belongings()).toEqual(before)
  })
})
