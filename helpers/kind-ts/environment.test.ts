import { expect, test } from 'vitest'
import { childEnvironment, refuseUsersKubeconfig } from './environment.ts'

const allowed = {
  PATH: '/bin',
  HOME: '/home/u',
  TMPDIR: '/tmp/x',
  DOCKER_HOST: 'unix:///run/docker.sock',
  DOCKER_CONFIG: '/home/u/.docker',
  XDG_RUNTIME_DIR: '/run/user/1000',
  KIND_EXPERIMENTAL_PROVIDER: 'podman',
  HTTPS_PROXY: 'http://proxy:1',
  no_proxy: 'localhost',
}

test('only the allow-list passes, and KUBECONFIG is the given one', () => {
  const refused = {
    KUBECONFIG: '/home/u/.kube/config',
    KIND_CLUSTER_NAME: 'other',
    AWS_SECRET_ACCESS_KEY: 's',
    MY_DOCKER_X: '1',
    PATHS: '1',
    GONE: undefined,
  }
  expect(childEnvironment({ ...allowed, ...refused }, { kubeconfig: '/run/kc' })).toEqual({ ...allowed, KUBECONFIG: '/run/kc' })
})

test('the network of the options wins over the one of the environment', () => {
  const source = { KIND_EXPERIMENTAL_DOCKER_NETWORK: 'old' }
  expect(childEnvironment(source, { kubeconfig: '/k', dockerNetwork: 'new' })).toEqual({
    KIND_EXPERIMENTAL_DOCKER_NETWORK: 'new',
    KUBECONFIG: '/k',
  })
})

test('an empty kubeconfig and the default one of a person are refused', () => {
  for (const path of ['', '/home/u/.kube/config']) {
    expect(() => refuseUsersKubeconfig(path, '/home/u')).toThrow(expect.objectContaining({ code: 'KIND_ARGUMENT_INVALID' }))
  }
  expect(() => refuseUsersKubeconfig('/home/u/.kube/config-of-a-run', '/home/u')).not.toThrow()
})
