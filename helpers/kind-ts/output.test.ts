import { expect, test } from 'vitest'
import { parseKubeconfig, parseNames, parseVersion } from './output.ts'

test('version', () => {
  expect(parseVersion('kind v0.33.0 go1.26.8 linux/amd64')).toEqual({
    ok: true,
    value: { version: '0.33.0', go: 'go1.26.8', platform: 'linux/amd64' },
  })
  expect(parseVersion('kind v0.34.0-alpha.12+0123456789abcd go1.19.8 X:boringcrypto darwin/arm64\n')).toEqual({
    ok: true,
    value: { version: '0.34.0-alpha.12+0123456789abcd', go: 'go1.19.8 X:boringcrypto', platform: 'darwin/arm64' },
  })
  expect(parseVersion('minikube version: v1.33.0').ok).toBe(false)
})

test('names, one a line', () => {
  expect(parseNames('a\r\nb-control-plane\n')).toEqual({ ok: true, value: ['a', 'b-control-plane'] })
  expect(parseNames('')).toEqual({ ok: true, value: [] })
  expect(parseNames('No kind clusters found.').ok).toBe(false)
})

const text = (server: string) => `apiVersion: v1
kind: Config
clusters:
- name: kind-a
  cluster: { server: '${server}', certificate-authority-data: AAAA }
users:
- name: kind-a
  user: { client-key-data: VERYSECRET }
contexts:
- name: kind-a
  context: { cluster: kind-a, user: kind-a }
current-context: kind-a
`

test('a kubeconfig comes through unchanged', () => {
  expect(parseKubeconfig(text('https://127.0.0.1:34425'))).toEqual({ ok: true, value: text('https://127.0.0.1:34425') })
})

test.each([text(''), 'client-key-data: VERYSECRET', '{ VERYSECRET: [', '', 'kind: Config\nusers: VERYSECRET'])(
  'what is none is refused, and nothing of it is quoted (%#)',
  (stdout) => {
    const refused = parseKubeconfig(stdout)
    expect(refused.ok).toBe(false)
    expect(JSON.stringify(refused)).not.toContain('VERYSECRET')
  },
)
