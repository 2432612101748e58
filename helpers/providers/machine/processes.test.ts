import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { processStart, thisOwner } from '../../host/owner.ts'
import { endMachines, machineOf, ownershipText } from './processes.ts'
import { ownershipItem } from './qemu.ts'

const ownership = { run: 'r', cluster: 'c', owner: thisOwner(), expires: '2030-01-01T00:00:00.000Z', kept: false }
const item = `name=${ownershipItem},string=${ownershipText(ownership)}`

describe('machineOf', () => {
  it('finds name and owner again on a command line', () => {
    expect(machineOf(['/usr/bin/qemu-system-x86_64', '-name', 'fips-conformance.r.node', '-fw_cfg', item])).toEqual({
      name: 'fips-conformance.r.node',
      ownership,
    })
  })

  it.each<[string, string[]]>([
    ['another program', ['/usr/bin/vi', '-name', 'fips-conformance.r.node', '-fw_cfg', item]],
    ['somebody’s qemu', ['qemu-system-x86_64', '-name', 'mine']],
    ['a qemu with our name and no owner', ['qemu-system-x86_64', '-name', 'fips-conformance.r.node']],
    [
      'an owner that is no text of ours',
      ['qemu-system-x86_64', '-name', 'fips-conformance.x', '-fw_cfg', `name=${ownershipItem},string=!!!`],
    ],
    ['a qemu with an owner under another name', ['qemu-system-x86_64', '-name', 'mine', '-fw_cfg', item]],
    ['nothing', []],
  ])('leaves %s alone', (_case, argv) => {
    expect(machineOf(argv)).toBeUndefined()
  })
})

describe('endMachines', () => {
  it('ends one that does not listen to SIGTERM, and touches no later process with the same number', async () => {
    const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const pid = child.pid ?? 0
    await endMachines([{ pid, start: 'another time', name: 'stranger' }])
    expect(child.exitCode ?? child.signalCode).toBeNull()
    await endMachines([{ pid, start: processStart(pid) ?? '', name: 'ours' }])
    await ended
    expect(child.signalCode).toBe('SIGKILL')
  })
})
