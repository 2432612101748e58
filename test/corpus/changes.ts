import { createHmac } from 'node:crypto'
import { boringOf, indexOf, loadsOf, nativeOf, numbersAt, type Part, placesOf, segmentsOf } from './places.ts'

// What is done to built programs: copies with changed bytes, none of them on disk.

/** Gives the changed bytes; `bytes` is a copy of its own. */
export type Change = (bytes: Uint8Array) => Uint8Array

const found = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Error(`the program has no ${what}`)
  return value
}
const place = (at: number, what: string): number => found(at < 0 ? undefined : at, what)
const flip = (bytes: Uint8Array, at: number, by = 1): void => {
  bytes[at] = (bytes[at] ?? 0) ^ by
}
const inPlace =
  (change: (bytes: Uint8Array) => void): Change =>
  (bytes) => {
    change(bytes)
    return bytes
  }
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const textOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const boring = (bytes: Uint8Array) => found(boringOf(bytes), 'known BoringCrypto')
const native = (bytes: Uint8Array) => found(nativeOf(bytes), "record of Go's own module")
const part = (bytes: Uint8Array, which: number): Part => found(native(bytes).parts[which], 'such part')

/** One bit of the block, at a share of its length. */
export const blockFlipped = (share: number): Change =>
  inPlace((bytes) => {
    const { block } = boring(bytes)
    flip(bytes, block.offset + Math.min(block.length - 1, Math.floor(block.length * share)), 0x40)
  })

/** One bit of a text in the block: its constants are hashed like its code. */
export const blockTextFlipped: Change = inPlace((bytes) =>
  flip(bytes, place(indexOf(bytes, "FIPS module doesn't span"), 'text of the self-test')),
)
export const blockCleared: Change = inPlace((bytes) => {
  const { block } = boring(bytes)
  bytes.fill(0, block.offset, block.offset + block.length)
})
export const digestFlipped: Change = inPlace((bytes) => flip(bytes, boring(bytes).digest.offset + 7))
export const digestCleared: Change = inPlace((bytes) => {
  const { digest } = boring(bytes)
  bytes.fill(0, digest.offset, digest.offset + digest.length)
})

/** The digest of another known build in its place. */
export const digestOf = (other: string): Change => inPlace((bytes) => bytes.set(Buffer.from(other, 'hex'), boring(bytes).digest.offset))

/** Changed code with a MAC that is right again: the program's own self-test passes. */
export const resealed = (share: number): Change =>
  inPlace((bytes) => {
    const { block, digest, mac } = boring(bytes)
    flip(bytes, block.offset + Math.floor(block.length * share))
    bytes.set(
      createHmac(mac, new Uint8Array(64))
        .update(bytes.subarray(block.offset, block.offset + block.length))
        .digest(),
      digest.offset,
    )
  })

/** The same with another key: the MAC is not even right. */
export const resealedWithKey: Change = inPlace((bytes) => {
  const { block, digest, mac } = boring(bytes)
  flip(bytes, block.offset + 1000)
  bytes.set(
    createHmac(mac, new Uint8Array(64).fill(1))
      .update(bytes.subarray(block.offset, block.offset + block.length))
      .digest(),
    digest.offset,
  )
})

/** Bytes right behind the block, before the digest: the linker's, not the module's. */
export const behindBlockFlipped: Change = inPlace((bytes) => {
  const { block } = boring(bytes)
  flip(bytes, block.offset + block.length)
})

/** Changed block with an intact copy of block and digest at the end of the file: only what runs may count. */
export const intactCopyBehind: Change = (bytes) => {
  const { block, digest } = boring(bytes)
  const copy = bytes.slice(block.offset, digest.offset + digest.length)
  flip(bytes, block.offset + 5000)
  return joined(bytes, copy)
}

/** The segment of the block is not executable any more. */
export const withoutExecution: Change = inPlace((bytes) => {
  const { offset } = boring(bytes).block
  const segment = found(
    loadsOf(bytes).find((each) => each.offset <= offset && offset < each.offset + each.length),
    'segment of the block',
  )
  numbersAt(bytes).view.setUint32(segment.header + 4, 4, true)
})

/** Names in the table of functions made others of the same length. */
export const namesHidden = (prefix: string): Change =>
  inPlace((bytes) => {
    for (const at of placesOf(bytes, `\0${prefix}`)) bytes.set(textOf('x'.repeat(prefix.length - 1)), at + 1)
  })

