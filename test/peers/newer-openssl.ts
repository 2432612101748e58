import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackedPackages } from './debian-packages.ts'

/** How an OpenSSL is called that is not this machine's. */
export type OpensslCommand = { command: string; before: readonly string[]; env: Readonly<Record<string, string>> }

/**
 * OpenSSL 3.5 of Debian 13 with its own C library, so that it runs on older systems, and its FIPS provider, which is configured in `folder` by OpenSSL's own
 * fipsinstall (fips_config(5)); `emsCheck` sets tls1-prf-ems-check.
 */
export const newerOpenssl = async (
  folder: string,
  { fips, emsCheck = false }: { fips: boolean; emsCheck?: boolean },
): Promise<OpensslCommand> => {
  const root = await unpackedPackages('trixie', ['openssl', 'openssl-provider-fips', 'libssl3t64', 'libc6', 'zlib1g', 'libzstd1'])
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
  const command = join(libraries, 'ld-linux-x86-64.so.2')
  const before = ['--library-path', libraries, join(root, 'usr/bin/openssl')]
  const env = { OPENSSL_MODULES: join(libraries, 'ossl-modules'), OPENSSL_CONF: '/dev/null' }
  if (!fips) return { command, before, env }
  const module = join(folder, `fipsmodule-${emsCheck}.cnf`)
  const install = ['fipsinstall', '-out', module, '-module', join(env.OPENSSL_MODULES, 'fips.so'), ...(emsCheck ? ['-ems_check'] : [])]
  execFileSync(command, [...before, ...install], { env, stdio: 'ignore' })
  const configuration = join(folder, `openssl-${emsCheck}.cnf`)
  const lines = ['openssl_conf = all', `.include ${module}`, '[all]', 'providers = providers', 'alg_section = algorithms']
  const sections = [
    '[providers]',
    'fips = fips_sect',
    'base = base',
    '[base]',
    'activate = 1',
    '[algorithms]',
    'default_properties = fips=yes',
  ]
  writeFileSync(configuration, `${[...lines, ...sections].join('\n')}\n`)
  return { command, before, env: { ...env, OPENSSL_CONF: configuration } }
}
