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
import { type Http2ClientCallbacks, Http2ClientConnection, type Http2Stats, type WriteBatch } from '@nuncio/http-codec'
import type { Socket } from 'node:net'
import { addressOf } from './http1-connection.ts'
import type { Http2Settings } from './http2-settings.ts'

/** What HTTP/2 connections of a cluster share. */
export interface Http2Context {
  readonly settings: Http2Settings
  readonly stats: PoolStats
  readonly http2Stats: Http2Stats
  readonly time: TimeSource
  readonly random: { uint32(): number }
  readonly batch: WriteBatch
}

/** An HTTP/2 connection in a pool. */
export class Http2Connection implements StreamConnection, Http2ClientCallbacks {
  readonly protocol = 'HTTP/2'
  readonly local: SocketAddress | undefined
  remote: SocketAddress | undefined = undefined
  readonly tls: TlsInfo | undefined
  readonly #context: Http2Context
  readonly #client: Http2ClientConnection
  readonly #user: ConnectionUser
  #keepalive: Timer | undefined = undefined
  /** Whether the answer to a ping is waited for. */
  #asking = false
  /** When the host last ended a stream or answered a ping; at first, when it was connected. */
  #heardMs: number

  /** Takes a connected socket; `start` it before the user opens streams. */
  constructor(context: Http2Context, socket: Socket, tls: TlsInfo | undefined, user: ConnectionUser) {
    const { batch, http2Stats, settings } = context
    this.#context = context
    this.#user = user
    this.#heardMs = context.time.monotonicMs()
    this.tls = tls
    this.local = addressOf(socket)
    const parts = { options: settings.options, stats: http2Stats, batch, secure: tls !== undefined }
    this.#client = new Http2ClientConnection(socket, this, parts)
  }

  start(): void {
    this.#client.start()
    this.#scheduleKeepalive()
  }

  get maxStreams(): number {
    return this.#client.maxStreams
  }
  get usable(): boolean {
    return this.#client.usable
  }
  get wireReceived(): number {
    return this.#client.bytesReceived
  }
  get wireSent(): number {
    return this.#client.bytesSent
  }
  get unread(): number {
    return this.#client.unread
  }
  get unwritten(): number {
    return this.#client.unwritten
  }

  openStream(decoder: ResponseDecoder): RequestEncoder {
    this.#askIfQuiet()
    return this.#client.newStream(decoder)
  }

  close(): void {
    this.#client.close()
  }

  destroy(): void {
    this.#client.close()
  }

  onStreamEnd(reason: ResetReason | undefined): void {
    const { stats, time } = this.#context
    const { cluster } = stats
    if (reason !== 'local reset') this.#heardMs = time.monotonicMs()
    if (reason === 'local reset' || reason === 'protocol error') cluster.rqTxReset.inc()
    else if (reason !== undefined) cluster.rqRxReset.inc()
    this.#user.onStreamEnd()
  }

  onMaxStreams(maxStreams: number): void {
    this.#user.onMaxStreams(maxStreams)
  }

  onGoodbye(): void {
    this.#user.onGoodbye()
  }

  onProtocolError(_details: string, alone: boolean): void {
    if (!alone) this.#user.onProtocolError()
  }

  onEnd(client: Http2ClientConnection): void {
    this.#keepalive?.cancel()
    const broken = client.violation !== ''
    if (broken) this.#context.stats.cluster.rqTxReset.add(client.activeStreams)
    this.#user.onClosed(client.endedByPeer ? 'remote' : 'local', broken)
  }

  #scheduleKeepalive(): void {
    const { settings, time, random } = this.#context
    const { keepaliveIntervalMs, keepaliveJitterPercent } = settings
    if (keepaliveIntervalMs === 0) return
    const jitter = (keepaliveIntervalMs * keepaliveJitterPercent * (random.uint32() / 2 ** 32)) / 100
    this.#keepalive = time.setTimer(keepaliveIntervalMs + jitter, () => this.#ping())
  }

  /** A connection that died while nobody used it is found out at its next use, not at the timeout of the request. */
  #askIfQuiet(): void {
    const { settings, time } = this.#context
    const { keepaliveIdleMs } = settings
    if (keepaliveIdleMs === 0 || this.#asking || time.monotonicMs() - this.#heardMs <= keepaliveIdleMs) return
    this.#keepalive?.cancel()
    this.#ping()
  }

  #ping(): void {
    const { settings, time, stats } = this.#context
    const asked = this.#client.ping(() => {
      this.#asking = false
      this.#heardMs = time.monotonicMs()
      this.#keepalive?.cancel()
      this.#scheduleKeepalive()
    })
    if (!asked) return
    this.#asking = true
    this.#keepalive = time.setTimer(settings.keepaliveTimeoutMs, () => {
      stats.keepaliveTimeout.inc()
      this.#client.close('http2.keepalive_timeout')
    })
  }
}
