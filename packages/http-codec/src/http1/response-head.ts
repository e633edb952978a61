import { ResponseHeaderTable } from '@nuncio/core'
import { latin1 } from './bytes.ts'
import { CHUNKED, isBodiless, PIPE, UNTIL_CLOSE } from './framing.ts'
import { CONNECTION, CONTENT_LENGTH, type HeadParser, TE, TRANSFER_ENCODING, UPGRADE } from './head-parser.ts'
import { removeNominated, stripHopByHop } from './hop-by-hop.ts'
import type { Http1Options } from './options.ts'
import { transferEncodingError } from './request-head.ts'
import { CLOSE, connectionOptions, NOT_A_LIST, OTHERS, parseLength, PERSIST } from './tokens.ts'

const HOP_BY_HOP = 0x1fe

/** What was asked, as far as the meaning of an answer depends on it. */
export const ASKED_PLAIN = 0
export const ASKED_HEAD = 1
export const ASKED_CONNECT = 2
export const ASKED_UPGRADE = 3

/** What a response head says; see `RequestHead`. */
export class ResponseHead {
  /** A length, `CHUNKED`, `UNTIL_CLOSE` or `PIPE`. */
  body = 0
  persistent = true
  error = ''

  read(
    parser: HeadParser,
    bytes: Uint8Array,
    start: number,
    length: number,
    options: Http1Options,
    asked: number,
  ): ResponseHeaderTable | undefined {
    const table = new ResponseHeaderTable()
    table.raw = latin1(bytes, start, start + length - 2)
    table.offsets = parser.offsets
    table.ids = parser.ids
    table.count = parser.count
    table.status = parser.status
    this.error = this.#framing(table, parser, options, asked) || this.#connection(table, parser, options, asked)
    if (this.error !== '') return undefined
    parser.take()
    return table
  }

  #framing(table: ResponseHeaderTable, parser: HeadParser, options: Http1Options, asked: number): string {
    const status = table.status
    if (status < 100 || status > 599) return 'http1.bad_status_line'
    if (status === 101 && asked !== ASKED_UPGRADE) return 'http1.unasked_upgrade'
    this.body = UNTIL_CLOSE
    const error = this.#fields(table, parser, options)
    if (error !== '') return error
    if (asked === ASKED_CONNECT && status >= 200 && status < 300) {
      dropFraming(table, parser)
      this.body = PIPE
    } else if (status === 101) {
      if (this.body !== UNTIL_CLOSE && this.body !== 0) return this.#disallowed()
      dropFraming(table, parser)
      this.body = PIPE
    } else if (isBodiless(status, asked === ASKED_HEAD)) {
      // Envoy and RFC 9110 8.6: these statuses must not claim a body, whoever sends them one means another message.
      if (status < 200 || status === 204) {
        if (this.body !== UNTIL_CLOSE && this.body !== 0) return this.#disallowed()
        dropFraming(table, parser)
      }
      this.body = 0
    }
    return ''
  }

  #disallowed(): string {
    return this.body === CHUNKED ? 'http1.transfer_encoding_not_allowed' : 'http1.content_length_not_allowed'
  }

  #fields(table: ResponseHeaderTable, parser: HeadParser, options: Http1Options): string {
    const seen = parser.seen
    let length = -1
    if ((seen & (1 << CONTENT_LENGTH)) !== 0) {
      if ((parser.repeated & (1 << CONTENT_LENGTH)) !== 0) return 'http1.repeated_content_length'
      length = parseLength(table.valueAt(parser.lineOf[CONTENT_LENGTH]!))
      if (length < 0) return 'http1.bad_content_length'
      this.body = length
    }
    if ((seen & (1 << TRANSFER_ENCODING)) !== 0) {
      if (parser.minor === 0) return 'http1.transfer_encoding_not_allowed'
      if ((parser.repeated & (1 << TRANSFER_ENCODING)) !== 0) return 'http1.invalid_transfer_encoding'
      const error = transferEncodingError(table, parser.lineOf[TRANSFER_ENCODING]!)
      if (error !== '') return error
      if (length >= 0) {
        if (!options.allowChunkedLength) return 'http1.chunked_content_length'
        table.removeLine(parser.lineOf[CONTENT_LENGTH]!)
      }
      this.body = CHUNKED
    }
    return ''
  }

  #connection(table: ResponseHeaderTable, parser: HeadParser, options: Http1Options, asked: number): string {
    const seen = parser.seen
    const upgraded = asked === ASKED_UPGRADE && table.status === 101
    this.persistent = parser.minor === 1
    if (upgraded && (seen & (1 << UPGRADE)) === 0) return 'http1.bad_upgrade'
    if ((seen & HOP_BY_HOP) !== 0) {
      if ((seen & (1 << CONNECTION)) !== 0) {
        const value =
          (parser.repeated & (1 << CONNECTION)) === 0
            ? table.valueAt(parser.lineOf[CONNECTION]!)
            : table.getJoined('connection')!
        const says = connectionOptions(value)
        if (says === NOT_A_LIST) return 'http1.connection_header_rejected'
        if ((says & CLOSE) !== 0) this.persistent = false
        else if (parser.minor === 0) this.persistent = (says & PERSIST) !== 0
        if ((says & OTHERS) !== 0 && !removeNominated(table, value)) return 'http1.connection_header_rejected'
      }
      if ((parser.repeated & (1 << TE)) !== 0) table.remove('te')
      stripHopByHop(table, upgraded, options.enableTrailers && this.body === CHUNKED)
    }
    if (this.body === UNTIL_CLOSE || this.body === PIPE) this.persistent = false
    if (this.body === CHUNKED && (seen & (1 << CONTENT_LENGTH)) !== 0) this.persistent = false
    return ''
  }
}

function dropFraming(table: ResponseHeaderTable, parser: HeadParser): void {
  if ((parser.seen & (1 << CONTENT_LENGTH)) !== 0) table.remove('content-length')
  if ((parser.seen & (1 << TRANSFER_ENCODING)) !== 0) table.remove('transfer-encoding')
}
