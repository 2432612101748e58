import { afterEach, describe, expect, it } from 'vitest'
import { type Debugfs, openDebugfs } from './debugfs.ts'

/** A program that repeats every line as debugfs does, and answers some. */
const speaking = (answers: Record<string, string>, dies = false): string => `
  const answers = ${JSON.stringify(answers)}
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    process.stdout.write(line.startsWith('#') ? line + '\\n' : 'debugfs: ' + line + '\\n' + (answers[line] ?? ''))
    if (${dies} && line === 'die') { process.stderr.write('it broke\\n'); process.exit(1) }
  })`

let open: Debugfs | undefined
afterEach(async () => open?.close())

const start = (answers: Record<string, string>, dies = false, signal = new AbortController().signal): Debugfs => {
  open = openDebugfs({ command: process.execPath, argv: ['-e', speaking(answers, dies)], env: {} }, signal)
  return open
}

describe('a conversation with debugfs', () => {
  it('gives each answer to its question, byte for byte', async () => {
    const disk = start({ one: 'first\n', two: '', three: '\u0000# no mark 1\ndebugfs: one\n' })
    expect(await disk.ask(['one', 'two'])).toEqual(['first\n', ''])
    expect(await disk.ask(['three'])).toEqual(['\u0000# no mark 1\ndebugfs: one\n'])
  })

  it('gives the whole bytes of files', async () => {
    const disk = start({ 'cat <7>': 'abc\n#x', 'cat <8>': '', 'cat <9>': 'z'.repeat(100_000) })
    const got = ['', '', '']
    await disk.contents(
      [
        { inode: 7, size: 6 },
        { inode: 8, size: 0 },
        { inode: 9, size: 100_000 },
      ],
      (index, chunk) => {
        got[index] += Buffer.from(chunk).toString('latin1')
      },
    )
    expect(got.map((text) => text.length)).toEqual([6, 0, 100_000])
    expect(got[0]).toBe('abc\n#x')
  })

  it.each([
    ['less than its entry tells of', 7, /ended early|does not have the 7 bytes/],
    ['so much less that the rest of the answers is taken for it', 40_000, /ended early/],
    ['more', 2, /does not have the 2 bytes/],
  ])('does not take for whole a file that gives %s', async (_, size, why) => {
    const disk = start({ 'cat <7>': 'abcde' })
    await expect(disk.contents([{ inode: 7, size }], () => undefined)).rejects.toThrow(why)
  })

  it('tells with its own words that it ended', async () => {
    await expect(start({}, true).ask(['die', 'one'])).rejects.toThrow(/ended early: it broke/)
  })

  it('ends where the work is interrupted', async () => {
    const abort = new AbortController()
    const disk = start({}, false, abort.signal)
    await disk.ask(['one'])
    abort.abort(new Error('enough'))
    await expect(disk.ask(['two'])).rejects.toThrow(/enough/)
  })

  it('says which program is not there', async () => {
    open = openDebugfs({ command: '/nowhere/debugfs', argv: [], env: {} }, new AbortController().signal)
    await expect(open.ask(['one'])).rejects.toThrow(/ended early: .*ENOENT/)
  })
})
