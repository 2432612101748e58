import { Command, CommanderError, Option } from 'commander'
import { toolVersion } from '../conformance/judge-cluster.ts'
import { suiteNames } from '../conformance/suite-names.ts'
import { explain, FipsConformanceError, type Trouble, troubleToJson } from '../errors/error.ts'
import { doctor } from './doctor.ts'
import { down, logs, report, sweep } from './housekeeping.ts'
import { watchInterrupts } from './interrupts.ts'
import { progressJson, progressLines } from './progress-lines.ts'
import { type CommandContext, run, test, up } from './run.ts'
import { readSettings } from './settings.ts'
import { setup } from './setup.ts'
import { resultJson, resultText } from './show-result.ts'

/** Exit codes (DESIGN.md, law 1); verdicts give 0, 1 and 2. */
const exits = { usage: 64, internal: 70 } as const

type Flags = Record<string, unknown> & { json?: boolean; config?: string }

/** What a command gives back: its exit code, and what it prints on stdout for people and for machines. */
export type Printed = { exit: number; text: string; json: unknown }

const list = (value: string, previous: string[] = []): string[] => [
  ...previous,
  ...value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
]

const withCluster = (command: Command): Command =>
  command.option('--name <name>', 'name of the cluster (lower-case letters, digits, dashes)')

const withMaking = (command: Command): Command =>
  withCluster(command)
    .addOption(new Option('--provider <provider>', 'what makes the cluster').choices(['kind']))
    .option('--nodes <count>', 'nodes: one control plane, the rest workers (default: 1)')
    .option('--kubernetes-version <version>', 'such as v1.36.3+fips.0')
    .option('--etcd-version <version>', 'such as 3.6.8+fips.0')
    .option('--kubernetes-image-repository <repository>', 'take the control plane from published images')
    .option('--etcd-image-repository <repository>', 'take etcd from a published image')
    .option('--coredns-image-repository <repository>', 'where CoreDNS is, if not where Kubernetes publishes it')
    .option('--pause-image-repository <repository>', 'where pause is, if not where Kubernetes publishes it')
    .option('--node-image <image>', 'a prebuilt kind node image')
    .option('--api-port <port>', 'port of this host for the API server (default: a free one)')

const withJudging = (command: Command): Command =>
  command
    .option('--require <names>', 'requirements or families that the run is asked to prove, such as FIPS-MOD,FIPS-TLS (default: all)', list)
    .option('--suite <names>', `suites to run: ${suiteNames.join(', ')} (default: all)`, list)
    .option('--out <directory>', 'where the evidence goes (default: evidence)')

const common = (command: Command): Command =>
  command
    .option('--config <file>', 'settings file (default: fips-conformance.yaml, where there is one)')
    .option('--json', 'one JSON object on stdout, progress as NDJSON on stderr')

