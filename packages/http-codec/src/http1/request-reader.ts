import type { HeaderTable, RequestDecoder, RequestHeaders } from '@nuncio/core'
import { CHUNKS, HEAD, Http1Connection, IN_PIPE, LATER, LENGTH, NOTHING, TRAILERS } from './connection.ts'
import { CHUNKED } from './framing.ts'
import { MALFORMED } from './head-parser.ts'
import { RequestHead } from './request-head.ts'
import type { RequestKind, ServerStream } from './server-stream.ts'

const head = new RequestHead()
const NO_STREAM_MS = -1

/**
 * The half of a server's connection that reads: cuts bytes into requests, one after the other, and keeps those of later
 * ones until the present one is over. How streams and the connection end is for the other half.
 */
export abstract class RequestReader extends Http1Connection {
  /** The request in progress. */
  stream: ServerStream | undefined = undefined
  /** Monotonic ms since a head is partly there; -1 = none is. */
  partialHeadMs = NO_STREAM_MS
  /** @internal The protocol that the present request would upgrade to. */
  upgradeProtocol = ''
  /** Bytes are being read right now: what waits is looked at behind them. */
  protected running = false
  /** The connection ends behind the present stream. */
  protected closeAfter = false
  /** Bytes that are here already behind the head at hand. */
  #inHand = 0
  #emptyLines = 0

  /** Makes the stream of a request whose head has come, and has it in `stream`. */
  protected abstract openStream(kind: RequestKind, http10: boolean, startMs: number): ServerStream
  /** Asks who receives the request. */
  protected abstract requestCame(stream: ServerStream): RequestDecoder
  /** The first part of a head has come, and the rest has not. */
  protected abstract partialHeadCame(): void
  /** What came of this request, or in its place, cannot be understood; nothing more is read. */
  protected abstract refuse(stream: ServerStream, details: string): void
  /** Request and response are over. */
  protected abstract finishStream(stream: ServerStream): void
  /** The peer has finished writing, and what could be read of that has been. */
  protected abstract afterEnd(): void

  /** Whether all that is missing of the request is here already. */
  protected get restIsHere(): boolean {
    return this.state === LENGTH && this.left <= this.#inHand
  }

  /** @internal Bytes from the client. */
  receive(bytes: Buffer): void {
    this.bytesReceived += bytes.length
    const { batch } = this
    batch.enter()
    try {
      this.lastReadMs = batch.nowMs()
      if (this.hold === undefined) return this.#read(bytes, 0, bytes.length)
      this.append(bytes, 0, bytes.length)
      if (this.state === LATER) this.keep(this.hold, this.holdStart, this.holdEnd, true)
      else this.#read(this.hold, this.holdStart, this.holdEnd)
    } catch (error) {
      batch.bug(error)
      this.socket.destroy()
    } finally {
      batch.leave()
    }
  }

  /** Goes on with what waited, if it need not wait any more. */
  protected readOn(): void {
    if (this.running) return
    if (this.hold !== undefined && this.state !== LATER) this.#read(this.hold, this.holdStart, this.holdEnd)
    else if (this.readEnded) this.afterEnd()
  }

