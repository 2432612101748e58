import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackedPackages } from './debian-packages.ts'
import { type Bench, freePort } from './peer.ts'

/** What mariadbd of Debian 12 links, C library included, so that it runs on any system. */
const libraries = [
  ...['libaio1', 'libc6', 'libcap2', 'libcrypt1', 'libgcc-s1', 'libgcrypt20', 'libgpg-error0', 'liblz4-1', 'liblzma5', 'libnuma1'],
  ...['libpcre2-8-0', 'libssl3', 'libstdc++6', 'libsystemd0', 'liburing2', 'libzstd1', 'zlib1g'],
]

/**
 * MariaDB of Debian 12, unpacked and not installed, on a free port of 127.0.0.1 with an empty database in the bench's folder: it has its system tables and no
 * account, so that nobody can log in. `settings` are options of mariadbd by name. Answers the port.
 */
export const startMariadb = async (bench: Bench, settings: Readonly<Record<string, string>>): Promise<number> => {
  const root = await unpackedPackages('bookworm', ['mariadb-server-core', ...libraries])
  const paths = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((path) => join(root, path))
  const command = join(paths[0] ?? root, 'ld-linux-x86-64.so.2')
  const share = join(root, 'usr/share/mysql')
  const data = mkdtempSync(join(bench.folder, 'mariadb-'))
  const common = {
    datadir: data,
    'lc-messages-dir': join(share, 'english'),
    'character-sets-dir': join(share, 'charsets'),
    'plugin-dir': join(data, 'none'),
    innodb: 'off',
    'default-storage-engine': 'Aria',
    // It refuses to run as root unless it is told to.
    ...(process.getuid?.() === 0 ? { user: 'root' } : {}),
  }
  const args = (options: Readonly<Record<string, string>>): string[] => [
    '--library-path',
    paths.join(':'),
    join(root, 'usr/sbin/mariadbd'),
    '--no-defaults',
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
  ]
  const tables = readFileSync(join(share, 'mysql_system_tables.sql'), 'utf8')
  const input = `create database mysql;\nuse mysql;\n${tables}`
  execFileSync(command, [...args(common), '--bootstrap'], { input, stdio: ['pipe', 'ignore', 'ignore'], timeout: 60_000 })
  const port = await freePort()
  const listening = { 'bind-address': '127.0.0.1', port: String(port), socket: join(data, 'socket'), 'pid-file': join(data, 'pid') }
  return bench.start(port, command, args({ ...common, ...listening, ...settings }))
}
