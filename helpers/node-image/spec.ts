import type { BuildDefect } from './recipes.ts'
import type { Architecture, VersionsRow } from './versions.ts'

/** Where the image of a control plane component comes from when it is not built here. */
export type PublishedImage = { component: string; reference: string }

/** What a node image shall be made of. */
export type NodeImageSpec = {
  row: VersionsRow
  arch: Architecture
  /** Build metadata of the Kubernetes version: `fips.0` in v1.36.3+fips.0. */
  metadata: string
  /** Recipes that are built wrongly on purpose (planted defects of the tests), by recipe name. */
  defects: Readonly<Record<string, BuildDefect>>
  /** Images that are taken from repositories instead of being built; the engine pulls them. */
  published: readonly PublishedImage[]
}

/** Where a component of the node image came from: goes into the image's labels and into the bundle. */
export type Origin = {
  component: string
  version: string
  /** `built from source`, or the reference of the image that it was taken from. */
  origin: string
  module?: string | undefined
  /** h1: sum of the module as Go's checksum database vouches for it. */
  sum?: string | undefined
  toolchain?: string | undefined
  /** How it was built: experiment, cgo, fipsonly, planted defect. */
  build?: string | undefined
}

export type NodeImage = {
  reference: string
  /** Content-addressed id of the image in the local engine. */
  id: string
  /** As in /kind/version. */
  kubernetesVersion: string
  origins: readonly Origin[]
  /** Directory with the archives of the images that were built here; absent for a prebuilt node image. */
  images?: string
  /** The kind CLI that fits this host. */
  kindBinary: string
  /** The static program that asks a node’s kernel for digests (AF_ALG). */
  afAlgProbe: string
  /** Its pods’ network needs no manifest (a CNI configuration of its own); else kind’s default CNI is installed from the image. */
  ownNetwork: boolean
  etcdImage: { repository: string; tag: string } | undefined
  imageRepository: string | undefined
  coredns: { repository: string; tag: string } | undefined
}

/** Repository under which images that were built here are known inside a node: it resolves nowhere, so nothing can be pulled by mistake. */
export const builtRepository = 'fips-conformance.invalid'

/** The tag that a version gets: `+` is not allowed in tags (OCI distribution specification, grammar of references). */
export const tagOf = (version: string): string => version.replaceAll('+', '_')
