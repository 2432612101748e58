import type { Command } from 'commander'
import type { Act } from './main.ts'
import { examples } from './options.ts'
import type { Flags } from './perform.ts'

const textsOf = (flags: Flags, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (typeof flags[name] === 'string' ? [[name, flags[name]]] : [])))

const json = (command: Command): Command => command.option('--json', 'one JSON object on stdout')

/** `verify`, `compare`, `history`, `export`. */
export const addEvidenceCommands = (program: Command, act: Act): void => {
  examples(
    json(program.command('verify <bundle>'))
      .description('check a sealed bundle or an audit package, and judge its stored bytes again; needs no cluster')
      .option('--key <file>', 'public key that must have signed it')
      .option('--as-of <date>', 'judge again for this day, once it has verified')
      .option('--certificates <file>', 'snapshot of certificates to judge again with (with --as-of)')
      .option('--commands', 'print the commands that repeat the signature check with openssl'),
    [
      'fips-conformance verify evidence/20261122T120000Z-1a2b3c',
      'fips-conformance verify evidence/20261122T120000Z-1a2b3c --key public.pem --as-of 2027-01-31',
      'cd evidence/20261122T120000Z-1a2b3c && fips-conformance verify . --commands | sh',
    ],
  ).action(
    act(async (_context, flags, bundle) =>
      (await import('./verify.ts')).verify(String(bundle), {
        ...textsOf(flags, ['key', 'asOf', 'certificates']),
        commands: flags.commands === true,
      }),
    ),
  )
  examples(
    json(program.command('compare <bundle...>'))
      .description('what changed from one bundle to a later one: exit 1 for a new failure, lost coverage or a waiver that expired')
      .usage('[options] BEFORE NOW'),
    ['fips-conformance compare evidence/20261121T120000Z-1a2b3c evidence/20261122T120000Z-4d5e6f'],
  ).action(act(async (_context, _flags, bundles) => (await import('./compare.ts')).compare([bundles ?? []].flat())))
  examples(
    json(program.command('history <directory>'))
      .description('the runs of a folder by cluster: what they came to over 30 days and a year, and whether one was taken away')
      .option('--as-of <date>', 'last day of the spans (default: today)'),
    ['fips-conformance history evidence'],
  ).action(act(async (_context, flags, directory) => (await import('./history.ts')).history(String(directory), textsOf(flags, ['asOf']))))
  examples(
    json(program.command('export <bundle>'))
      .description('an audit package: the bundle as one file, with addresses, host names and account ids replaced by commitments')
      .requiredOption('--redact <profile>', 'audit (addresses, host names, account ids), none, or a file that says what')
      .requiredOption('--out <file>', 'the package (.tar); what opens its commitments is written beside it')
      .option('--key <file>', 'private key that signs the package (default: a key of this installation)')
      .option('--sign-command <command>', 'signs instead; --key is then its public key')
      .option('--timestamp <url>', 'authority that gives an RFC 3161 time stamp'),
    ['fips-conformance export evidence/20261122T120000Z-1a2b3c --redact audit --out package.tar'],
  ).action(
    act(async ({ signal }, flags, bundle) =>
      (await import('./export.ts')).exportPackage(
        String(bundle),
        { redact: String(flags.redact), out: String(flags.out), ...textsOf(flags, ['key', 'signCommand', 'timestamp']) },
        signal,
      ),
    ),
  )
}
