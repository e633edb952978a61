import { type IpWords, ipWords, parseIp } from './ip.ts'

const read: IpWords = ipWords()

/**
 * An IP address as a number to compare: IPv4 as an unsigned 32-bit number, IPv6 as a bigint. Undefined when the text is
 * no IP address (such as the path of a Unix socket). A zone (`%eth0`) is left out of account.
 */
export function ipNumber(text: string): number | bigint | undefined {
  const zone = text.indexOf('%')
  if (!parseIp(zone < 0 ? text : text.slice(0, zone), read)) return undefined
  if (read.version === 4) return zone < 0 ? read.d >>> 0 : undefined
  return (wide(read.a) << 96n) | (wide(read.b) << 64n) | (wide(read.c) << 32n) | wide(read.d)
}

function wide(word: number): bigint {
  return BigInt(word >>> 0)
}

/** `::ffff:10.0.0.1` → `10.0.0.1`: a socket that takes both families shows IPv4 peers in this form. */
export function unmapIpv4(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** Envoy's loopback: 127.0.0.1 itself (not the whole of 127.0.0.0/8), and ::1. */
export function isLoopback(address: string): boolean {
  return address === '127.0.0.1' || address === '::1'
}

/** Whether an address is that of a Unix socket: a path, `@` and an abstract name, or '' for a peer without a name. */
export function isPath(address: string): boolean {
  return address === '' || address.startsWith('/') || address.startsWith('@')
}

/** The usual text of an IPv6 address (RFC 5952): lower-case, the longest run of zero groups as `::`. */
export function formatIpv6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!)
  let best = 0
  let bestAt = -1
  for (let i = 0, run = 0; i < 8; i++) {
    run = words[i] === 0 ? run + 1 : 0
    if (run > best && run > 1) {
      best = run
      bestAt = i - run + 1
    }
  }
  return bestAt < 0 ? hexWords(words) : `${hexWords(words.slice(0, bestAt))}::${hexWords(words.slice(bestAt + best))}`
}

function hexWords(list: readonly number[]): string {
  return list.map((word) => word.toString(16)).join(':')
}
