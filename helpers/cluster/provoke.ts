import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reading } from '../evidence/model.ts'
import { clientHelloKind } from '../tls/analyse/client-offer.ts'
import type { NodeAccess } from './node-access.ts'

const script = (): string => readFileSync(join(import.meta.dirname, 'scripts', 'sink.pl'), 'utf8')

/** How a component is made to call: `@HOST@`, `@ADDRESS@` and `@PORT@` stand for where the listener is. */
type Provocation = {
  /** Says in the reading what was done. */
  by: string
  /** For sh, on the node. */
  command: string
  input: string
  /** Removed at the end, whatever happens. */
  file: string
  /** For sh, at the end, whatever happens. */
  undo: string
  /** Longest wait for a call. */
  seconds: number
  /** What it writes is kept in the reading, as `told`. */
  tells?: boolean
}

const pod = (name: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: default, labels: {fips-conformance: "${name}"}}
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 0
  containers:
    - name: idle
      image: "@IMAGE@"
      imagePullPolicy: Never
      readinessProbe: {httpGet: {scheme: HTTPS, host: "@ADDRESS@", port: @PORT@, path: /}, periodSeconds: 1, timeoutSeconds: 1}
`

const webhook = (name: string): string => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: ${name}, labels: {fips-conformance: "${name}"}}
webhooks:
  - name: call.fips-conformance.invalid
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    timeoutSeconds: 1
    clientConfig: {url: "https://@HOST@:@PORT@/"}
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}
    objectSelector: {matchLabels: {fips-conformance: "${name}"}}
    rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps], scope: Namespaced}]
`

const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf'

/**
 * Each leaves nothing behind: a static pod of the pause image that the node has, with a readiness probe (kubeadm's staticPodPath); a pull of an image that is not
 * there; a webhook that only a dry run of an object with its own label reaches, and that lets everything pass when it does not answer.
 */
const provocations: Readonly<Record<string, (name: string) => Provocation>> = {
  kubelet: (name) => {
    const file = `/etc/kubernetes/manifests/${name}.yaml`
    // The kubelet passes over files that begin with a dot: it never sees half of one.
    const unseen = `/etc/kubernetes/manifests/.${name}`
    return {
      by: 'an HTTPS readiness probe of a static pod',
      command: `image=$(crictl images 2>/dev/null | awk '$1 ~ /(^|\\/)pause$/ { print $1 ":" $2; exit }'); test -n "$image" || { echo no image of pause on this node; exit 1; }; sed "s|@IMAGE@|$image|" > ${unseen} && mv ${unseen} ${file}`,
      input: pod(name),
      file,
      undo: `rm -f ${unseen}`,
      seconds: 40,
    }
  },
  containerd: (name) => ({
    by: 'the pull of an image that is not there',
    command: `crictl pull @HOST@:@PORT@/fips-conformance/${name}:none`,
    input: '',
    file: '',
    undo: '',
    seconds: 20,
  }),
  'kube-apiserver': (name) => ({
    by: 'a validating webhook for a dry run of one object',
    command: `${kubectl} create -f - || exit 1; for i in $(seq 40); do echo '${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels: { 'fips-conformance': name } } })}' | ${kubectl} create --dry-run=server -f -; sleep 0.3; done`,
    input: webhook(name),
    file: '',
    undo: `${kubectl} delete validatingwebhookconfiguration ${name} --ignore-not-found`,
    seconds: 20,
  }),
}

const text = (hex: string): string => Buffer.from(hex, 'hex').toString('utf8')

/** Records of scripts/sink.pl: calls, and how the provocation ended. */
export const parseSink = (output: string): { calls: { pid: string; exe: string; hello: string }[]; exitCode: string; said: string } => {
  const records = output.split('\n').map((line) => line.split('\t'))
  const [, exitCode = '', said = ''] = records.find(([type]) => type === 'Q') ?? []
  return {
    calls: records.flatMap(([type, , pid = '', exe = '', hello = '']) => (type === 'C' ? [{ pid, exe, hello }] : [])),
    exitCode,
    said: text(said),
  }
}

