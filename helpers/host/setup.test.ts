import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProgressEvent } from '../progress/progress.ts'
import type { RunPlaces } from './dockerd.ts'
import { type HostLook, look } from './look.ts'
import { ownerState, thisOwner } from './owner.ts'
import { ensureEngine } from './setup.ts'
import { loadRecord, recordPath, runtimePath, saveRecord } from './setup-record.ts'
import { undoSetup } from './undo.ts'

// A host in a temporary directory: programs on PATH that do what the real ones do, as far as setup can see. Nothing of this machine is touched.
let host: string
let places: RunPlaces
let events: ProgressEvent[]

const info = {
  ServerVersion: '28.2.2',
  OSType: 'linux',
  Architecture: 'x86_64',
  CgroupVersion: '2',
  DockerRootDir: '/nowhere',
  MemTotal: 8e9,
  NCPU: 2,
}

const programs: Record<string, string> = {
  dockerd:
    'echo "level=info msg=starting"\n[ -e "$HOST/broken" ] && { echo "failed to start daemon: no iptables"; exit 1; }\n[ -e "$HOST/deaf" ] && trap "" TERM || trap \'rm -f "$HOST/pid"; exit 0\' TERM\necho $$ >"$HOST/pid"\nwhile :; do sleep 0.05; done',
  docker:
    '[ "$1" = --host ] && shift 2\ncase $1 in\n--version) echo "Docker version 28.2.2" ;;\ncontext) echo unix:///var/run/docker.sock ;;\nps) [ "$2" = --all ] && cat "$HOST/ours" 2>/dev/null || cat "$HOST/running" 2>/dev/null || : ;;\ninfo) if [ -e "$HOST/pid" ] && kill -0 "$(cat "$HOST/pid")" 2>/dev/null; then cat "$HOST/info"; else echo "Cannot connect to the Docker daemon" >&2; exit 1; fi ;;\nesac',
  'apt-get':
    'echo "apt-get $*" >>"$HOST/calls"\n[ -e "$HOST/policy" ] && echo "policy $("$HOST/policy" >/dev/null; echo $?)" >>"$HOST/calls"\ncase "$*" in *update*) exit 100 ;; *download-only*) ;; *install*) [ -e "$HOST/refuse" ] && { echo "E: no space" >&2; exit 100; }; cp "$HOST"/packages/* "$HOST/bin" ;; esac',
  'apt-cache': 'printf "docker-cli:\\n  Installed: (none)\\n  Candidate: %s\\n" "$(cat "$HOST/candidate")"',
  'dpkg-query': 'echo "iptables installed"; exit 1',
  systemctl:
    'echo "systemctl $*" >>"$HOST/calls"\ncase $1 in start) dockerd >/dev/null 2>&1 & sleep 0.3 ;; show) cat "$HOST/pid" ;; stop) kill "$(cat "$HOST/pid")" ;; esac',
  journalctl: 'echo "unit log"',
}

const program = (name: string, directory: string): Promise<void> =>
  writeFile(join(host, directory, name), `#!/bin/sh\nHOST='${host}'\n${programs[name]}\n`, { mode: 0o755 })

const install = async (...names: string[]): Promise<void> => {
  for (const name of names) await cp(join(host, 'packages', name), join(host, 'bin', name))
}

/** Sees what is really there, as root on Debian would; `dockerd` of this machine is overlooked. */
const seeing =
  (change: Partial<HostLook> = {}) =>
  async (signal?: AbortSignal): Promise<HostLook> => {
    const seen = await look(signal)
    const inHost = (path: string | undefined) => (path?.startsWith(host) ? path : undefined)
    const client = inHost(seen.docker.client?.path)
    return {
      ...seen,
      platform: 'linux',
      osRelease: { id: 'debian', like: [], versionId: '12', prettyName: 'Debian' },
      uid: 0,
      systemd: false,
      missingCapabilities: { here: [], init: [] },
      ...(client === undefined && { engine: { state: 'unreachable', reason: 'no-client', detail: '' } }),
      docker: {
        ...seen.docker,
        client: client === undefined ? undefined : { path: client, version: '' },
        daemon: inHost(seen.docker.daemon),
        endpoint: undefined,
      },
      ...change,
    }
  }

const setup = (change?: Partial<HostLook>, patience = 5000) =>
  ensureEngine({ progress: (event) => events.push(event), see: seeing(change), places, policy: join(host, 'policy'), patience })
const undo = (more: { force?: boolean; patience?: number } = {}) => undoSetup({ progress: (event) => events.push(event), places, ...more })
const calls = (): Promise<string> => readFile(join(host, 'calls'), 'utf8')
const failure = async (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: { trouble: unknown }) => error.trouble,
  )

