import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missingFrom } from '../host/limits.ts'
import { file, filesDirectory, script } from './scripts.ts'

const scriptsDirectory = join(import.meta.dirname, 'scripts')
const shellFiles = [
  ...readdirSync(scriptsDirectory).map((name) => join(scriptsDirectory, name)),
  join(filesDirectory, 'runc-within-bounds'),
]

describe('shell scripts', () => {
  it.each(shellFiles)('%s is one that sh can read', (path) => {
    expect(readFileSync(path, 'utf8')).toMatch(/^#!\/bin\/sh\n/)
    expect(spawnSync('sh', ['-n', path], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })

  it('are handed over as text', () => {
    expect(script('pause.sh')).toContain('gcc')
    expect(file('pause.c')).toContain('int main')
    expect(() => script('none.sh')).toThrow('ENOENT')
  })
})

describe.runIf(process.platform === 'linux')('files/runc-within-bounds', () => {
  let directory: string
  const missing = missingFrom(readFileSync('/proc/self/status', 'utf8'), Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8')))
  const path = (name: string): string => join(directory, name)

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fips-conformance-runc-'))
    writeFileSync(path('runc'), `#!/bin/sh\nfor argument in "$@"; do printf '<%s>' "$argument"; done\nexit 42\n`, { mode: 0o755 })
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const run = (...argv: string[]) => {
    const { status, stdout, stderr } = spawnSync('sh', [join(filesDirectory, 'runc-within-bounds'), ...argv], {
      encoding: 'utf8',
      env: { PATH: `${directory}:${process.env.PATH}` },
    })
    return { status, stdout, stderr }
  }
  const sets = (names: readonly string[]) => Object.fromEntries(['bounding', 'effective', 'permitted'].map((set) => [set, names]))
  const kept = (names: readonly string[]): string[] => names.filter((name) => !missing.includes(name))

  it.each([
    ['in the middle', ['CAP_CHOWN', 'CAP_SYS_RESOURCE', 'CAP_KILL']],
    ['first', ['CAP_SYS_RESOURCE', 'CAP_KILL']],
    ['last', ['CAP_KILL', 'CAP_SYS_RESOURCE']],
    ['alone', ['CAP_SYS_RESOURCE']],
    ['absent', ['CAP_CHOWN', 'CAP_KILL']],
    ['among none', []],
    ['among all that are known', ['CAP_CHOWN', 'CAP_SYS_RESOURCE', 'CAP_SYS_TIME', 'CAP_SYS_ADMIN', 'CAP_SETFCAP', 'CAP_KILL']],
  ])('drops what this machine lacks from a container’s specification, and nothing else: CAP_SYS_RESOURCE %s', (_case, names) => {
    const spec = (capabilities: readonly string[]) => ({
      ociVersion: '1.2.1',
      process: { args: ['sh', '-c', 'echo "CAP_SYS_RESOURCE", [1,2]'], capabilities: sets(capabilities), noNewPrivileges: false },
    })
    writeFileSync(path('config.json'), JSON.stringify(spec(names)))
    expect(run('--root', '/run/x', 'create', '--bundle', directory, 'id')).toEqual({
      status: 42,
      stdout: `<--root></run/x><create><--bundle><${directory}><id>`,
      stderr: '',
    })
    expect(readFileSync(path('config.json'), 'utf8')).toBe(JSON.stringify(spec(kept(names))))
  })

  it('drops what a kernel does not know, wherever it stands', () => {
    // A kernel whose last capability is CAP_SYS_NICE (23).
    writeFileSync(path('cat'), '#!/bin/sh\necho 23\n', { mode: 0o755 })
    const lacking = ['CAP_SYS_RESOURCE', 'CAP_SYS_TIME', 'CAP_BPF', 'CAP_CHECKPOINT_RESTORE']
    for (const names of [
      lacking,
      [...lacking, 'CAP_KILL'],
      ['CAP_KILL', ...lacking],
      ['CAP_KILL', 'CAP_BPF', 'CAP_CHOWN', 'CAP_SYS_TIME'],
    ]) {
      writeFileSync(path('config.json'), JSON.stringify({ process: { capabilities: sets(names) } }))
      expect(run('create', '-b', directory, 'id').status).toBe(42)
      expect(JSON.parse(readFileSync(path('config.json'), 'utf8'))).toEqual({
        process: { capabilities: sets(kept(names).filter((name) => !lacking.includes(name))) },
      })
    }
  })

  it.each(['--process', '-p'])('does the same to a process that joins a container (%s)', (flag) => {
    writeFileSync(path('process.json'), JSON.stringify({ capabilities: sets(['CAP_SYS_RESOURCE', 'CAP_KILL']) }))
    expect(run('exec', flag, path('process.json'), 'id').status).toBe(42)
    expect(readFileSync(path('process.json'), 'utf8')).toBe(JSON.stringify({ capabilities: sets(kept(['CAP_SYS_RESOURCE', 'CAP_KILL'])) }))
  })

  it.each([[['--version']], [['delete', '--force', 'id']], [['create', '--bundle', '/nowhere', 'a b', '']], [[]]])(
    'hands over %j as it is',
    (argv) => {
      expect(run(...argv)).toEqual({ status: 42, stdout: argv.map((argument) => `<${argument}>`).join(''), stderr: '' })
    },
  )
})
