import { type HeaderMap, type ResetReason, TokenBucket } from '@nuncio/core'
import type { CodecSocket } from '../../batched-socket.ts'
import type { WriteBatch } from '../../write-batch.ts'
import * as F from '../frames/frame-types.ts'
import { FrameWriter } from '../frames/frame-writer.ts'
import { HpackEncoder } from '../hpack/encoder.ts'
import type { Http2Stats } from '../http2-stats.ts'
import { encodeTrailers } from '../messages/outgoing.ts'
import type { Http2Options } from '../options.ts'
import { codeOfViolation, type Http2Violation } from '../violations.ts'
import { ClosedStreams, ENDED, type HowClosed, RESET_BY_PEER, RESET_BY_US } from './closed-streams.ts'
import { FloodGuard } from './flood-guard.ts'
import { PeerSettings } from './peer-settings.ts'
import { ReceiveWindow } from './receive-window.ts'
import { SendSchedule } from './send-schedule.ts'
import type { Http2Stream } from './stream.ts'

/** What a connection is made with besides its socket. */
export interface Http2Parts {
  readonly options: Http2Options
  readonly stats: Http2Stats
  readonly batch: WriteBatch
  /** The socket speaks TLS. */
  readonly secure: boolean
}

/**
 * The half of a connection that needs no frame from the peer: its streams, what they send and in which order, windows, how
 * streams and the connection end. A rule that is broken ends the stream (`streamError`) or the connection
 * (`connectionError`), as RFC 9113 has it.
 */
export abstract class Http2Link extends FrameWriter {
  readonly options: Http2Options
  readonly stats: Http2Stats
  /** @internal */
  readonly peer = new PeerSettings()
  /** @internal What may be sent on all streams together. */
  sendWindow = F.FIRST_WINDOW
  closed = false
  /** Why the socket failed (`ECONNRESET`), '' while it did not. */
  socketError = ''
  /** What ended the connection. */
  violation: Http2Violation | '' = ''
  protected readonly streams = new Map<number, Http2Stream>()
  protected readonly encoder: HpackEncoder
  protected readonly guard: FloodGuard
  protected readonly window: ReceiveWindow
  protected readonly closedStreams = new ClosedStreams()
  protected readonly sending = new SendSchedule()
  /** Nothing is read any more. */
  protected dead = false
  readonly #resets: TokenBucket
  #resuming: Http2Stream[] = []
  readonly #flushing = new Set<Http2Stream>()
  /** Some stream has had a flush timeout of its own. */
  #ownFlushTimeouts = false

  constructor(socket: CodecSocket, { batch, options, secure, stats }: Http2Parts) {
    super(socket, batch, secure)
    this.options = options
    this.stats = stats
    this.encoder = new HpackEncoder(options.hpackTableSize, options.huffman)
    this.guard = new FloodGuard(options)
    this.window = new ReceiveWindow(Math.max(options.initialConnectionWindow, F.FIRST_WINDOW))
    const { streamResetBurst, streamResetRate } = options
    this.#resets = new TokenBucket({ maxTokens: streamResetBurst, rate: streamResetRate / 1000 }, batch.nowMs())
  }

  get activeStreams(): number {
    return this.streams.size
  }

  /** Begins to read; `initialData` is what others have read before. The socket must be `allowHalfOpen`. */
  start(initialData?: Buffer): void {
    const socket = this.socket as CodecSocket & Owned
    socket[OWNER] = this
    socket.setNoDelay?.(true)
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('error', onError)
    socket.on('close', onClose)
    this.batch.enter()
    try {
      this.greet()
      const more = this.window.size - F.FIRST_WINDOW
      if (more > 0) this.writeWindowUpdate(0, more)
      this.outboundControlFrames = 0
      // Who has looked at the first bytes may have paused the socket since.
      socket.resume()
      if (initialData !== undefined && initialData.length > 0) this.receive(initialData)
    } finally {
      this.batch.leave()
    }
  }

  /** Closes the socket at once; streams are reset. */
  destroy(): void {
    this.#stop()
    this.flush()
    this.writeClosed = true
    this.socket.destroy()
  }

  // ── what others do ──

  /** Writes what a connection begins with. */
  protected abstract greet(): void
  /** Bytes from the peer. */
  protected abstract receive(bytes: Buffer): void
  /** Nothing is read any more. */
  protected abstract stopReading(): void
  /** Bytes of this stream, if any are at hand, are thrown away from now on. */
  protected abstract ignoreData(stream: Http2Stream): void
  /** A stream is off the connection; `reason`: it was reset. Not called for what the end of the connection ends. */
  protected abstract streamGone(reason: ResetReason | undefined): void
  /** The peer broke a rule; `alone`: only one stream suffers. */
  protected abstract violated(violation: Http2Violation, alone: boolean): void
  /** Nothing more can come or go; streams are told behind it. */
  protected abstract ended(): void
  /** GOAWAY is written: closes the socket behind it. */
  protected abstract finish(): void
  protected abstract socketGone(): void

