import type { ConnectionUser, StreamConnection } from '@nuncio/cluster'
import type { ClientCallbacks, ClientConnection, ClientStream } from '@nuncio/http-codec'
import type { RequestEncoder, ResponseDecoder, SocketAddress, TlsInfo } from '@nuncio/core'
import type { Socket } from 'node:net'
import { internalClient } from '../transport/dial/internal.ts'

/** An HTTP/1.1 connection in a pool: one request at a time. */
export class Http1Connection implements StreamConnection, ClientCallbacks {
  readonly protocol = 'HTTP/1.1'
  readonly maxStreams = 1
  readonly local: SocketAddress | undefined
  remote: SocketAddress | undefined = undefined
  readonly tls: TlsInfo | undefined
  readonly #client: ClientConnection
  readonly #user: ConnectionUser
  #stream: ClientStream | undefined = undefined
  #remoteEnded = false
  #told = false

  /** `client` must be connected, and must have been made with callbacks that lead here. */
  constructor(client: ClientConnection, user: ConnectionUser, tls: TlsInfo | undefined) {
    const socket = client.socket as unknown as Socket
    this.#client = client
    this.#user = user
    this.tls = tls
    this.local = addressOf(socket)
    // Before the codec, whose own handler may end the stream.
    socket.prependOnceListener('end', () => {
      this.#remoteEnded = true
    })
  }

  get usable(): boolean {
    return this.#client.idle
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
    return (this.#stream = this.#client.newStream(decoder))
  }

  close(): void {
    // Both directions of a tunnel have ended, and the last bytes are on their way: the socket closes behind them.
    if (this.#stream?.isPipe === true) return
    this.destroy()
  }

  destroy(): void {
    this.#client.close()
    this.#closed('local')
  }

  onConnected(): void {}

  onIdle(_client: ClientConnection, reusable: boolean): void {
    if (reusable) return this.#user.onStreamEnd()
    const stream = this.#stream
    const whole = stream !== undefined && stream.requestDone && stream.responseDone
    if (!whole) return this.#closed(this.#remoteEnded || this.#client.socketError !== '' ? 'remote' : 'local')
    // A tunnel is not a farewell: its connection was never to be used again.
    if (stream.isPipe) this.#user.onUsedUp()
    else this.#user.onGoodbye()
    this.#user.onStreamEnd()
  }

  onClose(client: ClientConnection, details: string): void {
    const own = details.startsWith('http1.') || details.startsWith('local_')
    if (details.startsWith('http1.')) this.#user.onProtocolError()
    this.#closed(!own && (this.#remoteEnded || client.socketError !== '') ? 'remote' : 'local')
  }

  #closed(by: 'local' | 'remote'): void {
    if (this.#told) return
    this.#told = true
    this.#user.onClosed(by)
  }
}

/** Where a connected socket begins; undefined for Unix sockets. */
export function addressOf(socket: Socket): SocketAddress | undefined {
  const { localAddress, localPort } = socket
  return localAddress === undefined ? internalClient(socket) : { address: localAddress, port: localPort ?? 0 }
}
