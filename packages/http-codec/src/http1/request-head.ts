import { type HeaderTable, RequestHeaderTable } from '@nuncio/core'
import { isAuthority } from './authority.ts'
import { HTAB, latin1, SP } from './bytes.ts'
import { CHUNKED, PIPE } from './framing.ts'
import {
  CONNECTION,
  CONTENT_LENGTH,
  type HeadParser,
  HOST_LINE,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
} from './head-parser.ts'
import { removeNominated, stripHopByHop } from './hop-by-hop.ts'
import type { Http1Options } from './options.ts'
import { CLOSE, connectionOptions, NOT_A_LIST, OTHERS, parseLength, PERSIST, UPGRADES } from './tokens.ts'

const HOP_BY_HOP = 0x1fe
const MISSING_HOST = 'missing_host_header'
let lastHost = 'localhost'
/** Methods that Envoy and Node accept when custom ones are not allowed. */
const METHODS: ReadonlySet<string> = new Set(
  `ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS
  PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE`.split(
    /\s+/,
  ),
)

/**
 * What a request head says, once its bytes are known to be well formed. One is used for all heads, as each is read and
 * acted on at once: `read` fills the fields, and answers the headers, or undefined with `error` set.
 */
export class RequestHead {
  /** A length, `CHUNKED` or `PIPE`. */
  body = 0
  /** Whether the connection stays after the answer. */
  persistent = true
  http10 = false
  /** Details of what is wrong. */
  error = ''
  /** The head that is whole but for its Host, when that is what is wrong. */
  hostless: RequestHeaderTable | undefined = undefined

  read(
    parser: HeadParser,
    bytes: Uint8Array,
    start: number,
    length: number,
    options: Http1Options,
  ): RequestHeaderTable | undefined {
    const table = new RequestHeaderTable()
    table.raw = latin1(bytes, start, start + length - 2)
    table.offsets = parser.offsets
    table.ids = parser.ids
    table.count = parser.count
    this.http10 = parser.minor === 0
    this.error =
      this.#method(table, parser, options) ||
      this.#host(table, parser, options) ||
      this.#target(table, parser, options) ||
      this.#framing(table, parser, options) ||
      this.#connection(table, parser, options) ||
      (table.authority === '' ? MISSING_HOST : '')
    this.hostless = undefined
    if (this.error === '') {
      parser.take()
      return table
    }
    if (this.error === MISSING_HOST) {
      parser.take()
      this.hostless = table
    }
    return undefined
  }