  // ── for streams ──

  /** @internal */
  sendData(id: number, bytes: Uint8Array, from: number, to: number, endStream: boolean): void {
    this.sendWindow -= to - from
    this.writeData(id, bytes, from, to, endStream)
  }

  /** @internal */
  sendTrailers(stream: Http2Stream, trailers: HeaderMap): void {
    encodeTrailers(this.encoder, trailers)
    this.sendFields(stream, true)
  }

  /** Sends the block that was encoded last. */
  protected sendFields(stream: Http2Stream, endStream: boolean): void {
    const { encoder } = this
    const wireBytes = this.writeHeaders(stream.id, encoder.bytes, encoder.length, endStream)
    stream.wireBytesSent += wireBytes
    stream.headerBytesSent += wireBytes
    stream.decompressedHeaderBytesSent += encoder.decompressed
  }

  /** A stream begins. */
  protected addStream(stream: Http2Stream): void {
    this.streams.set(stream.id, stream)
    this.stats.streamsActive.inc()
  }

  /** @internal */
  schedule(stream: Http2Stream): void {
    this.sending.add(stream)
    this.enqueue()
  }

  /** @internal */
  resumeLater(stream: Http2Stream): void {
    this.#resuming.push(stream)
    this.enqueue()
  }

  /** @internal Bytes of a stream are worked off; `increment`: what to give back to its window. */
  consumed(stream: Http2Stream, increment: number, size: number): void {
    if (this.dead) return
    if (increment > 0 && this.streams.get(stream.id) === stream) {
      stream.wireBytesSent += F.CONTROL_FRAME
      this.writeWindowUpdate(stream.id, increment)
    }
    this.consumedByConnection(size)
  }

  /** @internal */
  pendingBytes(change: number): void {
    if (change !== 0) this.stats.pendingSendBytes.set(this.stats.pendingSendBytes.value + change)
  }

  /** @internal The user has sent all; the rest waits for the peer. */
  flushBegins(stream: Http2Stream): void {
    stream.flushSinceMs = this.batch.nowMs()
    this.#flushing.add(stream)
    if (stream.flushTimeoutMs !== undefined) this.#ownFlushTimeouts = true
    this.flushWaits()
  }
  /** @internal */
  flushEnds(stream: Http2Stream): void {
    if (stream.flushSinceMs === Number.POSITIVE_INFINITY) return
    stream.flushSinceMs = Number.POSITIVE_INFINITY
    this.#flushing.delete(stream)
  }

  /** A stream was ended by its sender, and waits for the peer's window from now on. */
  protected flushWaits(): void {}

