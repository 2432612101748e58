import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dockerNode } from './docker-node.ts'
import type { NodeAccess } from './node-access.ts'
import { takeInventory } from './take-inventory.ts'

let directory: string
let node: NodeAccess

/** A docker client whose only container is this machine. */
const client = (script: string): void => writeFileSync(join(directory, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
const thisMachine = `case "$*" in "exec --privileged --interactive lab "*) ;; *) exit 125 ;; esac
shift 4
LC_ALL=C exec "$@"`

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fips-conformance-node-'))
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`)
  client(thisMachine)
  node = dockerNode('lab')
})

afterEach(async () => {
  await node.close()
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

const textOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString()
}

describe.runIf(process.platform === 'linux')('dockerNode', () => {
  it('runs a program: bytes in, bytes out, its exit code as a result', async () => {
    const { exitCode, stdout, stderr } = await node.run(['sh', '-c', 'cat; printf "\\377\\n"; echo no >&2; exit 7'], {
      input: Uint8Array.of(0, 255, 10),
    })
    expect({ exitCode, stdout: [...stdout], stderr }).toEqual({ exitCode: 7, stdout: [0, 255, 10, 255, 10], stderr: 'no\n' })
  })

  it.each([
    ['Error response from daemon: container 12 is not running', 1],
    ['Error: No such container: lab', 1],
    ['Error response from daemon: No such container: lab', 1],
  ])('tells «%s» from the failure of a program', async (message, code) => {
    client(`echo "${message}" >&2; exit ${code}`)
    await expect(node.run(['true'])).rejects.toMatchObject({
      trouble: { code: 'NODE_UNREACHABLE', exit: 3, why: message, remedy: expect.stringContaining('name=lab') },
    })
  })

  it('cannot be reached without a docker client', async () => {
    vi.stubEnv('PATH', join(directory, 'nowhere'))
    await expect(node.run(['true'])).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
  })

  it('opens a file, whatever its bytes and its name', async () => {
    const path = join(directory, '-n a\nfile')
    writeFileSync(path, 'x'.repeat(300_000))
    expect(await textOf(node.open(path))).toBe('x'.repeat(300_000))
    await expect(textOf(node.open(join(directory, 'none')))).rejects.toThrow(/none: No such file or directory/)
  })

  it('does not hand over the user’s environment', async () => {
    vi.stubEnv('SECRET_TOKEN', 'x')
    expect(new TextDecoder().decode((await node.run(['env'])).stdout)).not.toContain('SECRET_TOKEN')
  })

  it.runIf(spawnSync('perl', ['-v']).status === 0)('dials through one relay, and ends it when it is closed', async () => {
    const server = createServer((socket) => socket.end('here'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as { port: number }
      const [one, other] = await Promise.all([1, 2].map(() => node.dial({ host: '127.0.0.1', port })))
      expect((await buffer(one!)).toString()).toBe('here')
      expect((await buffer(other!)).toString()).toBe('here')
      await node.close()
      await expect(node.dial({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'RELAY_ENDED' })
    } finally {
      server.close()
    }
  })

  it('says why a relay could not start', async () => {
    client('echo "no perl here" >&2; exit 127')
    await expect(node.dial({ host: '127.0.0.1', port: 1 })).rejects.toMatchObject({ code: 'RELAY_ENDED' })
    await expect(node.dial({ host: '127.0.0.1', port: 1 })).rejects.toThrow('the relay on lab ended: no perl here')
  })
})

describe.runIf(process.platform === 'linux' && spawnSync('perl', ['-v']).status === 0)('takeInventory', () => {
  it('finds a listener of this process, who owns it, and keeps the node’s own words', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as { port: number }
      const { seen, reading } = await takeInventory(node, 'worker')
      expect(seen.inventory.listeners).toContainEqual(
        expect.objectContaining({ transport: 'tcp', address: '127.0.0.1', port, owners: [expect.objectContaining({ pid: process.pid })] }),
      )
      expect(seen.components).toContainEqual(
        expect.objectContaining({
          name: process.execPath.split('/').at(-1),
          how: 'owns a listener',
          pids: expect.arrayContaining([process.pid]),
        }),
      )
      expect(seen.components).toContainEqual(expect.objectContaining({ name: 'kubeadm' }))
      expect(reading).toMatchObject({
        kind: 'inventory',
        means: 'docker exec',
        data: { node: 'lab', role: 'worker', gaps: seen.inventory.gaps },
      })
      expect(new TextDecoder().decode(reading.blobs.records)).toMatch(/^Z$/m)
    } finally {
      server.close()
    }
  })

  it('looks again where something ended or began meanwhile, three times at most', async () => {
    const count = join(directory, 'looks')
    const wholeAt = (look: number) =>
      client(`cat > /dev/null
case "$*" in *' perl -') ;; *) exit 1 ;; esac
echo x >> ${count}
[ "$(wc -l < ${count})" -lt ${look} ] && printf 'X\texe of process 7: gone\n'
echo Z`)
    const looks = () => readFileSync(count, 'utf8').split('\n').length - 1
    wholeAt(2)
    const { seen, reading } = await takeInventory(node, 'worker')
    expect({ gaps: seen.inventory.gaps, looks: looks(), told: new TextDecoder().decode(reading.blobs.records) }).toEqual({
      gaps: [],
      looks: 2,
      told: 'Z\n',
    })
    rmSync(count)
    wholeAt(99)
    expect((await takeInventory(node, 'worker')).seen.inventory.gaps).toEqual(['exe of process 7: gone'])
    expect(looks()).toBe(3)
  })

  it('fails where the node has no perl', async () => {
    client('echo "exec: perl: not found" >&2; exit 127')
    await expect(takeInventory(node, 'worker')).rejects.toMatchObject({
      trouble: { code: 'INVENTORY_FAILED', where: 'docker exec lab perl', why: 'exec: perl: not found', exit: 3 },
    })
  })
})
