/** What os-release(5) says of a Linux system. */
export type OsRelease = { id: string; like: readonly string[]; versionId: string; prettyName: string }

/** Parses the text of /etc/os-release: shell-like assignments, values bare or quoted (os-release(5)). */
export const parseOsRelease = (text: string): OsRelease => {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const assignment = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim())
    if (assignment?.[1] !== undefined) values.set(assignment[1], unquote(assignment[2] ?? ''))
  }
  // Both defaults are os-release(5)'s own.
  return {
    id: values.get('ID') || 'linux',
    like: (values.get('ID_LIKE') ?? '').split(/\s+/).filter((name) => name !== ''),
    versionId: values.get('VERSION_ID') ?? '',
    prettyName: values.get('PRETTY_NAME') || 'Linux',
  }
}

const unquote = (value: string): string => {
  const quoted = /^(["'])(.*)\1$/.exec(value)
  if (!quoted) return value
  const inner = quoted[2] ?? ''
  return quoted[1] === '"' ? inner.replaceAll(/\\(["$`\\])/g, '$1') : inner
}
