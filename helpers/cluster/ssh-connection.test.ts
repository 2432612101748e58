import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { shellWords, sshConnection, sshOptions } from './ssh-connection.ts'

const target = { node: 'n', host: '127.0.0.1', port: 1, user: 'root', key: '/k', knownHosts: '/with space/known' }

describe('shellWords', () => {
  it.each([[["it's", '$HOME', '`id`', 'a b', '', '*', 'two\nlines', '\\']]])('hands a shell back what went in: %j', (words) => {
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${shellWords(words)}`], { encoding: 'utf8' })
    expect(stdout.split('\0').slice(0, -1)).toEqual(words)
  })
})

describe('sshOptions', () => {
  const options = sshOptions(target)

  it.each([
    ['KexAlgorithms', 'ecdh-sha2-nistp256'],
    ['Ciphers', 'aes128-gcm@openssh.com'],
    ['HostKeyAlgorithms', 'ecdsa-sha2-nistp256'],
    ['PubkeyAcceptedAlgorithms', 'ecdsa-sha2-nistp256'],
    ['StrictHostKeyChecking', 'yes'],
    ['UserKnownHostsFile', '"/with space/known"'],
  ])('pins %s', (name, value) => {
    expect(options).toContain(`${name}=${value}`)
  })

  it('takes nothing from the user’s own configuration and agent', () => {
    expect(options.slice(0, 2)).toEqual(['-F', 'none'])
    expect(options).toContain('IdentityAgent=none')
    expect(options).toContain('GlobalKnownHostsFile=/dev/null')
  })
})

describe('sshConnection', () => {
  it('tells where nobody listens', async () => {
    const connection = sshConnection(target)
    await expect(connection.command(['true'])).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
    await connection.close()
  })

  it('is not made for an aborted caller', async () => {
    await expect(sshConnection(target).command(['true'], AbortSignal.abort())).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})