/** Components that can be made to call. */
export const provocable: readonly string[] = Object.keys(provocations)

/** A first message of TLS, by a program that is known. */
const isTelling = ({ exe, hello }: { exe: string; hello: string }): boolean => exe !== '' && hello.startsWith('16')

/** A component that is busy calls late, or its socket is gone before its owner is found: then it is asked again. */
const attempts = 3

/**
 * Makes a component of the node call a listener of ours on the same node, and records what it said first (kind `client-hello`, blob `received`). Changes the node for
 * a second or so: only for a cluster that may be changed. `name` is unique, a DNS label. One reading for each call; where nobody called, one without a blob.
 */
export const provoke = async (node: NodeAccess, component: string, name: string, signal: AbortSignal): Promise<Reading[]> => {
  const make = Object.hasOwn(provocations, component) ? provocations[component] : undefined
  if (make === undefined) throw new Error(`${component} cannot be made to call`)
  return provokeBy(node, `call of ${component}`, (attempt) => make(attempt === 1 ? name : `${name}-${attempt}`), signal)
}

/** Tells its process id, sends what it is given in hex, and stays until it is answered: a process that is gone has no name. */
const sender = `perl -MSocket=:DEFAULT,inet_pton,pack_sockaddr_in6 -e '$| = 1; print "$$\\n"; my $to = "@ADDRESS@"; my $six = $to =~ /:/; local $/; my $hello = pack "H*", scalar <STDIN>; socket(my $s, $six ? PF_INET6 : PF_INET, SOCK_STREAM, 6) or die "socket: $!"; connect($s, $six ? pack_sockaddr_in6(@PORT@, inet_pton(AF_INET6, $to)) : pack_sockaddr_in(@PORT@, inet_aton($to))) or die "connect: $!"; syswrite $s, $hello; sysread $s, my $alert, 64'`

/**
 * Lets a program of ours call the same listener on the node with this ClientHello, as `provoke` lets a component; `told` of a reading is what the program told: its process
 * id. Leaves nothing behind.
 */
export const callWith = (node: NodeAccess, hello: Uint8Array, signal: AbortSignal): Promise<Reading[]> => {
  const input = Buffer.from(hello).toString('hex')
  const provocation = { by: 'this run itself', command: sender, input, file: '', undo: '', seconds: 20, tells: true }
  return provokeBy(node, 'call of this run', () => provocation, signal)
}

const provokeBy = async (
  node: NodeAccess,
  source: string,
  make: (attempt: number) => Provocation,
  signal: AbortSignal,
): Promise<Reading[]> => {
  for (let attempt = 1; ; attempt += 1) {
    const provocation = make(attempt)
    const { calls, why, told } = await provokeOnce(node, provocation, signal)
    if (calls.some(isTelling) || attempt === attempts) {
      const reading = (data: Record<string, string>, blobs: Record<string, Uint8Array>): Reading => ({
        kind: clientHelloKind,
        means: `listener on the node (${node.means})`,
        source,
        data: { provokedBy: provocation.by, ...(provocation.tells && { told }), ...data },
        blobs,
      })
      return calls.length === 0
        ? [reading({ why: why.slice(0, 600) }, {})]
        : calls.map(({ pid, exe, hello }) => reading({ pid, exe }, { received: new Uint8Array(Buffer.from(hello, 'hex')) }))
    }
  }
}

const provokeOnce = async (
  node: NodeAccess,
  { command, input, file, undo, seconds: usual }: Provocation,
  signal: AbortSignal,
): Promise<{ calls: ReturnType<typeof parseSink>['calls']; why: string; told: string }> => {
  const seconds = usual * (node.patience ?? 1)
  const { stdout, stderr, exitCode } = await node.run(['perl', '-e', script(), '1', String(seconds), file, undo, command], {
    input,
    signal,
  })
  const seen = parseSink(new TextDecoder().decode(stdout))
  const why =
    exitCode === 0 ? `nobody called within ${seconds} seconds; it ended with ${seen.exitCode}: ${seen.said.trim()}` : stderr.trim()
  return { calls: seen.calls, why, told: seen.said.trim().slice(0, 600) }
}
