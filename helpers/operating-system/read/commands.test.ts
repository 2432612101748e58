import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { commandOf } from '../analyse/commands.ts'
import { parseBatch, readCommands } from './commands.ts'

const here = {
  means: 'this machine',
  run: async ([program = '', ...rest]: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(program, rest)
    return { exitCode: status ?? -1, stdout: new Uint8Array(stdout), stderr: stderr.toString() }
  },
}

describe('readCommands', () => {
  it('keeps output, errors and exit code of each apart, with a real shell', async () => {
    const reading = await readCommands(here, {
      kind: 'k',
      source: 's',
      commands: [
        { name: 'both', argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] },
        { name: 'quotes', argv: ['printf', '%s', `it's "$HOME" \`x\``] },
        { name: 'absent', argv: ['no-such-program-here'] },
        { name: 'empty', argv: ['true'] },
      ],
    })
    const result = (name: string) =>
      commandOf(
        {
          data: reading.data,
          blobs: Object.fromEntries(Object.keys(reading.blobs).map((blob) => [blob, blob])),
          bytes: (blob) => reading.blobs[blob] ?? new Uint8Array(),
        },
        name,
      )
    expect(result('both')).toEqual({ state: 'ran', exitCode: 3, stdout: 'out\n', stderr: 'err\n' })
    expect(result('quotes')).toMatchObject({ stdout: `it's "$HOME" \`x\`` })
    expect(result('absent').state).toBe('absent')
    expect(result('empty')).toMatchObject({ exitCode: 0, stdout: '' })
  })
  it('does not take a frame of its own words for a result', () => {
    expect(parseBatch('\nframe-1 begin a\nx\nframe-2 end a eDA=\n', 'frame-1').size).toBe(0)
  })
  it('says of a command that did not come back that it did not', async () => {
    const cut = { ...here, run: async () => ({ exitCode: 255, stdout: new Uint8Array(), stderr: 'connection lost' }) }
    const reading = await readCommands(cut, { kind: 'k', source: 's', commands: [{ name: 'a', argv: ['true'] }] })
    expect(commandOf({ data: reading.data, blobs: {}, bytes: () => new Uint8Array() }, 'a')).toMatchObject({ state: 'unknown' })
  })
})