const examples = (command: Command, lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`)

/** Runs one command and prints what it gives; errors are told on stderr, or on stdout as JSON where machines read. */
const perform = async (flags: Flags, work: (context: Omit<CommandContext, 'settings'>) => Promise<Printed>): Promise<number> => {
  const onStderr = (line: string): void => void process.stderr.write(`${line}\n`)
  const lines = flags.json ? { sink: progressJson(onStderr), close: () => undefined } : progressLines(onStderr)
  const interrupts = watchInterrupts((name, times) => {
    if (!flags.json)
      onStderr(
        times === 1
          ? `${name}: ending what runs and removing what was made ...`
          : `${name} again: still removing what was made; please wait`,
      )
  })
  try {
    const { exit, text, json } = await work({ progress: lines.sink, signal: interrupts.signal })
    process.stdout.write(flags.json ? `${JSON.stringify(json)}\n` : text === '' ? '' : `${text}\n`)
    return interrupts.exit() ?? exit
  } catch (error) {
    const trouble = troubleOf(error)
    if (flags.json) process.stdout.write(`${JSON.stringify(troubleToJson(trouble))}\n`)
    onStderr(explain(trouble))
    return interrupts.exit() ?? trouble.exit ?? exits.internal
  } finally {
    lines.close()
    interrupts.stop()
  }
}

/** What is no error of ours is a defect of this program: it is told as that, with its stack. */
const troubleOf = (error: unknown): Trouble => {
  if (error instanceof FipsConformanceError) return { ...error.trouble, exit: error.trouble.exit ?? 3 }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const path = error instanceof Error && 'path' in error ? { where: String(error.path) } : {}
  if (code === 'ENOSPC')
    return {
      code: 'DISK_FULL',
      what: 'the disk is full',
      ...path,
      why: String(error),
      remedy: 'free some space, then run the same command again',
      exit: 3,
    }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return {
      code: 'PATH_NOT_WRITABLE',
      what: 'a file or directory cannot be used by this user',
      ...path,
      why: String(error),
      remedy: 'choose another place (--out, XDG_CACHE_HOME, XDG_STATE_HOME) or mend its permissions',
      exit: 3,
    }
  }
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'INTERNAL', what: 'this is a defect of fips-conformance', why: shown, remedy: 'please report it with the text above' }
}

/** The command line of fips-conformance: gives the exit code, prints on the way. */
export const main = async (argv: readonly string[]): Promise<number> => {
  let exit = 0
  const program = new Command('fips-conformance')
    .description(
      'Proves with bytes and handshakes whether a Kubernetes cluster that claims FIPS mode is in FIPS mode, and leaves evidence.',
    )
    .version(toolVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'error USAGE: ')) })
    .showHelpAfterError('(see «fips-conformance --help»)')
    .addHelpText(
      'after',
      [
        '',
        'Exit codes: 0 all that was claimed passes; 1 something claimed fails; 2 something claimed could not be told; 3 the run could not be made;',
        '64 usage; 70 a defect of this program; 130 and 143 interrupted, after removing what was made.',
      ].join('\n'),
    )
  const act =
    (work: (context: Omit<CommandContext, 'settings'>, flags: Flags) => Promise<Printed>) =>
    async (_options: unknown, command: Command): Promise<void> => {
      const flags = command.opts<Flags>()
      exit = await perform(flags, (context) => work(context, flags))
    }
  const withSettings =
    (work: (context: CommandContext) => Promise<Printed>) =>
    async (context: Omit<CommandContext, 'settings'>, flags: Flags): Promise<Printed> => {
      const { json: _json, config, ...given } = flags
      return work({ ...context, settings: await readSettings(kebab(given), config) })
    }
  const judged = (work: (context: CommandContext) => ReturnType<typeof run>) =>
    act(
      withSettings(async (context) => {
        const result = await work(context)
        return { exit: result.exit, text: resultText(result, process.stdout), json: resultJson(result) }
      }),
    )

  examples(
    common(withJudging(withMaking(program.command('run'))))
      .description('make a FIPS cluster, judge it, write the evidence, remove the cluster')
      .option('--keep', 'leave the cluster standing')
      .option('--reuse', 'judge the standing cluster of this name instead of making one'),
    ['fips-conformance run', 'fips-conformance run --require FIPS-MOD,FIPS-TLS --json', 'fips-conformance run --nodes 3 --keep --name lab'],
  ).action(judged(run))
  examples(
    common(withMaking(program.command('up')))
      .description('make a FIPS cluster that stays until «down»')
      .option('--out <directory>', 'where logs go when it fails (default: evidence)'),
    ['fips-conformance up --name lab --nodes 2'],
  ).action(
    act(
      withSettings(async (context) => {
        const ref = await up(context)
        const text = `cluster ${ref.name} runs: ${ref.nodes.map(({ name }) => name).join(', ')}\nkubeconfig: ${ref.kubeconfig}\nnext: fips-conformance test --name ${ref.name}`
        return { exit: 0, text, json: ref }
      }),
    ),
  )
  examples(common(withJudging(withCluster(program.command('test')))).description('judge a cluster that «up» made'), [
    'fips-conformance test --name lab',
    'fips-conformance test --name lab --suite refusal --require FIPS-TLS',
  ]).action(judged(test))
  examples(
    common(program.command('report <bundle>').description('make a report of a bundle'))
      .option('--format <formats>', 'html, junit (default: html)', list)
      .option('--out <directory>', 'where they go; one format without it goes to stdout'),
    ['fips-conformance report evidence/20261122T120000Z-1a2b3c --format junit > junit.xml'],
  ).action(async (bundle: string, _options: unknown, command: Command) => {
    const flags = command.opts<Flags>()
    exit = await perform(flags, () => report(bundle, flags))
  })
  examples(common(withCluster(program.command('down'))).description('remove a cluster that this tool made'), [
    'fips-conformance down --name lab',
  ]).action(act(withSettings(down)))
  examples(common(program.command('sweep').description('list what dead or expired runs left behind')).option('--execute', 'remove it'), [
    'fips-conformance sweep',
    'fips-conformance sweep --execute',
  ]).action(act((context, flags) => sweep(context, flags.execute === true)))
  examples(
    common(withCluster(program.command('logs')))
      .description('save the logs of a standing cluster')
      .option('--out <directory>', 'where (default: evidence)'),
    ['fips-conformance logs --name lab --out logs'],
  ).action(act(withSettings(logs)))
  examples(common(program.command('doctor').description('look at this host and say what is missing; changes nothing')), [
    'fips-conformance doctor',
  ]).action(act(doctor))
  examples(
    common(program.command('setup').description('install and start Docker where it is missing (root on Debian or Ubuntu)'))
      .option('--undo', 'stop the dockerd that setup started')
      .option('--force', 'with --undo: although clusters of this tool stand'),
    ['fips-conformance setup', 'fips-conformance setup --undo'],
  ).action(act((context, flags) => setup(context, { undo: flags.undo === true, force: flags.force === true })))

  for (const command of program.commands) command.exitOverride().showHelpAfterError(`(see «fips-conformance ${command.name()} --help»)`)
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : exits.usage
  }
  return exit
}

/** commander spells --api-port as apiPort; settings keep the spelling of the flags. */
const kebab = (flags: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(flags).map(([key, value]) => [key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]))
