/** One socket of /proc/net/{tcp,tcp6,udp,udp6} (proc_pid_net(5)). */
export type Socket = { transport: 'tcp' | 'udp'; address: string; port: number; inode: string }

/** TCP_LISTEN in the kernel's include/net/tcp_states.h. */
const listening = '0A'
/** An unconnected UDP socket is in state TCP_CLOSE (7). */
const unconnected = '07'

/** Addresses are 32 bit words in the byte order of the machine; both architectures that nodes run on are little-endian. */
const bytesOf = (hex: string): number[] =>
  (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).reverse())

const ipv6Text = (bytes: readonly number[]): string => {
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  if (mapped) return `::ffff:${bytes.slice(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16))
  // RFC 5952, section 4.2.3: the longest run of at least two zero groups is shortened, the first of equals.
  const runs = [...groups.join(':').matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)].sort((a, b) => (b[1] ?? '').length - (a[1] ?? '').length)
  const longest = runs[0]?.[1]
  if (!longest) return groups.join(':')
  const text = groups.join(':')
  const start = runs[0]?.index ?? 0
  const before = text.slice(0, start)
  const after = text.slice(start + (runs[0]?.[0].length ?? 0))
  return `${before}::${after.replace(/^:/, '')}`
}

const isEndpoint = (text: string): boolean => /^([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4}$/.test(text)

/** A line of such a file as a listener; undefined where it is none (connected, closing), `malformed` where it is no whole line of such a file. */
export const listeningSocket = (kind: string, line: string): Socket | 'malformed' | undefined => {
  const fields = line.trim().split(/\s+/)
  const [local = '', remote = '', state = '', inode = ''] = [fields[1], fields[2], fields[3], fields[9]]
  const isWhole = isEndpoint(local) && isEndpoint(remote) && /^[0-9A-F]{2}$/.test(state) && /^\d+$/.test(inode)
  if (!isWhole) return 'malformed'
  const transport = kind.startsWith('tcp') ? 'tcp' : 'udp'
  const unbound = /^0+:0000$/.test(remote)
  if (transport === 'tcp' ? state !== listening : !(state === unconnected && unbound)) return undefined
  const [hex = '', port = '0'] = local.split(':')
  const bytes = bytesOf(hex)
  return { transport, address: bytes.length === 4 ? bytes.join('.') : ipv6Text(bytes), port: Number.parseInt(port, 16), inode }
}

/** Whether an address can be reached from its own network namespace only. */
export const isLoopback = (address: string): boolean => /^127\.|^::1$|^::ffff:127\./.test(address)

/** The address to dial for a listener that is bound to it: a wildcard is reached through loopback. */
export const dialAddress = (address: string): string => (address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address)

/** Every address at which a listener must be dialled: the wildcard of IPv6 takes IPv4 too, unless it was told not to (IPV6_V6ONLY), and either may be filtered. */
export const addressesToDial = (address: string): string[] => (address === '::' ? ['127.0.0.1', '::1'] : [dialAddress(address)])
