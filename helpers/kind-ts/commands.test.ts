import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import * as commands from './commands.ts'

const invalid = expect.objectContaining({ name: 'KindError', code: 'KIND_ARGUMENT_INVALID', cause: 'argument-invalid' })

test('create cluster', () => {
  expect(commands.createClusterArgs({ name: 'demo', image: 'x:y' }, '/k')).toEqual(
    'create cluster --name demo --config - --image x:y --kubeconfig /k'.split(' '),
  )
  expect(commands.createClusterArgs({ name: 'demo', image: 'x:y', retain: true, wait: 1.5 }, '/k')).toEqual(
    'create cluster --name demo --config - --image x:y --kubeconfig /k --retain --wait 1500ms'.split(' '),
  )
})

test('the other commands', () => {
  expect(commands.deleteClusterArgs({ name: 'a' }, '/k')).toEqual('delete cluster --name a --kubeconfig /k'.split(' '))
  expect(commands.getClustersArgs()).toEqual(['get', 'clusters'])
  expect(commands.getNodesArgs({ name: 'a' })).toEqual('get nodes --name a'.split(' '))
  expect(commands.getKubeconfigArgs({ name: 'a' })).toEqual('get kubeconfig --name a'.split(' '))
  expect(commands.getKubeconfigArgs({ name: 'a', internal: true })).toEqual('get kubeconfig --name a --internal'.split(' '))
  expect(commands.loadImageArchiveArgs({ name: 'a', archive: '/i.tar', nodes: ['n1', 'n2'] })).toEqual(
    'load image-archive --name a --nodes n1,n2 -- /i.tar'.split(' '),
  )
  expect(commands.loadDockerImageArgs({ name: 'a', images: ['x', 'y:1'] })).toEqual('load docker-image --name a -- x y:1'.split(' '))
  expect(commands.exportLogsArgs({ name: 'a', dir: '/logs' })).toEqual('export logs --name a -- /logs'.split(' '))
  expect(commands.versionArgs()).toEqual(['version'])
})

test('paths become absolute, so that one with a dash in front is no flag', () => {
  expect(commands.loadImageArchiveArgs({ name: 'a', archive: '-x.tar' }).at(-1)).toBe(resolve('-x.tar'))
  expect(commands.exportLogsArgs({ name: 'a', dir: 'logs' }).at(-1)).toBe(resolve('logs'))
})

test.each(['', '-q', '.a', 'A', 'a_b', 'a b', 'a\n'])('%j is no name for a cluster', (name) => {
  expect(() => commands.deleteClusterArgs({ name }, '/k')).toThrow(invalid)
})

test('what kind would misread is refused before it runs', () => {
  expect(() => commands.createClusterArgs({ name: 'a', image: '' }, '/k')).toThrow(invalid)
  expect(() => commands.createClusterArgs({ name: 'a', image: 'x', wait: -1 }, '/k')).toThrow(invalid)
  expect(() => commands.createClusterArgs({ name: 'a', image: 'x', wait: Number.NaN }, '/k')).toThrow(invalid)
  expect(() => commands.loadImageArchiveArgs({ name: 'a', archive: '' })).toThrow(invalid)
  expect(() => commands.loadImageArchiveArgs({ name: 'a', archive: '/x', nodes: [] })).toThrow(invalid)
  expect(() => commands.loadDockerImageArgs({ name: 'a', images: [] })).toThrow(invalid)
})
