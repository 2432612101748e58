import { matchesGlob } from 'node:path'

/**
 * Whether a path relative to its target is left out. A glob with a slash is held against the whole path, one without against each single name
 * (`*.md` anywhere, `var/cache/**` from the root of the target). A directory that matches is left out with all below it.
 */
export const excluder = (globs: readonly string[]): ((path: string) => boolean) => {
  if (globs.length === 0) return () => false
  const whole = globs.filter((glob) => glob.includes('/')).map((glob) => glob.replace(/^\.?\//, ''))
  const names = globs.filter((glob) => !glob.includes('/'))
  return (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return (
      names.some((glob) => matchesGlob(name, glob)) ||
      whole.some((glob) => matchesGlob(path, glob) || (glob.endsWith('/**') && path === glob.slice(0, -3)))
    )
  }
}
