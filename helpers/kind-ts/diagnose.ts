import type { Diagnosis, KindCause } from './error.ts'

type Rule = { cause: KindCause; pattern: RegExp; sentence: (found: string, stderr: string) => string }

/**
 * kind exits with 1 whatever happened, so causes are read from its text, and from what docker, runc and kubeadm print into it.
 * The order counts: what breaks kubeadm's container shows up as a failure of kubeadm, and kubeadm's own output may speak of images and ports.
 * Sources: kind v0.33.0, pkg/cluster/internal (create/create.go, create/actions, providers/docker, providers/common) and pkg/cmd;
 * Docker Engine 20.10 to 29; runc 1.0 to 1.4; recorded runs (see the test).
 */
const rules: readonly Rule[] = [
  {
    cause: 'docker-unreachable',
    pattern:
      /((?:cannot|failed to|trying to) connect to the docker (?:daemon|api)[^\n]*|error during connect: [^\n]*|exec: "docker": executable file not found[^\n]*)/i,
    sentence: (found) => `Docker cannot be reached: ${found}`,
  },
  {
    cause: 'caps',
    pattern: /(apply caps: [^\n]*)/,
    sentence: (found) => `Docker may not give a privileged container its capabilities, so it lacks some itself: ${found}`,
  },
  {
    cause: 'node-exited',
    pattern:
      /(could not find a log line that matches|failed to read logs|container [0-9a-f]{12,64} is not running|is restarting, wait until)/i,
    sentence: () => 'a node container ended, or did not finish booting in time, before kind could use it',
  },
  {
    cause: 'name-taken',
    pattern: /node\(s\) already exist for a cluster with the name "([^"]*)"/,
    sentence: (found) => `there is already a cluster with the name ${found}`,
  },
  {
    cause: 'name-taken',
    pattern: /container name "\/?([^"]*)" is already in use/,
    sentence: (found) => `there is already a container with the name ${found}`,
  },
  {
    cause: 'kubeadm-failed',
    pattern: /failed to (init|join) node with kubeadm/,
    sentence: (verb, stderr) => `kubeadm ${verb} failed${kubeadmTrail(stderr)}`,
  },
  {
    cause: 'port-taken',
    pattern: /^([^\n]*(?:port is already allocated|address already in use|EADDRINUSE|ports are not available)[^\n]*)/im,
    sentence: (found) => `a port of the host is taken: ${shorten(found)}`,
  },
  {
    cause: 'image-missing',
    pattern:
      /(?:failed to pull image "|image: "(?=[^\n]* not present locally)|Unable to find image '|No such image: |pull access denied for )([^"'\s,]+)/,
    sentence: (found, stderr) => `the image ${found} is not here and could not be had${reasonOfDocker(stderr)}`,
  },
  {
    cause: 'config-invalid',
    pattern:
      /ERROR: failed to create cluster: ((?:unable to decode config|unknown (?:kind|apiVersion)|could not determine kind|error reading config|must have at least one|invalid |'[^']*' is not a valid cluster name|\[)[\s\S]*)/,
    sentence: (found) => `kind refuses the configuration: ${shorten(found)}`,
  },
  {
    cause: 'cluster-unknown',
    pattern: /ERROR: ((?:unknown cluster|no nodes found for cluster|could not locate any control plane nodes for cluster)[^\n]*)/,
    sentence: (found) => `there is no such cluster: ${found}`,
  },
]

/**
 * The cause of a failed run of kind, from what it wrote to stderr. `cancelled` is never found here: nobody's stderr says it.
 * @param stderr all of it, or its beginning and its end; kind's ERROR line comes before the output of the command that failed
 */
export const diagnose = (stderr: string): Diagnosis => {
  for (const { cause, pattern, sentence } of rules) {
    const found = pattern.exec(stderr)
    if (!found) continue
    const phase = cause === 'kubeadm-failed' ? kubeadmPhase(stderr) : undefined
    return { cause, sentence: sentence(found[1] ?? '', stderr), ...(phase === undefined ? {} : { phase }) }
  }
  const stated = /ERROR: ([^\n]*)/.exec(stderr)?.[1]
  return { cause: 'unknown', sentence: stated ? shorten(stated) : 'kind failed and gave no reason' }
}

const shorten = (line: string): string => (line.length > 400 ? `${line.slice(0, 200)} ... ${line.slice(-195)}` : line).trim()

const last = (text: string, pattern: RegExp): string | undefined => [...text.matchAll(pattern)].at(-1)?.[1]

/** The kubeadm runner names the failed phase (kubeadm/app/cmd/phases/workflow/runner.go); without that, the last `[phase]` line. */
const kubeadmPhase = (stderr: string): string | undefined =>
  last(stderr, /error execution phase ([\w/-]+)/g) ?? last(stderr, /^(?:[IWEF]\d{4} [^\]\n]*\] )?\[([a-z][\w/-]*)\] /gm)

const kubeadmTrail = (stderr: string): string => {
  const phase = kubeadmPhase(stderr)
  const said = last(stderr, /^(\[[a-z][\w/-]*\] [^\n]*)/gm)
  return `${phase ? ` in phase ${phase}` : ''}${said ? `, after ${shorten(said)}` : ''}`
}

const reasonOfDocker = (stderr: string): string => {
  const reason = last(stderr, /Error response from daemon: ([^\n]*)/g)
  return reason ? `: ${shorten(reason)}` : ''
}
