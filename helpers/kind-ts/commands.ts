import { resolve } from 'node:path'
import { KindError } from './error.ts'

/**
 * One function for each command of kind: what is wanted -> arguments. Paths become absolute; positional arguments stand behind `--`.
 * Source: kind v0.33.0, pkg/cmd/kind. Only create, delete (and export kubeconfig) know `--kubeconfig`.
 */

const refuse = (sentence: string): never => {
  throw new KindError({ cause: 'argument-invalid', sentence }, { command: [] })
}

// Narrower than kind's own pattern (pkg/internal/apis/config/validate.go): Docker refuses container names that begin with a dash or a dot.
const named = (name: string): string[] =>
  /^[a-z0-9][a-z0-9.-]*$/.test(name)
    ? ['--name', name]
    : refuse(`${JSON.stringify(name)} is no name for a cluster: a-z, 0-9, dot and dash only`)

const onNodes = (nodes: readonly string[] | undefined): string[] => {
  if (nodes === undefined) return []
  // kind takes an empty list for «all nodes».
  if (nodes.length === 0) return refuse('the list of nodes is empty')
  return ['--nodes', nodes.join(',')]
}

const path = (given: string): string => (given === '' ? refuse('a path is empty') : resolve(given))

const duration = (seconds: number): string =>
  Number.isFinite(seconds) && seconds >= 0 ? `${Math.round(seconds * 1000)}ms` : refuse(`${seconds} seconds is no time to wait`)

export const createClusterArgs = (
  { name, image, retain = false, wait }: { name: string; image: string; retain?: boolean | undefined; wait?: number | undefined },
  kubeconfig: string,
): string[] => [
  ...['create', 'cluster', ...named(name), '--config', '-', '--image', image === '' ? refuse('the image is empty') : image],
  ...['--kubeconfig', kubeconfig],
  ...(retain ? ['--retain'] : []),
  ...(wait === undefined ? [] : ['--wait', duration(wait)]),
]

export const deleteClusterArgs = ({ name }: { name: string }, kubeconfig: string): string[] => [
  ...['delete', 'cluster', ...named(name), '--kubeconfig', kubeconfig],
]

export const getClustersArgs = (): string[] => ['get', 'clusters']

export const getNodesArgs = ({ name }: { name: string }): string[] => ['get', 'nodes', ...named(name)]

export const getKubeconfigArgs = ({ name, internal = false }: { name: string; internal?: boolean | undefined }): string[] => [
  ...['get', 'kubeconfig', ...named(name)],
  ...(internal ? ['--internal'] : []),
]

export const loadImageArchiveArgs = ({
  name,
  archive,
  nodes,
}: {
  name: string
  archive: string
  nodes?: readonly string[] | undefined
}) => [...['load', 'image-archive', ...named(name), ...onNodes(nodes), '--', path(archive)]]

export const loadDockerImageArgs = ({
  name,
  images,
  nodes,
}: {
  name: string
  images: readonly string[]
  nodes?: readonly string[] | undefined
}) => [
  ...['load', 'docker-image', ...named(name), ...onNodes(nodes), '--'],
  ...(images.length > 0 ? images : refuse('the list of images is empty')),
]

export const exportLogsArgs = ({ name, dir }: { name: string; dir: string }): string[] => [
  'export',
  'logs',
  ...named(name),
  '--',
  path(dir),
]

export const versionArgs = (): string[] => ['version']
