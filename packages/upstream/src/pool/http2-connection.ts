import type { ConnectionUser, PoolStats, StreamConnection } from '@nuncio/cluster'
import type {
  RequestEncoder,
  ResetReason,
  ResponseDecoder,
  SocketAddress,
  Timer,
  TimeSource,
  TlsInfo,
} from '@nuncio/core'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type Settings } from 'node:http2'
import type { Socket } from 'node:net'
import { addressOf } from './http1-connection.ts'
import type { Http2Settings } from './http2-settings.ts'
import { Http2Stream, type StreamOwner } from './http2-stream.ts'

/** What HTTP/2 connections of a cluster share. */
export interface Http2Context {
  readonly settings: Http2Settings
  readonly stats: PoolStats
  readonly time: TimeSource
  readonly random: { uint32(): number }
  /** Told that memory which was lent is still in use (`WriteBatch.retained`). */
  readonly retain: () => void
}

/** An HTTP/2 connection in a pool, over `node:http2`. */
export class Http2Connection implements StreamConnection, StreamOwner {
  readonly protocol = 'HTTP/2'
  readonly local: SocketAddress | undefined
  remote: SocketAddress | undefined = undefined
  readonly tls: TlsInfo | undefined
  maxStreams: number
  readonly #context: Http2Context
  readonly #socket: Socket
  readonly #session: ClientHttp2Session
  readonly #user: ConnectionUser
  readonly #streams = new Set<Http2Stream>()
  #keepalive: Timer | undefined = undefined
  #goodbye = false
  #closing = false
  #over = false
  #sessionError: NodeJS.ErrnoException | undefined = undefined