export const functionTableHidden: Change = inPlace((bytes) => {
  for (const at of [...placesOf(bytes, Buffer.from('f1ffffff00000108', 'hex')), ...placesOf(bytes, Buffer.from('f0ffffff00000108', 'hex'))])
    bytes.fill(0, at, at + 8)
})

/** A bit of one part of Go's own module: text, rodata, noptrdata, data. */
export const partFlipped = (which: number, share = 0.5): Change =>
  inPlace((bytes) => {
    const { offset, length } = part(bytes, which)
    flip(bytes, offset + Math.floor(length * share), 0x20)
  })
export const recordMacFlipped: Change = inPlace((bytes) => flip(bytes, native(bytes).record.offset + 20))
export const recordCleared: Change = inPlace((bytes) => {
  const { record } = native(bytes)
  bytes.fill(0, record.offset, record.offset + record.length)
})
export const recordMacCleared: Change = inPlace((bytes) => {
  const { record } = native(bytes)
  bytes.fill(0, record.offset + 16, record.offset + 48)
})
export const hmacOf = (record: Uint8Array): Change =>
  inPlace((bytes) => bytes.set(record.subarray(16, 48), native(bytes).record.offset + 16))
export const recordElsewhere: Change = inPlace((bytes) => flip(bytes, native(bytes).record.offset + 48, 0x10))

const sealRecord = (bytes: Uint8Array): void => {
  const { record, parts } = native(bytes)
  const mac = createHmac('sha256', new Uint8Array(32)).update('go fips object v1\n')
  for (const { offset, length } of parts) {
    const view = new DataView(new ArrayBuffer(8))
    view.setBigUint64(0, BigInt(length))
    mac.update(new Uint8Array(view.buffer)).update(bytes.subarray(offset, offset + length))
  }
  bytes.set(mac.digest(), record.offset + 16)
}

/** The text's range ends earlier, and the MAC is right over what is left. */
export const recordShortened: Change = inPlace((bytes) => {
  const { record } = native(bytes)
  const { word, setWord, wide } = numbersAt(bytes)
  const end = record.offset + 48 + (wide ? 16 : 8)
  setWord(end, word(end) - 4096)
  sealRecord(bytes)
})

/** Changed code of Go's own module with a MAC that is right again. */
export const nativeResealed: Change = inPlace((bytes) => {
  const { offset, length } = part(bytes, 0)
  flip(bytes, offset + Math.floor(length / 2))
  sealRecord(bytes)
})

/** A second record in padding of the same segment. */
export const recordTwice: Change = inPlace((bytes) => {
  const { record } = native(bytes)
  const segment = found(
    loadsOf(bytes).find((each) => each.offset <= record.offset && record.offset < each.offset + each.length),
    'segment',
  )
  const at =
    place(indexOf(bytes.subarray(0, segment.offset + segment.length), new Uint8Array(record.length + 32), segment.offset), 'room') + 16
  bytes.copyWithin(at, record.offset, record.offset + record.length)
  numbersAt(bytes).setWord(at + 48, segment.address + at - segment.offset)
})

/** All copies of a text made another of the same length. */
export const textReplaced = (text: string, by: string): Change =>
  inPlace((bytes) => {
    const places = placesOf(bytes, text)
    place(places.length - 1, text)
    for (const at of places) bytes.set(textOf(by.padEnd(text.length).slice(0, text.length)), at)
  })

/** A line of the build info, in all copies: its key and value another one's, filled up with experiments that do not exist. */
export const settingReplaced = (setting: string, by: string): Change =>
  inPlace((bytes) => {
    const places = placesOf(bytes, `build\t${setting}=`)
    place(places.length - 1, setting)
    for (const at of places) {
      const start = at + 'build\t'.length
      const length = indexOf(bytes, '\n', at) - start
      bytes.set(textOf(`${by},`.padEnd(length, 'x').slice(0, length)), start)
    }
  })

/** A piece of text inside a setting of the build info, with one of the same length. */
export const settingChanged = (setting: string, text: string, by: string): Change =>
  inPlace((bytes) => {
    const places = placesOf(bytes, `build\t${setting}=`)
    place(places.length - 1, setting)
    for (const at of places) bytes.set(textOf(by), place(indexOf(bytes, text, at), text))
  })

export const buildInfoHidden: Change = inPlace((bytes) => {
  for (const at of placesOf(bytes, '\xff Go buildinf:'.slice(1))) bytes.fill(0, at - 1, at + 13)
})

