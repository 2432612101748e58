import type { Reading } from '../../evidence/model.ts'
import { type Command, type Runner, readCommands } from './commands.ts'

const shell = (name: string, text: string): Command => ({ name, argv: ['sh', '-c', text] })
const cat = (name: string, path: string): Command => ({ name, argv: ['cat', path] })

const packageNames = 'openssl|libssl|libcrypto|gnutls|nettle|libgcrypt|nss|kernel|linux-image|crypto-policies|libkcapi|openssh|fips'

/** What the operating system of a node says of itself and of its cryptography. The environment’s settings leave the node by name, nothing else of it does. */
const systemCommands: readonly Command[] = [
  cat('os-release', '/etc/os-release'),
  shell(
    'packages',
    `if command -v rpm >/dev/null 2>&1 && rpm -q rpm >/dev/null 2>&1; then rpm -qa --qf '%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{VENDOR}\\n'; ` +
      `else dpkg-query -W -f '\${Package}\\t\${Version}\\t\${Maintainer}\\n'; fi | grep -E '^[^[:space:]]*(${packageNames})' | sort`,
  ),
  { name: 'openssl-version', argv: ['openssl', 'version', '-a'] },
  { name: 'openssl-providers', argv: ['openssl', 'list', '-providers', '-verbose'] },
  // Where this OpenSSL looks for its provider, by its own word.
  shell('provider-digest', 'd=$(openssl version -m | cut -d \'"\' -f 2); [ -e "$d/fips.so" ] || exit 0; sha256sum "$d/fips.so"'),
  shell('openssl-sha256', 'printf abc | openssl dgst -sha256'),
  shell('openssl-md5', 'printf abc | openssl dgst -md5'),
  cat('policy-config', '/etc/crypto-policies/config'),
  cat('policy-current', '/etc/crypto-policies/state/current'),
  shell('policy-back-ends', 'ls -l /etc/crypto-policies/back-ends'),
  cat('policy-dump', '/etc/crypto-policies/state/CURRENT.pol'),
  shell(
    'policy-digests',
    'cd /etc/crypto-policies/back-ends && policy=$(cut -d "#" -f 1 ../config | tr -d "[:space:]"); ' +
      'sha256sum /etc/crypto-policies/back-ends/*.config "/usr/share/crypto-policies/$policy/"*.txt; true',
  ),
  shell(
    'policy-local',
    'cd /etc/crypto-policies/local.d && for f in *.config; do [ -f "$f" ] || continue; echo "file $f"; cat "$f"; echo; done; true',
  ),
  shell('policy-definitions', 'find /etc/crypto-policies/policies -type f; true'),
  shell(
    'environment',
    "grep -rsoE '(GODEBUG|GOFIPS|GOLANG_FIPS|OPENSSL_[A-Z_]+)=[^[:space:]]*' /etc/systemd /run/systemd/system /usr/lib/systemd/system /lib/systemd/system " +
      '/etc/environment /etc/default /etc/sysconfig | sort -u; true',
  ),
  shell(
    'volumes',
    'command -v lsblk >/dev/null || exit 3; for d in $(lsblk -rpno NAME,FSTYPE | awk \'$2 == "crypto_LUKS" { print $1 }\'); do echo "device $d"; cryptsetup luksDump "$d"; done',
  ),
  shell(
    'entropy',
    'for f in /sys/devices/virtual/misc/hw_random/rng_available /sys/devices/virtual/misc/hw_random/rng_current; do [ -r $f ] && echo "$f $(cat $f)"; done; ' +
      "grep -owE 'rdrand|rdseed' /proc/cpuinfo | sort -u; grep -A4 -E '^name *: *jitterentropy_rng' /proc/crypto; true",
  ),
]

/** When a node was booted, how, and when its keys were made. Of private keys only the times are read. */
const historyCommands: readonly Command[] = [
  cat('command-line', '/proc/cmdline'),
  cat('boot-id', '/proc/sys/kernel/random/boot_id'),
  shell('boot-time', 'grep ^btime /proc/stat'),
  shell('machine-id', "stat -L -c '%W %Y' /etc/machine-id"),
  shell(
    'journal',
    'command -v journalctl >/dev/null || exit 127; journalctl --quiet --no-pager --output=json --output-fields=MESSAGE,_BOOT_ID _TRANSPORT=kernel | ' +
      `grep -E '"MESSAGE":"((Kernel )?[Cc]ommand line: |fips mode: |Linux version )' | head -n 400; true`,
  ),
  shell('host-keys', "stat -c '%W %Y %n' /etc/ssh/ssh_host_*_key 2>/dev/null; true"),
  shell(
    'keys',
    "stat -L -c '%W %Y %n' /etc/kubernetes/pki/*.key /etc/kubernetes/pki/etcd/*.key /var/lib/kubelet/pki/*.key /var/lib/kubelet/pki/kubelet-client-current.pem 2>/dev/null; true",
  ),
  shell(
    'certificates',
    'for f in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /var/lib/kubelet/pki/*.crt /var/lib/kubelet/pki/kubelet-client-current.pem; do ' +
      '[ -r "$f" ] || continue; echo "file $f"; sed -n "/BEGIN CERTIFICATE/,/END CERTIFICATE/p" "$f"; done; true',
  ),
]

export const readNodeSystem = (node: Runner, signal?: AbortSignal): Promise<Reading> =>
  readCommands(node, { kind: 'node-system', source: 'operating system', commands: systemCommands }, signal)

export const readNodeHistory = (node: Runner, signal?: AbortSignal): Promise<Reading> =>
  readCommands(node, { kind: 'node-history', source: 'journal, key files and certificates', commands: historyCommands }, signal)
