import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cli, type Ended, json, type Running, start } from './cluster/cli.ts'
import { type StandInHost, standInHost } from './stand-in-host.ts'

let host: StandInHost
beforeEach(() => {
  host = standInHost()
})
afterEach(() => host.remove())

const setup = ['setup', '--json']
const run = () => ['run', '--out', host.path('evidence'), '--json']
const called = (argv: readonly string[]): Promise<Ended> => cli(argv, { env: host.env })
const error = (ended: Ended) => json<{ error: Record<string, string> }>(ended).error

/** What setup keeps, which is whole at every moment. */
const record = (): unknown =>
  host.text('state/fips-conformance/dockerd.json') ? JSON.parse(host.text('state/fips-conformance/dockerd.json')) : undefined
const drafts = (): string[] => (existsSync(host.state) ? readdirSync(host.state).filter((name) => name.includes('draft')) : [])

const nothingRuns = (): void => {
  expect(host.running()).toEqual([])
  expect(drafts()).toEqual([])
  expect(existsSync(host.path('policy-rc.d'))).toBe(false)
}

const begin = async (argv: readonly string[], until: RegExp): Promise<Running> => {
  const running = start(argv, { env: host.env })
  await running.until(until)
  return running
}

/** As `kill` does it, to the command alone, or as a terminal does it, to all that runs in it. */
const interrupt = async ({ pid, ended }: Running, signal: NodeJS.Signals, whom: 'command' | 'terminal' = 'command'): Promise<Ended> => {
  process.kill(whom === 'terminal' ? -pid : pid, signal)
  return ended
}

describe.runIf(process.platform === 'linux')('an interrupt while apt-get fetches', { timeout: 60_000 }, () => {
  it.each([
    ['SIGTERM', 'command', 143, 'update', undefined],
    ['SIGINT', 'terminal', 130, 'download', setup],
  ] as const)('%s to the %s ends with %i, and nothing is installed: %s', async (signal, whom, exit, phase, argv) => {
    host.set('blocks', phase)
    const running = await begin(argv ?? run(), new RegExp(`"${phase} does not end"`))
    expect(host.running()).toHaveLength(1)
    const ended = await interrupt(running, signal, whom)
    expect(ended.exit, ended.stderr).toBe(exit)
    nothingRuns()
    expect(record()).toBeUndefined()
    expect(error(ended)).toMatchObject({
      code: 'INTERRUPTED',
      where: expect.stringContaining('apt-get'),
      why: expect.stringContaining('nothing was installed'),
      remedy: expect.stringContaining('run the same command again'),
    })
  })

  it('is over when the same command is run again', async () => {
    host.set('blocks', 'update')
    await interrupt(await begin(setup, /"update does not end"/), 'SIGINT')
    host.set('blocks')
    host.set('ready')
    expect(json(await called(setup))).toMatchObject({ version: '28.2.2' })
    expect(record()).toMatchObject({ packages: ['docker.io'], daemon: { how: 'spawned' } })
    expect((await called(['setup', '--undo', '--json'])).exit).toBe(0)
    nothingRuns()
  })
})

describe.runIf(process.platform === 'linux')('an interrupt while apt-get installs', { timeout: 60_000 }, () => {
  it('waits for it, however often it comes, and says what is there now', async () => {
    host.set('blocks', 'install')
    const running = await begin(setup, /"install does not end"/)
    for (const again of [/"wait for apt-get: [^"]*","state":"start"/, /./]) {
      process.kill(-running.pid, 'SIGINT')
      await running.until(again)
      await sleep(200)
      expect(host.running()).toHaveLength(1)
    }
    host.set('go-on')
    const ended = await running.ended
    expect(ended.exit, ended.stderr).toBe(130)
    nothingRuns()
    // What was installed is on record, or undo would not name it.
    expect(record()).toEqual({ packages: ['docker.io'] })
    expect(error(ended)).toMatchObject({
      code: 'INTERRUPTED',
      where: 'installing docker.io',
      why: expect.stringMatching(/nothing is half installed: docker\.io .* Docker was not started/),
      remedy: expect.stringMatching(/run the same command again.*\n {2}apt-get purge --autoremove docker\.io$/),
    })
    expect(json<{ stays: string[] }>(await called(['setup', '--undo', '--json'])).stays.join()).toContain('docker.io')
  })

  it('tells people that it waits, and for what', async () => {
    host.set('blocks', 'install')
    const running = start(run().slice(0, -1), { env: host.env })
    while (!host.text('calls').includes('recommends docker.io')) await sleep(20)
    process.kill(running.pid, 'SIGTERM')
    await running.until(/^SIGTERM: ending what runs/m)
    await running.until(/host: wait for apt-get: cut short it would leave packages half installed \.\.\./)
    host.set('go-on')
    const { exit, stdout, stderr } = await running.ended
    expect({ exit, stdout }).toEqual({ exit: 143, stdout: '' })
    expect(stderr).toMatch(
      /^error INTERRUPTED: .*\n {2}where: installing docker\.io\n {2}why: {3}apt-get was waited for.*\n {2}do: {4}run the same command again/m,
    )
  })
})

describe.runIf(process.platform === 'linux')('an interrupt while dockerd starts', { timeout: 60_000 }, () => {
  beforeEach(() => copyFileSync(host.path('packages/dockerd'), host.path('bin/dockerd')))

  it.each([
    ['SIGINT', 'terminal', 130, setup],
    ['SIGTERM', 'command', 143, undefined],
  ] as const)('%s to the %s ends with %i, and the dockerd that it had started ends', async (signal, whom, exit, argv) => {
    const running = await begin(argv ?? run(), /"dockerd is process \d+/)
    while (host.text('state/fips-conformance/dockerd.log') === '') await sleep(20)
    const [started] = host.running()
    const ended = await interrupt(running, signal, whom)
    expect(ended.exit, ended.stderr).toBe(exit)
    nothingRuns()
    expect(record()).toEqual({ packages: [] })
    expect(error(ended)).toMatchObject({
      code: 'INTERRUPTED',
      why: expect.stringMatching(new RegExp(`process ${started?.split(' ')[1]}\\) ended after SIGTERM.*dockerd\\.log`)),
      remedy: expect.stringContaining('run the same command again'),
    })
    expect(host.text('state/fips-conformance/dockerd.log')).toContain('failed to do anything')
  })

  it('is over when the same command is run again', async () => {
    await interrupt(await begin(setup, /"dockerd is process \d+/), 'SIGINT')
    host.set('ready')
    expect(json(await called(setup))).toMatchObject({ version: '28.2.2' })
    expect(host.running()).toHaveLength(1)
    expect((await called(['setup', '--undo', '--json'])).exit).toBe(0)
    nothingRuns()
  })

  it('leaves a dockerd alone that another command is starting', async () => {
    const first = await begin(setup, /"dockerd is process \d+/)
    const ended = await interrupt(await begin(setup, /"waiting for the dockerd that setup started/), 'SIGINT')
    expect(ended.exit).toBe(130)
    expect(error(ended)).toMatchObject({ why: expect.stringContaining('left alone'), remedy: expect.stringContaining('setup --undo') })
    expect(host.running()).toHaveLength(1)
    host.set('ready')
    expect((await first.ended).exit).toBe(0)
    expect((await called(['setup', '--undo', '--json'])).exit).toBe(0)
    nothingRuns()
  })
})
