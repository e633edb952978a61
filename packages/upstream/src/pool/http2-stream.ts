import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2'
import { constants } from 'node:http2'
import {
  type HeaderMap,
  headerId,
  HeaderTable,
  isHopByHop,
  type RequestEncoder,
  type RequestHeaders,
  type ResetReason,
  type ResponseDecoder,
  ResponseHeaderTable,
} from '@nuncio/core'

/** What a stream asks of its connection. */
export interface StreamOwner {
  request(headers: Record<string, string | string[]>, endStream: boolean): ClientHttp2Stream | undefined
  /** Told once: the stream is over in both directions, or was reset (`reason`); a reset by the host is told on by `fail`. */
  streamOver(stream: Http2Stream, reason: ResetReason | undefined, local: boolean): void
  /** Something is wrong with the whole connection; its end follows. */
  sessionFailed(error: NodeJS.ErrnoException): void
  /** Memory that was lent is still in use. */
  retain(): void
}

const NO_BYTES = new Uint8Array(0)
/** 1xx responses before the final one. */
const MAX_INFORMATIONAL = 32
const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_CONNECT_ERROR } =
  constants

/** One request on an HTTP/2 connection: the encoder of the request, and the reader of its response. */
export class Http2Stream implements RequestEncoder {
  readonly decoder: ResponseDecoder
  readonly #owner: StreamOwner
  #stream: ClientHttp2Stream | undefined = undefined
  #connect = false
  /** The HTTP/1 upgrade that this is in the form of HTTP/2 (RFC 8441); '' = none. */
  #upgrade = ''
  #requestDone = false
  #responseDone = false
  #over = false
  #disables = 0
  #informational = 0
  #trailers: HeaderMap | undefined = undefined
  /** Trailers of the request; empty ones end it with an empty frame. */
  #ownTrailers: Record<string, string | string[]> = {}

  constructor(owner: StreamOwner, decoder: ResponseDecoder) {
    this.#owner = owner
    this.decoder = decoder
  }

  /** Whether it has reached the session. */
  get begun(): boolean {
    return this.#stream !== undefined
  }
  get complete(): boolean {
    return this.#requestDone && this.#responseDone
  }

