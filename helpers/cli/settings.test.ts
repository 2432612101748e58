import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fips-conformance-settings-'))
  path = join(directory, 'settings.yaml')
})
afterEach(() => rmSync(directory, { recursive: true }))

const read = (flags: Record<string, unknown>, file = '') => {
  writeFileSync(path, file)
  return readSettings(flags, path)
}
const defaults = {
  provider: 'kind',
  nodes: 1,
  keep: false,
  reuse: false,
  intrusive: false,
  fips: 'on',
  suite: [],
  require: [],
  out: 'evidence',
}

describe('readSettings', () => {
  it.each(['', '# nothing\n', '{}'])('has defaults for all that is not asked for (%j)', async (file) => {
    expect(await read({}, file)).toEqual(defaults)
  })

  it('needs no file where none is named', async () => {
    expect(await readSettings({ name: 'lab' })).toEqual({ ...defaults, name: 'lab' })
  })

  it('takes flags over the file, and the file over the defaults; a list replaces a list', async () => {
    const file =
      'name: file\nnodes: 3\nout: there\nrequire: [FIPS-MOD, FIPS-NODE-1]\nsuite: [modules]\nkubernetes-version: v1.36.3+fips.0\n'
    expect(await read({ name: 'flag', require: ['FIPS-TLS'] }, file)).toEqual({
      ...defaults,
      name: 'flag',
      nodes: 3,
      out: 'there',
      require: ['FIPS-TLS'],
      suite: ['modules'],
      'kubernetes-version': 'v1.36.3+fips.0',
    })
  })

  it.each([
    ['nodes', '3', 3],
    ['nodes', 20, 20],
    ['api-port', '65535', 65535],
    ['name', 'a', 'a'],
    ['name', 'a'.repeat(40), 'a'.repeat(40)],
    ['kubernetes-version', '1.36.3', '1.36.3'],
    ['etcd-version', '3.6.8+fips.0', '3.6.8+fips.0'],
    ['kubernetes-image-repository', 'docker.io/mesosphere', 'docker.io/mesosphere'],
    ['etcd-image-repository', 'localhost:5000', 'localhost:5000'],
    ['coredns-image-repository', '127.0.0.1:5000/a/b_c', '127.0.0.1:5000/a/b_c'],
    ['node-image', 'fips-conformance/node:1', 'fips-conformance/node:1'],
  ])('takes --%s %s', async (name, given, expected) => {
    expect(await read({ [name]: given })).toEqual({ ...defaults, [name]: expected })
  })

  it.each<[string, Record<string, unknown>, string, string, string]>([
    ['an unknown setting of the file', {}, 'colour: red', 'SETTING_UNKNOWN', 'settings.yaml: colour'],
    ['an unknown provider', { provider: 'aws' }, '', 'SETTING_INVALID', '--provider'],
    ['no nodes', { nodes: '0' }, '', 'SETTING_INVALID', '--nodes'],
    ['too many nodes', { nodes: 21 }, '', 'SETTING_INVALID', '--nodes'],
    ['half a node', {}, 'nodes: 1.5', 'SETTING_INVALID', 'settings.yaml: nodes'],
    ['nodes in words', { nodes: 'three' }, '', 'SETTING_INVALID', '--nodes'],
    ['nodes in another notation', { nodes: '0x3' }, '', 'SETTING_INVALID', '--nodes'],
    ['nodes that are true', {}, 'nodes: true', 'SETTING_INVALID', 'settings.yaml: nodes'],
    ['nodes that are empty', {}, 'nodes:', 'SETTING_INVALID', 'settings.yaml: nodes'],
    ['nodes that are a list', {}, 'nodes: [3]', 'SETTING_INVALID', 'settings.yaml: nodes'],
    ['a port beyond the last', { 'api-port': '65536' }, '', 'SETTING_INVALID', '--api-port'],
    ['a name with capitals', { name: 'Lab' }, '', 'SETTING_INVALID', '--name'],
    ['a name that ends with a dash', { name: 'lab-' }, '', 'SETTING_INVALID', '--name'],
    ['a name that is a path', { name: '../lab' }, '', 'SETTING_INVALID', '--name'],
    ['a name that is too long', { name: 'a'.repeat(41) }, '', 'SETTING_INVALID', '--name'],
    ['an empty name', { name: '' }, '', 'SETTING_INVALID', '--name'],
    ['an empty place', { out: '' }, '', 'SETTING_INVALID', '--out'],
    ['an unknown suite', { suite: ['module'] }, '', 'SETTING_INVALID', '--suite'],
    ['a list that is a word', {}, 'require: FIPS-MOD', 'SETTING_INVALID', 'settings.yaml: require'],
    ['keep in words', {}, 'keep: "yes"', 'SETTING_INVALID', 'settings.yaml: keep'],
    ['a repository with capitals', { 'etcd-image-repository': 'Docker.io/x' }, '', 'SETTING_INVALID', '--etcd-image-repository'],
    ['a repository with a tag', { 'kubernetes-image-repository': 'r/x:1.2' }, '', 'SETTING_INVALID', '--kubernetes-image-repository'],
    ['a version of two parts', { 'kubernetes-version': 'v1.36' }, '', 'VERSION_MALFORMED', '--kubernetes-version'],
    ['a version with the tag’s spelling', { 'kubernetes-version': 'v1.36.3_fips.0' }, '', 'VERSION_MALFORMED', '--kubernetes-version'],
    ['a version that YAML takes for a number', {}, 'etcd-version: 3.6', 'VERSION_MALFORMED', 'settings.yaml: etcd-version'],
    ['an unknown requirement', { require: ['FIPS-MOD', 'FIPS-MODS', 'FIPS-TLS-99'] }, '', 'REQUIREMENT_UNKNOWN', '--require'],
    ['a file that is no mapping', {}, '- a\n- b', 'CONFIG_INVALID', 'settings.yaml'],
    ['a file that is a word', {}, 'lab', 'CONFIG_INVALID', 'settings.yaml'],
    ['a file that is no YAML', {}, 'a: [', 'CONFIG_INVALID', 'settings.yaml'],
    ['a file that names a setting twice', {}, 'name: a\nname: b', 'CONFIG_INVALID', 'settings.yaml'],
  ])('refuses %s', async (_case, flags, file, code, where) => {
    await expect(read(flags, file)).rejects.toMatchObject({
      trouble: {
        code,
        exit: 64,
        where: expect.stringMatching(new RegExp(`${where.replaceAll('.', '\\.')}$`)),
        remedy: expect.stringMatching(/./),
      },
    })
  })

  it('names what it does not know, and what it knows', async () => {
    await expect(read({ require: ['FIPS-MODS'] })).rejects.toMatchObject({
      trouble: { what: 'there is no requirement named FIPS-MODS', why: expect.stringMatching(/^known are FIPS-MOD, FIPS-MOD-1, /) },
    })
  })

  it('refuses a named file that cannot be read', async () => {
    await expect(readSettings({}, join(directory, 'none.yaml'))).rejects.toMatchObject({ trouble: { code: 'CONFIG_UNREADABLE', exit: 64 } })
    mkdirSync(join(directory, 'folder'))
    await expect(readSettings({}, join(directory, 'folder'))).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })
})
