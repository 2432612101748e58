import { parse } from 'smol-toml'
import { z } from 'zod'

/** What containerd's effective configuration (`containerd config dump`) says of the programs that it starts. */
export type ContainerdConfig = {
  /** Binary of the default OCI runtime; containerd looks for `runc` on its PATH where none is named. */
  runtimeBinary: string
  cniBinDirs: string[]
  cniConfDir: string
}

const table = z.record(z.string(), z.unknown())
const sub = (value: unknown, ...keys: string[]): Record<string, unknown> => {
  const [key, ...rest] = keys
  const parsed = table.safeParse(value)
  if (!parsed.success) return {}
  return key === undefined ? parsed.data : sub(parsed.data[key], ...rest)
}
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [])

/** Reads version 2 (`io.containerd.grpc.v1.cri`) and version 3 (`io.containerd.cri.v1.runtime`) of the format. @throws when it is no TOML */
export const parseContainerdConfig = (toml: string): ContainerdConfig => {
  const plugins = sub(parse(toml), 'plugins')
  const cri = { ...sub(plugins, 'io.containerd.grpc.v1.cri'), ...sub(plugins, 'io.containerd.cri.v1.runtime') }
  const containerd = sub(cri.containerd)
  const runtime = text(containerd.default_runtime_name) ?? 'runc'
  const options = sub(containerd.runtimes, runtime, 'options')
  const cni = sub(cri.cni)
  const dirs = texts(cni.bin_dirs)
  return {
    runtimeBinary: text(options.BinaryName) ?? 'runc',
    cniBinDirs: dirs.length > 0 ? dirs : [text(cni.bin_dir) ?? '/opt/cni/bin'],
    cniConfDir: text(cni.conf_dir) ?? '/etc/cni/net.d',
  }
}

/** A shell command that begins with `exec`; one that only redirects (`exec 2>log`) is none. */
const execCommand = /(?:^|[;&|({]|\b(?:then|else|do))[ \t]*exec[ \t]+(?!\d*[<>])([^\n;&|)}]+)/gm
/** A program that is handed all arguments, perhaps behind flags: not another one that starts it in turn (`exec env X=1 runc "$@"`). */
const handingOver = /^(["']?)([\w./][\w.+/-]*)\1(?:[ \t]+-\S+)*[ \t]+"\$@"[ \t]*$/

/**
 * The program that a shell wrapper executes in its place, behind `exec`. Undefined where the text is no script, executes nothing, or where it cannot be told which
 * program it is: several of them, a variable, one that starts another.
 */
export const wrappedProgram = (script: string): string | undefined => {
  if (!script.startsWith('#!')) return undefined
  const code = script.replaceAll(/^[ \t]*#.*$/gm, '')
  const [program, ...others] = new Set([...code.matchAll(execCommand)].map(([, command = '']) => handingOver.exec(command)?.[2] ?? ''))
  return others.length === 0 && program !== '' ? program : undefined
}

const conflistSchema = z.object({
  type: z.string().optional(),
  ipam: z.object({ type: z.string().optional() }).optional(),
  plugins: z.array(z.object({ type: z.string(), ipam: z.object({ type: z.string().optional() }).optional() })).optional(),
})

/** Plugins that a CNI network configuration calls (CNI specification, section 1); the loopback plugin is called for every pod besides. @throws when it is no such JSON */
export const cniPlugins = (json: string): string[] => {
  const network = conflistSchema.parse(JSON.parse(json))
  const called = (network.plugins ?? [network]).flatMap(({ type, ipam }) => [type, ipam?.type])
  return [...new Set([...called, 'loopback'])].filter((name) => name !== undefined)
}
