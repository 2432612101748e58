import { homedir } from 'node:os'
import { join } from 'node:path'

const base = (variable: string, fallback: string[]): string => process.env[variable] || join(homedir(), ...fallback)

/** Everything that can be made again: build outputs, module and build caches (XDG Base Directory Specification). */
export const cacheDir = (): string => join(base('XDG_CACHE_HOME', ['.cache']), 'fips-conformance')

/** What must outlive a command: which clusters stand, which dockerd was started (XDG Base Directory Specification). */
export const stateDir = (): string => join(base('XDG_STATE_HOME', ['.local', 'state']), 'fips-conformance')
