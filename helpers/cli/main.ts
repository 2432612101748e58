import { Command, CommanderError } from 'commander'
import { addClusterCommands } from './cluster-commands.ts'
import { addEvidenceCommands } from './evidence-commands.ts'
import { addFileCommands } from './file-commands.ts'
import { addHostCommands } from './host-commands.ts'
import { exits, type Flags, type Printed, perform, type WorkContext } from './perform.ts'
import { toolVersion } from './tool-version.ts'

/** Makes a command perform its work; every command of the line is made with it. */
export type Act = (
  work: (context: WorkContext, flags: Flags, argument: string | string[] | undefined) => Promise<Printed>,
) => (...given: unknown[]) => Promise<void>

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
  const act: Act =
    (work) =>
    async (...given) => {
      // commander hands over the arguments, then the options, then the command.
      const command = given.at(-1)
      if (!(command instanceof Command)) throw new Error('an action without its command')
      const argument = given.length > 2 ? given[0] : undefined
      const flags = command.opts<Flags>()
      exit = await perform(flags, (context) =>
        work(context, flags, typeof argument === 'string' ? argument : Array.isArray(argument) ? argument.map(String) : undefined),
      )
    }
  addClusterCommands(program, act)
  addFileCommands(program, act)
  addEvidenceCommands(program, act)
  addHostCommands(program, act)

  for (const command of program.commands.flatMap((each) => [each, ...each.commands])) {
    const parent = command.parent === program ? '' : `${command.parent?.name()} `
    command.exitOverride().showHelpAfterError(`(see «fips-conformance ${parent}${command.name()} --help»)`)
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : exits.usage
  }
  return exit
}
