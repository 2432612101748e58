import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { thisTool } from '../helpers/cli/this-tool.ts'
import { largeBundle } from '../reports/large-bundle.ts'
import { hostile, mixed, plain, threeNodes } from '../reports/sample-input.ts'

/** Node 20 is the oldest that can read the compiled code. */
const oldest = 20

const majorOf = (node: string): number => Number(/^v(\d+)\./.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1])

/** The first `node` on the PATH that is of another major version than the one that runs this: where npm runs a script, the host's own stands behind that of node_modules. */
export const otherNode = (): { path: string; major: number } => {
  const own = majorOf(process.execPath)
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, major: majorOf(path) }))
  const other = found.find(({ major }) => major >= oldest && major !== own)
  if (other) return other
  throw new Error(
    `only Node ${[...new Set([own, ...found.map(({ major }) => major)])].join(', ')} is there: put another one, ${oldest} or newer, on the PATH`,
  )
}

// What Node 20 lacks of the language is given to it: what is compared is what its own engine makes of texts, numbers, orders and patterns.
const program = `
Map.groupBy ??= (items, keyOf) => {
  const groups = new Map()
  let index = 0
  for (const item of items) {
    const key = keyOf(item, index++)
    if (groups.has(key)) groups.get(key).push(item)
    else groups.set(key, [item])
  }
  return groups
}
const { createHash } = await import('node:crypto')
const { readFileSync } = await import('node:fs')
const { dist, dir, tool, inputs } = JSON.parse(readFileSync(process.argv[1], 'utf8'))
const { verifyBundle } = await import(dist + '/helpers/evidence/verify.js')
const { reports } = await import(dist + '/reports/index.js')
const regenerate = (file, input) => Object.values(reports).find((each) => each.file === file)?.pieces(input)
const { exit, checks } = await verifyBundle({ dir, tool, regenerate })
const digests = {}
for (const [name, text] of Object.entries(inputs))
  for (const [format, { report }] of Object.entries(reports))
    digests[name + ' ' + format] = createHash('sha256').update(report(JSON.parse(text))).digest('hex')
console.log(JSON.stringify({ node: process.versions.node, exit, checks: checks.map(({ name, state, says, problems }) => [name, state, says, problems]), digests }))
`

const madeSchema = z.object({ node: z.string(), exit: z.number(), checks: z.array(z.unknown()), digests: z.record(z.string(), z.string()) })
export type Made = z.infer<typeof madeSchema>

/** What each Node makes, by the compiled code in `dist`, of a bundle that this one wrote and of the sample inputs: how the bundle verifies, and the digest of every report. */
export const madeBy = async (dist: string, nodes: readonly string[]): Promise<Made[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'two-nodes-'))
  try {
    const tool = thisTool()
    const dir = await largeBundle(join(folder, 'bundles'), 50, tool)
    const inputs = { plain, mixed, hostile, threeNodes: threeNodes() }
    const texts = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, JSON.stringify(input)]))
    const given = join(folder, 'given.json')
    writeFileSync(given, JSON.stringify({ dist: pathToFileURL(dist).href, dir, tool, inputs: texts }))
    return nodes.map((node) => {
      const said = execFileSync(node, ['--input-type=module', '-e', program, given], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      return madeSchema.parse(JSON.parse(said))
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
