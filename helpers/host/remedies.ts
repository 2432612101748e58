import { defaultEndpoint, type HostLook } from './look.ts'
import { type Family, familyOf } from './os-release.ts'

/** Lines to show: sentences, and commands to copy. A command stands alone on its line, two spaces in. */
type Lines = readonly string[]

const command = (text: string): string => `  ${text}`

const isRoot = (look: HostLook): boolean => look.uid === 0

/** A command of the administrator: as it is for root, through sudo for anybody else. */
const asRoot = (look: HostLook, text: string): string => command(isRoot(look) ? text : `sudo ${text}`)

const family = (look: HostLook): Family => familyOf(look.osRelease)

/** Whether `fips-conformance setup` can install and start Docker here: Linux of Debian's family, as root, with the engine's usual endpoint. */
export const canSetUp = (look: HostLook): boolean =>
  look.platform === 'linux' && family(look) === 'debian' && isRoot(look) && (look.docker.endpoint ?? defaultEndpoint) === defaultEndpoint

/** Packages that bring engine and client on Debian's family. Debian 13 made the client a package of its own. */
export const debianPackages = (look: HostLook): string[] => {
  const release = look.osRelease
  const apart = release?.id === 'debian' && (release.versionId === '' || Number(release.versionId) >= 13)
  return ['docker.io', ...(apart ? ['docker-cli'] : []), 'iptables']
}

const startUnit = (look: HostLook): Lines => [asRoot(look, 'systemctl enable --now docker')]

const joinGroup = (look: HostLook): Lines => (isRoot(look) ? [] : [asRoot(look, 'usermod -aG docker "$USER"'), command('newgrp docker')])

const start = (look: HostLook): Lines =>
  look.systemd ? startUnit(look) : canSetUp(look) ? [command('fips-conformance setup')] : [asRoot(look, 'service docker start')]

const dockerDocumentation: Partial<Record<Family, string>> = {
  fedora: 'https://docs.docker.com/engine/install/fedora/',
  rhel: 'https://docs.docker.com/engine/install/rhel/',
}

const installOn: Readonly<Record<Family, (look: HostLook) => Lines>> = {
  debian: (look) =>
    canSetUp(look)
      ? [
          command('fips-conformance setup'),
          look.systemd ? 'which runs:' : 'which starts dockerd after:',
          ...aptInstall(look),
          ...(look.systemd ? startUnit(look) : []),
        ]
      : [...aptInstall(look), ...start(look), ...joinGroup(look)],
  fedora: (look) => [asRoot(look, 'dnf install -y moby-engine docker-cli'), ...startUnit(look), ...joinGroup(look)],
  rhel: (look) => [
    `add Docker's package repository as ${dockerDocumentation.rhel} shows, then:`,
    asRoot(look, 'dnf install -y docker-ce docker-ce-cli containerd.io'),
    ...startUnit(look),
    ...joinGroup(look),
  ],
  amazon: (look) => [asRoot(look, 'dnf install -y docker'), ...startUnit(look), ...joinGroup(look)],
  arch: (look) => [asRoot(look, 'pacman -S --needed docker'), ...startUnit(look), ...joinGroup(look)],
  suse: (look) => [asRoot(look, 'zypper install -y docker'), ...startUnit(look), ...joinGroup(look)],
  alpine: (look) => [
    asRoot(look, 'apk add docker'),
    asRoot(look, 'rc-update add docker default'),
    asRoot(look, 'service docker start'),
    ...(isRoot(look) ? [] : [asRoot(look, 'addgroup "$USER" docker'), 'then log in again']),
  ],
  other: () => ['install Docker Engine as https://docs.docker.com/engine/install/ shows for this distribution'],
}

const aptInstall = (look: HostLook): Lines => [
  asRoot(look, 'apt-get update'),
  asRoot(look, `apt-get install -y ${debianPackages(look).join(' ')}`),
]

/** What brings a Docker engine to a host that has none. */
export const installRemedy = (look: HostLook): Lines => {
  if (look.platform === 'darwin') {
    return ['install Docker Desktop (https://docs.docker.com/desktop/setup/install/mac-install/), then:', command('open -a Docker')]
  }
  if (look.platform === 'win32')
    return ['work inside WSL 2 (https://docs.docker.com/desktop/features/wsl/): nothing runs on Windows itself']
  if (look.platform !== 'linux') return ['use a Linux host, or point DOCKER_HOST at an engine on one']
  return [
    ...(look.docker.podman ? ['Podman is here, but the clusters are made with Docker; both can be installed side by side:'] : []),
    ...installOn[family(look)](look),
  ]
}

/** What to do when `docker` is Podman under another name. */
export const podmanRemedy = (look: HostLook): Lines => {
  const remove: Partial<Record<Family, string>> = {
    debian: 'apt-get remove -y podman-docker',
    fedora: 'dnf remove -y podman-docker',
    rhel: 'dnf remove -y podman-docker',
    arch: 'pacman -R podman-docker',
    suse: 'zypper remove -y podman-docker',
  }
  const removal = remove[family(look)]
  return [
    'the command «docker» is Podman here; the clusters are made with Docker:',
    ...(removal ? [asRoot(look, removal)] : []),
    ...installRemedy({ ...look, docker: { ...look.docker, podman: undefined } }),
  ]
}

/** What starts an engine that is installed, or leads the client back to one. */
export const startRemedy = (look: HostLook): Lines => {
  const endpoint = look.docker.endpoint
  if (look.platform === 'darwin') return [command('open -a Docker')]
  if (endpoint !== undefined && endpoint !== defaultEndpoint) {
    return [
      `start the engine behind ${endpoint}, or use the one of this host:`,
      command('unset DOCKER_HOST DOCKER_CONTEXT'),
      command('docker context use default'),
    ]
  }
  if (look.platform !== 'linux') return installRemedy(look)
  return look.docker.daemon === undefined ? installRemedy(look) : start(look)
}

/** What gives this user access to the engine's socket. */
export const permissionRemedy = (look: HostLook): Lines => {
  if (look.docker.group === 'listed')
    return ['this user is in the group docker, but this session began before that:', command('newgrp docker')]
  if (look.docker.group === 'member' || isRoot(look)) {
    return ['the socket belongs to another group than docker: look at it, then restart the engine:', command('ls -l /var/run/docker.sock')]
  }
  const join =
    look.platform === 'linux' && family(look) === 'alpine'
      ? [asRoot(look, 'addgroup "$USER" docker'), 'then log in again']
      : joinGroup(look)
  return ['the group docker may use the socket (which makes its members as powerful as root):', ...join]
}

/** What replaces an engine that asks for capabilities that this host does not give by one that asks for no more. */
export const boundedRemedy = (look: HostLook): Lines => {
  const stop = look.systemd ? 'systemctl stop docker.socket docker.service' : 'kill "$(cat /var/run/docker.pid)"'
  return [
    'if clusters cannot start: stop this engine and let setup start one that asks for no more:',
    asRoot(look, stop),
    asRoot(look, 'fips-conformance setup'),
  ]
}
