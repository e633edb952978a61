/**
 * An IP address as a number to compare: IPv4 as an unsigned 32-bit number, IPv6 as a bigint. Undefined when the text is
 * no IP address (such as the path of a Unix socket). A zone (`%eth0`) is left out of account.
 */
export function parseIp(text: string): number | bigint | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): number | undefined {
  let value = 0
  let part = -1
  let parts = 0
  for (let i = 0; i <= text.length; i++) {
    const c = i === text.length ? 46 : text.charCodeAt(i)
    if (c === 46) {
      if (part < 0 || ++parts > 4) return undefined
      value = value * 256 + part
      part = -1
    } else {
      if (c < 48 || c > 57 || part === 0) return undefined
      part = (part < 0 ? 0 : part * 10) + c - 48
      if (part > 255) return undefined
    }
  }
  return parts === 4 ? value : undefined
}

function parseIpv6(text: string): bigint | undefined {
  const zone = text.indexOf('%')
  const halves = (zone < 0 ? text : text.slice(0, zone)).split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? groups(halves[1]!, true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  let value = 0n
  for (const group of [...head, ...Array.from({ length: missing }, () => 0), ...tail])
    value = (value << 16n) | BigInt(group)
  return value
}

/** The 16-bit groups of one side of `::`; the last may be written as an IPv4 address. */
function groups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const out: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : undefined
      if (ipv4 === undefined) return undefined
      out.push(Math.floor(ipv4 / 65536), ipv4 % 65536)
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined
      out.push(Number.parseInt(part, 16))
    }
  }
  return out
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
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return bestAt < 0 ? text(0, 8) : `${text(0, bestAt)}::${text(bestAt + best, 8)}`
}
