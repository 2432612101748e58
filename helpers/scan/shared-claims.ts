import type { Claim } from './analyse-content.ts'

/** Slots of the table; a power of two. At 8 bytes each 2 MB; more contents than that are simply analysed by whoever meets them. */
const slots = 262_144
const maximumProbes = 64

export const claimTable = (): SharedArrayBuffer => new SharedArrayBuffer(slots * 8)

/**
 * Claims that several threads share: the first 64 bits of each digest, in an open-addressed table that is written by compare and exchange. Two digests that agree in 64
 * bits make the second look taken; who hands out the work finds that out by the whole digest and has it analysed after all.
 */
export const sharedClaims = (table: SharedArrayBuffer): Claim => {
  const cells = new BigInt64Array(table)
  return (sha256) => {
    const key = BigInt.asIntN(64, BigInt(`0x${sha256.slice(0, 16)}`)) || 1n
    const first = Number.parseInt(sha256.slice(16, 22), 16)
    for (let probe = 0; probe < maximumProbes; probe++) {
      const at = (first + probe) & (slots - 1)
      const there = Atomics.compareExchange(cells, at, 0n, key)
      if (there === 0n) return true
      if (there === key) return false
    }
    return true
  }
}
