import type { ResetReason } from '@nuncio/core'
import type { CodecSocket } from '../../batched-socket.ts'
import { type FrameHandler, FrameReader, type FramingError } from '../frames/frame-reader.ts'
import * as F from '../frames/frame-types.ts'
import { HpackDecoder } from '../hpack/decoder.ts'
import { FieldSection } from '../messages/field-section.ts'
import { trailersOf } from '../messages/trailers.ts'
import type { Http2Violation } from '../violations.ts'
import { ENDED, RESET_BY_PEER, RESET_BY_US } from './closed-streams.ts'
import { HeaderBlock } from './header-block.ts'
import { Http2Link, type Http2Parts } from './link.ts'
import { SETTING } from './peer-settings.ts'
import type { Http2Stream } from './stream.ts'

/** All header blocks are decoded into this one: each is read and acted on at once. */
export const fields = new FieldSection()

/** What both ends of HTTP/2 do with the frames that come: settings, windows, bodies and heads. */
export abstract class Http2Connection extends Http2Link implements FrameHandler {
  /** Bytes received on the wire. */
  bytesReceived = 0
  readonly #reader: FrameReader
  readonly #decoder: HpackDecoder
  readonly #block: HeaderBlock
  readonly #maxHeaderBytes: number
  /** The stream of the DATA frame at hand; undefined: its bytes are thrown away. */
  #dataStream: Http2Stream | undefined = undefined
  #dataEnds = false
  /** Of a frame with padding, what is not known to be data. */
  #padding = 0
  #onPong: (() => void) | undefined = undefined

  constructor(socket: CodecSocket, parts: Http2Parts, server: boolean) {
    super(socket, parts)
    const { hpackTableSize, maxHeaderFieldKb, maxHeadersKb } = parts.options
    this.#reader = new FrameReader(this, server)
    this.#maxHeaderBytes = maxHeadersKb * 1024
    const maxFieldBytes = maxHeaderFieldKb * 1024
    this.#decoder = new HpackDecoder(hpackTableSize, maxFieldBytes)
    this.#block = new HeaderBlock(this.#maxHeaderBytes + maxFieldBytes)
  }

  // ── what the two ends do differently ──

  /** A head has come on a stream that is not open; its fields are in `fields`. */
  protected abstract newHead(block: HeaderBlock): void
  /** A head has come on an open stream. Answers false when it must be trailers. */
  protected abstract furtherHead(stream: Http2Stream, endStream: boolean): boolean
  /** Whether no message has come on this stream yet. */
  protected abstract isIdle(id: number): boolean
  /** What the peer's RST_STREAM means; undefined: it only wants no more of what we send. */
  protected abstract meaningOf(code: number, stream: Http2Stream): ResetReason | undefined
  protected abstract goawayReceived(lastStream: number, code: number): void
  protected abstract settingsReceived(): void

  /** Bytes that came and nobody has read yet. */
  get unread(): number {
    return this.socket.readableLength ?? 0
  }

  /** A round trip; answers false when the connection is on its way out, or another one is under way. */
  ping(onAnswer: () => void): boolean {
    if (this.closed || this.dead || this.#onPong !== undefined) return false
    this.#onPong = onAnswer
    this.writePing(PING_PAYLOAD, false)
    return true
  }

  protected override receive(bytes: Buffer): void {
    this.bytesReceived += bytes.length
    this.#reader.read(bytes, 0, bytes.length)
  }

  protected override stopReading(): void {
    this.#reader.stop()
    this.#block.forget()
  }

  protected override ignoreData(stream: Http2Stream): void {
    if (this.#dataStream === stream) this.#dataStream = undefined
  }

  // ── frames ──

  onFrame(type: number, flags: number, stream: number, length: number): void {
    const flood = this.guard.frame(type, this.dataFrames)
    if (flood !== '') return this.connectionError(flood)
    const violation = headViolation(type, flags, stream, length)
    if (violation !== '') return this.connectionError(violation)
    if (type === F.DATA) this.#beginData(flags, stream, length)
  }

  onFramingError(error: FramingError): void {
    this.connectionError(error)
  }

  #beginData(flags: number, id: number, length: number): void {
    this.#dataStream = undefined
    this.#dataEnds = (flags & F.END_STREAM) !== 0
    this.#padding = (flags & F.PADDED) === 0 ? 0 : length
    if (!this.window.take(length)) return this.connectionError('http2.flow_control_error')
    const stream = this.streams.get(id)
    if (stream === undefined) this.#dataOnClosed(id)
    else if (stream.remoteClosed) this.streamError(id, 'http2.stream_closed')
    else if (!this.bodyMayCome(stream)) this.streamError(id, 'http2.unexpected_data')
    else if (!stream.takeWindow(length)) this.streamError(id, 'http2.flow_control_error')
    else this.#dataStream = stream
  }

  /** Whether a head has come before. */
  protected bodyMayCome(_stream: Http2Stream): boolean {
    return true
  }

  #dataOnClosed(id: number): void {
    if (this.isIdle(id)) return this.connectionError('http2.stream_idle')
    const how = this.closedStreams.find(id)
    if (how === ENDED) this.connectionError('http2.stream_closed')
    // What was on its way while our reset went the other way is passed over, and so is what may have been.
    else if (how === RESET_BY_PEER) this.streamError(id, 'http2.stream_closed')
  }