beforeEach(async () => {
  host = await mkdtemp(join(tmpdir(), 'setup-'))
  places = {
    dockerPid: join(host, 'docker.pid'),
    containerdPid: join(host, 'containerd.pid'),
    systemContainerdSocket: join(host, 'containerd.sock'),
  }
  events = []
  await mkdir(join(host, 'bin'))
  await mkdir(join(host, 'packages'))
  await writeFile(join(host, 'info'), JSON.stringify(info))
  await writeFile(join(host, 'candidate'), '(none)')
  for (const name of Object.keys(programs)) await program(name, /^dockerd?$/.test(name) ? 'packages' : 'bin')
  vi.stubEnv('PATH', `${join(host, 'bin')}:/usr/bin:/bin`)
  vi.stubEnv('XDG_STATE_HOME', join(host, 'state'))
  vi.stubEnv('XDG_CACHE_HOME', join(host, 'cache'))
})

afterEach(async () => {
  const pid = await readFile(join(host, 'pid'), 'utf8').catch(() => undefined)
  if (
    pid !== undefined &&
    ownerState({ ...thisOwner(), pid: Number(pid), start: (await loadRecord())?.daemon?.process.start ?? '' }) === 'alive'
  )
    process.kill(Number(pid), 'SIGKILL')
  vi.unstubAllEnvs()
  await rm(host, { recursive: true, force: true })
})

