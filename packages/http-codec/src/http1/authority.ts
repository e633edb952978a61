import { isIPv6 } from 'node:net'
import { CLASS, COLON, HEX, HOST } from './bytes.ts'

const MAX_PORT = 65535

/**
 * Whether a text is `uri-host [ ":" [ port ] ]` (RFC 3986 3.2.2) without user information: a name, an IPv4 address or a
 * bracketed IPv6 address. With `needPort` the port must be there, as in a CONNECT target.
 */
export function isAuthority(text: string, needPort = false): boolean {
  const n = text.length
  if (n === 0) return false
  let i = 0
  if (text.charCodeAt(0) === 0x5b) {
    i = text.indexOf(']') + 1
    if (i === 0 || !isIPv6(text.slice(1, i - 1)) || text.includes('%')) return false
  } else {
    while (i < n) {
      const c = text.charCodeAt(i)
      if (c > 255 || (CLASS[c]! & HOST) === 0) break
      if (c === 0x25 && !isEscape(text, i)) return false
      i++
    }
    if (i === 0) return false
  }
  if (i === n) return !needPort
  return text.charCodeAt(i) === COLON && isPort(text, i + 1, needPort)
}

function isEscape(text: string, at: number): boolean {
  return at + 2 < text.length && HEX[text.charCodeAt(at + 1) & 255]! < 16 && HEX[text.charCodeAt(at + 2) & 255]! < 16
}

function isPort(text: string, from: number, needed: boolean): boolean {
  let port = 0
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
    if (port > MAX_PORT) return false
  }
  return !needed || from < text.length
}
