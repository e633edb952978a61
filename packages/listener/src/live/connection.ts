import {
  type ConnectionInfo,
  Deadline,
  type FilterMetadata,
  type FilterStateValue,
  type OverloadSubject,
  type SocketAddress,
  type StreamInfo,
  writeProgress,
} from '@nuncio/core'
import type { Socket } from 'node:net'
import type { CloseMode, ConnectionObserver, Handshake, NetworkConnection, PendingConnection } from '../contracts.ts'
import type { ListenerStats } from '../listener-stats.ts'
import type { ActiveFilterChain } from './filter-chain.ts'
import type { Inspection } from './inspection.ts'

/** What a connection needs of the listener that accepted it. */
export interface ConnectionOwner {
  readonly name: string
  readonly metadata: FilterMetadata | undefined
  readonly stats: ListenerStats
  readonly bufferLimit: number
  nowMs(): number
  armDeadline(connection: DownstreamConnection, delayMs: number): void
  cancelDeadline(connection: DownstreamConnection): void
  /** The deadline passed while listener filters looked at it. */
  onInspectionTimeout(connection: DownstreamConnection): void
  /** When a handshake that began then is given up, as overload has it now. */
  handshakeDueMs(startMs: number, timeoutMs: number): number
  handshakeBegins(connection: DownstreamConnection): void
  handshakeEnds(connection: DownstreamConnection): void
  onSecure(connection: DownstreamConnection): void
  onClosed(connection: DownstreamConnection): void
}

const NO_PROTOCOLS: readonly string[] = Object.freeze([])
const OWNER = Symbol('nuncio connection')

type OwnedSocket = Socket & { [OWNER]?: DownstreamConnection }

/**
 * A downstream connection in all its roles: what listener filters write to, what the handshake reports to, what network
 * filters are handed, and what logs read. One object, because it stands for an idle connection for hours.
 */
