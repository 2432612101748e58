import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { labelNames, type Ownership, toLabels } from '../../host/labels.ts'
import { thisOwner } from '../../host/owner.ts'
import { deadBuildContainers, ownedThings, removeThings } from './ours.ts'

// A docker client that answers from files, one for each of its commands, and writes down what it is asked.
let directory: string

const client = `#!/bin/sh
cd '@' || exit 99
echo "$*" >> calls
case "$1 $2" in
  'container ls' | 'network ls' | 'image ls') cat "$1.ids" 2>/dev/null || : ;;
  *' inspect')
    what=$1; shift 2
    for id in "$@"; do [ -e "$what.$id" ] || { cat failure >&2; exit 1; }; done
    printf '['; comma=
    for id in "$@"; do printf '%s' "$comma"; cat "$what.$id"; comma=,; done
    printf ']' ;;
  *) : ;;
esac
`

const put = (name: string, text: string): void => writeFileSync(join(directory, name), text)
const calls = (): string[] => readFileSync(join(directory, 'calls'), 'utf8').trimEnd().split('\n')

const dead = { host: hostname(), boot: 'another boot', pid: 1, start: '1' }
const ownership: Ownership = { run: 'run-1', cluster: 'lab', owner: thisOwner(), expires: '2026-11-22T18:00:00.000Z', kept: false }
const labels = toLabels(ownership)

/** Something of the engine as `docker inspect` shows it: labels stand in different places. */
const things = {
  'container.c1': { Id: 'c1', Name: '/lab-control-plane', Config: { Labels: labels } },
  'network.n1': { Id: 'n1', Name: 'fips-conformance-run-1', Labels: labels },
  'image.i1': { Id: 'sha256:i1', RepoTags: ['fips-conformance/run:run-1'], Config: { Labels: labels } },
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fips-conformance-ours-'))
  writeFileSync(join(directory, 'docker'), client.replace('@', directory), { mode: 0o755 })
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`)
  put('failure', 'Error response from daemon: No such container: c2\n')
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

describe('ownedThings', () => {
  const all = (): void => {
    put('container.ids', 'c1\n')
    put('network.ids', 'n1\n')
    // One image with two tags is listed twice.
    put('image.ids', 'i1\ni1\n')
    for (const [name, thing] of Object.entries(things)) put(name, JSON.stringify(thing))
  }

  it('finds containers, networks and images by their labels, containers first', async () => {
    all()
    expect(await ownedThings()).toEqual([
      { what: 'container', id: 'c1', name: 'lab-control-plane', ownership },
      { what: 'network', id: 'n1', name: 'fips-conformance-run-1', ownership },
      { what: 'image', id: 'sha256:i1', name: 'fips-conformance/run:run-1', ownership },
    ])
    expect(calls()).toContain('image inspect i1')
  })

  it.each([
    [{}, 'label=fips-conformance.run'],
    [{ run: 'run-1' }, 'label=fips-conformance.run=run-1'],
    [{ cluster: 'lab' }, 'label=fips-conformance.cluster=lab'],
  ])('asks the engine for %j', async (filter, asked) => {
    expect(await ownedThings(filter)).toEqual([])
    expect(calls()).toHaveLength(3)
    for (const call of calls())
      expect(call).toMatch(new RegExp(`^(container|network|image) ls .*--filter ${asked.replaceAll('.', '\\.')}$`))
  })

  it.each([
    ['no labels', null],
    ['labels that are not whole', { [labelNames.run]: 'run-1' }],
    ['an owner that cannot be read', { ...labels, [labelNames.owner]: '{' }],
  ])('does not take for ours what has %s', async (_case, given) => {
    put('container.ids', 'c1')
    put('container.c1', JSON.stringify({ Id: 'c1', Name: '/x', Config: { Labels: given } }))
    expect(await ownedThings()).toEqual([])
  })

  it('leaves out what vanished meanwhile, and keeps the rest', async () => {
    all()
    put('container.ids', 'c2\nc1\n')
    expect((await ownedThings()).map(({ id }) => id)).toEqual(['c1', 'n1', 'sha256:i1'])
  })

  it.each(['Cannot connect to the Docker daemon', 'Error response from daemon: context deadline exceeded'])(
    'does not take «%s» for «it is gone»',
    async (message) => {
      put('container.ids', 'c2\n')
      put('failure', `${message}\n`)
      await expect(ownedThings()).rejects.toMatchObject({ code: expect.stringMatching(/^DOCKER_/) })
    },
  )
})

describe('deadBuildContainers', () => {
  it.each([
    ['dead', JSON.stringify(dead), true],
    ['alive', JSON.stringify(thisOwner()), false],
    ['on another host', JSON.stringify({ ...dead, host: 'elsewhere' }), false],
    ['nobody', '', false],
    ['unreadable', '{', false],
    ['not whole', '{"host":"x"}', false],
  ])('finds a build container whose builder is %s', async (_case, label, found) => {
    put('container.ids', 'b1')
    put('container.b1', JSON.stringify({ Id: 'b1', Name: '/build', Config: { Labels: { [labelNames.build]: label } } }))
    expect(await deadBuildContainers()).toEqual(found ? [{ id: 'b1', name: 'build', owner: dead }] : [])
  })
})

it('removes containers with their volumes first, then networks, then images by name', async () => {
  await removeThings([
    { what: 'image', id: 'i1', name: 'fips-conformance/run:1' },
    { what: 'network', id: 'n1', name: 'net' },
    { what: 'container', id: 'c1', name: 'a' },
    { what: 'container', id: 'c2', name: 'b' },
  ])
  expect(calls()).toEqual(['container rm --force --volumes c1 c2', 'network rm n1', 'image rm --no-prune fips-conformance/run:1'])
})

it('asks nothing of the engine where there is nothing to remove', async () => {
  put('calls', '')
  await removeThings([])
  expect(calls()).toEqual([''])
})
