/** What os-release(5) says of a Linux host. */
export type OsRelease = { id: string; like: readonly string[]; versionId: string; prettyName: string }

/** Hosts that are set up by the same commands. `other` stands for any Linux that is not named here. */
export type Family = 'debian' | 'fedora' | 'rhel' | 'amazon' | 'arch' | 'suse' | 'alpine' | 'other'

const familyByName: Readonly<Record<string, Family>> = {
  debian: 'debian',
  ubuntu: 'debian',
  fedora: 'fedora',
  rhel: 'rhel',
  centos: 'rhel',
  rocky: 'rhel',
  almalinux: 'rhel',
  ol: 'rhel',
  amzn: 'amazon',
  arch: 'arch',
  suse: 'suse',
  opensuse: 'suse',
  sles: 'suse',
  alpine: 'alpine',
}

/** Parses the text of /etc/os-release: shell-like assignments, values bare or quoted (os-release(5)). */
export const parseOsRelease = (text: string): OsRelease => {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const assignment = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim())
    if (assignment?.[1] !== undefined) values.set(assignment[1], unquote(assignment[2] ?? ''))
  }
  // Both defaults are os-release(5)'s own.
  return {
    id: values.get('ID') || 'linux',
    like: (values.get('ID_LIKE') ?? '').split(/\s+/).filter((name) => name !== ''),
    versionId: values.get('VERSION_ID') ?? '',
    prettyName: values.get('PRETTY_NAME') || 'Linux',
  }
}

const unquote = (value: string): string => {
  const quoted = /^(["'])(.*)\1$/.exec(value)
  if (!quoted) return value
  const inner = quoted[2] ?? ''
  return quoted[1] === '"' ? inner.replaceAll(/\\(["$`\\])/g, '$1') : inner
}

/** The family of a host; a derivative belongs to the first family that its ID_LIKE names. */
export const familyOf = (release: OsRelease | undefined): Family => {
  for (const name of release ? [release.id, ...release.like] : []) {
    const family = familyByName[name] ?? familyByName[name.split('-')[0] ?? '']
    if (family) return family
  }
  return 'other'
}