describe('ensureEngine and undoSetup', () => {
  it('install and start Docker from nothing, and stop it', async () => {
    expect(await setup()).toMatchObject({ version: '28.2.2' })
    expect(await calls()).toContain('install -y --no-install-recommends docker.io iptables')
    expect(await calls()).toContain('policy 101')
    expect(existsSync(join(host, 'policy'))).toBe(false)
    const record = await loadRecord()
    expect(record).toMatchObject({ packages: ['docker.io'], daemon: { how: 'spawned', argv: ['dockerd'] } })
    expect(record?.daemon && ownerState(record.daemon.process)).toBe('alive')
    expect(events.map(({ step, state }) => `${step} ${state}`)).toContain('start Docker done')

    const undone = await undo()
    expect(undone.state).toBe('stopped')
    expect(undone.stays.join('\n')).toContain('apt-get purge --autoremove docker.io')
    expect(record?.daemon && ownerState(record.daemon.process)).toBe('dead')
    expect(await undo()).toMatchObject({ state: 'nothing-recorded' })
  })

  it('leave an engine alone that can be reached', async () => {
    const engine = { ...(await setup()), version: '27.0.0' }
    await rm(recordPath())
    expect(await setup({ engine: { state: 'reachable', engine } })).toBe(engine)
    expect(await loadRecord()).toBeUndefined()
    process.kill(Number(await readFile(join(host, 'pid'), 'utf8')), 'SIGTERM')
  })

  it('take the client as well where it is a package of its own', async () => {
    await writeFile(join(host, 'candidate'), '28.0')
    await setup()
    expect((await loadRecord())?.packages).toEqual(['docker.io', 'docker-cli'])
  })

  it('give dockerd a runtime that outlives a checkout where capabilities are missing', async () => {
    await install('docker', 'dockerd')
    await setup({ missingCapabilities: { here: ['CAP_SYS_RESOURCE'], init: ['CAP_SYS_RESOURCE'] } })
    expect((await loadRecord())?.daemon?.argv).toContain(`bounded=${runtimePath()}`)
    expect((await stat(runtimePath())).mode & 0o111).toBe(0o111)
    expect(existsSync(join(host, 'calls'))).toBe(false)
    await undo()
    expect(existsSync(runtimePath())).toBe(false)
  })

  it('start anew after a dockerd that died, whatever it left behind', async () => {
    await install('docker', 'dockerd')
    await saveRecord({
      packages: ['docker.io'],
      daemon: { how: 'spawned', process: { ...thisOwner(), pid: process.pid, start: '1' }, at: '', argv: [] },
    })
    await writeFile(places.dockerPid, String(process.pid))
    await setup()
    expect(existsSync(places.dockerPid)).toBe(false)
    expect((await loadRecord())?.packages).toEqual(['docker.io'])
  })

  it('start one dockerd for two that ask at once, or wait for the one that is under way', async () => {
    await install('docker', 'dockerd')
    await setup()
    const first = (await loadRecord())?.daemon?.process.pid
    const silent = { engine: { state: 'unreachable', reason: 'no-daemon', detail: '' } } as const
    expect(await setup(silent)).toMatchObject({ version: '28.2.2' })
    expect((await loadRecord())?.daemon?.process.pid).toBe(first)
  })

  it('show the log of a dockerd that ends at once, and record nothing that runs', async () => {
    await install('docker', 'dockerd')
    await writeFile(join(host, 'broken'), '')
    const trouble = await failure(setup())
    expect(trouble).toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      why: 'failed to start daemon: no iptables',
      remedy: expect.stringContaining('iptables-legacy'),
      exit: 3,
    })
    expect((await loadRecord())?.daemon).toBeUndefined()
    expect((await undo()).state).toMatch(/^(was-gone|nothing-recorded)$/)
  })

  it('give up on an engine that stays silent', async () => {
    await install('docker', 'dockerd')
    await writeFile(join(host, 'info'), JSON.stringify({ ServerErrors: ['starting'] }))
    expect(await failure(setup({}, 700))).toMatchObject({ code: 'DOCKER_UNREACHABLE', what: expect.stringContaining('0.7 s') })
    expect(await undo({ force: true })).toMatchObject({ state: 'stopped' })
  })

  it('kill a dockerd that does not end when it is asked to', async () => {
    await install('docker', 'dockerd')
    await writeFile(join(host, 'deaf'), '')
    await setup()
    expect((await undo({ patience: 300 })).did.join()).toContain('was killed')
  })

  it('refuse to stop an engine in use, unless forced', async () => {
    await install('docker', 'dockerd')
    await setup()
    await writeFile(join(host, 'ours'), 'node-1\n')
    expect(await failure(undo())).toMatchObject({ code: 'SETUP_IN_USE', why: 'node-1', what: expect.stringContaining('clusters') })
    await writeFile(join(host, 'ours'), '')
    await writeFile(join(host, 'running'), 'stranger\n')
    expect(await failure(undo())).toMatchObject({ code: 'SETUP_IN_USE', why: 'stranger' })
    expect(await undo({ force: true })).toMatchObject({ state: 'stopped' })
  })

  it('use systemd where it gives services all capabilities', async () => {
    await install('docker', 'dockerd')
    await setup({ systemd: true })
    expect((await loadRecord())?.daemon?.how).toBe('systemd')
    expect(await undo()).toMatchObject({ state: 'stopped' })
    expect(await calls()).toMatch(/^systemctl start docker\n[\s\S]*systemctl stop docker.socket docker.service\n$/)
  })

  it('say that systemd goes on with what was interrupted', async () => {
    await install('docker', 'dockerd')
    await writeFile(join(host, 'bin', 'systemctl'), `#!/bin/sh\n: >'${host}/calls'\nexec sleep 60\n`, { mode: 0o755 })
    const controller = new AbortController()
    const see = seeing({ systemd: true })
    const starting = failure(ensureEngine({ progress: (event) => events.push(event), see, places, signal: controller.signal }))
    await vi.waitUntil(() => existsSync(join(host, 'calls')))
    controller.abort()
    expect(await starting).toMatchObject({
      code: 'INTERRUPTED',
      why: expect.stringContaining('systemd goes on'),
      remedy: expect.stringContaining('systemctl stop docker.socket docker.service'),
    })
  })

  it('say what a failed installation said, and take their policy back', async () => {
    await writeFile(join(host, 'refuse'), '')
    expect(await failure(setup())).toMatchObject({ code: 'SETUP_FAILED', why: 'E: no space' })
    expect(existsSync(join(host, 'policy'))).toBe(false)
  })

  it("leave a host's own policy where it is", async () => {
    await writeFile(join(host, 'policy'), '#!/bin/sh\nexit 104\n', { mode: 0o755 })
    await setup()
    expect(await readFile(join(host, 'policy'), 'utf8')).toContain('104')
  })

  it.each([
    [{ uid: 1000 }, 'DOCKER_MISSING', 'sudo apt-get install'],
    [{ osRelease: { id: 'fedora', like: [], versionId: '42', prettyName: '' } }, 'DOCKER_MISSING', 'dnf install'],
    [{ uid: 1000, engine: { state: 'unreachable', reason: 'no-permission', detail: '' } }, 'DOCKER_NO_PERMISSION', 'docker'],
    [{ uid: 1000, engine: { state: 'unreachable', reason: 'no-daemon', detail: '' } }, 'DOCKER_UNREACHABLE', 'docker'],
  ] as const)('change nothing elsewhere: %j', async (change, code, remedy) => {
    expect(await failure(setup(change as Partial<HostLook>))).toMatchObject({ code, exit: 3, remedy: expect.stringContaining(remedy) })
    expect(existsSync(join(host, 'calls'))).toBe(false)
    expect(existsSync(recordPath())).toBe(false)
  })

  it("do not touch another host's dockerd, nor trip over a broken record", async () => {
    await saveRecord({ packages: [], daemon: { how: 'spawned', process: { ...thisOwner(), host: 'another-host' }, at: '', argv: [] } })
    expect(await failure(undo({ force: true }))).toMatchObject({ code: 'SETUP_ELSEWHERE' })
    await writeFile(recordPath(), '{"packages":')
    expect(await loadRecord()).toBeUndefined()
    expect(await undo()).toMatchObject({ state: 'nothing-recorded' })
  })
})
