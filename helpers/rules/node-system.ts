import type { OsRelease } from '../operating-system/analyse/os-release.ts'
import type { EnvironmentSetting } from '../operating-system/analyse/unit-environment.ts'
import { weakens } from '../operating-system/analyse/unit-environment.ts'
import type { Volumes } from '../operating-system/analyse/volumes.ts'
import { supportedFamily, supportedSystems } from '../policy/supported-systems.ts'
import { containerNode } from './container-node.ts'
import type { Outcome, Rule } from './outcome.ts'

/** `containerNode`: the node is a container and shows nothing of the host’s user space. `alsoSupported`: what the user of this run takes beside the list, by ID. */
export type NodeSystem = { containerNode: boolean; release: OsRelease | undefined; alsoSupported?: readonly string[] }

const names = supportedSystems.map(({ name }) => name).join(', ')

/** FIPS-NODE-2: the operating system is one for which the FIPS distributions document FIPS mode. */
export const runsSupportedSystem: Rule<NodeSystem> = ({ containerNode: isContainer, release, alsoSupported = [] }): Outcome => {
  const also = alsoSupported.length > 0 ? `, or by the settings of this run ${alsoSupported.join(', ')}` : ''
  const expected = `one of ${names}, or of that family (os-release: ID_LIKE ${supportedFamily.join(' or ')})${also}`
  if (isContainer) return containerNode(expected)
  const base = { expected, notes: [], remedy: '' }
  if (!release)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: '/etc/os-release could not be read',
      observed: 'no os-release',
      remedy: 'make /etc/os-release readable and run again',
    }
  const { id, like, prettyName, versionId } = release
  const observed = `${prettyName} (ID=${id}, VERSION_ID=${versionId}, ID_LIKE=${like.join(' ') || 'none'})`
  if (supportedSystems.some((system) => system.id === id))
    return { ...base, verdict: 'pass', reason: `${prettyName} is on the list of supported operating systems`, observed }
  const family = like.find((name) => supportedFamily.includes(name))
  if (family !== undefined)
    return {
      ...base,
      verdict: 'pass',
      reason: `${prettyName} says that it is of the family of ${family}`,
      observed,
      notes: ['it is not itself named by the FIPS distributions; whose module it carries is judged under FIPS-NODE-3'],
    }
  if (alsoSupported.includes(id))
    return {
      ...base,
      verdict: 'pass',
      reason: `${prettyName} is not on the list of supported operating systems; the settings of this run take ${id} beside it`,
      observed,
      notes: ['that it is supported is said by who ran this, not by the FIPS distributions'],
    }
  return {
    ...base,
    verdict: 'fail',
    reason: `${prettyName} is not on the list of supported operating systems`,
    observed,
    remedy: `create the nodes from ${names}, prepared for FIPS mode by the vendor’s instructions`,
  }
}

export type NodeVolumes = { containerNode: boolean; volumes: Volumes }

/** FIPS-NODE-6: where volumes are encrypted, their keys are derived by an approved function (SP 800-132: PBKDF2; argon2 is not approved). */
export const derivesVolumeKeys: Rule<NodeVolumes> = ({ containerNode: isContainer, volumes }): Outcome => {
  const expected = 'every key slot of every encrypted volume derives its key by PBKDF2 (SP 800-132)'
  if (isContainer) return containerNode(expected)
  const base = { expected, notes: [], remedy: '' }
  switch (volumes.state) {
    case 'none':
      return { ...base, verdict: 'not-applicable', reason: 'the node has no LUKS volume', observed: 'no volume of the type crypto_LUKS' }
    case 'unknown':
      return {
        ...base,
        verdict: 'inconclusive',
        reason: `the volumes could not be read: ${volumes.reason}`,
        observed: 'unknown',
        remedy: 'run as a user who may read the headers, with cryptsetup on the node',
      }
    case 'encrypted': {
      const observed = volumes.volumes
        .map(({ device, derivations, ciphers }) => `${device}: ${derivations.join(', ')} (${ciphers.join(', ')})`)
        .join('; ')
      const bad = volumes.volumes.filter(({ derivations }) => derivations.some((name) => name !== 'pbkdf2'))
      return bad.length === 0
        ? { ...base, verdict: 'pass', reason: `${volumes.volumes.length} encrypted volumes derive their keys by PBKDF2`, observed }
        : {
            ...base,
            verdict: 'fail',
            reason: `${bad.map(({ device }) => device).join(', ')} derives a key by a function that is not approved`,
            observed,
            remedy:
              'a system that was installed in FIPS mode uses PBKDF2: install it so, or replace the key slots (cryptsetup luksConvertKey --pbkdf pbkdf2)',
          }
    }
  }
}

export type NodeEnvironment = { settings: readonly EnvironmentSetting[] | undefined }

/** FIPS-NODE-7: no service of the node is started with a setting that takes cryptography out of FIPS mode. */
export const keepsFipsEnvironment: Rule<NodeEnvironment> = ({ settings }): Outcome => {
  const expected = 'no GODEBUG, GOFIPS, GOLANG_FIPS or OPENSSL_* in unit or environment files that turns FIPS mode off or leads elsewhere'
  if (settings === undefined)
    return {
      verdict: 'inconclusive',
      reason: 'the files that give environments to services could not be read',
      expected,
      observed: 'unknown',
      remedy: 'make the unit files readable and run again',
      notes: [],
    }
  const observed =
    settings.length === 0 ? 'none of these settings' : settings.map(({ file, name, value }) => `${file}: ${name}=${value}`).join('; ')
  const bad = settings.flatMap((setting) => {
    const why = weakens(setting)
    return why === undefined ? [] : [`${setting.file}: ${why}`]
  })
  return bad.length === 0
    ? { verdict: 'pass', reason: 'no unit or environment file of the node weakens FIPS mode', expected, observed, remedy: '', notes: [] }
    : {
        verdict: 'fail',
        reason: bad.join('; '),
        expected,
        observed,
        remedy: 'remove the setting, and restart the service',
        notes: ['the environments of running processes are judged with the module of each component'],
      }
}
