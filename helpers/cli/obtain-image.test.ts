import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Engine } from '../host/engine.ts'
import { obtainImage } from './obtain-image.ts'
import { readSettings } from './settings.ts'

let home: string

// No docker client is on this PATH: what gets as far as asking the engine fails with that.
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fips-conformance-image-'))
  vi.stubEnv('PATH', home)
  vi.stubEnv('XDG_CACHE_HOME', home)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

const engine = { arch: 'amd64', rootless: false } as Engine
const obtain = async (flags: Record<string, unknown>) => obtainImage(await readSettings(flags), engine, { progress: () => undefined })
const asked = 'DOCKER_UNREACHABLE'

describe('obtainImage', () => {
  it.each<[Record<string, unknown>, string]>([
    [{}, asked],
    [{ 'kubernetes-version': 'v1.36.3+fips.0' }, asked],
    [{ 'kubernetes-version': '1.36.3' }, asked],
    [{ 'kubernetes-version': 'v1.2.3' }, 'KUBERNETES_UNKNOWN'],
    [{ 'kubernetes-version': 'v1.2.3', 'node-image': 'x' }, asked],
    [{ 'etcd-version': '3.6.8+fips.0' }, asked],
    [{ 'etcd-version': 'v3.6.8' }, asked],
    [{ 'etcd-version': '3.5.0' }, 'ETCD_VERSION_UNKNOWN'],
    [{ 'etcd-version': '3.5.0', 'etcd-image-repository': 'r' }, asked],
    [{ 'etcd-version': '3.5.0', 'node-image': 'x' }, asked],
  ])('with %j ends with %s', async (flags, code) => {
    await expect(obtain(flags)).rejects.toMatchObject({ trouble: { code, exit: 3 } })
  })
})