  constructor(context: Http2Context, socket: Socket, tls: TlsInfo | undefined, user: ConnectionUser) {
    const { settings } = context
    this.#context = context
    this.#socket = socket
    this.#user = user
    this.tls = tls
    this.local = addressOf(socket)
    this.maxStreams = settings.maxConcurrentStreams
    // The session answers the host's end of the connection by closing; half open is of no use to it.
    socket.allowHalfOpen = false
    this.#session = connect(tls === undefined ? 'http://upstream' : 'https://upstream', {
      ...settings.session,
      createConnection: () => socket,
    })
    this.#watch(this.#session)
    this.#scheduleKeepalive()
  }

  get usable(): boolean {
    return !this.#over && !this.#goodbye && !this.#session.closed && !this.#session.destroyed && !this.#socket.destroyed
  }
  get wireReceived(): number {
    return this.#socket.bytesRead
  }
  get wireSent(): number {
    return this.#socket.bytesWritten
  }

  openStream(decoder: ResponseDecoder): RequestEncoder {
    const stream = new Http2Stream(this, decoder)
    this.#streams.add(stream)
    return stream
  }

  close(): void {
    if (this.#over || this.#closing) return
    this.destroy()
  }

  destroy(): void {
    this.#closing = true
    // Without an error the session writes what waits, and a GOAWAY, before it ends the socket.
    this.#session.destroy()
    this.#end('local', 'connection termination', '')
  }

  request(headers: Record<string, string | string[]>, endStream: boolean): ClientHttp2Stream | undefined {
    try {
      return this.#session.request(headers, { endStream, waitForTrailers: !endStream })
    } catch (error) {
      // The session died in this very turn, or a filter made headers that HTTP/2 cannot carry.
      queueMicrotask(() => this.#refuse(error as NodeJS.ErrnoException))
      return undefined
    }
  }

  sessionFailed(error: NodeJS.ErrnoException): void {
    this.#sessionError ??= error
  }

  retain(): void {
    this.#context.retain()
  }

  streamOver(stream: Http2Stream, reason: ResetReason | undefined, local: boolean): void {
    if (!this.#streams.has(stream)) return
    if (reason !== undefined && !local && this.#dead()) {
      // The pool hears of the connection before the user of the stream, who may ask for another at once.
      this.#closedByPeer()
      return
    }
    this.#streams.delete(stream)
    const { cluster } = this.#context.stats
    if (local) cluster.rqTxReset.inc()
    else if (reason !== undefined) (reason === 'protocol error' ? cluster.rqTxReset : cluster.rqRxReset).inc()
    this.#user.onStreamEnd()
    if (reason !== undefined && !local) stream.fail(reason, '')
  }

  #refuse(error: NodeJS.ErrnoException): void {
    if (this.#over) return
    if (this.#dead()) return this.#closedByPeer()
    for (const stream of this.#streams) {
      if (stream.begun) continue
      this.#streams.delete(stream)
      this.#user.onStreamEnd()
      stream.fail('protocol error', `http2.invalid_request:${error.code ?? ''}`)
    }
  }

  /** Whether the connection is gone, though its `close` has not come yet. */
  #dead(): boolean {
    return this.#session.destroyed || this.#socket.destroyed
  }

  #watch(session: ClientHttp2Session): void {
    const { settings } = this.#context
    session.once('connect', () => session.setLocalWindowSize(settings.connectionWindow))
    session.on('remoteSettings', (remote: Settings) => {
      const allowed = Math.min(settings.maxConcurrentStreams, remote.maxConcurrentStreams ?? Number.POSITIVE_INFINITY)
      if (allowed === this.maxStreams) return
      this.maxStreams = allowed
      this.#user.onMaxStreams(allowed)
    })
    session.on('goaway', () => this.#onGoaway())
    session.on('error', (error: NodeJS.ErrnoException) => {
      this.#sessionError ??= error
      this.#closedByPeer()
    })
    session.on('close', () => this.#closedByPeer())
    // A session does not notice that its socket ended while nothing is under way.
    this.#socket.once('close', () => this.#closedByPeer())
  }

  #onGoaway(): void {
    if (this.#goodbye || this.#over) return
    this.#goodbye = true
    this.#user.onGoodbye()
  }

  #closedByPeer(): void {
    const error = this.#sessionError
    const broken = error?.code === 'ERR_HTTP2_ERROR'
    if (!this.#over && broken) this.#user.onProtocolError()
    const details = error?.code === undefined || error.code.startsWith('ERR_HTTP2') ? '' : error.code
    this.#end(
      this.#closing || broken ? 'local' : 'remote',
      broken ? 'protocol error' : 'connection termination',
      details,
    )
  }

  #end(by: 'local' | 'remote', reason: ResetReason, details: string): void {
    if (this.#over) return
    this.#over = true
    this.#keepalive?.cancel()
    const { cluster } = this.#context.stats
    if (reason === 'protocol error') cluster.rqTxReset.add(this.#streams.size)
    this.#user.onClosed(by, reason === 'protocol error')
    for (const stream of this.#streams) stream.fail(reason, details)
    this.#streams.clear()
    if (!this.#closing && !this.#session.destroyed) this.#session.destroy()
  }

  #scheduleKeepalive(): void {
    const { settings, time, random } = this.#context
    const { keepaliveIntervalMs, keepaliveJitterPercent } = settings
    if (keepaliveIntervalMs === 0) return
    const jitter = (keepaliveIntervalMs * keepaliveJitterPercent * (random.uint32() / 2 ** 32)) / 100
    this.#keepalive = time.setTimer(keepaliveIntervalMs + jitter, () => this.#ping())
  }

  #ping(): void {
    if (this.#over || this.#session.closed) return
    const { settings, time, stats } = this.#context
    this.#keepalive = time.setTimer(settings.keepaliveTimeoutMs, () => {
      stats.keepaliveTimeout.inc()
      this.#closing = true
      this.#session.destroy(undefined, constants.NGHTTP2_NO_ERROR)
      this.#end('local', 'connection termination', 'http2.keepalive_timeout')
    })
    this.#session.ping((error) => {
      if (error !== null || this.#over) return
      this.#keepalive?.cancel()
      this.#scheduleKeepalive()
    })
  }
}
