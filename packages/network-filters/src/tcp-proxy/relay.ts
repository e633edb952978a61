import type { Duplex } from 'node:stream'
import type { RawReader } from './upstream.ts'

/** Told of what goes through a relay. */
export interface RelayOwner {
  /** Before the bytes are written. */
  onRelayed(relay: Relay, bytes: number): void
  /** What was held back went out: the other side is alive. */
  onRelayDrained(relay: Relay): void
  /** The source is no longer read until its sink has taken what it was given, or is read again. */
  onRelayPaused(relay: Relay, paused: boolean): void
  /** The source sent its FIN, which goes on to the sink. */
  onRelayEnd(relay: Relay): void
}

/**
 * Bytes one way, from a socket (or a tunnel) to another. While more than `limit` bytes wait in the sink the source is not read. A FIN
 * of the source closes only that direction.
 */
export class Relay {
  readonly source: Duplex
  readonly sink: Duplex
  bytes = 0
  ended = false
  readonly #limit: number
  readonly #owner: RelayOwner
  #paused = false

  /** `limit` in bytes, 0 = none. Below the sink's own mark there would be no `drain` to go on with. */
  constructor(source: Duplex, sink: Duplex, limit: number, owner: RelayOwner) {
    this.source = source
    this.sink = sink
    this.#owner = owner
    this.#limit = limit === 0 ? Number.POSITIVE_INFINITY : Math.max(limit, sink.writableHighWaterMark)
  }

  /**
   * Reads from now on; `first` are bytes that were read before, perhaps all there were. `reader` gives the bytes in place
   * of the source, where there is one.
   */
  start(first: Buffer | undefined, reader?: RawReader): void {
    const { source, sink } = this
    if (first !== undefined) this.#write(first)
    sink.on('drain', () => this.#drained())
    if (source.readableEnded) return this.#end()
    if (reader === undefined) source.on('data', (chunk: Buffer) => this.#write(chunk))
    else reader.start((chunk) => this.#pass(chunk))
    source.once('end', () => this.#end())
    if (!this.#paused) source.resume()
  }

  #write(chunk: Buffer): void {
    const { sink } = this
    if (!sink.writable) return
    this.bytes += chunk.length
    this.#owner.onRelayed(this, chunk.length)
    sink.write(chunk)
    // What the kernel took at once does not wait: asking for the length, not for what `write` answered, spares a pause.
    if (sink.writableLength <= this.#limit || this.#paused) return
    this.#paused = true
    this.source.pause()
    this.#owner.onRelayPaused(this, true)
  }

  /** Writes bytes that are lent; while the sink needs them they stay where they are, and nothing more is read. */
  #pass(chunk: Uint8Array): 'done' | 'kept' | 'pause' {
    const { sink } = this
    if (!sink.writable) return 'done'
    this.bytes += chunk.length
    this.#owner.onRelayed(this, chunk.length)
    sink.write(chunk)
    if (sink.writableLength === 0) return 'done'
    // Too little for the sink to say when it is gone.
    if (!sink.writableNeedDrain) return 'kept'
    this.#paused = true
    this.#owner.onRelayPaused(this, true)
    return 'pause'
  }

  #drained(): void {
    this.#owner.onRelayDrained(this)
    if (!this.#paused) return
    this.#paused = false
    this.source.resume()
    this.#owner.onRelayPaused(this, false)
  }

  #end(): void {
    this.ended = true
    this.#owner.onRelayEnd(this)
    this.sink.end()
  }
}