  onDataBytes(bytes: Buffer, from: number, to: number, last: boolean): void {
    const flood = this.guard.payload(to - from, last && this.#dataEnds)
    if (flood !== '') return this.connectionError(flood)
    const stream = this.#dataStream
    if (this.#padding > 0) this.#padding -= to - from
    if (stream === undefined) this.consumedByConnection(to - from)
    else stream.receiveData(bytes, from, to, last && this.#dataEnds)
    if (!last || this.#padding === 0) return
    if (stream === undefined) this.consumedByConnection(this.#padding)
    else stream.consumePadding(this.#padding)
  }

  onPayload(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    switch (type) {
      case F.HEADERS:
        return this.#headers(flags, stream, bytes, from, to)
      case F.CONTINUATION:
        return this.#continuation(flags, bytes, from, to)
      case F.PRIORITY:
        return this.#priority(stream, bytes, from, to)
      case F.RST_STREAM:
        return this.#reset(stream, bytes.readUInt32BE(from))
      case F.SETTINGS:
        return this.#settings(flags, bytes, from, to)
      case F.PING:
        return this.#ping(flags, bytes, from, to)
      case F.GOAWAY:
        return this.goawayReceived(bytes.readUInt32BE(from) & F.MAX_STREAM_ID, bytes.readUInt32BE(from + 4))
      case F.WINDOW_UPDATE:
        return this.#windowUpdate(stream, bytes.readUInt32BE(from) & F.MAX_WINDOW)
      default:
        // Nobody was allowed to push.
        return this.connectionError('http2.push_refused')
    }
  }

  #headers(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    const block = this.#block
    const size = block.begin(stream, flags, bytes, from, to)
    if (size < 0) return this.connectionError('http2.bad_padding')
    const flood = this.guard.payload(size, block.endStream)
    if (flood !== '') return this.connectionError(flood)
    if ((flags & F.END_HEADERS) !== 0) this.#decode()
    else block.keep()
  }

  #continuation(flags: number, bytes: Buffer, from: number, to: number): void {
    const flood = this.guard.payload(to - from, false)
    if (flood !== '') return this.connectionError(flood)
    if (!this.#block.append(bytes, from, to)) return this.connectionError('http2.headers_too_large')
    if ((flags & F.END_HEADERS) !== 0) this.#decode()
  }

  /** Bytes that the last header block took on the wire. */
  protected get blockBytes(): number {
    return this.#block.wireBytes
  }

  #decode(): void {
    const block = this.#block
    const { bytes, from, stream: id, to } = block
    const { maxHeadersCount, underscores } = this.options
    fields.begin(maxHeadersCount, this.#maxHeaderBytes, underscores)
    const error = this.#decoder.decode(bytes, from, to, fields)
    block.forget()
    if (fields.dropped > 0 && underscores === 'drop') this.stats.droppedHeadersWithUnderscores.add(fields.dropped)
    if (error !== '') {
      this.headRefused(id, error)
      return this.connectionError(error)
    }
    const stream = this.streams.get(id)
    if (stream === undefined) return this.newHead(block)
    stream.receivedFields(block.wireBytes, fields.bytes)
    if (block.dependsOnItself) return this.streamError(id, 'http2.self_dependency')
    if (stream.remoteClosed) return this.streamError(id, 'http2.stream_closed')
    if (!this.furtherHead(stream, block.endStream)) this.#trailers(stream, block.endStream)
  }

  /** A head cannot be read or is not valid; the connection, or its stream, is about to be told so. */
  protected headRefused(_id: number, _violation: Http2Violation): void {}

  protected trailersCame(): void {}

  #trailers(stream: Http2Stream, endStream: boolean): void {
    if (!endStream) return this.messageError(stream.id, 'http2.unexpected_headers')
    const trailers = trailersOf(fields)
    if (typeof trailers === 'string') return this.messageError(stream.id, trailers)
    this.trailersCame()
    stream.receiveTrailers(trailers)
  }

  /** A message is well framed, but invalid. */
  protected messageError(id: number, violation: Http2Violation): void {
    // What is too large, or not wanted here, is well-formed: it costs the stream only.
    if (ALONE.has(violation) || this.options.streamErrorOnInvalidHttpMessage) return this.streamError(id, violation)
    this.connectionError(violation)
  }

  /** A head has come for a stream that is over. */
  protected headOnClosed(id: number): void {
    const how = this.closedStreams.find(id)
    if (how === RESET_BY_US) return
    if (how === RESET_BY_PEER) this.streamError(id, 'http2.stream_closed')
    else if (how === ENDED) this.connectionError('http2.stream_closed')
    // What may be left over from a stream that is forgotten is no reason to break off the others.
    else if (this.closedStreams.complete) this.connectionError('http2.bad_stream_id')
  }

  #priority(id: number, bytes: Buffer, from: number, to: number): void {
    if (to - from !== 5) return this.streamError(id, 'http2.bad_frame_size')
    if ((bytes.readUInt32BE(from) & 0x7fff_ffff) === id) this.streamError(id, 'http2.self_dependency')
  }

  #reset(id: number, code: number): void {
    const stream = this.streams.get(id)
    if (stream === undefined) {
      if (this.isIdle(id)) this.connectionError('http2.stream_idle')
      return
    }
    this.stats.rxReset.inc()
    stream.wireBytesReceived += F.CONTROL_FRAME
    const reason = this.meaningOf(code, stream)
    if (reason === undefined) {
      if (code === F.NO_ERROR) this.stats.rxResetNoError?.inc()
      stream.stopSending()
    } else {
      this.removeStream(stream, RESET_BY_PEER, reason)
      stream.tellReset(reason, code === F.REFUSED_STREAM ? 'http2.remote_refuse' : 'http2.remote_reset')
    }
    this.countReset()
  }

  #settings(flags: number, bytes: Buffer, from: number, to: number): void {
    if ((flags & F.ACK) !== 0) return this.#decoder.acknowledged(this.options.hpackTableSize)
    const before = this.peer.initialWindow
    const code = this.peer.read(bytes, from, to)
    if (code !== 0) return this.connectionError('http2.bad_settings', code)
    this.encoder.peerTableSize(this.peer.headerTableSize)
    this.writeSettings([], true)
    const change = this.peer.initialWindow - before
    if (change !== 0) {
      for (const stream of this.streams.values())
        if (!stream.growWindow(change)) return this.connectionError('http2.flow_control_error')
    }
    this.settingsReceived()
    this.checkOutbound()
  }

  #ping(flags: number, bytes: Buffer, from: number, to: number): void {
    if ((flags & F.ACK) === 0) {
      this.writePing(bytes.subarray(from, to), true)
      return this.checkOutbound()
    }
    const onPong = this.#onPong
    if (onPong === undefined || PING_PAYLOAD.compare(bytes, from, to) !== 0) return
    this.#onPong = undefined
    onPong()
  }

