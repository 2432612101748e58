import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { obtainImage } from '../../helpers/cli/obtain-image.ts'
import { readSettings } from '../../helpers/cli/settings.ts'
import { askEngine } from '../../helpers/host/engine.ts'
import { cacheDir } from '../../helpers/host/paths.ts'
import { buildHost } from '../../helpers/node-image/build-host.ts'
import { type MachineDisk, machineDisk } from '../../helpers/node-image/machine-disk.ts'

const silent = () => undefined

/** What machines boot from, made where it is not in the cache: for tests that replace a part of it. */
export const madeDisk = async (): Promise<MachineDisk> => {
  const engine = await askEngine()
  const image = await obtainImage(await readSettings({ provider: 'machine' }), engine, { progress: silent })
  return machineDisk(image, { host: buildHost(engine, cacheDir()), progress: silent })
}

/** One executable file as a cpio archive in the form `newc` (the kernel's Documentation/driver-api/early-userspace/buffer-format.rst). */
const archiveOf = (name: string, content: string): Uint8Array => {
  const entry = (file: string, mode: number, text: string): Buffer => {
    const hex = (value: number): string => value.toString(16).padStart(8, '0')
    const header = `070701${[1, mode, 0, 0, 1, 0, text.length, 0, 0, 0, 0, file.length + 1, 0].map(hex).join('')}`
    const padded = (part: string): string => part.padEnd(Math.ceil(part.length / 4) * 4, '\0')
    return Buffer.from(`${padded(`${header}${file}\0`)}${padded(text)}`, 'latin1')
  }
  return Buffer.concat([entry(name, 0o100755, content), entry('TRAILER!!!', 0, '')])
}

/** A first root that does something else than hand over to the node: the kernel unpacks archives behind each other, and the last file of a name stays. */
export const firstRootWith = (disk: MachineDisk, directory: string, script: string): string => {
  const path = join(directory, 'initrd')
  const first = readFileSync(disk.initrd)
  // An archive begins at a multiple of four bytes.
  const gap = Buffer.alloc((4 - (first.length % 4)) % 4)
  writeFileSync(path, Buffer.concat([first, gap, archiveOf('init', `#!/bin/busybox sh\n${script}\n`)]))
  return path
}