export const cutAt =
  (length: number): Change =>
  (bytes) =>
    bytes.subarray(0, length)
export const cutShare =
  (share: number): Change =>
  (bytes) =>
    bytes.subarray(0, Math.floor(bytes.length * share))
export const cutBy =
  (length: number): Change =>
  (bytes) =>
    bytes.subarray(0, bytes.length - length)
export const cutInBlock: Change = (bytes) => bytes.subarray(0, boring(bytes).block.offset + 100_000)
export const cutBehindBlock: Change = (bytes) => bytes.subarray(0, boring(bytes).digest.offset + 64)
export const followedBy =
  (text: string | Uint8Array): Change =>
  (bytes) =>
    joined(bytes, typeof text === 'string' ? textOf(text) : text)
export const precededBy =
  (text: string): Change =>
  (bytes) =>
    joined(textOf(text), bytes)

/** Values of header fields, as `[offset, width, value]`. */
export const headerFields = (...fields: readonly (readonly [offset: number, width: 1 | 2 | 4 | 8, value: number])[]): Change =>
  inPlace((bytes) => {
    const { view, little } = numbersAt(Uint8Array.from(bytes.subarray(0, 64)))
    for (const [offset, width, value] of fields) {
      if (width === 1) view.setUint8(offset, value)
      else if (width === 2) view.setUint16(offset, value, little)
      else if (width === 4) view.setUint32(offset, value, little)
      else view.setBigUint64(offset, BigInt(value), little)
    }
    bytes.set(new Uint8Array(view.buffer, view.byteOffset, 64))
  })

/** No section headers in the header, and none behind the last segment either. */
export const withoutSections: Change = (bytes) => {
  const end = Math.max(...loadsOf(bytes).map(({ offset, length }) => offset + length))
  return headerFields([40, 8, 0], [58, 2, 0], [60, 2, 0], [62, 2, 0])(bytes).slice(0, end)
}

/** Section headers that name other places: their offsets and sizes are all one higher. */
export const lyingSections: Change = inPlace((bytes) => {
  const { word, u16, setWord } = numbersAt(bytes)
  const [start, each, count] = [word(40), u16(58), u16(60)]
  for (let index = 1; index < count; index++) {
    setWord(start + index * each + 24, word(start + index * each + 24) + 64)
    setWord(start + index * each + 16, 0)
  }
})

/** What UPX leaves: its mark behind the program headers, its loader as the only code. Made by hand. */
export const packedByHand: Change = (bytes) => {
  const { u16, word } = numbersAt(bytes)
  const end = word(32) + u16(54) * u16(56)
  bytes.set(textOf('UPX!'), end + 4)
  for (let at = end + 64; at < bytes.length; at++) bytes[at] = ((bytes[at] ?? 0) * 167 + at) & 0xff
  return bytes
}

/** A segment of the file named in place of one that is only a note, with rights of the caller's choice, over bytes that are put behind the file. */
export const withSegment =
  (more: Uint8Array, flags: number): Change =>
  (bytes) => {
    const padded = joined(bytes, new Uint8Array((4096 - (bytes.length % 4096)) % 4096))
    const { view, setWord } = numbersAt(padded)
    const header = found(
      segmentsOf(padded).find(({ type }) => type !== 1 && type !== 6),
      'header to spare',
    ).header
    view.setUint32(header, 1, true)
    view.setUint32(header + 4, flags, true)
    for (const [at, value] of [
      [8, padded.length],
      [16, 0x10000000],
      [24, 0x10000000],
      [32, more.length],
      [40, more.length],
      [48, 4096],
    ] as const)
      setWord(header + at, value)
    return joined(padded, more)
  }

/** Code bytes at these places made instructions that do nothing: five bytes each, as long as a call on amd64. */
export const callsRemoved =
  (places: readonly number[]): Change =>
  (bytes) => {
    for (const at of places) bytes.fill(0x90, at, at + 5)
    return bytes
  }

/** Block and digest of a program, as they stand in it. */
export const blockOf = (bytes: Uint8Array): Uint8Array => {
  const { block, digest } = boring(bytes)
  return bytes.slice(block.offset, digest.offset + digest.length)
}

/** Another's block in the place of one's own. */
export const blockReplaced = (other: Uint8Array): Change => inPlace((bytes) => bytes.set(other, boring(bytes).block.offset))

export const recordOf = (bytes: Uint8Array): Uint8Array => {
  const { offset, length } = native(bytes).record
  return bytes.slice(offset, offset + length)
}
