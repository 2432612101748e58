import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { boringObjects, builtFile } from './build.ts'
import { type Base, bases, type Donors } from './changed-files.ts'
import { blockOf, recordOf } from './changes.ts'
import { boringOf } from './places.ts'
import { recipes } from './recipes.ts'

/** The bytes of a program of the corpus, by its name in the recipes. */
export const builtBytes = async (name: string): Promise<Uint8Array> => {
  const recipe = recipes.get(name)
  if (recipe === undefined) throw new Error(`the corpus has no recipe for ${name}`)
  return new Uint8Array(await readFile(await builtFile(name, recipe)))
}

export const baseBytes = (base: Base): Promise<Uint8Array> => builtBytes(bases[base])

/** The block in an object of the toolchain has no digest behind it at the place where a linked program has it, so only the block is taken. */
const blockOfObject = async (): Promise<Uint8Array> => {
  const object = new Uint8Array(await readFile(join(await boringObjects(), 'goboringcrypto_linux_arm64.syso')))
  const found = boringOf(object)
  if (found === undefined) throw new Error('the object of the toolchain holds no known BoringCrypto')
  return object.slice(found.block.offset, found.digest.offset + found.digest.length)
}

export const donors = async (): Promise<Donors> => ({
  block2022: blockOf(await baseBytes('boring')),
  block2021: blockOf(await baseBytes('boring of 2021')),
  blockArm64: await blockOfObject(),
  emptyRecord: recordOf(await baseBytes('free')),
})
