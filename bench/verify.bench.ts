import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { thisTool } from '../helpers/cli/this-tool.ts'
import { largeBundle, runCommand, type Taken } from '../reports/large-bundle.ts'

// `verify` and `report` of a bundle with many findings and all reports, each as a user runs it: in a process of its own, with what it compiled before.

const count = Number(process.argv[2] ?? 100_000)
const bounds = { seconds: 30, megabytes: 500 }
const root = mkdtempSync(join(tmpdir(), 'bench-verify-'))
const caches = join(root, 'caches')
const formats = 'html,junit,oscal,hdf,sarif,cyclonedx,ctrf,markdown,sdr,csv'

const show = (what: string, { exit, seconds, cpu, megabytes }: Taken): void => {
  const words = `exit ${exit}, ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU, at most ${megabytes.toFixed(0)} MB`
  process.stdout.write(`${what.padEnd(8)} ${words}\n`)
  if (exit !== 0 || cpu > bounds.seconds || megabytes > bounds.megabytes) process.exitCode = 1
}

try {
  const small = await largeBundle(join(root, 'small'), 3, thisTool())
  runCommand(['verify', small], caches)
  const dir = await largeBundle(join(root, 'bundles'), count, thisTool())
  process.stdout.write(`${count} findings, all reports; bounds: ${bounds.seconds} s of CPU and ${bounds.megabytes} MB\n`)
  show('verify', runCommand(['verify', dir], caches))
  show('report', runCommand(['report', dir, '--format', formats, '--out', join(root, 'out')], caches))
} finally {
  rmSync(root, { recursive: true })
}
