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

/** The same for what is not walked from the top: a path is left out, too, where a directory above it is. */
export const withParents =
  (isExcluded: (path: string) => boolean): ((path: string) => boolean) =>
  (path) => {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) if (isExcluded(path.slice(0, end))) return true
    return isExcluded(path)
  }
