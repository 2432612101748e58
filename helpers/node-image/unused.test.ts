import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { cachedDirectory } from './step-cache.ts'
import { removeUnused, unusedImages, unusedSteps } from './unused.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fips-conformance-unused-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const day = (text: string): Date => new Date(`${text}T00:00:00Z`)

const stepUsedAt = (name: string, when: string): string => {
  const path = join(root, 'steps', name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'made'), 'x')
  utimesSync(path, day(when), day(when))
  return path
}

it('finds the build steps that nobody has used, and no other', async () => {
  const old = stepUsedAt('etcd-0123456789ab', '2026-10-01')
  stepUsedAt('etcd-ba9876543210', '2026-11-20')
  const unused = await unusedSteps(join(root, 'steps'), day('2026-11-01'))
  expect(unused).toEqual([{ what: 'directory', name: old, since: '2026-10-01T00:00:00.000Z' }])
  await removeUnused(unused)
  expect(existsSync(old)).toBe(false)
  expect(await unusedSteps(join(root, 'steps'), day('2026-11-01'))).toEqual([])
  expect(await unusedSteps(join(root, 'nothing'), day('2026-11-01'))).toEqual([])
})

it('counts a step that was taken from the cache as used', async () => {
  const make = async (): Promise<void> => undefined
  const { directory } = await cachedDirectory(root, 'runc', 1, make)
  utimesSync(directory, day('2026-10-01'), day('2026-10-01'))
  expect(await unusedSteps(root, day('2026-11-01'))).toHaveLength(1)
  await cachedDirectory(root, 'runc', 1, make)
  expect(await unusedSteps(root, day('2026-11-01'))).toEqual([])
})

const image = (id: string, tagged: string | undefined, created: string) => ({
  Id: `sha256:${id}`,
  RepoTags: [`fips-conformance/node:${id}`, `somebody/else:${id}`],
  Created: `${created}T00:00:00.5Z`,
  ...(tagged !== undefined && { Metadata: { LastTagTime: `${tagged}T00:00:00.123456789Z` } }),
})

it('finds images of ours by the day of their last use, but those of a container; an engine that keeps no such day tells when they were made', async () => {
  const images = [
    image('a', '2026-10-01', '2026-09-01'),
    image('b', '2026-11-20', '2026-09-01'),
    image('c', '2026-10-01', '2026-09-01'),
    image('d', undefined, '2026-09-01'),
    image('e', '0001-01-01', '2026-11-20'),
  ]
  writeFileSync(join(root, 'images.json'), JSON.stringify(images))
  writeFileSync(
    join(root, 'docker'),
    `#!/bin/sh
echo "$*" >> ${root}/calls
case "$1 $2" in
  'image ls') printf 'sha256:%s\\n' a b c d e a ;;
  'container ls') echo 0123 ;;
  'container inspect') echo sha256:c ;;
  'image inspect') cat ${root}/images.json ;;
esac
`,
    { mode: 0o755 },
  )
  vi.stubEnv('PATH', `${root}:${process.env.PATH}`)
  const unused = await unusedImages(day('2026-11-01'))
  expect(unused.map(({ name, since }) => [name, since.slice(0, 10)])).toEqual([
    ['fips-conformance/node:a', '2026-10-01'],
    ['fips-conformance/node:d', '2026-09-01'],
  ])
  await removeUnused(unused)
  const calls = readFileSync(join(root, 'calls'), 'utf8').trimEnd().split('\n')
  expect(calls).toContain('image inspect sha256:a sha256:b sha256:c sha256:d sha256:e')
  expect(calls.at(-1)).toBe('image rm fips-conformance/node:a fips-conformance/node:d')
})
