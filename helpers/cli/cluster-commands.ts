import type { Command } from 'commander'
import type { Act } from './main.ts'
import { common, examples, withCluster, withJudging, withMaking } from './options.ts'
import type { Flags, Printed, WorkContext } from './perform.ts'
import type { CommandContext } from './run.ts'

// Commands are loaded when they are called: who scans one file does not wait for what makes clusters.

const withSettings =
  (work: (context: CommandContext) => Promise<Printed>) =>
  async (context: WorkContext, flags: Flags): Promise<Printed> => {
    const { readSettings } = await import('./settings.ts')
    const { json: _json, config, ...given } = flags
    return work({ ...context, settings: await readSettings(kebab(given), config) })
  }

const judged = (command: 'run' | 'test') =>
  withSettings(async (context) => {
    const [commands, { resultJson, resultText }] = await Promise.all([import('./run.ts'), import('./show-result.ts')])
    const result = await commands[command](context)
    return { exit: result.exit, text: resultText(result, process.stdout), json: resultJson(result) }
  })

/** commander spells --api-port as apiPort; settings keep the spelling of the flags. */
const kebab = (flags: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(flags).map(([key, value]) => [key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]))

/** `run`, `up`, `test`, `down`, `logs`. */
export const addClusterCommands = (program: Command, act: Act): void => {
  examples(
    common(withJudging(withMaking(program.command('run'))))
      .description('make a FIPS cluster, judge it, write the evidence, remove the cluster')
      .option('--keep', 'leave the cluster standing')
      .option('--reuse', 'judge the standing cluster of this name instead of making one'),
    ['fips-conformance run', 'fips-conformance run --require FIPS-MOD,FIPS-TLS --json', 'fips-conformance run --nodes 3 --keep --name lab'],
  ).action(act(judged('run')))
  examples(
    common(withMaking(program.command('up')))
      .description('make a FIPS cluster that stays until «down»')
      .option('--out <directory>', 'where logs go when it fails (default: evidence)'),
    ['fips-conformance up --name lab --nodes 2'],
  ).action(
    act(
      withSettings(async (context) => {
        const { up } = await import('./run.ts')
        const ref = await up(context)
        const text = `cluster ${ref.name} runs: ${ref.nodes.map(({ name }) => name).join(', ')}\nkubeconfig: ${ref.kubeconfig}\nnext: fips-conformance test --name ${ref.name}`
        return { exit: 0, text, json: ref }
      }),
    ),
  )
  examples(common(withJudging(withCluster(program.command('test')))).description('judge a cluster that «up» made'), [
    'fips-conformance test --name lab',
    'fips-conformance test --name lab --suite refusal --require FIPS-TLS',
  ]).action(act(judged('test')))
  examples(common(withCluster(program.command('down'))).description('remove a cluster that this tool made'), [
    'fips-conformance down --name lab',
  ]).action(act(withSettings(async (context) => (await import('./housekeeping.ts')).down(context))))
  examples(
    common(withCluster(program.command('logs')))
      .description('save the logs of a standing cluster')
      .option('--out <directory>', 'where (default: evidence)'),
    ['fips-conformance logs --name lab --out logs'],
  ).action(act(withSettings(async (context) => (await import('./housekeeping.ts')).logs(context))))
}
