import { KindError } from './error.ts'

const allowed = [/^(?:PATH|HOME|TMPDIR)$/, /^DOCKER_/, /^XDG_/, /^KIND_EXPERIMENTAL_/, /^(?:HTTP|HTTPS|NO|ALL|FTP)_PROXY$/i]

/**
 * The whole environment of a kind process: what the allow-list takes from `source`, and KUBECONFIG set to `kubeconfig`.
 * KIND_CLUSTER_NAME and the caller's KUBECONFIG stay out, so that neither can redirect a command.
 */
export const childEnvironment = (
  source: Readonly<Record<string, string | undefined>>,
  { kubeconfig, dockerNetwork }: { kubeconfig: string; dockerNetwork?: string | undefined },
): Record<string, string> => {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && allowed.some((pattern) => pattern.test(name))) environment[name] = value
  }
  environment.KUBECONFIG = kubeconfig
  if (dockerNetwork !== undefined) environment.KIND_EXPERIMENTAL_DOCKER_NETWORK = dockerNetwork
  return environment
}

/**
 * Refuses the two paths by which kind would write into a person's own kubeconfig: their default file, and the empty string,
 * which kind takes for «not given» (kind v0.33.0, pkg/cluster/internal/kubeconfig/internal/kubeconfig/paths.go).
 * @param kubeconfig absolute path
 * @throws KindError KIND_ARGUMENT_INVALID
 */
export const refuseUsersKubeconfig = (kubeconfig: string, home: string): void => {
  if (kubeconfig === '' || kubeconfig === `${home}/.kube/config`) {
    const sentence = `the kubeconfig must be a file of its own, not ${kubeconfig === '' ? 'empty' : "the user's"}`
    throw new KindError({ cause: 'argument-invalid', sentence }, { command: [] })
  }
}
