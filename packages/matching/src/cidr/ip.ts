/** An address as numbers: an IPv4 one in `d` alone, an IPv6 one in four words from the left. */
export interface IpWords {
  version: 4 | 6
  a: number
  b: number
  c: number
  d: number
}

/** A fresh holder for `parseIp`; keep it and give it again. */
export function ipWords(): IpWords {
  return { version: 4, a: 0, b: 0, c: 0, d: 0 }
}

const groups = new Uint16Array(8)

/**
 * Reads an IPv4 or IPv6 address without port, brackets or zone into `out`; false when it is neither. Leading zeros in
 * IPv4 are refused. An IPv4 address mapped into IPv6 stays IPv6. Allocates nothing.
 */
export function parseIp(text: string, out: IpWords): boolean {
  if (!text.includes(':')) {
    const word = parseV4(text, 0)
    out.version = 4
    out.a = out.b = out.c = 0
    out.d = word < 0 ? 0 : word
    return word >= 0
  }
  if (!parseGroups(text)) return false
  out.version = 6
  out.a = ((groups[0]! << 16) | groups[1]!) >>> 0
  out.b = ((groups[2]! << 16) | groups[3]!) >>> 0
  out.c = ((groups[4]! << 16) | groups[5]!) >>> 0
  out.d = ((groups[6]! << 16) | groups[7]!) >>> 0
  return true
}

/** The IPv4 address that fills a text from an offset on, as an unsigned number; -1 when there is none. */
function parseV4(text: string, from: number): number {
  let word = 0
  let part = -1
  let parts = 0
  for (let i = from; i <= text.length; i++) {
    const c = i === text.length ? 46 : text.charCodeAt(i)
    if (c === 46) {
      if (part < 0 || ++parts > 4) return -1
      word = word * 256 + part
      part = -1
    } else if (c >= 48 && c <= 57 && part !== 0) {
      part = part < 0 ? c - 48 : part * 10 + c - 48
      if (part > 255) return -1
    } else {
      return -1
    }
  }
  return parts === 4 ? word : -1
}

/** Fills `groups` with the eight numbers of an IPv6 address. */
function parseGroups(text: string): boolean {
  let count = 0
  let gap = -1
  let at = 0
  if (text.startsWith('::')) {
    gap = 0
    at = 2
  }
  while (at < text.length) {
    const start = at
    let value = 0
    let digit = hexDigit(text.charCodeAt(at))
    while (digit >= 0 && at - start < 5) {
      value = value * 16 + digit
      digit = hexDigit(text.charCodeAt(++at))
    }
    if (text.charCodeAt(at) === 46) return count <= 6 && endWithV4(text, start, count, gap)
    if (at === start || at - start > 4 || count === 8) return false
    groups[count++] = value
    if (at === text.length) break
    if (text.charCodeAt(at++) !== 58) return false
    if (text.charCodeAt(at) === 58) {
      if (gap >= 0) return false
      gap = count
      at++
    } else if (at === text.length) {
      return false
    }
  }
  return spread(count, gap)
}

function endWithV4(text: string, from: number, count: number, gap: number): boolean {
  const word = parseV4(text, from)
  if (word < 0) return false
  groups[count] = word >>> 16
  groups[count + 1] = word & 0xffff
  return spread(count + 2, gap)
}

/** Moves what follows `::` to the end and fills the gap with zeros. */
function spread(count: number, gap: number): boolean {
  if (gap < 0) return count === 8
  if (count > 7) return false
  for (let i = 7; i >= gap; i--) groups[i] = i >= gap + 8 - count ? groups[i - 8 + count]! : 0
  return true
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
