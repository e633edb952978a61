// ES2023 alone has no TextEncoder and no Buffer; these few conversions are what pure rooms need.

/** Latin-1: one character a byte, as header values and paths are carried. Characters above 255 keep their low byte. */
export function latin1Bytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i)
  return out
}

/** The text whose characters are these bytes, one each (ISO 8859-1). */
export function latin1Text(bytes: Uint8Array): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += 4096) out += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return out
}

/** UTF-8; lone surrogates become U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  const out: number[] = []
  for (const char of text) {
    let c = char.codePointAt(0)!
    if (c >= 0xd800 && c <= 0xdfff) c = 0xfffd
    if (c < 0x80) out.push(c)
    else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63))
    else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63))
    else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63))
  }
  return Uint8Array.from(out)
}

/** UTF-8 to text; every malformed byte becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length;) {
    const b = bytes[i]!
    const need = b < 0x80 ? 0 : b >= 0xc2 && b < 0xe0 ? 1 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xf0 && b < 0xf5 ? 3 : -1
    let c = need === 0 ? b : need === 1 ? b & 31 : need === 2 ? b & 15 : b & 7
    let ok = need >= 0
    for (let k = 1; ok && k <= need; k++) {
      const x = bytes[i + k]
      ok = x !== undefined && (x & 0xc0) === 0x80
      if (ok) c = (c << 6) | (x! & 63)
    }
    ok &&=
      !(need === 2 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) && !(need === 3 && (c < 0x10000 || c > 0x10ffff))
    out += ok ? String.fromCodePoint(c) : '\ufffd'
    i += ok ? need + 1 : 1
  }
  return out
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const FROM_BASE64 = new Map<string, number>([
  ...Array.from({ length: 64 }, (_, value): [string, number] => [BASE64[value]!, value]),
  ['-', 62],
  ['_', 63],
])

/** Standard base64 with padding. */
export function base64(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const n = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    out += BASE64[n >> 18]! + BASE64[(n >> 12) & 63]!
    out += (i + 1 < bytes.length ? BASE64[(n >> 6) & 63]! : '=') + (i + 2 < bytes.length ? BASE64[n & 63]! : '=')
  }
  return out
}

/** Standard or URL-safe base64, padded or not; `undefined` when it is neither. */
export function fromBase64(text: string): Uint8Array | undefined {
  const body = text.replace(/={1,2}$/, '')
  if (body.length % 4 === 1) return undefined
  const out = new Uint8Array(Math.floor((body.length * 3) / 4))
  let bits = 0
  let have = 0
  let at = 0
  for (const char of body) {
    const value = FROM_BASE64.get(char)
    if (value === undefined) return undefined
    bits = ((bits << 6) | value) & 0xffffff
    have += 6
    if (have >= 8) {
      have -= 8
      out[at++] = (bits >> have) & 255
    }
  }
  return out
}
