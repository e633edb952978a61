import type {
  BytesMeter,
  HeaderMap,
  RequestDecoder,
  RequestHeaders,
  ResetReason,
  ResponseEncoder,
  ResponseHeaders,
} from '@nuncio/core'
import { CHUNKED, isBodiless, UNTIL_CLOSE } from './framing.ts'
import {
  asTable,
  claimedLength,
  DROP,
  DROP_HOST_LENGTH,
  DROP_LENGTH,
  DROP_LENGTH_NOT_UPGRADE,
  headerLines,
} from './head-writer.ts'
import type { OwnFields } from './own-fields.ts'
import type { ServerConnection } from './server-connection.ts'
import { statusLine } from './status-lines.ts'

/** What kind of request a response answers. */
export type RequestKind = 'plain' | 'head' | 'connect' | 'upgrade'

/**
 * One request and its answer on a server connection. It is the encoder of the answer; calls after the stream is over do
 * nothing.
 */
export class ServerStream implements ResponseEncoder, BytesMeter {
  readonly connection: ServerConnection
  readonly kind: RequestKind
  readonly http10: boolean
  /** Who receives the request; undefined when its head could not be understood. */
  decoder: RequestDecoder | undefined = undefined
  /** What is known of a request that is refused for its missing Host alone. */
  refusedHead: RequestHeaders | undefined = undefined
  /** Monotonic ms at which the first byte of the head was there. */
  readonly startMs: number
  wireBytesReceived = 0
  wireBytesSent = 0
  headerBytesReceived = 0
  headerBytesSent = 0
  /** Whether the final head was sent. */
  headersSent = false
  requestDone = false
  responseDone = false
  /** Neither side calls the other any more. */
  over = false
  /** @internal A call of `encodeData` said false. */
  blocked = false
  /** Bytes that the body may still have, `CHUNKED`, or `UNTIL_CLOSE`. */
  #body = 0
  /** The body is left out: HEAD, 204, 304. */
  #mute = false
  #pipe = false

  constructor(connection: ServerConnection, kind: RequestKind, http10: boolean, startMs: number) {
    this.connection = connection
    this.kind = kind
    this.http10 = http10
    this.startMs = startMs
  }

  get bytes(): BytesMeter {
    return this
  }
  get decompressedHeaderBytesReceived(): number {
    return this.headerBytesReceived
  }
  get decompressedHeaderBytesSent(): number {
    return this.headerBytesSent
  }

  get unwritten(): number {
    return this.connection.unwritten
  }

  /** Whether the connection is a pipe now: data goes both ways as it is, and `endStream` is a half-close. */
  get isPipe(): boolean {
    return this.#pipe
  }

  encodeInformational(headers: ResponseHeaders): void {
    const status = headers.status
    if (this.over || this.headersSent || this.http10 || status < 100 || status > 199 || status === 101) return
    const { connection } = this
    const lines = headerLines(asTable(headers), DROP_LENGTH, connection.options.headerKeyFormat)
    this.#write(statusLine(status, false) + lines + '\r\n')
    this.headerBytesSent += lines.length
  }

  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void {
    if (this.over || this.headersSent) return
    const status = headers.status
    if (status === 101 ? this.kind === 'upgrade' : this.kind === 'connect' && status >= 200 && status < 300) {
      return this.#openPipe(headers, endStream)
    }
    if (status === 101) return this.reset('protocol error')
    if (status < 200) return this.encodeInformational(headers)
    const { connection } = this
    const table = asTable(headers)
    const bodiless = isBodiless(status, this.kind === 'head')
    const length = status === 204 || status < 200 ? -1 : claimedLength(table)
    let drop = length >= 0 ? DROP : DROP_LENGTH
    let framing = ''
    let close = connection.closesAfter(this)
    this.#mute = bodiless
    this.#body = bodiless ? 0 : length
    if (!bodiless && endStream) {
      this.#body = 0
      if (length !== 0) {
        drop = DROP_LENGTH
        framing = connection.fields.noBody
      }
    } else if (!bodiless && length < 0) {
      this.#body = this.http10 ? UNTIL_CLOSE : CHUNKED
      if (this.http10) close = true
      else framing = connection.fields.chunked
    }
    if (close) connection.closeAfterStream()
    this.headersSent = true
    const lines = headerLines(table, drop, connection.options.headerKeyFormat)
    const all = lines + framing + persistence(connection.fields, close, this.http10)
    this.headerBytesSent += all.length
    this.#write(statusLine(status, this.http10) + all + '\r\n')
    if (endStream) connection.endResponse(this)
  }

  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.over || !this.headersSent || this.responseDone) return true
    const size = chunk.length
    let room = true
    if (size > 0 && !this.#mute) {
      if (this.#body === CHUNKED) {
        room = this.#send(size.toString(16) + '\r\n', chunk, endStream ? '\r\n0\r\n\r\n' : '\r\n')
      } else {
        // More than was announced would be read as the next response.
        if (this.#body >= 0 && !this.#pipe && size > this.#body) return this.#broken()
        if (this.#body > 0) this.#body -= size
        room = this.#send('', chunk, '')
      }
    } else if (endStream && this.#body === CHUNKED) {
      this.#write('0\r\n\r\n')
    }
    if (endStream) this.#end()
    else if (!room) this.blocked = true
    return room
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.over || !this.headersSent || this.responseDone) return
    if (this.#body === CHUNKED) {
      const { options } = this.connection
      const lines = options.enableTrailers
        ? headerLines(asTable(trailers), DROP_HOST_LENGTH, options.headerKeyFormat)
        : ''
      this.headerBytesSent += lines.length
      this.#write('0\r\n' + lines + '\r\n')
    }
    this.#end()
  }

  reset(_reason: ResetReason): void {
    if (this.over) return
    this.connection.abortStream(this)
  }

  readDisable(disable: boolean): void {
    if (!this.over) this.connection.readDisable(disable)
  }

  #end(): void {
    // Less than was announced: only a broken connection tells the peer.
    if (this.#body > 0 && !this.#pipe) this.#broken()
    else this.connection.endResponse(this)
  }

  #openPipe(headers: ResponseHeaders, endStream: boolean): void {
    const { connection } = this
    const upgrade = headers.status === 101
    const table = asTable(headers)
    let lines = headerLines(table, upgrade ? DROP_LENGTH_NOT_UPGRADE : DROP_LENGTH, connection.options.headerKeyFormat)
    if (upgrade && !table.has('connection')) lines += connection.fields.connectionUpgrade
    if (upgrade && !table.has('upgrade')) lines += connection.fields.upgrade + connection.upgradeProtocol + '\r\n'
    const head = statusLine(headers.status, this.http10) + lines + '\r\n'
    this.headersSent = true
    this.#pipe = true
    this.headerBytesSent += lines.length
    this.#write(head)
    connection.openPipe()
    if (endStream) connection.endResponse(this)
  }

  #broken(): boolean {
    const { decoder } = this
    this.connection.abortStream(this)
    decoder?.onReset('protocol error', 'http1.content_length_mismatch')
    return true
  }

  #write(text: string): void {
    this.wireBytesSent += text.length
    this.connection.writeText(text)
  }

  #send(before: string, chunk: Uint8Array, after: string): boolean {
    this.wireBytesSent += before.length + chunk.length + after.length
    return this.connection.writeBytes(before, chunk, after)
  }
}

function persistence(fields: OwnFields, close: boolean, http10: boolean): string {
  return close ? fields.close : http10 ? fields.keepAlive : ''
}
