import type { OsRelease } from '../operating-system/analyse/os-release.ts'

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

/** The family of a host; a derivative belongs to the first family that its ID_LIKE names. */
export const familyOf = (release: OsRelease | undefined): Family => {
  for (const name of release ? [release.id, ...release.like] : []) {
    const family = familyByName[name] ?? familyByName[name.split('-')[0] ?? '']
    if (family) return family
  }
  return 'other'
}