  encodeHeaders(headers: RequestHeaders, endStream: boolean): void {
    if (this.#over) return
    this.#connect = headers.method === 'CONNECT'
    if (!this.#connect) this.#upgrade = headers.protocol
    const stream = this.#owner.request(toHttp2(headers), endStream)
    if (stream === undefined) return
    this.#stream = stream
    this.#requestDone = endStream
    stream.on('headers', this.#onInformational)
    stream.on('response', this.#onResponse)
    stream.on('data', this.#onData)
    stream.on('trailers', this.#onTrailers)
    stream.on('end', this.#onEnd)
    stream.on('drain', this.#onDrain)
    if (!endStream) stream.on('wantTrailers', this.#onWantTrailers)
    stream.on('error', this.#onError)
    stream.on('close', this.#onClose)
    if (this.#disables > 0) stream.pause()
  }

  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    const stream = this.#stream
    if (this.#over || stream === undefined || this.#requestDone) return true
    this.#requestDone = endStream
    if (chunk.length > 0) this.#owner.retain()
    if (!endStream) return chunk.length === 0 || stream.write(chunk)
    if (chunk.length > 0) stream.end(chunk)
    else stream.end()
    this.#finishIfWhole()
    return true
  }

  encodeTrailers(trailers: HeaderMap): void {
    const stream = this.#stream
    if (this.#over || stream === undefined || this.#requestDone) return
    this.#requestDone = true
    const lines = Object.create(null) as Record<string, string | string[]>
    trailers.forEach((name, value) => addLine(lines, name, value))
    this.#ownTrailers = lines
    stream.end()
    this.#finishIfWhole()
  }

  reset(reason: ResetReason): void {
    if (this.#over) return
    this.#over = true
    const code =
      reason === 'local refused stream reset'
        ? NGHTTP2_REFUSED_STREAM
        : reason === 'protocol error'
          ? NGHTTP2_PROTOCOL_ERROR
          : NGHTTP2_CANCEL
    if (this.#stream !== undefined) setImmediate(closeStream, this.#stream, code)
    this.#owner.streamOver(this, reason, true)
  }

  readDisable(disable: boolean): void {
    if (this.#over) return
    if (disable) this.#disables++
    else if (this.#disables > 0) this.#disables--
    if (this.#disables > 0) this.#stream?.pause()
    else this.#stream?.resume()
  }

  /** Tells the user that the stream is gone. */
  fail(reason: ResetReason, details: string): void {
    if (this.#over) return
    this.#over = true
    this.decoder.onReset(reason, details)
  }

  readonly #onInformational = (
    _headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
    _flags: number,
    raw: string[],
  ): void => {
    if (this.#over) return
    if (++this.#informational > MAX_INFORMATIONAL) {
      this.#stream?.close(NGHTTP2_PROTOCOL_ERROR)
      return this.#owner.streamOver(this, 'protocol error', false)
    }
    this.decoder.onInformational(fromHttp2(raw))
  }

  readonly #onResponse = (
    _headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
    flags: number,
    raw: string[],
  ): void => {
    if (this.#over) return
    const end = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    if (end) this.#responseDone = true
    const response = fromHttp2(raw)
    if (this.#upgrade !== '' && response.status === 200) asUpgraded(response, this.#upgrade)
    this.decoder.onHeaders(response, end)
    if (end) this.#finishIfWhole()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.#over) this.decoder.onData(chunk, false)
  }

  readonly #onTrailers = (_headers: IncomingHttpHeaders, _flags: number, raw: string[]): void => {
    const trailers = new HeaderTable()
    for (let i = 0; i < raw.length; i += 2) trailers.append(raw[i]!, raw[i + 1]!)
    this.#trailers = trailers
  }

  readonly #onEnd = (): void => {
    // A stream that was reset also ends; its `close` tells how.
    if (this.#over || this.#responseDone || this.#stream?.rstCode !== NGHTTP2_NO_ERROR) return
    this.#responseDone = true
    if (this.#trailers === undefined) this.decoder.onData(NO_BYTES, true)
    else this.decoder.onTrailers(this.#trailers)
    this.#finishIfWhole()
  }

  readonly #onDrain = (): void => {
    if (!this.#over) this.decoder.onWritable()
  }

  /** An error of the session reaches its streams first. */
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'ERR_HTTP2_STREAM_ERROR') this.#owner.sessionFailed(error)
  }

  readonly #onWantTrailers = (): void => {
    // A request that was cut off must not look whole.
    if (this.#requestDone && this.#stream?.destroyed === false) this.#stream.sendTrailers(this.#ownTrailers)
  }

  readonly #onClose = (): void => {
    if (this.#over) return
    if (this.#responseDone) {
      // The host answered without reading the whole request, which RFC 9113 8.1 allows.
      this.#over = true
      this.#owner.streamOver(this, undefined, false)
      return
    }
    this.#owner.streamOver(this, this.#resetReason(this.#stream?.rstCode ?? NGHTTP2_CANCEL), false)
  }

  #resetReason(code: number): ResetReason {
    if (code === NGHTTP2_REFUSED_STREAM) return 'remote refused stream reset'
    if (code === NGHTTP2_PROTOCOL_ERROR) return 'protocol error'
    return this.#connect && code === NGHTTP2_CONNECT_ERROR ? 'remote error with CONNECT request' : 'remote reset'
  }

  #finishIfWhole(): void {
    if (this.#over || !this.complete) return
    this.#over = true
    this.#owner.streamOver(this, undefined, false)
  }
}

/** A turn later: reset from within its own events, a stream whose answer has ended aborts Node. */
function closeStream(stream: ClientHttp2Stream, code: number): void {
  stream.close(code)
  // What was not read yet would keep the stream from closing.
  stream.resume()
}

function toHttp2(headers: RequestHeaders): Record<string, string | string[]> {
  const out = Object.create(null) as Record<string, string | string[]>
  out[':method'] = headers.protocol === '' ? headers.method : 'CONNECT'
  if (headers.authority !== '') out[':authority'] = clean(headers.authority)
  if (headers.method !== 'CONNECT' || headers.protocol !== '') {
    out[':scheme'] = headers.scheme === '' ? 'http' : headers.scheme
    out[':path'] = headers.path === '' ? '/' : clean(headers.path)
  }
  if (headers.protocol !== '') out[':protocol'] = headers.protocol
  headers.forEach((name, value) => addLine(out, name, value))
  return out
}

/** Adds a line, unless it concerns one connection only or has another form in HTTP/2. */
function addLine(out: Record<string, string | string[]>, name: string, value: string): void {
  const key = name.toLowerCase()
  if (
    key === 'host' ||
    key.startsWith(':') ||
    (isHopByHop(headerId(key)) && !(key === 'te' && value === 'trailers') && key !== 'trailer')
  )
    return
  const line = clean(value)
  const before = out[key]
  if (before === undefined) out[key] = line
  else if (Array.isArray(before)) before.push(line)
  else out[key] = [before, line]
}

// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\0\r\n]/
// oxlint-disable-next-line no-control-regex
const ALL_UNSAFE = /[\0\r\n]/g

function clean(value: string): string {
  return UNSAFE.test(value) ? value.replaceAll(ALL_UNSAFE, ' ') : value
}

/** The answer to an upgrade as HTTP/1 has it. */
function asUpgraded(headers: ResponseHeaderTable, protocol: string): void {
  headers.status = 101
  headers.set('connection', 'upgrade')
  headers.set('upgrade', protocol)
}

function fromHttp2(raw: readonly string[]): ResponseHeaderTable {
  const table = new ResponseHeaderTable()
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i] === ':status') table.status = Number(raw[i + 1])
    else table.append(raw[i]!, raw[i + 1]!)
  }
  return table
}
