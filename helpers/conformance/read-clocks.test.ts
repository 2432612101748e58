import { expect, it } from 'vitest'
import type { NodeAccess } from '../cluster/node-access.ts'
import { readClocks } from './read-clocks.ts'

const node = (name: string, run: NodeAccess['run']): NodeAccess => ({
  name,
  means: 'test',
  run,
  open: () => expect.unreachable(),
  dial: () => expect.unreachable(),
  close: async () => undefined,
})
const says = (text: string) => async () => ({ exitCode: 0, stdout: new TextEncoder().encode(text), stderr: '' })

it('tells how far each clock is off, and why one could not be read', async () => {
  const clocks = await readClocks(
    [
      node('right', says(`${Date.now() / 1000}\n`)),
      node('late', says(`${Math.floor(Date.now() / 1000) - 3600}.5\n`)),
      node('gone', () => Promise.reject(new Error('the node hung up'))),
    ],
    'start',
  )
  expect(clocks.map(({ node: name, when }) => [name, when])).toEqual([
    ['right', 'start'],
    ['late', 'start'],
    ['gone', 'start'],
  ])
  const [right, late, gone] = clocks
  expect(Math.abs(right?.differenceMs ?? Number.NaN)).toBeLessThan(2_000)
  expect(late?.differenceMs).toBeLessThan(-3_590_000)
  expect(gone).toMatchObject({ reason: 'the node hung up' })
  expect(gone).not.toHaveProperty('differenceMs')
})

it('ends with what interrupted it', async () => {
  const stop = AbortSignal.abort(new Error('stopped'))
  await expect(readClocks([node('n', () => Promise.reject(new Error('aborted')))], 'end', stop)).rejects.toThrow('stopped')
})
