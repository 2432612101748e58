import type { Command } from 'commander'
import type { Act } from './main.ts'
import { common, examples } from './options.ts'

/** `sweep`, `doctor`, `setup`. */
export const addHostCommands = (program: Command, act: Act): void => {
  examples(common(program.command('sweep').description('list what dead or expired runs left behind')).option('--execute', 'remove it'), [
    'fips-conformance sweep',
    'fips-conformance sweep --execute',
  ]).action(act(async (context, flags) => (await import('./housekeeping.ts')).sweep(context, flags.execute === true)))
  examples(common(program.command('doctor').description('look at this host and say what is missing; changes nothing')), [
    'fips-conformance doctor',
  ]).action(act(async (context) => (await import('./doctor.ts')).doctor(context)))
  examples(
    common(program.command('setup').description('install and start Docker where it is missing (root on Debian or Ubuntu)'))
      .option('--undo', 'stop the dockerd that setup started')
      .option('--force', 'with --undo: although clusters of this tool stand'),
    ['fips-conformance setup', 'fips-conformance setup --undo'],
  ).action(
    act(async (context, flags) => (await import('./setup.ts')).setup(context, { undo: flags.undo === true, force: flags.force === true })),
  )
}