  #read(bytes: Buffer, from: number, end: number): void {
    this.running = true
    let i = from
    try {
      while (i < end) {
        const next = this.#step(bytes, i, end)
        if (next < 0) break
        i = next
      }
    } finally {
      this.running = false
    }
    const partialHead = this.state === HEAD && this.parser !== undefined
    if (i < end) this.keep(bytes, i, end, this.state === LATER || (this.state === HEAD && !partialHead))
    else if (this.hold !== undefined) this.dropHeld()
    if (this.readEnded) this.afterEnd()
    else if (partialHead && this.partialHeadMs < 0) {
      this.partialHeadMs = this.batch.nowMs()
      this.partialHeadCame()
    }
  }

  /** Where the bytes after the step begin; -1: those from `i` on have to wait. */
  #step(bytes: Buffer, i: number, end: number): number {
    switch (this.state) {
      case HEAD:
        return this.#head(bytes, i, end)
      case LENGTH:
        return this.readLength(bytes, i, end)
      case CHUNKS:
        return this.readChunks(bytes, i, end)
      case TRAILERS:
        return this.readTrailers(bytes, i, end)
      case LATER:
        return -1
      case IN_PIPE:
        this.count(end - i)
        this.stream!.decoder!.onData(slice(bytes, i, end), false)
        return end
      default:
        return end
    }
  }

  #head(bytes: Buffer, i: number, end: number): number {
    // Who does not read the answers gets no more of them: otherwise small pipelined requests would fill the memory.
    if (this.parser === undefined && !this.writable) return -1
    const parser = this.parserFor('request', this.#emptyLines)
    const length = parser.parse(bytes, i, end)
    if (length < 0) {
      if (length === MALFORMED) return this.#refuseHead(parser.error, i, end)
      if (parser.onlyEmptyLines(end - i)) {
        this.#emptyLines = parser.emptyLines
        this.forgetParser()
        return end
      }
      return end - i > this.maxHeadBytes ? this.#refuseHead('http1.headers_too_large', i, end) : -1
    }
    if (length > this.maxHeadBytes) return this.#refuseHead('http1.headers_too_large', i, end)
    const headers = head.read(parser, bytes, i, length, this.options)
    if (headers === undefined) return this.#refuseHead(head.error, i, end, head.hostless)
    const { headerBytes } = parser
    this.forgetParser()
    this.#emptyLines = 0
    this.#inHand = end - i - length
    this.#open(headers, length, headerBytes)
    this.#inHand = 0
    return i + length
  }

  #open(headers: RequestHeaders, length: number, headerBytes: number): void {
    const { body } = head
    const startMs = this.partialHeadMs < 0 ? this.batch.nowMs() : this.partialHeadMs
    this.partialHeadMs = NO_STREAM_MS
    if (!head.persistent) this.closeAfter = true
    this.upgradeProtocol = headers.protocol
    const stream = this.openStream(requestKind(headers), head.http10, startMs)
    stream.wireBytesReceived = length
    stream.headerBytesReceived = headerBytes
    this.left = body
    this.state = body > 0 ? LENGTH : body === CHUNKED ? CHUNKS : LATER
    stream.requestDone = body === 0
    if (body === CHUNKED) this.beginChunks()
    const decoder = this.requestCame(stream)
    stream.decoder = decoder
    if (!stream.over) decoder.onHeaders(headers, body === 0)
  }

  protected override body(bytes: Buffer, from: number, to: number, last: boolean): void {
    const stream = this.stream!
    if (last) {
      stream.requestDone = true
      this.state = LATER
    }
    if (!stream.over) stream.decoder!.onData(slice(bytes, from, to), last)
    else if (last) this.finishStream(stream)
  }

  protected override bodyTrailers(trailers: HeaderTable): void {
    const stream = this.stream!
    stream.requestDone = true
    this.state = LATER
    if (!stream.over) stream.decoder!.onTrailers(trailers)
    else this.finishStream(stream)
  }

  #refuseHead(details: string, from: number, end: number, known?: RequestHeaders): number {
    const headerBytes = this.parser!.headerBytes
    const stream = this.#streamToRefuse()
    stream.refusedHead = known
    stream.wireBytesReceived = end - from
    stream.headerBytesReceived = headerBytes
    return this.malformed(details, end)
  }

  #streamToRefuse(): ServerStream {
    const startMs = this.partialHeadMs < 0 ? this.batch.nowMs() : this.partialHeadMs
    this.partialHeadMs = NO_STREAM_MS
    return (this.stream ??= this.openStream('plain', false, startMs))
  }

  /** The stream of a head that is partly there, if only an empty line before it, and stays so; it is not in progress. */
  protected takeBrokenHead(): ServerStream | undefined {
    if (this.state !== HEAD || (this.parser === undefined && this.#emptyLines === 0)) return undefined
    const headerBytes = this.parser?.headerBytes ?? 0
    this.forgetParser()
    this.#emptyLines = 0
    const stream = this.#streamToRefuse()
    stream.headerBytesReceived = headerBytes
    stream.wireBytesReceived = this.holdEnd - this.holdStart
    this.stream = undefined
    return stream
  }

  /** Answers a request that cannot be understood; nothing more is read. */
  protected override malformed(details: string, end: number): number {
    this.forgetParser()
    this.closeAfter = true
    this.state = NOTHING
    const stream = this.#streamToRefuse()
    stream.requestDone = true
    this.refuse(stream, details)
    return end
  }
}

function slice(bytes: Buffer, from: number, to: number): Buffer {
  return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
}

function requestKind(headers: RequestHeaders): RequestKind {
  if (headers.method === 'HEAD') return 'head'
  if (headers.method === 'CONNECT') return 'connect'
  return headers.protocol === '' ? 'plain' : 'upgrade'
}
