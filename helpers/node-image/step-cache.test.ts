import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cachedDirectory, cachedImage, inputKey } from './step-cache.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fips-conformance-cache-'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

describe('inputKey', () => {
  it('is twelve digits that any change of the inputs changes', () => {
    const inputs = [{ a: 1 }, { a: 2 }, { a: '1' }, { b: 1 }, ['a', 1], [], 'a', null]
    const keys = inputs.map(inputKey)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{12}$/)
    expect(new Set(keys).size).toBe(inputs.length)
    expect(inputKey({ a: 1 })).toBe(keys[0])
  })
})

describe('cachedDirectory', () => {
  const making =
    (text: string) =>
    async (directory: string): Promise<void> =>
      writeFileSync(join(directory, 'made'), text)

  it('makes a thing once for its inputs', async () => {
    const first = await cachedDirectory(root, 'etcd', { version: 1 }, making('one'))
    const second = await cachedDirectory(root, 'etcd', { version: 1 }, () => Promise.reject(new Error('made again')))
    const other = await cachedDirectory(root, 'etcd', { version: 2 }, making('two'))
    expect(first).toEqual({ directory: join(root, `etcd-${first.key}`), key: inputKey({ version: 1 }), cached: false })
    expect(second).toEqual({ ...first, cached: true })
    expect([first, other].map(({ directory }) => readFileSync(join(directory, 'made'), 'utf8'))).toEqual(['one', 'two'])
  })

  it('shows nothing under its name before it is whole', async () => {
    const place = join(root, `etcd-${inputKey(1)}`)
    await cachedDirectory(root, 'etcd', 1, async (directory) => {
      expect(directory).not.toBe(place)
      writeFileSync(join(directory, 'half'), '')
      expect(existsSync(place)).toBe(false)
    })
    expect(readdirSync(root)).toEqual([`etcd-${inputKey(1)}`])
  })

  it('leaves nothing behind when making fails, and can be tried again', async () => {
    const failing = cachedDirectory(root, 'etcd', 1, async (directory) => {
      writeFileSync(join(directory, 'half'), '')
      throw new Error('no room')
    })
    await expect(failing).rejects.toThrow('no room')
    expect(readdirSync(root)).toEqual([])
    expect(await cachedDirectory(root, 'etcd', 1, making('whole'))).toMatchObject({ cached: false })
  })

  it('lets two make the same at once: one copy stays, whole, and no draft', async () => {
    const { promise: bothBegan, resolve } = Promise.withResolvers<void>()
    let began = 0
    const make = async (directory: string): Promise<void> => {
      began += 1
      if (began === 2) resolve()
      await bothBegan
      await making('x')(directory)
    }
    const [one, other] = await Promise.all([1, 2].map(() => cachedDirectory(root, 'etcd', 1, make)))
    expect(one?.directory).toBe(other?.directory)
    expect(readdirSync(root)).toEqual([`etcd-${inputKey(1)}`])
    expect(readdirSync(one?.directory ?? '')).toEqual(['made'])
  })
})

describe('cachedImage', () => {
  const docker = (script: string): void => {
    writeFileSync(join(root, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    vi.stubEnv('PATH', `${root}:${process.env.PATH}`)
  }

  it('makes an image that the engine does not have', async () => {
    docker('')
    const made: string[] = []
    const image = await cachedImage('root', { a: 1 }, async (tag) => void made.push(tag))
    expect(image).toEqual({ tag: `fips-conformance/root:${inputKey({ a: 1 })}`, key: inputKey({ a: 1 }), cached: false })
    expect(made).toEqual([image.tag])
  })

  it('takes one that it has', async () => {
    docker('echo 0123456789ab')
    expect(await cachedImage('root', 1, () => Promise.reject(new Error('made again')))).toMatchObject({ cached: true })
  })

  it('does not take an engine that does not answer for one that lacks the image', async () => {
    docker('echo "Cannot connect to the Docker daemon" >&2; exit 1')
    await expect(cachedImage('root', 1, async () => undefined)).rejects.toMatchObject({ code: 'DOCKER_UNREACHABLE' })
  })
})
