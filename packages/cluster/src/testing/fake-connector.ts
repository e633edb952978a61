import type { Host } from '../contracts/host.ts'
import type { HeaderMap, RequestEncoder, RequestHeaders, ResetReason, ResponseDecoder, TlsInfo } from '@nuncio/core'
import type { Connecting, ConnectionUser, Connector, StreamConnection } from '../pool/connector.ts'

/** A connector without sockets: a test decides what becomes of each connection. */
export class FakeConnector implements Connector {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | undefined
  readonly expectedStreams: number
  /** All that were asked for, in order. */
  readonly made: FakeConnection[] = []
  /** Connects at once, before `connect` returns. */
  eager = false

  constructor(protocol: 'HTTP/1.1' | 'HTTP/2' | 'auto' = 'HTTP/1.1', expectedStreams = 1) {
    this.protocol = protocol === 'auto' ? undefined : protocol
    this.expectedStreams = expectedStreams
  }

  connect(host: Host, _options: unknown, user: ConnectionUser): Connecting {
    const connection = new FakeConnection(host, user, this.protocol ?? 'HTTP/1.1', this.expectedStreams)
    this.made.push(connection)
    if (this.eager) connection.succeed()
    return connection
  }

  at(index: number): FakeConnection {
    const found = this.made.at(index)
    if (found === undefined) throw new RangeError(`${this.made.length} connections, not ${index}`)
    return found
  }
}

/** One connection of a `FakeConnector`. */
export class FakeConnection implements StreamConnection, Connecting {
  readonly host: Host
  protocol: 'HTTP/1.1' | 'HTTP/2'
  maxStreams: number
  local = { address: '127.0.0.1', port: 4242 }
  tls: TlsInfo | undefined = undefined
  wireReceived = 0
  wireSent = 0
  unread = 0
  unwritten = 0
  cancelled = false
  closed = false
  /** What was written last does not go out: `close` waits for it. */
  lingers = false
  readonly streams: FakeStream[] = []
  readonly #user: ConnectionUser

  constructor(host: Host, user: ConnectionUser, protocol: 'HTTP/1.1' | 'HTTP/2', maxStreams: number) {
    this.host = host
    this.#user = user
    this.protocol = protocol
    this.maxStreams = maxStreams
  }

  cancel(): void {
    this.cancelled = true
  }
  succeed(): void {
    this.#user.onConnected(this)
  }
  fail(side: 'local' | 'remote' = 'remote', details = 'delayed connect error: Connection refused'): void {
    this.#user.onConnectFailed({ side, details })
  }
  setMaxStreams(streams: number): void {
    this.maxStreams = streams
    this.#user.onMaxStreams(streams)
  }
  goodbye(): void {
    this.#user.onGoodbye()
  }
  useUp(): void {
    this.#user.onUsedUp()
  }

  openStream(decoder: ResponseDecoder): RequestEncoder {
    const stream = new FakeStream(decoder)
    this.streams.push(stream)
    return stream
  }
  /** The oldest open stream has its answer. */
  finish(received = 100, sent = 50): void {
    this.streams.shift()
    this.wireReceived += received
    this.wireSent += sent
    this.#user.onStreamEnd()
  }
  get usable(): boolean {
    return !this.closed
  }
  close(): void {
    if (!this.lingers) this.#end('local')
  }
  destroy(): void {
    this.#end('local')
  }
  /** The host closes it. */
  die(): void {
    this.#end('remote')
  }

  #end(by: 'local' | 'remote'): void {
    if (this.closed) return
    this.closed = true
    this.#user.onClosed(by)
    for (const stream of this.streams.splice(0)) stream.decoder.onReset('connection termination', '')
  }
}

/** A stream of a `FakeConnection`; it keeps what was written to it. */
export class FakeStream implements RequestEncoder {
  readonly decoder: ResponseDecoder
  headers: RequestHeaders | undefined = undefined
  resetReason: ResetReason | undefined = undefined

  constructor(decoder: ResponseDecoder) {
    this.decoder = decoder
  }
  encodeHeaders(headers: RequestHeaders): void {
    this.headers = headers
  }
  encodeData(): boolean {
    return true
  }
  encodeTrailers(_trailers: HeaderMap): void {}
  reset(reason: ResetReason): void {
    this.resetReason = reason
  }
  readDisable(): void {}
}