  #windowUpdate(id: number, increment: number): void {
    if (id === 0) {
      if (increment === 0) return this.connectionError('http2.zero_window_update')
      this.sendWindow += increment
      if (this.sendWindow > F.MAX_WINDOW) return this.connectionError('http2.flow_control_error')
      if (!this.sending.empty) this.enqueue()
      return
    }
    const stream = this.streams.get(id)
    if (stream === undefined) {
      if (this.isIdle(id)) this.connectionError('http2.stream_idle')
      return
    }
    if (increment === 0) this.streamError(id, 'http2.zero_window_update')
    else if (!stream.growWindow(increment)) this.streamError(id, 'http2.flow_control_error')
  }
}

const ALONE: ReadonlySet<Http2Violation> = new Set([
  'http2.header_list_size_too_large',
  'http2.too_many_headers',
  'http2.unexpected_underscore',
])

/** Whether the head of a frame breaks a rule of its type. */
function headViolation(type: number, flags: number, stream: number, length: number): Http2Violation | '' {
  switch (type) {
    case F.DATA:
    case F.HEADERS:
    case F.CONTINUATION:
    case F.PRIORITY:
      return stream === 0 ? 'http2.bad_stream_id' : ''
    case F.RST_STREAM:
      return stream === 0 ? 'http2.bad_stream_id' : length === 4 ? '' : 'http2.bad_frame_size'
    case F.SETTINGS:
      if (stream !== 0) return 'http2.bad_stream_id'
      return length % SETTING !== 0 || ((flags & F.ACK) !== 0 && length > 0) ? 'http2.bad_frame_size' : ''
    case F.PING:
      return stream !== 0 ? 'http2.bad_stream_id' : length === 8 ? '' : 'http2.bad_frame_size'
    case F.GOAWAY:
      return stream !== 0 ? 'http2.bad_stream_id' : length >= 8 ? '' : 'http2.bad_frame_size'
    case F.WINDOW_UPDATE:
      return length === 4 ? '' : 'http2.bad_frame_size'
    default:
      return ''
  }
}

const PING_PAYLOAD = Buffer.from('nuncio\0\0', 'latin1')
