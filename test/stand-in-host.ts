import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '../helpers/host/owner.ts'

/** A host in a folder, on which the real command line runs: Debian, as root, with programs that do what the real ones do as far as setup can see. */
export type StandInHost = {
  directory: string
  /** With it the command finds this host and nothing of the real one. */
  env: Record<string, string>
  state: string
  path: (name: string) => string
  /** Lets a stand-in see that something is so: what it looks for is said where it is made. */
  set: (name: string, text?: string) => void
  text: (name: string) => string
  /** Processes of stand-ins that run. */
  running: () => string[]
  remove: () => void
}

const info = { ServerVersion: '28.2.2', OSType: 'linux', Architecture: 'x86_64', CgroupVersion: '2', DockerRootDir: '/nowhere', NCPU: 2 }

// `blocks` names the words of the apt-get call that does not end (until `go-on` is there); `ready` lets a dockerd answer.
const programs: Record<string, string> = {
  'apt-get': `echo "apt-get $*" | tee -a "$HOST/calls"
case "$*" in *download-only*) what=download ;; *install*) what=install ;; *) what=update ;; esac
if [ "$what" = "$(cat "$HOST/blocks")" ]; then
  echo "$what does not end"
  while [ ! -e "$HOST/go-on" ]; do sleep 0.05; done
fi
[ $what = install ] && cp "$HOST/packages/dockerd" "$HOST/bin/dockerd"; exit 0`,
  'apt-cache': 'printf "docker-cli:\\n  Installed: (none)\\n  Candidate: (none)\\n"',
  'dpkg-query': 'echo "iptables installed"; exit 1',
  docker: `[ "$1" = --host ] && shift 2
case $1 in
--version) echo "Docker version 28.2.2" ;;
context) echo unix:///var/run/docker.sock ;;
info) if [ -e "$HOST/ready" ] && kill -0 "$(cat "$HOST/pids/dockerd")" 2>/dev/null; then cat "$HOST/info"; else echo "Cannot connect to the Docker daemon" >&2; exit 1; fi ;;
esac`,
}
const dockerd = `echo "failed to do anything so far" >&2
trap 'exit 0' TERM
while :; do sleep 0.05; done`

/** Every place of the real host that setup knows, by the file that names it. The command does not start when one of them is not named there any more. */
const places = (at: (name: string) => string): Record<string, readonly (readonly [string, string])[]> => ({
  'dockerd.ts': [
    ["'/var/run/docker.pid'", at('docker.pid')],
    ["'/var/run/docker/containerd/containerd.pid'", at('containerd.pid')],
    ["'/run/containerd/containerd.sock'", at('containerd.sock')],
  ],
  'setup.ts': [["'/usr/sbin/policy-rc.d'", at('policy-rc.d')]],
  'look.ts': [
    ["'/etc/os-release'", at('os-release')],
    ["'/run/systemd/system'", at('systemd')],
    [", '/usr/local/sbin', '/usr/sbin', '/sbin'", ''],
    ['process.geteuid?.()', '0'],
  ],
  'command.ts': [[", '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'", '']],
})

/** Loaded before the command: its sources, with the places of this host put for those of the real one. */
const preload = (directory: string): string => `
import { registerHooks } from 'node:module'
const places = ${JSON.stringify(places((name) => `'${join(directory, name)}'`))}
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    const changes = places[/\\/helpers\\/host\\/([^/]+)$/.exec(url)?.[1]]
    if (changes === undefined) return loaded
    let source = String(Buffer.from(loaded.source))
    for (const [from, to] of changes) {
      if (!source.includes(from)) throw new Error(url + ' does not name ' + from + ' any more')
      source = source.replaceAll(from, to)
    }
    return { ...loaded, source }
  },
})
`

export const standInHost = (): StandInHost => {
  const directory = mkdtempSync(join(tmpdir(), 'stand-in-host-'))
  const path = (name: string): string => join(directory, name)
  const set = (name: string, text = ''): void => writeFileSync(path(name), text)
  const text = (name: string): string => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '')
  const program = (name: string, script: string): void => {
    // Standard programs are found for the stand-ins, and by them alone.
    set(name, `#!/bin/sh\nHOST='${directory}'\nPATH=/usr/bin:/bin\necho $$ >"$HOST/pids/${name.replace(/.*\//, '')}"\n${script}\n`)
    chmodSync(path(name), 0o755)
  }
  for (const name of ['bin', 'packages', 'pids']) mkdirSync(path(name))
  for (const [name, script] of Object.entries(programs)) program(`bin/${name}`, script)
  program('packages/dockerd', dockerd)
  symlinkSync('/bin/sh', path('bin/sh'))
  set('os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian of a test"\n')
  set('info', JSON.stringify(info))
  set('blocks')
  set('preload.mjs', preload(directory))
  const pids = (): [string, number][] =>
    ['apt-get', 'dockerd'].flatMap((name) => (existsSync(path(`pids/${name}`)) ? [[name, Number(text(`pids/${name}`))]] : []))
  return {
    directory,
    env: {
      PATH: path('bin'),
      HOME: directory,
      XDG_STATE_HOME: path('state'),
      XDG_CACHE_HOME: path('cache'),
      // Nobody listens there: whatever asked the real client would learn nothing.
      DOCKER_HOST: `unix://${path('unused.sock')}`,
      NODE_OPTIONS: `--import=${path('preload.mjs')}`,
    },
    state: path('state/fips-conformance'),
    path,
    set,
    text,
    running: () => pids().flatMap(([name, pid]) => (processStart(pid) === undefined ? [] : [`${name} ${pid}`])),
    remove: () => {
      for (const [, pid] of pids()) if (processStart(pid) !== undefined) process.kill(pid, 'SIGKILL')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
