import { reports } from '../reports/index.ts'
import { manyNodes } from '../reports/many-nodes.ts'

// All reports of 5,000 nodes with 100,000 findings, one after the other in one process: bounds of 30 s and 500 MB.
const started = process.cpuUsage()
const input = manyNodes(5000)
const line = (text: string): void => void process.stdout.write(`${text}\n`)
const seconds = (): number => {
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1e6
}
const megabytes = (): number => (process.resourceUsage().maxRSS * 1024) / 1e6
line(`${input.findings.length} findings made in ${seconds().toFixed(1)} s of CPU; ${megabytes().toFixed(0)} MB`)
const begun = seconds()
for (const [format, { pieces }] of Object.entries(reports)) {
  const before = seconds()
  let length = 0
  for (const piece of pieces(input)) length += piece.length
  line(`${format.padEnd(10)} ${(length / 1e6).toFixed(1).padStart(7)} MB ${(seconds() - before).toFixed(1).padStart(6)} s`)
}
line(`all ${Object.keys(reports).length} reports: ${(seconds() - begun).toFixed(1)} s of CPU, at most ${megabytes().toFixed(0)} MB`)
