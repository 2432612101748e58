import { type Command, Option } from 'commander'
import type { CertificateFlags } from './certificates.ts'
import type { Act } from './main.ts'
import { common, examples, globs, list } from './options.ts'
import type { Flags } from './perform.ts'
import { thisTool } from './this-tool.ts'

const listOf = (argument: string | string[] | undefined): string[] => (argument === undefined ? [] : [argument].flat())

const certificateFlags = (flags: Flags): CertificateFlags =>
  Object.fromEntries(
    ['from', 'out', 'asOf', 'certificates'].flatMap((name) => (typeof flags[name] === 'string' ? [[name, flags[name]]] : [])),
  )

/** Said here, so that help needs no report loaded; report.test.ts holds it against those that there are. */
export const reportFormats = 'html, junit, oscal, hdf, sarif, cyclonedx, ctrf, markdown, sdr, csv'

/** `report`, `scan`, `probe`, `certificates`. */
export const addFileCommands = (program: Command, act: Act): void => {
  examples(
    common(program.command('report <bundle>').description('make a report of a bundle'))
      .option('--format <formats>', `${reportFormats} (default: html)`, list)
      .option('--since <bundle>', 'an earlier run to hold it against')
      .option('--overview <uri>', 'of your Certification Package Overview, for sdr')
      .option('--out <directory>', 'where they go, never into the bundle; one format without it goes to stdout'),
    [
      'fips-conformance report evidence/20261122T120000Z-1a2b3c --format junit > junit.xml',
      'fips-conformance report evidence/20261122T120000Z-1a2b3c --format oscal,cyclonedx,sarif --out reports',
    ],
  ).action(act(async (_context, flags, bundle) => (await import('./report.ts')).report(String(bundle), flags)))
  examples(
    program
      .command('scan [targets...]')
      .description('judge the modules in files, directories, archives and images; needs no cluster')
      .option('--json', 'one JSON object a line')
      .option('--out <directory>', 'leave a bundle there')
      .option('--format <formats>', `${reportFormats} (with --out)`, list)
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
      .option('--exclude <globs>', 'paths to leave out', globs)
      .option('--waivers <file>', 'accepted failures')
      .option('--certificates <file>', 'snapshot of certificates')
      .option('--key <file>', 'private key that signs the bundle (with --out)')
      .option('--sign-command <command>', 'signs the bundle instead; --key is then its public key')
      .option('--timestamp <url>', 'authority that gives an RFC 3161 time stamp')
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
        tool: thisTool(),
      }),
    ),
  )
  examples(
    program
      .command('probe [endpoints...]')
      .description('what TLS or SSH listeners accept and refuse, over the whole number space; needs no cluster')
      .option('--json', 'one JSON object for each endpoint and server name')
      .option('--ssh', 'the endpoints speak SSH')
      .addOption(
        new Option('--starttls <protocol>', 'the endpoints go over to TLS').choices(['smtp', 'imap', 'pop3', 'postgres', 'mysql', 'ldap']),
      )
      .option('--sni <names>', 'server names to ask for (default: the host, where it is a name)', list)
      .option('--profile <name>', 'what is approved: fips-140-3, sp800-52r2, rhel-fips, cnsa-1, cnsa-2 (default: fips-140-3)')
      .option('--cert <file>', 'client certificate for listeners that want one, with its chain (PEM)')
      .option('--key <file>', 'private key of --cert (PEM); it only signs and is never stored')
      .option('--twice', 'put every refused hello twice, one connection at a time: for a load balancer whose servers take turns')
      .option('--transcript <directory>', 'write the raw bytes of every connection there')
      .option('--out <directory>', 'make a bundle with reports there'),
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
        warn: (text) => void process.stderr.write(`${text}\n`),
        tool: thisTool(),
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
