/** RFC 4253, section 4.2 lets lines stand before the identification; more than this is no server that means to be understood. */
const mostBefore = 8_192

/** Where the identification line is, and where what follows it begins. */
export const identificationIn = (bytes: Uint8Array): { line: string; end: number } | undefined => {
  let start = 0
  for (let at = 0; at < Math.min(bytes.length, mostBefore); at++) {
    if (bytes[at] !== 0x0a) continue
    const line = String.fromCharCode(...bytes.subarray(start, at)).replace(/\r$/, '')
    if (line.startsWith('SSH-')) return { line, end: at + 1 }
    start = at + 1
  }
  return undefined
}
