import { RequestHeaderTable } from '@nuncio/core'
import { isAuthority } from '../../http1/authority.ts'
import { CLASS, TARGET } from '../../http1/bytes.ts'
import { isToken } from '../../http1/tokens.ts'
import { AUTHORITY, FIRST_PSEUDO, METHOD, PATH, PROTOCOL, SCHEME, STATUS } from '../hpack/field-name.ts'
import type { MessageViolation } from '../violations.ts'
import type { FieldSection } from './field-section.ts'

// Most requests name the host and path of one before them.
let lastHost = ''
let lastPath = '/'

/** The headers of a request, or what is wrong with them. `allowConnect`: extended CONNECT (RFC 8441) was offered. */
export function requestOf(fields: FieldSection, allowConnect: boolean): RequestHeaderTable | MessageViolation {
  if (fields.error !== '') return fields.error
  const { pseudo } = fields
  const method = pseudo[METHOD - FIRST_PSEUDO]
  if (pseudo[STATUS - FIRST_PSEUDO] !== undefined) return 'http2.invalid_pseudo_header'
  if (method === undefined) return 'http2.missing_pseudo_header'
  if (method !== 'GET' && method !== 'POST' && !isToken(method)) return 'http2.invalid_method'
  const protocol = pseudo[PROTOCOL - FIRST_PSEUDO]
  if (protocol !== undefined && (method !== 'CONNECT' || !allowConnect || !isToken(protocol)))
    return 'http2.invalid_protocol'
  const headers = new RequestHeaderTable()
  headers.method = method
  const error =
    authorityOf(headers, fields) ||
    (method === 'CONNECT' && protocol === undefined ? connectTarget(fields) : target(headers, fields))
  if (error !== '') return error
  fields.moveInto(headers)
  if (protocol !== undefined) asUpgrade(headers, protocol)
  return headers
}

function authorityOf(headers: RequestHeaderTable, { pseudo, host }: FieldSection): MessageViolation | '' {
  const authority = pseudo[AUTHORITY - FIRST_PSEUDO] || host
  if (authority === '') return 'http2.missing_authority'
  if (authority !== lastHost) {
    if (!isAuthority(authority)) return 'http2.invalid_authority'
    lastHost = authority
  }
  if (host !== '' && host !== authority && host.toLowerCase() !== authority.toLowerCase()) return 'http2.host_mismatch'
  headers.authority = authority
  return ''
}

function connectTarget({ pseudo }: FieldSection): MessageViolation | '' {
  const plain = pseudo[PATH - FIRST_PSEUDO] === undefined && pseudo[SCHEME - FIRST_PSEUDO] === undefined
  return plain ? '' : 'http2.invalid_pseudo_header'
}

function target(headers: RequestHeaderTable, { pseudo }: FieldSection): MessageViolation | '' {
  const scheme = pseudo[SCHEME - FIRST_PSEUDO]
  const path = pseudo[PATH - FIRST_PSEUDO]
  if (scheme === undefined || path === undefined) return 'http2.missing_pseudo_header'
  if (scheme !== 'http' && scheme !== 'https' && !/^[a-z][a-z0-9+.-]*$/i.test(scheme)) return 'http2.invalid_scheme'
  if (path !== lastPath) {
    if (!isPath(path) && !(path === '*' && headers.method === 'OPTIONS')) return 'http2.invalid_path'
    lastPath = path
  }
  headers.scheme = scheme
  headers.path = path
  return ''
}

function isPath(path: string): boolean {
  if (path.charCodeAt(0) !== 0x2f) return false
  for (let i = 1; i < path.length; i++) {
    const c = path.charCodeAt(i)
    // A fragment is refused by the user, with an answer.
    if (c > 255 || ((CLASS[c]! & TARGET) === 0 && c !== 0x23)) return false
  }
  return true
}

/** An extended CONNECT is what HTTP/1.1 calls an upgrade, and is one to everybody behind, as in Envoy. */
function asUpgrade(headers: RequestHeaderTable, protocol: string): void {
  headers.method = 'GET'
  headers.protocol = protocol
  headers.append('connection', 'upgrade')
  headers.append('upgrade', protocol)
}
