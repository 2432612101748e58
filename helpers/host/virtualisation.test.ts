import { describe, expect, it } from 'vitest'
import { isNewEnough, kvmRemedy, lookAtKvm, lookAtQemu, machineCheck, parseQemuVersion, qemuRemedy } from './virtualisation.ts'

const debian = { uid: 0, platform: 'linux', osRelease: { id: 'debian', like: [], versionId: '12', prettyName: 'Debian' } } as const
const ready = { qemu: { path: '/q', version: '7.2.22' }, ssh: '/usr/bin/ssh', kvm: 'opens' } as const

describe('qemu', () => {
  it('reads its version', () => {
    expect(parseQemuVersion('QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)')).toBe('7.2.22')
    expect(parseQemuVersion('QEMU emulator version 10.0')).toBe('10.0')
    expect(parseQemuVersion('bash: not found')).toBeUndefined()
  })

  it.each([
    ['6.2.0', false],
    ['7.1.9', false],
    ['7.2.0', true],
    ['10.0.2', true],
  ])('%s is new enough: %s', (version, enough) => {
    expect(isNewEnough(version)).toBe(enough)
  })

  it('is not where it is not', async () => {
    expect(await lookAtQemu('qemu-system-of-nobody')).toBeUndefined()
  })

  it('is brought by a command, through sudo for who is not root', () => {
    expect(qemuRemedy(debian)).toMatch(/^ {2}apt-get install -y .*qemu-system-x86/)
    expect(qemuRemedy({ ...debian, uid: 1000 })).toMatch(/^ {2}sudo apt-get install/)
    expect(qemuRemedy({ ...debian, platform: 'darwin' })).toContain('brew')
  })
})

describe('kvm', () => {
  it('says why it cannot be opened, and what helps', async () => {
    expect(await lookAtKvm('/dev/nothing-of-that-name')).toEqual({ trouble: 'ENOENT' })
    expect(kvmRemedy('EACCES')).toContain('usermod -aG kvm')
    expect(kvmRemedy('ENOENT')).toContain('modprobe')
    expect(kvmRemedy('slow')).toContain('nested')
  })
})

describe('machineCheck', () => {
  it('never says that a host is of no use at all', () => {
    expect(machineCheck(debian, ready).state).toBe('ok')
    expect(machineCheck(debian, { ...ready, qemu: undefined })).toMatchObject({ state: 'warn', remedy: expect.stringContaining('qemu') })
    expect(machineCheck(debian, { ...ready, qemu: { path: '/q', version: '6.2.0' } })).toMatchObject({
      found: expect.stringContaining('too old'),
    })
    expect(machineCheck(debian, { ...ready, ssh: undefined })).toMatchObject({ found: expect.stringContaining('no ssh') })
    expect(machineCheck(debian, { ...ready, kvm: { trouble: 'EACCES' } })).toMatchObject({
      state: 'warn',
      found: expect.stringContaining('emulated'),
    })
  })
})
