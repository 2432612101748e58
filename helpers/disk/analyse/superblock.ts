/** Whether a file system was left in order, as its superblock tells. */
export type DiskState = { state: 'clean' } | { state: 'unclean' | 'unknown'; why: string }

const fieldOf = (text: string, name: string): string | undefined => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(text)?.[1]?.trim()

/**
 * Reads what `show_super_stats -h` of debugfs prints of an ext4 superblock (the kernel's Documentation/filesystems/ext4, s_state and s_feature_incompat). Only a file
 * system that was unmounted, and whose journal, where it has one, holds nothing that is not written yet, shows its files as they are.
 */
export const analyseSuperblock = (text: string): DiskState => {
  const state = fieldOf(text, 'Filesystem state')
  const features = fieldOf(text, 'Filesystem features')
  if (state === undefined || features === undefined) return { state: 'unknown', why: 'its superblock cannot be read' }
  if (features.split(' ').includes('needs_recovery'))
    return { state: 'unclean', why: 'its journal holds changes that were not written to their places (needs_recovery)' }
  return state === 'clean' ? { state: 'clean' } : { state: 'unclean', why: `its file system was not unmounted in order (state: ${state})` }
}

/** Size of a block in bytes; undefined where the superblock does not tell it. */
export const blockSizeOf = (text: string): number | undefined => {
  const size = Number(fieldOf(text, 'Block size'))
  return Number.isInteger(size) && size >= 1024 && size <= 65_536 ? size : undefined
}
