import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// Holds `fips-conformance scan` of a root file system against programs that do less: openssl, which only hashes, check-payload, and `go version -m`.
// Wall times of a busy machine say little; so the runs of all take turns, the best of each counts, and what is reported are ratios.
//
//   npm run bench -- [ROOT] [--runs N] [--strict] [--cli FILE]
//
// Without ROOT it is that of the newest fips-conformance/node image of the local engine. --strict: exit 1 where a bound is not kept.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    strict: { type: 'boolean', default: false },
    cli: { type: 'string', default: join(import.meta.dirname, '..', 'bin', 'fips-conformance.js') },
  },
})
const { cli, strict: isStrict } = values
const runs = Math.max(1, Number(values.runs))
const processors = Math.min(2, availableParallelism())

/** Wall and processor time in seconds. */
type Measured = { wall: number; cpu: number; exit: number }

/** Commands that run side by side. */
const measure = async (commands: readonly (readonly string[])[]): Promise<Measured> => {
  const started = performance.now()
  const ended = await Promise.all(
    commands.map(
      (command) =>
        new Promise<{ exit: number; report: string }>((resolve, reject) => {
          const child = spawn('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', 'bash', ...command], {
            stdio: ['ignore', 'ignore', 'pipe'],
          })
          let report = ''
          child.stderr.setEncoding('utf8').on('data', (text: string) => {
            report += text
          })
          child.on('error', reject)
          child.on('close', (code) => resolve({ exit: code ?? -1, report }))
        }),
    ),
  )
  const wall = (performance.now() - started) / 1000
  const cpu = ended.flatMap(({ report }) => report.trim().split(/\s+/).map(Number)).reduce((sum, seconds) => sum + seconds, 0)
  return { wall, cpu, exit: Math.max(...ended.map(({ exit }) => exit)) }
}

/** Peak memory in MB of a scan of one file of 500 MB: the largest program, with zeros behind it. */
const memoryOfLargeFile = (program: string, folder: string): number => {
  const path = join(folder, '.bench-large')
  copyFileSync(program, path)
  truncateSync(path, 500_000_000)
  const tell = 'data:text/javascript,process.on("exit",()=>process.stderr.write(" peak="+process.resourceUsage().maxRSS))'
  const { stderr } = spawnSync(process.execPath, ['--import', tell, cli, 'scan', path], { encoding: 'utf8' })
  return Number(/peak=(\d+)/.exec(stderr)?.[1]) / 1024
}

const isElf = (path: string): boolean => {
  const head = new Uint8Array(4)
  const file = openSync(path, 'r')
  try {
    return readSync(file, head, 0, 4, 0) === 4 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46
  } finally {
    closeSync(file)
  }
}

/** Links are not followed: `recursive` of readdir would leave the root by them. */
const filesOf = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? filesOf(path) : entry.isFile() ? [path] : []
  })

const contents = ['var', 'lib', 'containerd', 'io.containerd.content.v1.content', 'blobs', 'sha256']
const snapshots = ['var', 'lib', 'containerd', 'io.containerd.snapshotter.v1.overlayfs', 'snapshots']

/** What containerd makes of the images that a node brings along, once it has run: each layer unpacked in a snapshot of its own. */
const unpackImages = (root: string): void => {
  const blobs = join(root, ...contents)
  if (!existsSync(blobs)) return
  for (const [at, blob] of readdirSync(blobs).toSorted().entries()) {
    const layer = join(blobs, blob)
    if (spawnSync('tar', ['-t', '-f', layer], { stdio: 'ignore' }).status !== 0) continue
    const snapshot = join(root, ...snapshots, String(at + 1), 'fs')
    mkdirSync(snapshot, { recursive: true })
    spawnSync('tar', ['-x', '-f', layer, '-C', snapshot, '--no-same-owner', '--exclude', 'dev/*'], { stdio: 'ignore' })
  }
}

