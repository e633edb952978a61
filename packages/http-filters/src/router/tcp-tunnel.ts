import type { Host, PendingStream, PoolFailure, TcpConnection, TcpPool, UpstreamCallbacks } from '@nuncio/cluster'
import {
  type HeaderMap,
  RawBytes,
  type RequestEncoder,
  type RequestHeaders,
  type ResetReason,
  responseHeaders,
} from '@nuncio/core'
import type { ForwardRoute } from '@nuncio/router'

/** What a tunnel uses of the platform's socket, a `net.Socket`. */
interface RawSocket {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  on(event: 'end' | 'drain' | 'close' | 'error', listener: () => void): unknown
  write(chunk: Uint8Array): boolean
  end(): unknown
  destroy(): unknown
  pause(): unknown
  resume(): unknown
}

const NOTHING = new Uint8Array(0)

/** Whether the route ends CONNECT here (`connect_config`): what the request carries goes to the host as plain bytes. */
export function endsConnect(route: ForwardRoute, headers: RequestHeaders): boolean {
  const { method } = headers
  if ((method !== 'CONNECT' && method !== 'POST') || route.upgrades.size === 0 || headers.protocol !== '') return false
  const config = route.upgrades.get('connect')?.connect
  return config !== undefined && (method === 'CONNECT' || config.allow_post === true)
}

/**
 * A raw connection to a host in the shape of a request: its body is what is sent, and the answer is a 200 as soon as
 * the connection is there, with what the host sends for a body. An end in one direction is a half-close.
 */
export class TcpTunnel implements RequestEncoder {
  readonly bytes = new RawBytes()
  readonly #callbacks: UpstreamCallbacks
  #socket: RawSocket | undefined = undefined
  #disables = 0
  #blocked = false
  #remoteEnded = false
  #over = false

  /** `callbacks` hear of the connection as of a pool's stream. */
  constructor(callbacks: UpstreamCallbacks) {
    this.#callbacks = callbacks
  }

  /** Undefined when the answer was given at once. */
  start(pool: TcpPool): PendingStream | undefined {
    return pool.newConnection(this)
  }

  onPoolReady(socket: unknown, host: Host, connection: TcpConnection): void {
    const { id, local, remote, tls } = connection
    const raw = (this.#socket = socket as RawSocket)
    raw.on('data', (chunk) => {
      this.bytes.wireBytesReceived += chunk.length
      this.#callbacks.onData(chunk, false)
    })
    raw.on('end', () => this.#ended())
    raw.on('drain', () => this.#drained())
    raw.on('error', () => {})
    raw.on('close', () => this.#closed())
    this.#callbacks.onPoolReady(this, host, { id, local, remote, tls, protocol: '', streamsBefore: 0 })
  }

  onPoolFailure(reason: PoolFailure, host: Host, details: string): void {
    this.#callbacks.onPoolFailure(reason, host, details)
  }

  // ── sending ──

  encodeHeaders(_headers: RequestHeaders, endStream: boolean): void {
    if (endStream) this.#socket!.end()
    this.#callbacks.onHeaders(responseHeaders(200), false)
    if (!this.#over && this.#disables === 0) this.#socket!.resume()
  }

  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#over) return true
    this.bytes.wireBytesSent += chunk.length
    // The chunk is lent, and a socket may keep what it cannot send yet.
    const room = chunk.length === 0 || this.#socket!.write(new Uint8Array(chunk))
    if (endStream) this.#socket!.end()
    else if (!room) this.#blocked = true
    return room
  }

  encodeTrailers(_trailers: HeaderMap): void {
    if (!this.#over) this.#socket!.end()
  }

  reset(_reason: ResetReason): void {
    this.#over = true
    this.#socket?.destroy()
  }

  readDisable(disable: boolean): void {
    this.#disables += disable ? 1 : -1
    if (this.#over) return
    if (this.#disables > 0) this.#socket!.pause()
    else this.#socket!.resume()
  }

  // ── receiving ──

  #ended(): void {
    this.#remoteEnded = true
    if (!this.#over) this.#callbacks.onData(NOTHING, true)
  }

  #drained(): void {
    if (!this.#blocked || this.#over) return
    this.#blocked = false
    this.#callbacks.onWritable()
  }

  #closed(): void {
    if (this.#over) return
    this.#over = true
    if (!this.#remoteEnded) this.#callbacks.onReset('connection termination', '')
  }
}
