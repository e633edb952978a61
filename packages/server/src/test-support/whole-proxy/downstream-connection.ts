import { connectionInfo, type StreamInfo } from '@nuncio/core'
import type { MemorySocket } from '@nuncio/http-codec/testing'
import type { CloseMode, ConnectionObserver, NetworkConnection } from '@nuncio/listener'

/** What a listener would hand to the connection manager, over a socket without a network. */
export class DownstreamConnection implements NetworkConnection {
  readonly socket: NetworkConnection['socket']
  readonly info: NetworkConnection['info']
  readonly stats = undefined as never
  readonly bufferLimit: number
  draining = false
  closed = false
  closedHere = false
  readonly #memory: MemorySocket
  readonly #observers = new Set<ConnectionObserver>()

  constructor(socket: MemorySocket, startMs: number, bufferLimit: number) {
    this.#memory = socket
    this.socket = socket as never
    this.info = connectionInfo({ startMs })
    this.bufferLimit = bufferLimit
    socket.on('close', () => this.#gone())
  }

  takeInitialData(): undefined {
    return undefined
  }
  drainClose(): boolean {
    return this.draining
  }
  drainAt(): number {
    return this.draining ? 0 : Number.POSITIVE_INFINITY
  }
  drain(): void {
    this.draining = true
    for (const observer of this.#observers) observer.onConnectionDrain?.(this)
  }
  close(_mode: CloseMode): void {
    if (this.closed) return
    this.closedHere = true
    this.#memory.destroy()
  }
  observe(observer: ConnectionObserver): void {
    this.#observers.add(observer)
  }
  unobserve(observer: ConnectionObserver): void {
    this.#observers.delete(observer)
  }
  describe(info: StreamInfo): StreamInfo {
    return info
  }
  startSecureTransport(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  #gone(): void {
    this.closed = true
    for (const observer of this.#observers) observer.onConnectionClose?.(this)
  }
}
