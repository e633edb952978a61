// Letters, digits and -._~ need no escape, so their escapes are undone.
const UNRESERVED = /[A-Za-z0-9\-._~]/
const ODD = '"<>^`{|}'

/** A dot segment with parameters: the parameters, up to the next slash, do not save it from being one. */
const DOTS_WITH_PARAMETERS = /(^|\/)(\.\.?);[^/]*/g
/** Stands for a `%` that begins no escape, until it is known what follows it. */
const LONE_PERCENT = '\uffff'
const LONE_BEFORE_HEX = /\uffff(?=[0-9a-fA-F]{2})/g

/**
 * The canonical form of a path (no query), as browsers and Envoy make it: backslashes become slashes, escapes of
 * unreserved characters are undone, odd characters are escaped, dot segments are resolved and never leave the root.
 * Other escapes stay as they are; a `%` that begins none never becomes the beginning of one. Undefined when it holds
 * an escaped or plain NUL.
 */
export function canonicalPath(path: string): string | undefined {
  const out: string[] = []
  const segments = path.replace(DOTS_WITH_PARAMETERS, '$1$2').replaceAll('\\', '/').split('/')
  // What stands before the first slash is a segment of its own only when there is no leading slash.
  const from = segments[0] === '' ? 1 : 0
  for (let i = from; i < segments.length; i++) {
    const last = i === segments.length - 1
    const segment = canonicalSegment(segments[i]!)
    if (segment === undefined) return undefined
    if (segment === '.' || segment === '..') {
      if (segment === '..') out.pop()
      if (last) out.push('')
    } else {
      out.push(segment)
    }
  }
  return `/${out.join('/')}`
}

function canonicalSegment(segment: string): string | undefined {
  let out = ''
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i]!
    if (char !== '%') {
      const c = char.charCodeAt(0)
      if (c === 0) return undefined
      out += c <= 32 || c >= 127 || ODD.includes(char) ? `%${c.toString(16).toUpperCase().padStart(2, '0')}` : char
      continue
    }
    const digits = segment.slice(i + 1, i + 3)
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
      out += LONE_PERCENT
      continue
    }
    const byte = parseInt(digits, 16)
    if (byte === 0) return undefined
    const plain = String.fromCharCode(byte)
    out += UNRESERVED.test(plain) ? plain : `%${digits}`
    i += 2
  }
  return out.replace(LONE_BEFORE_HEX, '%25').replaceAll(LONE_PERCENT, '%')
}
