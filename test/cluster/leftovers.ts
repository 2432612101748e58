import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'

const docker = (...argv: string[]): string[] => execFileSync('docker', argv, { encoding: 'utf8' }).split('\n').filter(Boolean).sort()

/** Everything of ours that a run could leave behind on this machine: in the engine, in the temporary folder, among mounts and processes. */
export const belongings = (): string[] => [
  ...docker('container', 'ls', '--all', '--format', 'container {{.Names}}'),
  ...docker('network', 'ls', '--filter', 'type=custom', '--format', 'network {{.Name}}'),
  ...docker('volume', 'ls', '--format', 'volume {{.Name}}'),
  ...docker('image', 'ls', '--filter', 'reference=fips-conformance/run', '--format', 'image {{.Repository}}:{{.Tag}}'),
  ...docker('image', 'ls', '--filter', 'dangling=true', '--format', 'dangling image {{.ID}}'),
  ...readdirSync(tmpdir())
    .filter((name) => /^fips-conformance-(debootstrap|images)-/.test(name))
    .map((name) => `temporary ${name}`),
  ...readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes('fips-conformance'))
    .map((line) => `mount ${line}`),
]
