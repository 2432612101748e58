import { randomBytes } from 'node:crypto'

/** Sorts by time, and two of one second stay apart. */
export const newRunId = (now = new Date()): string =>
  `${now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '')}-${randomBytes(3).toString('hex')}`
