import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { thisOwner } from '../host/owner.ts'
import type { ClusterRef } from '../providers/provider.ts'
import { called, onlyJson } from './called.ts'
import { addClusterCommands } from './cluster-commands.ts'
import { down, logs } from './housekeeping.ts'
import { run, test, up } from './run.ts'
import { settingsSchema } from './settings.ts'

// What makes and judges clusters is not called here: what reaches it is looked at.
vi.mock('./run.ts', { spy: true })
vi.mock('./housekeeping.ts', { spy: true })

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cluster-commands-'))
  vi.stubEnv('XDG_STATE_HOME', home)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.resetAllMocks()
  await rm(home, { recursive: true })
})

const noted = new Error('far enough')
const works = { run, up, test, down, logs }
const settingsOf = async (command: keyof typeof works, ...argv: readonly string[]) => {
  const work = vi.mocked(works[command])
  work.mockReset().mockRejectedValue(noted)
  const ended = await called(command, ...argv)
  expect(ended.stderr).toContain('far enough')
  return work.mock.calls[0]?.[0].settings
}

/** Something that every flag of a command takes. */
const values: Record<string, string> = {
  name: 'lab',
  provider: 'machine',
  nodes: '3',
  'api-port': '6443',
  'boot-timeout': '60',
  'kubernetes-version': 'v1.36.3+fips.0',
  'etcd-version': '3.6.8',
  fips: 'off',
  operator: 'Release Engineering',
  require: 'FIPS-MOD, FIPS-TLS-1',
  suite: 'modules,nodes',
  'supported-systems': 'sles,opensuse-leap',
  'kubernetes-image-repository': 'localhost:5000/kubernetes',
}
const heard: Record<string, unknown> = {
  ...values,
  nodes: 3,
  'api-port': 6443,
  'boot-timeout': 60,
  require: ['FIPS-MOD', 'FIPS-TLS-1'],
  suite: ['modules', 'nodes'],
  'supported-systems': ['sles', 'opensuse-leap'],
}

const line = (): Command => {
  const program = new Command()
  addClusterCommands(program, () => async () => undefined)
  return program
}

describe('every flag reaches the command that has it', () => {
  const flags = line().commands.flatMap((command) =>
    command.options
      .filter(({ long }) => long !== '--json' && long !== '--config')
      .map(({ long, flags: spelled }) => [command.name(), String(long).slice(2), spelled.includes('<')] as const),
  )

  it.each(flags)('%s --%s', async (command, flag, takesValue) => {
    const value = values[flag] ?? 'some-place'
    const settings = await settingsOf(command as keyof typeof works, `--${flag}`, ...(takesValue ? [value] : []))
    expect(settings).toMatchObject({ [flag]: takesValue ? (heard[flag] ?? value) : true })
  })

  it('and every setting has its flag', () => {
    expect(Object.keys(settingsSchema.shape).filter((name) => !flags.some(([, flag]) => flag === name))).toEqual([])
  })

  it('lists may be given in parts', async () => {
    expect(await settingsOf('run', '--require', 'FIPS-MOD', '--require', 'FIPS-TLS,FIPS-SSH')).toMatchObject({
      require: ['FIPS-MOD', 'FIPS-TLS', 'FIPS-SSH'],
    })
  })
})

describe('settings', () => {
  it('come from a flag, then from the file that --config names', async () => {
    const file = join(home, 'settings.yaml')
    await writeFile(file, 'nodes: 2\nname: from-file\nrequire: [FIPS-MOD]\n')
    expect(await settingsOf('run', '--config', file, '--nodes', '3')).toMatchObject({ nodes: 3, name: 'from-file', require: ['FIPS-MOD'] })
  })

  it.each([
    ['a file that is not there', ['--config', '/none.yaml'], 'CONFIG_UNREADABLE'],
    ['a version that is none', ['--kubernetes-version', 'latest'], 'VERSION_MALFORMED'],
    ['no node at all', ['--nodes', '0'], 'SETTING_INVALID'],
    ['a port beyond the last', ['--api-port', '65536'], 'SETTING_INVALID'],
    ['an operator of two lines', ['--operator', 'one\ntwo'], 'SETTING_INVALID'],
    ['a suite that there is not', ['--suite', 'hopes'], 'SETTING_INVALID'],
    ['a requirement that there is not', ['--require', 'FIPS-HOPE'], 'REQUIREMENT_UNKNOWN'],
  ])('that are wrong end with 64 before anything is done: %s', async (_what, argv, code) => {
    const ended = await called('run', ...argv, '--json')
    expect(ended.exit).toBe(64)
    expect(onlyJson(ended)).toMatchObject({ error: { code, exit: 64 } })
    expect(ended.stderr).toMatch(new RegExp(`^error ${code}: `))
    expect(run).not.toHaveBeenCalled()
  })

  it.each([['run'], ['up'], ['test'], ['down'], ['logs']])('%s takes no argument, and tells what it takes', async (command) => {
    expect(await called(command, 'lab')).toMatchObject({
      exit: 64,
      stdout: '',
      stderr: expect.stringMatching(/^error USAGE: too many arguments/),
    })
    const { exit, stdout } = await called(command, '--help')
    expect(exit).toBe(0)
    expect(stdout).toMatch(new RegExp(`Examples:\\n {2}fips-conformance ${command}\\b`))
  })
})

describe('up', () => {
  const ref: ClusterRef = {
    provider: 'kind',
    name: 'lab',
    run: 'r',
    owner: thisOwner(),
    createdAt: '2026-11-22T12:00:00.000Z',
    nodes: ['lab-control-plane', 'lab-worker'].map((name) => ({ name, role: 'worker' })),
    kubeconfig: '/state/lab.kubeconfig',
    ready: true,
    judgedBy: [],
    image: { reference: '', id: '', kubernetesVersion: '', kindBinary: '', origins: [] },
  }
  const made = () => vi.mocked(up).mockResolvedValue(ref)

  it('says what runs, how to reach it, and what to do next', async () => {
    made()
    expect(await called('up', '--name', 'lab')).toEqual({
      exit: 0,
      stdout:
        'cluster lab runs: lab-control-plane, lab-worker\nkubeconfig: /state/lab.kubeconfig\nnext: fips-conformance test --name lab\n',
      stderr: '',
    })
  })

  it('gives machines the cluster', async () => {
    made()
    expect(onlyJson(await called('up', '--json'))).toEqual(ref)
  })
})
