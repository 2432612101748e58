import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { NodeAccess } from '../../../helpers/cluster/node-access.ts'
import { macOf, madeFipsModuleConfiguration, madeProvider } from '../../../helpers/crypto-modules/analyse/made-provider.ts'

// What makes a node look better than it is, put into a machine that runs. Each gives what takes it away again.

type Undo = () => Promise<void>

const flag = '/proc/sys/crypto/fips_enabled'

/** Runs a script on the node as its root; what follows are its arguments. */
const on = async (node: NodeAccess, script: string, arguments_: readonly string[] = [], input?: Uint8Array | string): Promise<string> => {
  const { exitCode, stdout, stderr } = await node.run(['sh', '-euc', script, 'sh', ...arguments_], input === undefined ? {} : { input })
  if (exitCode !== 0) throw new Error(`on ${node.name}: exit code ${exitCode}: ${stderr}`)
  return new TextDecoder().decode(stdout)
}

const write = (node: NodeAccess, path: string, content: Uint8Array | string): Promise<string> =>
  on(node, 'mkdir -p "$(dirname "$1")"; base64 -d >"$1"', [path], Buffer.from(content).toString('base64'))

/** The flag as a file of somebody’s own that holds 1. */
export const boundFlag = async (node: NodeAccess): Promise<Undo> => {
  await on(node, `echo 1 >/run/flag; mount --bind /run/flag ${flag}`)
  return async () => void (await on(node, `umount ${flag}; rm /run/flag`))
}

/** An empty file system over the part of /proc that has the flag. */
export const maskedProc = async (node: NodeAccess): Promise<Undo> => {
  await on(node, 'mount -t tmpfs -o ro none /proc/sys/crypto')
  return async () => void (await on(node, 'umount /proc/sys/crypto'))
}

const preloaded = `
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static int opens(const char *path, int flags, int mode) {
  return (int)syscall(SYS_openat, AT_FDCWD, strcmp(path, "${flag}") ? path : "/run/flag", flags, mode);
}
#define OPENS(name) int name(const char *path, int flags, ...) { \\
  va_list rest; va_start(rest, flags); int mode = flags & O_CREAT ? va_arg(rest, int) : 0; va_end(rest); \\
  return opens(path, flags, mode); }
OPENS(open)
OPENS(open64)
`

/** A library in every program that is linked dynamically: those that open the flag are given a file that holds 1. */
export const preloadedFlag = async (node: NodeAccess): Promise<Undo> => {
  const folder = mkdtempSync(join(tmpdir(), 'preloaded-'))
  try {
    const library = join(folder, 'flag.so')
    const gcc = ['-shared', '-fPIC', '-O1', '-x', 'c', '-o', library, '-']
    await execa('gcc', gcc, { input: preloaded })
    await write(node, '/usr/local/lib/flag.so', readFileSync(library))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  await on(node, 'echo 1 >/run/flag; echo /usr/local/lib/flag.so >/etc/ld.so.preload')
  return async () => void (await on(node, 'rm /etc/ld.so.preload /usr/local/lib/flag.so /run/flag'))
}

const configuration = `openssl_conf = openssl_init
.include /etc/ssl/fipsmodule.cnf
[openssl_init]
providers = provider_sect
[provider_sect]
default = default_sect
fips = fips_sect
[default_sect]
activate = 1
`

const modulesFolder = (node: NodeAccess): Promise<string> => on(node, 'openssl version -m | cut -d \\" -f 2 | tr -d "\\n"')

/**
 * A FIPS provider where this node’s OpenSSL looks for one, whole and with its MAC, by name and version that of certificate 4985. It is known to the configuration and
 * not activated: it has no code that could run.
 */
export const intactProvider = async (node: NodeAccess): Promise<void> => {
  const bytes = madeProvider()
  await write(node, `${await modulesFolder(node)}/fips.so`, bytes)
  await write(node, '/etc/ssl/fipsmodule.cnf', madeFipsModuleConfiguration(macOf(bytes)).replace('activate = 1\n', ''))
  await write(node, '/etc/ssl/openssl.cnf', configuration)
}

/** One byte of its code is another. */
export const alteredProvider = async (node: NodeAccess): Promise<void> => {
  const path = `${await modulesFolder(node)}/fips.so`
  await on(node, `printf '\\314' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 3)) conv=notrunc status=none`, [path])
}

/** The system-wide crypto policy FIPS as a system of the Red Hat family has it, after update-crypto-policies. */
export const fipsPolicy = async (node: NodeAccess): Promise<void> => {
  const etc = '/etc/crypto-policies'
  const vendor = '/usr/share/crypto-policies/FIPS'
  await on(node, `mkdir -p ${etc}/back-ends ${etc}/state ${etc}/local.d ${etc}/policies/modules ${vendor}`)
  await write(node, `${vendor}/opensslcnf.txt`, 'CipherString = @SECLEVEL=2:kEECDH:-CHACHA20-POLY1305\nGroups = secp256r1:secp384r1\n')
  await write(node, `${etc}/local.d/nss-p11-kit.config`, 'name=p11-kit-proxy\nlibrary=p11-kit-proxy.so\n\n')
  await write(node, `${etc}/back-ends/nss.config`, 'library=\nname=Policy\nname=p11-kit-proxy\nlibrary=p11-kit-proxy.so\n\n')
  await on(node, `ln -sf ${vendor}/opensslcnf.txt ${etc}/back-ends/opensslcnf.config`)
  await write(
    node,
    `${etc}/state/CURRENT.pol`,
    '# Policy FIPS dump\ncipher = AES-256-GCM AES-128-GCM\ngroup = SECP256R1 SECP384R1\nhash = SHA2-256\n',
  )
  await write(node, `${etc}/config`, 'FIPS\n')
  await write(node, `${etc}/state/current`, 'FIPS\n')
}

/** The same with a sub-policy that lets SHA-1 in, applied. */
export const weakenedPolicy = async (node: NodeAccess): Promise<void> => {
  await write(node, '/etc/crypto-policies/config', 'FIPS:SHA1\n')
  await write(node, '/etc/crypto-policies/state/current', 'FIPS:SHA1\n')
}

/** A host key that was written before this machine was ever booted, and kept that time. */
export const oldHostKey = async (node: NodeAccess): Promise<void> =>
  void (await on(node, 'ssh-keygen -q -t rsa -b 2048 -N "" -f /etc/ssh/ssh_host_rsa_key; touch -d "30 days ago" /etc/ssh/ssh_host_rsa_key'))
