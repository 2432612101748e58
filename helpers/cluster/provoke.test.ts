import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { analyseCalls } from '../tls/analyse/client-offer.ts'
import type { NodeAccess } from './node-access.ts'
import { parseSink, provocable, provoke } from './provoke.ts'

const sink = readFileSync(join(import.meta.dirname, 'scripts', 'sink.pl'), 'utf8')
const scratch: string[] = []
afterEach(() => {
  for (const directory of scratch.splice(0)) rmSync(directory, { recursive: true, force: true })
})
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'sink-'))
  scratch.push(made)
  return made
}

/** The script itself on this machine, which has perl as a node has. */
const listen = (args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile('perl', ['-e', sink, ...args], (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)))
    child.stdin?.end(input)
  })

/** A program of node that connects with what it offers by itself. */
const caller = (options = ''): string =>
  `exec ${process.execPath} -e 'const c=require("node:tls").connect({host:"@ADDRESS@",port:@PORT@,rejectUnauthorized:false${options}});c.on("error",()=>{})'`

const offerIn = (output: string) => {
  const { calls } = parseSink(output)
  const evidence = calls.map(({ pid, exe, hello }) => ({
    kind: 'client-hello',
    data: { pid, exe },
    blobs: { received: 'x' },
    bytes: () => new Uint8Array(Buffer.from(hello, 'hex')),
  }))
  return analyseCalls(evidence)
}

describe('the listener that waits for a call', () => {
  it('sees what a client offers, and which program called', async () => {
    const [call] = offerIn(await listen(['1', '20', '', '', caller()]))
    expect(call?.exe).toBe(process.execPath)
    expect(call?.pid).toMatch(/^\d+$/)
    expect(call?.offer?.versions).toEqual(['0304', '0303'])
    expect(call?.offer?.suites).toContain('1303')
    expect(call?.offer?.suites).not.toContain('00ff')
    expect(call?.offer?.groups).toContain('001d')
  }, 30_000)

  it('sees the offer of a client that was told to keep to what is approved', async () => {
    const options = ',ciphers:"TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256",ecdhCurve:"P-256",sigalgs:"RSA+SHA256"'
    const [call] = offerIn(await listen(['1', '20', '', '', caller(options)]))
    expect(call?.offer).toMatchObject({ suites: ['1301', 'c02f'], groups: ['0017'], schemes: ['0401'] })
  }, 30_000)

  it('hands on the input with the port in it, and removes the file and undoes the rest', async () => {
    const directory = folder()
    const file = join(directory, 'made')
    const copy = join(directory, 'copy')
    const undone = join(directory, 'undone')
    const output = await listen(['1', '2', file, `touch ${undone}`, `tee ${copy} > ${file}; echo told`], 'to @HOST@ at @PORT@')
    expect([existsSync(file), existsSync(undone)]).toEqual([false, true])
    expect(readFileSync(copy, 'utf8')).toMatch(/^to [\d.[\]:a-f]+ at \d+$/)
    expect(parseSink(output)).toMatchObject({ calls: [], exitCode: '0', said: 'told\n' })
  }, 20_000)

  it('takes what is no TLS for no call', async () => {
    const [call] = offerIn(
      await listen([
        '1',
        '3',
        '',
        '',
        'perl -MSocket -e \'socket(S,PF_INET,SOCK_STREAM,6);connect(S,pack_sockaddr_in(@PORT@,inet_aton("@ADDRESS@")));syswrite(S,"GET / HTTP/1.1\\r\\n\\r\\n");sleep 1\'',
      ]),
    )
    expect(call).toMatchObject({ offer: undefined, why: 'it called, and what it said is no ClientHello' })
  }, 20_000)
})

describe('provoke', () => {
  const node = (stdout: string, exitCode = 0, stderr = '') => {
    const asked: { argv: readonly string[]; input: string }[] = []
    const access: NodeAccess = {
      name: 'a',
      means: 'a test',
      run: async (argv, { input = '' } = {}) => {
        asked.push({ argv, input: String(input) })
        return { exitCode, stdout: new TextEncoder().encode(stdout), stderr }
      },
      // biome-ignore lint/correctness/useYield: nothing is read here
      async *open() {
        throw new Error('nothing is read')
      },
      dial: () => Promise.reject(new Error('nobody is dialled')),
      close: async () => undefined,
    }
    return { access, asked }
  }
  const signal = new AbortController().signal

  it.each(provocable)('makes %s call with something of its own name that is removed again', async (component) => {
    const { access, asked } = node('P\t192.0.2.1\t1\nC\t2\t7\t/x\t16\nQ\t0\t\nZ\n')
    const [reading] = await provoke(access, component, 'fips-conformance-1', signal)
    expect(reading).toMatchObject({ kind: 'client-hello', data: { pid: '7', exe: '/x' }, blobs: { received: Uint8Array.of(0x16) } })
    const said = JSON.stringify(asked)
    expect(said).toContain('fips-conformance-1')
    const [, , , , , file, undo] = asked[0]?.argv ?? []
    expect(component === 'containerd' || Boolean(file) || Boolean(undo)).toBe(true)
    // A webhook that does not answer must hold up nobody, and meet nobody else's objects.
    if (component === 'kube-apiserver') {
      expect(asked[0]?.input).toContain('failurePolicy: Ignore')
      expect(asked[0]?.input).toContain('objectSelector: {matchLabels: {fips-conformance: "fips-conformance-1"}}')
      expect(asked[0]?.input).toContain('namespaceSelector')
      expect(said).toContain('--dry-run=server')
    }
  })

  it('says why nobody called', async () => {
    const said = Buffer.from('no image of pause').toString('hex')
    const [silent] = await provoke(node(`Q\t1\t${said}\nZ\n`).access, 'kubelet', 'n', signal)
    expect(silent).toMatchObject({ data: { why: expect.stringContaining('no image of pause') }, blobs: {} })
    const [broken] = await provoke(node('', 2, 'perl: not found').access, 'kubelet', 'n', signal)
    expect(broken?.data.why).toBe('perl: not found')
  })

  it('asks again where a call came by nobody that is known, each time under another name', async () => {
    const { access, asked } = node('P\t192.0.2.1\t1\nC\t2\t\t\t16\nQ\t0\t\nZ\n')
    await provoke(access, 'containerd', 'n', signal)
    expect(new Set(asked.map(({ argv }) => argv.at(-1))).size).toBe(3)
  })

  it('knows no other component', async () => {
    await expect(provoke(node('').access, 'etcd', 'n', signal)).rejects.toThrow('cannot be made to call')
  })
})