  /**
   * When the first of the streams will have waited long enough for the peer's window though all was said; Infinity: none.
   * `timeoutMs` (0 = for ever) is for those that have no time of their own.
   */
  flushEndsAtMs(timeoutMs: number): number {
    let first = Number.POSITIVE_INFINITY
    if (this.#flushing.size === 0) return first
    for (const stream of this.#flushing) {
      first = Math.min(first, flushEnd(stream, timeoutMs))
      // In order of insertion.
      if (!this.#ownFlushTimeouts) break
    }
    return first
  }

  /** Resets the streams that have waited so for long enough by `nowMs`; answers how many. */
  resetFlushing(nowMs: number, timeoutMs: number): number {
    let count = 0
    for (const stream of this.#flushing) {
      if (flushEnd(stream, timeoutMs) > nowMs) continue
      count++
      this.resetStream(stream, F.CANCEL)
    }
    return count
  }

  /** @internal We give a stream up. */
  resetStream(stream: Http2Stream, code: number): void {
    if (!this.streams.has(stream.id)) return
    if (stream.id > 0) {
      this.writeReset(stream.id, code)
      stream.wireBytesSent += F.CONTROL_FRAME
    }
    this.stats.txReset.inc()
    this.removeStream(stream, RESET_BY_US, 'local reset')
  }

  /** @internal Both sides have ended a stream; `abandoned`: the rest of what the peer says is not waited for. */
  finishStream(stream: Http2Stream, abandoned: boolean): void {
    if (!this.streams.has(stream.id)) return
    if (abandoned) {
      this.writeReset(stream.id, F.NO_ERROR)
      this.stats.txReset.inc()
    }
    this.removeStream(stream, abandoned ? RESET_BY_US : ENDED, undefined)
  }

  /** Takes a stream off the connection without a word to the peer, who has said that it will not look at it. */
  protected abandon(stream: Http2Stream): void {
    this.removeStream(stream, RESET_BY_PEER, 'remote refused stream reset')
  }

  protected removeStream(stream: Http2Stream, how: HowClosed, reason: ResetReason | undefined): void {
    this.streams.delete(stream.id)
    this.closedStreams.add(stream.id, how)
    this.ignoreData(stream)
    this.flushEnds(stream)
    stream.drop()
    this.stats.streamsActive.dec()
    this.streamGone(reason)
  }

  protected consumedByConnection(size: number): void {
    if (this.dead) return
    const increment = this.window.consume(size)
    if (increment > 0) this.writeWindowUpdate(0, increment)
  }

  // ── errors ──

  /** @internal The peer broke a rule on one stream. */
  streamError(id: number, violation: Http2Violation): void {
    if (this.dead) return
    this.violated(violation, true)
    // Resets that are provoked cost us what resets cost.
    if (!this.countReset()) return
    this.refuseStream(id, codeOfViolation(violation))
    const stream = this.streams.get(id)
    if (stream === undefined) return
    this.removeStream(stream, RESET_BY_US, 'protocol error')
    stream.tellReset('protocol error', violation)
  }

  /** False: they were too many, and that was the end. */
  protected countReset(): boolean {
    if (this.#resets.take(this.batch.nowMs())) return true
    this.connectionError('http2.rapid_reset')
    return false
  }

  /** Answers a stream with RST_STREAM. */
  protected refuseStream(id: number, code: number): void {
    this.writeReset(id, code)
    this.stats.txReset.inc()
    if (!this.streams.has(id)) this.closedStreams.add(id, RESET_BY_US)
    this.checkOutbound()
  }

  /** The peer broke a rule that ends the connection. */
  protected connectionError(violation: Http2Violation, code = codeOfViolation(violation)): void {
    if (this.dead) return
    this.violation = violation
    this.violated(violation, false)
    this.writeGoaway(this.lastStream(), code, violation)
    this.#stop()
    this.finish()
  }

  /** The last stream of the peer that was looked at. */
  protected lastStream(): number {
    return 0
  }

  protected checkOutbound(): void {
    const flood = this.guard.outbound(this.outboundFrames, this.outboundControlFrames)
    if (flood !== '') this.connectionError(flood)
  }

  /** Reads no more, and tells streams that they are over. */
  #stop(): void {
    if (this.dead) return
    this.dead = true
    this.stopReading()
    this.ended()
    const reason = this.violation === '' ? 'connection termination' : 'protocol error'
    const details = this.violation === '' ? this.socketError : this.violation
    this.#flushing.clear()
    for (const stream of this.streams.values()) {
      this.streams.delete(stream.id)
      this.stats.streamsActive.dec()
      stream.connectionEnded(reason, details)
    }
  }

  // ── the socket ──

  onBatchEnd(): void {
    this.queued = false
    while (this.#resuming.length > 0) {
      const resuming = this.#resuming
      this.#resuming = []
      for (const stream of resuming) stream.resume()
    }
    this.sending.run(this)
    const flood = this.guard.outbound(this.outboundFrames, 0)
    if (flood !== '') this.connectionError(flood)
    this.flush()
    // Memory may have become writable again in between, or a stream has asked again.
    if (!this.sending.empty && this.writable && this.sendWindow > 0) this.enqueue()
  }

  protected override onDrained(): void {
    this.outboundFrames = this.outboundControlFrames = 0
    if (!this.sending.empty) this.enqueue()
  }

  /** @internal */
  socketData(bytes: Buffer): void {
    this.batch.enter()
    try {
      this.receive(bytes)
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }

  /** @internal The peer has finished writing: it cannot even give windows back, so this is the end. */
  socketEnded(): void {
    this.batch.enter()
    try {
      this.#stop()
      this.finish()
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }

  /** @internal */
  socketClosed(): void {
    if (this.closed) return
    this.closed = true
    this.writeClosed = true
    this.batch.enter()
    try {
      this.#stop()
      this.socketGone()
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }
}

const OWNER = Symbol('nuncio.http2')
interface Owned {
  [OWNER]: Http2Link
}

// One function for all connections: listeners are made once, not for each socket.
function onData(this: Owned, bytes: Buffer): void {
  this[OWNER].socketData(bytes)
}
function onEnd(this: Owned): void {
  this[OWNER].socketEnded()
}
function onError(this: Owned, error: NodeJS.ErrnoException): void {
  this[OWNER].socketError = error.code ?? error.message
}
function onClose(this: Owned): void {
  this[OWNER].socketClosed()
}

function flushEnd({ flushSinceMs, flushTimeoutMs }: Http2Stream, timeoutMs: number): number {
  const ms = flushTimeoutMs ?? timeoutMs
  return ms === 0 ? Number.POSITIVE_INFINITY : flushSinceMs + ms
}
