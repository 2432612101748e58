import { existsSync } from 'node:fs'
import { labelNames } from '../host/labels.ts'
import { thisOwner } from '../host/owner.ts'
import type { Mount } from './container.ts'
import type { Architecture } from './versions.ts'

/** What the build takes over from the host that it runs on. */
export type BuildHost = {
  arch: Architecture
  /** Where outputs and the Go caches are kept; containers mount directories below it. */
  cache: string
  /** The host's CA bundle: in a network whose proxy signs for itself nothing could be fetched without it. */
  caBundle: string | undefined
  /** HTTP_PROXY and its like, GOPROXY, GOSUMDB and their like, as this process has them. */
  proxies: Readonly<Record<string, string>>
  goSettings: Readonly<Record<string, string>>
  /** `uid:gid` that shall own what builds write; undefined where the container's root is this user already (rootless engines). */
  user: string | undefined
  labels: Readonly<Record<string, string>>
  /** Dockerfile instructions that clear those labels in an image that is kept. */
  unlabel: readonly string[]
}

const chosen = (names: RegExp): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => names.test(entry[0]) && Boolean(entry[1])))

const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem', '/etc/ssl/cert.pem']

/** Looks at this process's environment and files; starts nothing. */
export const buildHost = (engine: { arch: Architecture; rootless: boolean }, cache: string): BuildHost => ({
  arch: engine.arch,
  cache,
  caBundle: [process.env.SSL_CERT_FILE, ...(process.platform === 'linux' ? bundles : [])].find((path) => path && existsSync(path)),
  proxies: chosen(/^(https?_proxy|no_proxy|ftp_proxy)$/i),
  // Where modules come from is the host's affair; that the checksum database vouches for them is not: settings that switch it off stay outside.
  goSettings: { ...chosen(/^GOPROXY$/), ...(process.env.GOSUMDB === 'off' ? {} : chosen(/^GOSUMDB$/)) },
  user: engine.rootless || !process.getuid || !process.getgid ? undefined : `${process.getuid()}:${process.getgid()}`,
  labels: { [labelNames.build]: JSON.stringify(thisOwner()) },
  unlabel: [`LABEL ${labelNames.build}=`],
})

/** What every build container sees of the host. */
export const buildMounts = (host: BuildHost): Mount[] =>
  host.caBundle ? [{ from: host.caBundle, to: '/host-ca.crt', readOnly: true }] : []