  #method(table: RequestHeaderTable, parser: HeadParser, options: Http1Options): string {
    const method = table.raw.slice(parser.base, parser.methodEnd)
    table.method = method
    if (method === 'GET' || method === 'POST' || options.allowCustomMethods || METHODS.has(method)) {
      return this.http10 && !options.acceptHttp10 ? 'low_version' : ''
    }
    return 'http1.bad_method'
  }

  #host(table: RequestHeaderTable, parser: HeadParser, options: Http1Options): string {
    if ((parser.seen & (1 << HOST_LINE)) === 0) {
      table.authority = this.http10 ? options.defaultHostForHttp10 : ''
      return ''
    }
    if ((parser.repeated & (1 << HOST_LINE)) !== 0) return 'http1.repeated_host'
    const line = parser.lineOf[HOST_LINE]!
    const host = table.valueAt(line)
    if (host === '') return ''
    // Most requests ask for the host that was asked for before.
    if (host !== lastHost) {
      if (!isAuthority(host)) return 'http1.bad_host'
      lastHost = host
    }
    table.authority = host
    // From here on `authority` is the one truth; `get('host')` answers from it.
    table.removeLine(line)
    return ''
  }

  #target(table: RequestHeaderTable, parser: HeadParser, options: Http1Options): string {
    const target = table.raw.slice(parser.targetStart, parser.targetEnd)
    if (table.method === 'CONNECT') {
      if (!isAuthority(target, true)) return 'http1.invalid_url'
      table.authority = target
      return ''
    }
    table.path = target
    if (target.charCodeAt(0) === 0x2f) return ''
    if (target === '*') return table.method === 'OPTIONS' ? '' : 'http1.invalid_url'
    return absolute(table, target, options)
  }

  #framing(table: RequestHeaderTable, parser: HeadParser, options: Http1Options): string {
    this.body = table.method === 'CONNECT' ? PIPE : 0
    const seen = parser.seen
    if ((seen & ((1 << TRANSFER_ENCODING) | (1 << CONTENT_LENGTH))) === 0) return ''
    let length = -1
    if ((seen & (1 << CONTENT_LENGTH)) !== 0) {
      if ((parser.repeated & (1 << CONTENT_LENGTH)) !== 0) return 'http1.repeated_content_length'
      length = parseLength(table.valueAt(parser.lineOf[CONTENT_LENGTH]!))
      if (length < 0) return 'http1.bad_content_length'
      this.body = length
    }
    if ((seen & (1 << TRANSFER_ENCODING)) !== 0) {
      if (this.http10) return 'http1.transfer_encoding_not_allowed'
      if ((parser.repeated & (1 << TRANSFER_ENCODING)) !== 0) return 'http1.invalid_transfer_encoding'
      const error = transferEncodingError(table, parser.lineOf[TRANSFER_ENCODING]!)
      if (error !== '') return error
      if (length >= 0) {
        if (!options.allowChunkedLength) return 'http1.chunked_content_length'
        table.removeLine(parser.lineOf[CONTENT_LENGTH]!)
      }
      this.body = CHUNKED
    }
    if (table.method === 'CONNECT') {
      if (this.body !== 0) return 'http1.body_disallowed'
      this.body = PIPE
    }
    return ''
  }

  #connection(table: RequestHeaderTable, parser: HeadParser, options: Http1Options): string {
    const seen = parser.seen
    this.persistent = !this.http10
    if ((seen & HOP_BY_HOP) === 0) return ''
    let upgrade = false
    if ((seen & (1 << CONNECTION)) !== 0) {
      const value =
        (parser.repeated & (1 << CONNECTION)) === 0
          ? table.valueAt(parser.lineOf[CONNECTION]!)
          : table.getJoined('connection')!
      const asked = connectionOptions(value)
      if (asked === NOT_A_LIST) return 'http1.connection_header_rejected'
      if ((asked & CLOSE) !== 0) this.persistent = false
      else if (this.http10) this.persistent = (asked & PERSIST) !== 0
      upgrade = (asked & UPGRADES) !== 0 && this.#upgrade(table, parser, options)
      if ((asked & OTHERS) !== 0 && !removeNominated(table, value)) return 'http1.connection_header_rejected'
    }
    // Both framings at once were let through: what follows on this connection is not to be trusted (RFC 9112 6.1).
    if (this.body === CHUNKED && (seen & (1 << CONTENT_LENGTH)) !== 0) this.persistent = false
    if ((parser.repeated & (1 << TE)) !== 0) table.set('te', table.getJoined('te') ?? '')
    stripHopByHop(table, upgrade, options.enableTrailers && this.body === CHUNKED)
    return ''
  }

  /** An upgrade counts only in HTTP/1.1, without a body, for one protocol, and never for h2c. */
  #upgrade(table: RequestHeaderTable, parser: HeadParser, { ignoresUpgrade }: Http1Options): boolean {
    if ((parser.seen & (1 << UPGRADE)) === 0 || (parser.repeated & (1 << UPGRADE)) !== 0) return false
    if (this.http10 || this.body !== 0) return false
    const line = parser.lineOf[UPGRADE]!
    if (ignoresUpgrade !== undefined)
      (table.replaced ??= [])[line] = withoutIgnored(table.valueAt(line), ignoresUpgrade)
    const protocol = table.valueAt(line)
    if (!PROTOCOL.test(protocol) || /^h2c?$/i.test(protocol)) return false
    table.protocol = protocol
    this.body = PIPE
    return true
  }
}

const PROTOCOL = /^[!#$%&'*+\-.^_`|~0-9a-z]+(\/[!#$%&'*+\-.^_`|~0-9a-z]+)?$/i
/** Of a target: less than a Host field may say. */
const URL_HOST = /^([a-z\d.-]+|\[[\da-f:.%]+\])(:\d+)?$/i

/** An Upgrade field without the protocols that are not wanted. */
function withoutIgnored(value: string, ignores: (protocol: string) => boolean): string {
  const protocols = value.split(',').map((part) => part.trim())
  return protocols.filter((protocol) => !ignores(protocol)).join(', ')
}

/** `http://host[:port][/path][?query]`; its host stands in for the Host field (RFC 9112 3.2.2). */
function absolute(table: RequestHeaderTable, target: string, options: Http1Options): string {
  const match = /^(https?):\/\/([^/?]+)(.*)$/i.exec(target)
  if (match === null) return /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? 'http1.invalid_scheme' : 'http1.invalid_url'
  if (!isAuthority(match[2]!) || !URL_HOST.test(match[2]!)) return 'http1.invalid_url'
  // Left as it is, it is no path: whoever routes it will not find one.
  if (!options.allowAbsoluteUrl) return ''
  table.scheme = match[1]!.toLowerCase()
  table.authority = match[2]!
  const rest = match[3]!
  if (rest.charCodeAt(0) === 0x2f) table.path = rest
  else table.path = rest === '' && table.method === 'OPTIONS' ? '*' : `/${rest}`
  return ''
}

/**
 * '' for `chunked` and nothing else. A tab behind it is white space by the grammar, and a way to hide the coding from
 * parsers that do not think so; Node's is one.
 */
export function transferEncodingError(table: HeaderTable, line: number): string {
  let end = table.offsets[(line << 2) + 3]!
  while (table.raw.charCodeAt(end) === SP) end++
  const chunked = table.raw.charCodeAt(end) !== HTAB && table.valueAt(line).toLowerCase() === 'chunked'
  return chunked ? '' : 'http1.invalid_transfer_encoding'
}
