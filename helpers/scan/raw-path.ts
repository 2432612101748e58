// A file name is bytes. Inside a scan a path is a string with one character for each byte (latin1), so that every name can be opened again; shown it is UTF-8.

const ascii = /^[\x20-\x7e]*$/
const utf8 = new TextDecoder('utf-8')

/** One character for each byte of the text in UTF-8. */
export const rawOf = (text: string): string => (ascii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1'))

/** What node:fs takes for a raw path. */
export const fsPath = (raw: string): string | Buffer => (ascii.test(raw) ? raw : Buffer.from(raw, 'latin1'))

/** A raw path as text; bytes that are not UTF-8 become U+FFFD. */
export const shownPath = (raw: string): string => (ascii.test(raw) ? raw : utf8.decode(Buffer.from(raw, 'latin1')))

/** Raw paths joined by one slash; an empty part adds nothing. */
export const joinRaw = (parent: string, name: string): string =>
  parent === '' ? name : name === '' ? parent : parent.endsWith('/') ? parent + name : `${parent}/${name}`