export class DownstreamConnection
  extends Deadline
  implements NetworkConnection, PendingConnection, Handshake, ConnectionInfo, OverloadSubject
{
  readonly id: number
  readonly startMs: number
  owner: ConnectionOwner
  socket: Socket
  /** The accepted socket below TLS. */
  readonly rawSocket: Socket
  readonly directRemote: SocketAddress
  remote: SocketAddress
  local: SocketAddress
  localAddressRestored = false
  serverName = ''
  detectedTransportProtocol = ''
  ja3 = ''
  ja4 = ''
  requestedApplicationProtocols = NO_PROTOCOLS
  tls: ConnectionInfo['tls'] = undefined
  terminationDetails = ''
  /** Why there was no TLS. */
  transportFailure = ''
  handshakeEndMs: number | undefined = undefined
  filterState: Map<string, FilterStateValue> | undefined = undefined
  metadata: Map<string, Record<string, unknown>> | undefined = undefined
  chain: ActiveFilterChain | undefined = undefined
  /** While listener filters look at it. */
  inspection: Inspection | undefined = undefined
  initialData: Buffer | undefined = undefined
  closed = false
  closedHere = false
  /** No filter chain took it. */
  unmatched = false
  /** It does not count against the global connection limit. */
  exempt = false
  /** When its handshake began; -1: none is under way. */
  #handshakeMs = -1
  /** -1: nobody asked to close it. */
  #closeDelayMs = -1
  /** How far writing had come when the close deadline was armed. */
  #progress = 0
  #observer: ConnectionObserver | undefined = undefined
  #moreObservers: ConnectionObserver[] | undefined = undefined
  #secured: ((socket: Socket | undefined) => void) | undefined = undefined

  constructor(owner: ConnectionOwner, id: number, socket: Socket, local: SocketAddress, remote: SocketAddress) {
    super()
    this.owner = owner
    this.id = id
    this.startMs = owner.nowMs()
    this.socket = socket
    this.rawSocket = socket
    this.local = local
    this.remote = remote
    this.directRemote = remote
    this.#own(socket)
  }

  get info(): ConnectionInfo {
    return this
  }
  get stats(): ListenerStats {
    return this.owner.stats
  }
  get bufferLimit(): number {
    return this.owner.bufferLimit
  }
  get listenerName(): string {
    return this.owner.name
  }
  get filterChainName(): string {
    return this.chain?.name ?? ''
  }
  get listenerMetadata(): FilterMetadata | undefined {
    return this.owner.metadata
  }
  get filterChainMetadata(): FilterMetadata | undefined {
    return this.chain?.info.config.metadata?.filter_metadata
  }
  get draining(): boolean {
    return this.chain?.drain.active ?? false
  }

  drainClose(): boolean {
    return this.chain?.drain.close() ?? false
  }

  drainAt(): number {
    return this.chain?.drain.at() ?? Number.POSITIVE_INFINITY
  }

  takeInitialData(): Buffer | undefined {
    const data = this.initialData
    this.initialData = undefined
    return data
  }

  consume(bytes: number): void {
    this.inspection?.consume(bytes)
  }

  observe(observer: ConnectionObserver): void {
    if (this.#observer === undefined) this.#observer = observer
    else (this.#moreObservers ??= []).push(observer)
  }

  unobserve(observer: ConnectionObserver): void {
    if (this.#observer === observer) this.#observer = this.#moreObservers?.shift()
    else if (this.#moreObservers !== undefined)
      this.#moreObservers = this.#moreObservers.filter((other) => other !== observer)
  }

  /** What its observers know of it. */
  describe(info: StreamInfo): StreamInfo {
    let known = info
    for (const observer of this.#observers()) known = observer.describe?.(known) ?? known
    return known
  }

  refreshStats(): void {
    for (const observer of this.#observers()) observer.refreshStats?.()
  }

  notifyDrain(): void {
    for (const observer of this.#observers()) observer.onConnectionDrain?.(this)
  }

  close(mode: CloseMode, details = '', delayMs = mode === 'flush-and-wait' ? 1000 : 0): void {
    if (this.closed) return
    this.closedHere = true
    if (this.terminationDetails === '') this.terminationDetails = details
    if (mode === 'now') this.socket.destroy()
    else if (mode === 'reset') this.#reset()
    else if (this.#closeDelayMs < 0) {
      this.#closeDelayMs = delayMs
      if (delayMs > 0) this.#armCloseDeadline()
      if (mode === 'flush' || delayMs <= 0) this.socket.destroySoon()
      else this.#endAndDiscard()
    }
  }

  #reset(): void {
    try {
      this.rawSocket.resetAndDestroy()
    } catch {
      // A Unix socket knows no reset.
    }
    this.socket.destroy()
  }

  #armCloseDeadline(): void {
    this.#progress = writeProgress(this.socket)
    this.owner.armDeadline(this, this.#closeDelayMs)
  }

  #endAndDiscard(): void {
    const { socket } = this
    socket.removeAllListeners('data')
    socket.removeAllListeners('readable')
    socket.end()
    // Flowing with nobody listening: what still comes is dropped, and the peer's FIN is seen.
    socket.resume()
  }

  override onDeadline(): void {
    if (this.closed) return
    if (this.#closeDelayMs >= 0) {
      // A slow reader may take as long as it likes, as long as it reads.
      const { writableLength } = this.socket
      if (writableLength > 0 && writeProgress(this.socket) !== this.#progress) this.#armCloseDeadline()
      else this.socket.destroy()
    } else if (this.inspection !== undefined) this.owner.onInspectionTimeout(this)
    else {
      this.stats.transportSocketConnectTimeout.inc()
      this.close('now', 'transport_socket_connect_timeout')
    }
  }

  startSecureTransport(): Promise<Socket | undefined> {
    const transport = this.chain?.transport
    if (this.closed || this.tls !== undefined || transport?.canStartSecure !== true) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#secured = resolve
      this.secure()
    })
  }

  /** Puts the filter chain's transport socket on the accepted socket. */
  secure(): void {
    const { transport, connectTimeoutMs } = this.chain!
    const early = this.takeInitialData()
    if (early !== undefined) this.rawSocket.unshift(early)
    if (connectTimeoutMs > 0) {
      this.#handshakeMs = this.owner.nowMs()
      this.owner.handshakeBegins(this)
      this.#armHandshake()
    }
    this.#own((this.socket = transport.secure(this.rawSocket, this)))
  }

  #armHandshake(): void {
    const dueMs = this.owner.handshakeDueMs(this.#handshakeMs, this.chain!.connectTimeoutMs)
    this.owner.armDeadline(this, Math.max(0, dueMs - this.owner.nowMs()))
  }

  #endHandshake(): void {
    if (this.#handshakeMs < 0) return
    this.#handshakeMs = -1
    this.owner.handshakeEnds(this)
  }

  timeoutsChanged(): void {
    if (!this.closed && this.#handshakeMs >= 0) this.#armHandshake()
  }

  forEachStream(): void {}

  onSecure(socket: Socket, tls: NonNullable<ConnectionInfo['tls']>): void {
    if (this.closed) return
    this.#own((this.socket = socket))
    this.tls = tls
    this.serverName = tls.serverName
    this.handshakeEndMs = this.owner.nowMs()
    this.owner.cancelDeadline(this)
    this.#endHandshake()
    if (this.#secured === undefined) this.owner.onSecure(this)
    else this.#settleSecured(socket)
  }

  onHandshakeFailure(details: string): void {
    this.transportFailure = details
    this.close('now', details)
  }

  #settleSecured(socket: Socket | undefined): void {
    const settle = this.#secured
    this.#secured = undefined
    settle?.(socket)
  }

  #own(socket: OwnedSocket): void {
    if (socket[OWNER] === this) return
    socket[OWNER] = this
    socket.on('error', onSocketError)
    socket.on('close', onSocketClose)
  }

  /** A socket of this connection is gone: the one below TLS does not count while TLS is on top. */
  socketClosed(socket: Socket): void {
    if (this.closed || socket !== this.socket) return
    this.closed = true
    this.owner.cancelDeadline(this)
    this.#endHandshake()
    this.initialData = undefined
    this.#settleSecured(undefined)
    this.owner.onClosed(this)
    const observers = this.#observers()
    this.#observer = undefined
    this.#moreObservers = undefined
    for (const observer of observers) observer.onConnectionClose?.(this)
  }

  #observers(): readonly ConnectionObserver[] {
    if (this.#observer === undefined) return NO_OBSERVERS
    return this.#moreObservers === undefined ? [this.#observer] : [this.#observer, ...this.#moreObservers]
  }
}

const NO_OBSERVERS: readonly ConnectionObserver[] = []

// One function for all sockets; who needs the error hears of it through the close.
function onSocketError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  const connection = this[OWNER]
  if (connection !== undefined && connection.terminationDetails === '')
    connection.terminationDetails = error.code ?? 'socket_error'
}

function onSocketClose(this: OwnedSocket): void {
  this[OWNER]?.socketClosed(this)
}

/** The connection that a socket belongs to. */
export function connectionOf(socket: Socket): DownstreamConnection | undefined {
  return (socket as OwnedSocket)[OWNER]
}
