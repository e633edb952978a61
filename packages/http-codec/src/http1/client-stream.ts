import type { BytesMeter, HeaderMap, RequestEncoder, RequestHeaders, ResetReason, ResponseDecoder } from '@nuncio/core'
import type { ClientConnection } from './client-connection.ts'
import { CHUNKED, PIPE } from './framing.ts'
import {
  asTable,
  claimedLength,
  DROP_HOST,
  DROP_HOST_LENGTH,
  DROP_HOST_LENGTH_NOT_UPGRADE,
  headerLines,
  safeValue,
} from './head-writer.ts'
import { ASKED_CONNECT, ASKED_HEAD, ASKED_PLAIN, ASKED_UPGRADE } from './response-head.ts'

/** Bytes that may wait for a tunnel to open, before the sender is told to stop (it may go on; it should not). */
const MAX_EARLY = 64 * 1024

/** Methods whose requests need not say that they have no body. */
const NEVER_A_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'TRACE'])

/** One request on a client connection: the encoder of the request. Calls after the stream is over do nothing. */
export class ClientStream implements RequestEncoder, BytesMeter {
  readonly connection: ClientConnection
  readonly decoder: ResponseDecoder
  /** @internal What an answer means depends on it; see response-head.ts. */
  asked = ASKED_PLAIN
  wireBytesReceived = 0
  wireBytesSent = 0
  headerBytesReceived = 0
  headerBytesSent = 0
  headersSent = false
  requestDone = false
  responseDone = false
  /** Neither side calls the other any more. */
  over = false
  /** @internal A call of `encodeData` said false. */
  blocked = false
  /** @internal 1xx responses so far. */
  informational = 0
  /** Bytes that the body may still have, `CHUNKED`, or `PIPE`. */
  #body = 0
  #pipeOpen = false
  #early: Uint8Array[] | undefined = undefined
  #earlyBytes = 0

  constructor(connection: ClientConnection, decoder: ResponseDecoder) {
    this.connection = connection
    this.decoder = decoder
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

  /** Whether the connection is a pipe now. */
  get isPipe(): boolean {
    return this.#pipeOpen
  }

  encodeHeaders(headers: RequestHeaders, endStream: boolean): void {
    if (this.over || this.headersSent) return
    const { connection } = this
    const { fields, options } = connection
    const { method } = headers
    const table = asTable(headers)
    let drop = DROP_HOST_LENGTH
    let own = ''
    if (method === 'CONNECT' || headers.protocol !== '') {
      this.#body = PIPE
      this.asked = method === 'CONNECT' ? ASKED_CONNECT : ASKED_UPGRADE
      if (this.asked === ASKED_UPGRADE) {
        drop = DROP_HOST_LENGTH_NOT_UPGRADE
        if (!table.has('connection')) own = fields.connectionUpgrade
        if (!table.has('upgrade')) own += fields.upgrade + safeValue(headers.protocol) + '\r\n'
      }
    } else {
      if (method === 'HEAD') this.asked = ASKED_HEAD
      const length = claimedLength(table)
      if (length >= 0 && (!endStream || length === 0)) {
        drop = DROP_HOST
        this.#body = endStream ? 0 : length
      } else if (!endStream) {
        this.#body = CHUNKED
        own = fields.chunked
      } else if (!NEVER_A_BODY.has(method)) {
        own = fields.noBody
      }
    }
    this.headersSent = true
    const lines =
      fields.host + safeValue(headers.authority) + '\r\n' + headerLines(table, drop, options.headerKeyFormat) + own
    this.headerBytesSent = lines.length
    this.#write(requestLine(headers, options.sendFullyQualifiedUrl) + lines + '\r\n')
    if (endStream) this.#end()
  }

  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.over || !this.headersSent || this.requestDone) return true
    const size = chunk.length
    let room = true
    if (this.#body === PIPE) {
      if (!this.#pipeOpen) return this.#keepEarly(chunk, endStream)
      if (size > 0) room = this.#send('', chunk, '')
    } else if (this.#body === CHUNKED) {
      if (size > 0) room = this.#send(size.toString(16) + '\r\n', chunk, endStream ? '\r\n0\r\n\r\n' : '\r\n')
      else if (endStream) this.#write('0\r\n\r\n')
    } else if (size > 0) {
      // More than was announced would be read as another request.
      if (size > this.#body) return this.#broken()
      this.#body -= size
      room = this.#send('', chunk, '')
    }
    if (endStream) this.#end()
    else if (!room) this.blocked = true
    return room
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.over || !this.headersSent || this.requestDone) return
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

  /** The connection is closed with it: HTTP/1 has no other way to end a request. */
  reset(_reason: ResetReason): void {
    if (!this.over) this.connection.abortStream(this)
  }

  readDisable(disable: boolean): void {
    if (!this.over) this.connection.readDisable(disable)
  }

  /** @internal The tunnel was accepted: what came early may go now. */
  openPipe(): void {
    this.#pipeOpen = true
    const early = this.#early
    this.#early = undefined
    if (early !== undefined) for (const chunk of early) this.#send('', chunk, '')
    if (this.requestDone) this.connection.endWrite(this)
    else if (this.blocked) this.connection.tellWritable()
  }

  #keepEarly(chunk: Uint8Array, endStream: boolean): boolean {
    // No byte may leave before the tunnel is open: whoever refuses it would read them as the next request.
    if (chunk.length > 0) (this.#early ??= []).push(Uint8Array.from(chunk))
    this.#earlyBytes += chunk.length
    if (endStream) this.requestDone = true
    const room = this.#earlyBytes < MAX_EARLY
    if (!room) this.blocked = true
    return room
  }

  #end(): void {
    if (this.#body > 0) {
      this.#broken()
      return
    }
    this.requestDone = true
    if (this.#pipeOpen) this.connection.endWrite(this)
  }

  #broken(): boolean {
    const { decoder } = this
    this.connection.abortStream(this)
    decoder.onReset('protocol error', 'http1.content_length_mismatch')
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

const UNSAFE_TARGET = /[^\x21-\x7e\x80-\xff]/
const ALL_UNSAFE_TARGET = /[^\x21-\x7e\x80-\xff]/g

function safeTarget(target: string): string {
  return UNSAFE_TARGET.test(target) ? target.replace(ALL_UNSAFE_TARGET, escapeByte) : target
}

function safeHost(host: string): string {
  return UNSAFE_TARGET.test(host) ? host.replace(ALL_UNSAFE_TARGET, '') : host
}

function escapeByte(char: string): string {
  const code = char.charCodeAt(0)
  return code > 255 ? encodeURIComponent(char) : `%${(code + 256).toString(16).slice(1).toUpperCase()}`
}

function requestLine(headers: RequestHeaders, absolute: boolean): string {
  const { method, authority } = headers
  if (method === 'CONNECT') return `CONNECT ${safeHost(authority)} HTTP/1.1\r\n`
  const path = safeTarget(headers.path)
  const verb = method === 'GET' || method === 'POST' ? method : safeMethod(method)
  if (!absolute || path.charCodeAt(0) !== 0x2f) return verb + ' ' + (path === '' ? '/' : path) + ' HTTP/1.1\r\n'
  return `${verb} ${headers.scheme === '' ? 'http' : headers.scheme}://${safeHost(authority)}${path} HTTP/1.1\r\n`
}

function safeMethod(method: string): string {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method) ? method : 'GET'
}
