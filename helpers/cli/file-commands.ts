import { type Command, Option } from 'commander'
import type { CertificateFlags } from './certificates.ts'
import type { Act } from './main.ts'
import { common, examples, list } from './options.ts'
import type { Flags } from './perform.ts'
import { toolVersion } from './tool-version.ts'

const listOf = (argument: string | string[] | undefined): string[] => (argument === undefined ? [] : [argument].flat())

const certificateFlags = (flags: Flags): CertificateFlags =>
  Object.fromEntries(
    ['from', 'out', 'asOf', 'certificates'].flatMap((name) => (typeof flags[name] === 'string' ? [[name, flags[name]]] : [])),
  )

/** `report`, `scan`, `probe`, `certificates`. */
export const addFileCommands = (program: Command, act: Act): void => {
  examples(
    common(program.command('report <bundle>').description('make a report of a bundle'))
      .option('--format <formats>', 'html, junit (default: html)', list)
      .option('--out <directory>', 'where they go; one format without it goes to stdout'),
    ['fips-conformance report evidence/20261122T120000Z-1a2b3c --format junit > junit.xml'],
  ).action(act(async (_context, flags, bundle) => (await import('./housekeeping.ts')).report(String(bundle), flags)))
  examples(
    program
      .command('scan [targets...]')
      .description('judge the modules in files, directories, archives and images; needs no cluster')
      .option('--json', 'one JSON object a line')
      .option('--out <directory>', 'leave a bundle there')
      .option('--format <formats>', 'html, junit (with --out)', list)
      .addOption(
        new Option('--expect <module>', 'module that has to be there (default: any-validated)').choices([
          'goboring',
          'go-native',
          'openssl',
          'any-validated',
        ]),
      )
      .option('--all', 'judge libraries and programs that are not of Go, too')
      .option('--as-of <date>', 'day to judge for, such as 2026-11-22')
      .option('--exclude <globs>', 'paths to leave out', list)
      .option('--waivers <file>', 'accepted failures')
      .option('--certificates <file>', 'snapshot of certificates')
      .addOption(new Option('--digest <kind>', 'none: verdicts alone').choices(['sha256', 'none'])),
    [
      'fips-conformance scan ./rootfs',
      'fips-conformance scan image.tar --json',
      'fips-conformance scan /usr/bin/kubelet --expect goboring',
    ],
  ).action(
    act(async ({ signal }, flags, targets) =>
      (await import('./scan.ts')).scanCommand(listOf(targets), flags, {
        signal,
        write: (text) => void process.stdout.write(text),
        warn: (text) => void process.stderr.write(`${text}\n`),
        stream: process.stdout,
        tool: { name: 'fips-conformance', version: toolVersion() },
      }),
    ),
  )
  examples(
    program
      .command('probe [endpoints...]')
      .description('what TLS or SSH listeners accept and refuse, over the whole number space; needs no cluster')
      .option('--json', 'one JSON object for each endpoint and server name')
      .option('--ssh', 'the endpoints speak SSH')
      .option('--sni <names>', 'server names to ask for (default: the host, where it is a name)', list)
      .option('--profile <name>', 'what is approved: fips-140-3, sp800-52r2, rhel-fips, cnsa-1, cnsa-2 (default: fips-140-3)')
      .option('--transcript <directory>', 'write the raw bytes of every connection there'),
    [
      'fips-conformance probe localhost:6443',
      'fips-conformance probe localhost:22 --ssh',
      'fips-conformance probe localhost:443 --profile sp800-52r2 --json',
    ],
  ).action(
    act(async ({ signal }, flags, endpoints) =>
      (await import('./probe.ts')).probe(listOf(endpoints), flags, {
        signal,
        write: (text) => void process.stdout.write(text),
        stream: process.stdout,
      }),
    ),
  )
  const certificates = program.command('certificates').description('the certificates that verdicts rest on')
  examples(
    certificates
      .command('show')
      .description('print the registry, with the status of each on a day')
      .option('--as-of <date>', 'day to judge for')
      .option('--certificates <file>', 'a snapshot instead of the registry')
      .option('--json', 'as JSON'),
    ['fips-conformance certificates show --as-of 2026-11-22'],
  ).action(act(async (_context, flags) => (await import('./certificates.ts')).showCertificates(certificateFlags(flags))))
  examples(
    certificates
      .command('update')
      .description('write a dated snapshot of the certificates in the registry')
      .option('--from <place>', 'URL or directory of a public copy')
      .option('--out <file>', 'where the snapshot goes')
      .option('--json', 'as JSON'),
    ['fips-conformance certificates update --from ./cmvp --out certificates.json'],
  ).action(act(async ({ signal }, flags) => (await import('./certificates.ts')).updateCertificates(certificateFlags(flags), { signal })))
}