/** The root file system of a node that has run, from its image, unpacked into a folder that is removed at the end. */
const unpacked = (folder: string): string => {
  const say = (args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
    return stdout.trim()
  }
  const image = say(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', 'fips-conformance/node']).split('\n')[0]
  if (!image) throw new Error('name a root file system: npm run bench -- ROOT (there is no image fips-conformance/node)')
  const container = say(['create', image, 'true'])
  try {
    const { status } = spawnSync(
      'bash',
      ['-c', 'docker export "$1" | tar -x -C "$2" --no-same-owner --exclude "dev/*"', 'bash', container, folder],
      { stdio: 'ignore' },
    )
    if (status !== 0) throw new Error(`${image} could not be unpacked`)
  } finally {
    say(['rm', container])
  }
  unpackImages(folder)
  return folder
}

/** Deals files into as many lists of about the same size in bytes as there are processors. */
const dealt = (files: readonly string[]): string[][] => {
  const lists = Array.from({ length: processors }, () => ({ bytes: 0, files: [] as string[] }))
  for (const path of files.toSorted((a, b) => statSync(b).size - statSync(a).size)) {
    const least = lists.toSorted((a, b) => a.bytes - b.bytes)[0]
    if (least === undefined) continue
    least.bytes += statSync(path).size
    least.files.push(path)
  }
  return lists.map((list) => list.files)
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const isOnPath = (program: string): boolean =>
  spawnSync('bash', ['-c', 'command -v "$1"', 'bash', program], { stdio: 'ignore' }).status === 0

const scratch = mkdtempSync(join(tmpdir(), 'fips-conformance-bench-'))
try {
  const root = positionals[0] ?? unpacked(scratch)
  const files = filesOf(root)
  const programs = files.filter(isElf)
  const bytes = programs.reduce((sum, path) => sum + statSync(path).size, 0)
  process.stdout.write(
    `${root}: ${files.length} files, ${programs.length} ELF files of ${Math.round(bytes / 1e6)} MB; ${processors} processors, best of ${runs} turns\n`,
  )

  const lists = dealt(programs)
  const listFiles = lists.map((list, at) => {
    const path = join(scratch, `.bench-list-${at}`)
    writeFileSync(path, list.map((each) => `${each}\0`).join(''))
    return path
  })
  const bySize = programs.toSorted((a, b) => statSync(a).size - statSync(b).size)
  const [small = '', large = ''] = [bySize[0], bySize.at(-1)]
  const contenders: Record<string, readonly (readonly string[])[]> = {
    'openssl dgst -sha256, two processes': listFiles.map((list) => ['xargs', '-0', '-a', list, 'openssl', 'dgst', '-sha256']),
    scan: [[process.execPath, cli, 'scan', root]],
    'scan --digest none': [[process.execPath, cli, 'scan', root, '--digest', 'none']],
    'scan of one small file': [[process.execPath, cli, 'scan', small]],
    ...(isOnPath('go') ? { 'go version -m (hashes nothing)': [['go', 'version', '-m', root]] } : {}),
    ...(isOnPath('check-payload') ? { 'check-payload scan local': [['check-payload', 'scan', 'local', '--path', root]] } : {}),
  }
  const best = new Map<string, Measured>()
  const walls = new Map<string, number[]>()
  for (let turn = 0; turn <= runs; turn++) {
    for (const [name, commands] of Object.entries(contenders)) {
      const measured = await measure(commands)
      // The first turn fills the cache.
      if (turn === 0) continue
      walls.set(name, [...(walls.get(name) ?? []), measured.wall])
      const before = best.get(name)
      best.set(
        name,
        before === undefined
          ? measured
          : { ...measured, wall: Math.min(before.wall, measured.wall), cpu: Math.min(before.cpu, measured.cpu) },
      )
    }
  }
  const floor = best.get('openssl dgst -sha256, two processes')?.wall ?? Number.NaN
  for (const [name, { wall, cpu, exit }] of best) {
    process.stdout.write(
      `${name.padEnd(36)} ${wall.toFixed(2).padStart(6)} s (median ${medianOf(walls.get(name) ?? []).toFixed(2)})  ${(wall / floor).toFixed(2).padStart(5)} x openssl  ${cpu.toFixed(2).padStart(6)} s of processor  exit ${exit}\n`,
    )
  }
  const wallOf = (name: string): number => best.get(name)?.wall ?? Number.NaN
  const memory = memoryOfLargeFile(large, scratch)
  process.stdout.write(`${'peak memory for a file of 500 MB'.padEnd(36)} ${Math.round(memory)} MB\n`)
  const bounds: [string, boolean][] = [
    ['scan takes at most 2 x openssl', wallOf('scan') <= 2 * floor],
    ['scan --digest none takes at most 1 s', wallOf('scan --digest none') <= 1],
    ['one small file takes less than 0.4 s', wallOf('scan of one small file') < 0.4],
    ['a file of 500 MB takes less than 300 MB of memory', memory < 300],
  ]
  for (const [what, isKept] of bounds) process.stdout.write(`${isKept ? 'kept    ' : 'NOT KEPT'} ${what}\n`)
  if (isStrict && bounds.some(([, isKept]) => !isKept)) process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
