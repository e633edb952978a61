import type { Socket } from 'node:net'
import type { ListenerFilter, ListenerFilterVerdict } from '../contracts.ts'
import { GrowingBuffer } from '../growing-buffer.ts'
import { connectionOf, type DownstreamConnection } from './connection.ts'

/** A listener filter as it runs in a listener. */
export interface ActiveListenerFilter {
  readonly filter: ListenerFilter
  readonly maxBytes: number
  /** Whether `filter_disabled` leaves it out for this connection. */
  disabled(connection: DownstreamConnection): boolean
}

/** How the listener filters' look at a connection ended. */
export type InspectionEnd = 'done' | 'closed' | 'remote-close' | 'error'

/**
 * The listener filters' look at one connection: reads only as much as they ask for, and keeps what they do not consume.
 * Each byte is copied a bounded number of times however slowly it comes.
 */
export class Inspection {
  readonly #connection: DownstreamConnection
  readonly #filters: readonly ActiveListenerFilter[]
  readonly #onEnd: (connection: DownstreamConnection, end: InspectionEnd) => void
  #index = 0
  /** -1: the filter at hand has not been asked yet. */
  #need = -1
  readonly #data = new GrowingBuffer()
  #reading = false
  #over = false

  constructor(
    connection: DownstreamConnection,
    filters: readonly ActiveListenerFilter[],
    onEnd: (connection: DownstreamConnection, end: InspectionEnd) => void,
  ) {
    this.#connection = connection
    this.#filters = filters
    this.#onEnd = onEnd
    const early = connection.takeInitialData()
    if (early !== undefined) this.#data.append(early)
  }

  /** Asks filter after filter until one waits for bytes or all are done. */
  advance(): void {
    while (!this.#over && this.#index < this.#filters.length) {
      const active = this.#filters[this.#index]!
      if (this.#need > this.#data.length) return this.#wait()
      const verdict = this.#ask(active)
      if (this.#over) return
      if (verdict === 'close') return this.#finish('closed')
      if (verdict === 'continue') {
        this.#index++
        this.#need = -1
      } else if (this.#mayWaitFor(active, verdict)) this.#need = verdict
      else return this.#finish('error')
    }
    if (!this.#over) this.#finish('done')
  }

  #ask(active: ActiveListenerFilter): ListenerFilterVerdict {
    const connection = this.#connection
    try {
      if (this.#need < 0) return active.disabled(connection) ? 'continue' : active.filter.onAccept(connection)
      return active.filter.onData?.(this.#data.bytes, connection) ?? 'continue'
    } catch {
      this.#finish('error')
      return 'close'
    }
  }

  /** A filter that asks for less than it was shown, or for more than it may, would never end. */
  #mayWaitFor(active: ActiveListenerFilter, bytes: number): boolean {
    return bytes <= active.maxBytes && (this.#need < 0 ? bytes > 0 : bytes > this.#data.length)
  }

  #wait(): void {
    if (this.#reading) return
    this.#reading = true
    this.#connection.rawSocket.on('readable', onReadable)
    this.#connection.rawSocket.on('end', onPeerEnd)
  }

  onReadable(): void {
    let chunk: Buffer | null
    while (!this.#over && (chunk = this.#connection.rawSocket.read() as Buffer | null) !== null) {
      this.#data.append(chunk)
      if (this.#data.length >= this.#need) this.advance()
    }
  }

  onPeerEnd(): void {
    if (this.#over) return
    this.#filters[this.#index]?.filter.onAbandon?.(this.#connection, 'remote-close')
    this.#finish('remote-close')
  }

  /** The time is up: stops, and keeps what was read. */
  abandon(): void {
    this.#filters[this.#index]?.filter.onAbandon?.(this.#connection, 'timeout')
    this.#stop()
  }

  consume(bytes: number): void {
    this.#data.consume(bytes)
  }

  /** What no filter consumed. */
  get rest(): Buffer | undefined {
    return this.#data.length === 0 ? undefined : this.#data.bytes
  }

  #finish(end: InspectionEnd): void {
    this.#stop()
    this.#onEnd(this.#connection, end)
  }

  #stop(): void {
    this.#over = true
    if (!this.#reading) return
    this.#reading = false
    this.#connection.rawSocket.removeListener('readable', onReadable)
    this.#connection.rawSocket.removeListener('end', onPeerEnd)
  }
}

function onReadable(this: Socket): void {
  connectionOf(this)?.inspection?.onReadable()
}

function onPeerEnd(this: Socket): void {
  connectionOf(this)?.inspection?.onPeerEnd()
}
