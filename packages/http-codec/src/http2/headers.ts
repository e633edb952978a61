import { type HeaderMap, HeaderTable, RequestHeaderTable } from '@nuncio/core'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\0\r\n]/
const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Why a request head is refused. */
export type HeadViolation =
  | 'http2.connection_header'
  | 'http2.header_overflow'
  | 'http2.host_mismatch'
  | 'http2.invalid_authority'
  | 'http2.invalid_header'
  | 'http2.invalid_path'
  | 'http2.invalid_te'
  | 'http2.repeated_host'
  | 'http2.repeated_pseudo_header'

/** A request head from the raw list that `node:http2` gives; a text says what is wrong with it. */
export function requestFrom(
  raw: readonly string[],
  maxCount: number,
  maxBytes: number,
): RequestHeaderTable | HeadViolation {
  const headers = new RequestHeaderTable()
  let cookie = ''
  let host = ''
  let count = 0
  let bytes = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    const value = raw[i + 1]!
    bytes += name.length + value.length + 32
    if (name.charCodeAt(0) === 58) {
      if (headers.has(name)) return 'http2.repeated_pseudo_header'
      headers.set(name, value)
      continue
    }
    count++
    if (!TOKEN.test(name) || UNSAFE.test(value)) return 'http2.invalid_header'
    if (CONNECTION_FIELDS.has(name)) return 'http2.connection_header'
    if (name === 'te' && value !== 'trailers') return 'http2.invalid_te'
    if (name === 'host') {
      if (host !== '' && host !== value) return 'http2.repeated_host'
      host = value
    } else if (name === 'cookie') cookie = cookie === '' ? value : `${cookie}; ${value}`
    else headers.append(name, value)
  }
  if (count > maxCount || bytes > maxBytes) return 'http2.header_overflow'
  // Crumbs are one field to everybody behind (RFC 9113 8.2.3).
  if (cookie !== '') headers.append('cookie', cookie)
  return checkAuthority(headers, host)
}

function checkAuthority(headers: RequestHeaderTable, host: string): RequestHeaderTable | HeadViolation {
  if (headers.authority === '') headers.authority = host
  else if (host !== '' && host.toLowerCase() !== headers.authority.toLowerCase()) return 'http2.host_mismatch'
  if (headers.authority.includes('@')) return 'http2.invalid_authority'
  if (headers.method === 'CONNECT' && headers.protocol === '') return headers
  if (headers.path === '' || /[\s#\0]/.test(headers.path)) return 'http2.invalid_path'
  if (headers.method === 'CONNECT') asUpgrade(headers)
  return headers
}

/** An extended CONNECT (RFC 8441) is what HTTP/1.1 calls an upgrade, and is one to everybody behind, as in Envoy. */
function asUpgrade(headers: RequestHeaderTable): void {
  headers.method = 'GET'
  headers.append('connection', 'upgrade')
  headers.append('upgrade', headers.protocol)
}

/** Trailers from the raw list; fields that could change framing or routing are dropped. */
export function trailersFrom(raw: readonly string[]): HeaderTable {
  const table = new HeaderTable()
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    if (
      name.charCodeAt(0) !== 58 &&
      TOKEN.test(name) &&
      !CONNECTION_FIELDS.has(name) &&
      name !== 'content-length' &&
      name !== 'host'
    )
      table.append(name, raw[i + 1]!)
  }
  return table
}

/** The object that `node:http2` sends: lower-case names, repeated ones as lists, nothing that HTTP/2 forbids. */
export function outgoing(
  headers: HeaderMap,
  into: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>,
): Record<string, string | string[]> {
  headers.forEach((wire, value) => {
    const name = wire.toLowerCase()
    if (CONNECTION_FIELDS.has(name) || (name === 'te' && value !== 'trailers') || !TOKEN.test(name)) return
    const safe = UNSAFE.test(value) ? value.replace(/[\0\r\n]/g, '') : value
    const old = into[name]
    if (old === undefined) into[name] = safe
    else if (typeof old === 'string') {
      // Node refuses lists for fields that may stand once only; the first stands.
      if (!ONCE.has(name)) into[name] = [old, safe]
    } else old.push(safe)
  })
  return into
}

const ONCE = new Set([
  'access-control-allow-credentials', 'access-control-max-age', 'access-control-request-method', 'age', 'authorization', 'content-encoding',
  'content-language', 'content-length', 'content-location', 'content-md5', 'content-range', 'content-type', 'date', 'dnt', 'etag', 'expires',
  'from', 'host', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'last-modified', 'location',
  'max-forwards', 'proxy-authorization', 'range', 'referer', 'retry-after', 'tk', 'upgrade-insecure-requests', 'user-agent', 'x-content-type-options',
]) // prettier-ignore
