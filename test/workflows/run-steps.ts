import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseEnv } from 'node:util'

const root = join(import.meta.dirname, '..', '..')

/** Programs that stand in the way of what a runner of GitHub has: npx of the checkout, gh that only writes down what it was asked. */
const shims: Readonly<Record<string, string>> = {
  npx: `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'bin', 'fips-conformance.js')}" "$@"\n`,
  gh: '#!/bin/sh\nprintf "%s\\n" "$*" >> "$GH_ASKED"\n[ "$1 $2" = "run download" ] && [ -n "$GH_GIVES" ] && { while [ "$1" != --dir ]; do shift; done; mkdir -p "$2"; cp -R "$GH_GIVES"/. "$2"; }\nexit 0\n',
}

/** A folder in which steps of a workflow run one after the other, as on a runner: bash with `-e -o pipefail`, files for outputs and the job summary. */
export type Workplace = {
  directory: string
  step: (
    script: string,
    env?: Readonly<Record<string, string>>,
  ) => { exit: number; stdout: string; stderr: string; outputs: Readonly<Record<string, string | undefined>> }
  summary: () => string
  /** What `gh` was asked for, a line each. */
  asked: () => string
  remove: () => void
}

export const workplace = (gives = ''): Workplace => {
  const directory = mkdtempSync(join(tmpdir(), 'fips-conformance-workflow-'))
  const own = join(directory, '.runner')
  mkdirSync(own)
  for (const [name, text] of Object.entries(shims)) {
    writeFileSync(join(own, name), text)
    chmodSync(join(own, name), 0o755)
  }
  const [summary, asked, output] = ['summary', 'asked', 'output'].map((name) => join(own, name)) as [string, string, string]
  for (const file of [summary, asked, output]) writeFileSync(file, '')
  return {
    directory,
    step: (script, env = {}) => {
      writeFileSync(output, '')
      const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], {
        cwd: directory,
        encoding: 'utf8',
        env: {
          ...process.env,
          PATH: `${own}${delimiter}${process.env.PATH}`,
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: summary,
          GITHUB_REF_NAME: 'main',
          GITHUB_RUN_ID: '1',
          GH_ASKED: asked,
          GH_GIVES: gives,
          ...env,
        },
      })
      return { exit: status ?? -1, stdout, stderr, outputs: parseEnv(readFileSync(output, 'utf8')) }
    },
    summary: () => readFileSync(summary, 'utf8'),
    asked: () => readFileSync(asked, 'utf8'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
