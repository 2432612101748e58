import { describe, expect, it } from 'vitest'
import { lastWords, readConsole } from './console.ts'

const key = `ecdsa-sha2-nistp256 ${'A'.repeat(139)}=`

describe('readConsole', () => {
  it('reads mode, host key and sshd', () => {
    const log = `boot\r\nfips-conformance: MODE 1\r\nfips-conformance: HOSTKEY ${key}\r\nfips-conformance: SSH listens\r\n`
    expect(readConsole(log)).toEqual({ mode: '1', hostKey: key, ssh: true, deadline: false })
  })

  it('takes no key from a line that is not whole yet', () => {
    expect(readConsole(`fips-conformance: HOSTKEY ${key.slice(0, 60)}`)).toEqual({ ssh: false, deadline: false })
  })

  it.each(['ssh-ed25519 AAAA', 'ecdsa-sha2-nistp256 AAAA extra words', '* ssh-rsa AAAA', ''])('takes no other key: %j', (line) => {
    expect(readConsole(`fips-conformance: HOSTKEY ${line}\n`).hostKey).toBeUndefined()
  })

  it('sees a panic behind its time stamp, trouble, and the end of its time', () => {
    expect(readConsole('[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n').panic).toBe(
      'Kernel panic - not syncing: VFS: Unable to mount root fs',
    )
    expect(readConsole('fips-conformance: TROUBLE no disk /dev/vda\n').trouble).toBe('no disk /dev/vda')
    expect(readConsole('fips-conformance: DEADLINE the time is over\n').deadline).toBe(true)
  })
})

describe('lastWords', () => {
  it('gives the last lines without what a terminal would obey', () => {
    expect(lastWords('a\r\n\r\n\u001b[0;1;31mb\u001b[0m\r\nc\u0007\n', 2)).toBe('b\nc\\u{7}')
  })

  it('says that nothing was said', () => {
    expect(lastWords('\r\n\n')).toContain('said nothing')
  })
})
