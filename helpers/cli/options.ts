import { type Command, Option } from 'commander'
import { suiteNames } from '../conformance/suite-names.ts'

export const list = (value: string, previous: string[] = []): string[] => [
  ...previous,
  ...value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
]

/** Globs, likewise; a comma inside braces is the glob's own (`*.{so,o}`). */
export const globs = (value: string, previous: string[] = []): string[] => [
  ...previous,
  ...(value.match(/(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^,])+/g) ?? []).map((glob) => glob.trim()).filter(Boolean),
]

export const withCluster = (command: Command): Command =>
  command.option('--name <name>', 'name of the cluster (lower-case letters, digits, dashes)')

export const withMaking = (command: Command): Command =>
  withCluster(command)
    .addOption(new Option('--provider <provider>', 'what makes the cluster').choices(['kind', 'machine']))
    .option('--nodes <count>', 'nodes: one control plane, the rest workers (default: 1)')
    .option('--kubernetes-version <version>', 'such as v1.36.3+fips.0')
    .option('--etcd-version <version>', 'such as 3.6.8+fips.0')
    .option('--kubernetes-image-repository <repository>', 'take the control plane from published images')
    .option('--etcd-image-repository <repository>', 'take etcd from a published image')
    .option('--coredns-image-repository <repository>', 'where CoreDNS is, if not where Kubernetes publishes it')
    .option('--pause-image-repository <repository>', 'where pause is, if not where Kubernetes publishes it')
    .option('--node-image <image>', 'a prebuilt kind node image')
    .option('--api-port <port>', 'port of this host for the API server (default: a free one)')
    .option('--kernel <file>', 'machine: a kernel of your own (default: Debian’s, fetched and verified)')
    .option('--initrd <file>', 'machine: the first root for that kernel')
    .addOption(new Option('--fips <mode>', 'machine: boot with fips=1 or, as the negative twin, without').choices(['on', 'off']))
    .option('--boot-timeout <seconds>', 'machine: time to show its host key (default: 120 with KVM, 600 emulated)')

export const withJudging = (command: Command): Command =>
  command
    .option('--require <names>', 'requirements or families that the run is asked to prove, such as FIPS-MOD,FIPS-TLS (default: all)', list)
    .option('--supported-systems <ids>', 'operating systems that FIPS-NODE-2 takes beside its own list, by ID of os-release(5)', list)
    .option('--suite <names>', `suites to run: ${suiteNames.join(', ')} (default: all)`, list)
    .option(
      '--intrusive',
      'let the run use client certificates of a cluster that it did not create, and make its components call the harness',
    )
    .option('--twin <bundle>', 'bundle of a run with --fips off of the same kernel: shows what that kernel has, for FIPS-NODE-4')
    .option('--operator <who>', 'who answers for the run, as it is to stand in the evidence (default: nobody is named)')
    .option('--out <directory>', 'where the evidence goes (default: evidence)')
    .option('--key <file>', 'private key that signs the bundle: ECDSA P-256, PEM (default: a key of this installation)')
    .option('--sign-command <command>', 'signs instead: bytes on stdin, signature on stdout; --key is then its public key')
    .option('--timestamp <url>', 'authority that gives an RFC 3161 time stamp')

export const common = (command: Command): Command =>
  command
    .option('--config <file>', 'settings file (default: fips-conformance.yaml, where there is one)')
    .option('--json', 'one JSON object on stdout, progress as NDJSON on stderr')

export const examples = (command: Command, lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
