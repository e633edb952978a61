import { MemorySocket } from '@nuncio/http-codec/testing'
import type { WriteBatch } from '@nuncio/http-codec'

/**
 * A socket that reads into memory that is used again, as plain upstream sockets do: what its reader was lent is spoilt
 * afterwards, unless the reader has said that somebody still needs it.
 */
export class LendingSocket extends MemorySocket {
  readonly #batch: WriteBatch

  constructor(batch: WriteBatch) {
    super()
    this.#batch = batch
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    if (event !== 'data') return super.on(event, listener)
    const lend = (bytes: Buffer): void => {
      ;(listener as (this: unknown, bytes: Buffer) => void).call(this, bytes)
      if (!this.#batch.retained) bytes.fill(0xdd)
    }
    return super.on(event, lend)
  }
}

/** One direction: what `from` has written reaches `to` as the script lets it. */
class Lane {
  readonly #from: MemorySocket
  readonly #to: MemorySocket
  #at = 0
  #ended = false

  constructor(from: MemorySocket, to: MemorySocket) {
    this.#from = from
    this.#to = to
  }

  get waiting(): number {
    return this.#from.sent.length - this.#at
  }

  /** Whether nothing more comes from there. */
  get #finished(): boolean {
    const { destroyed, ended, writableLength } = this.#from
    return destroyed || (ended && writableLength === 0)
  }

  /** Carries up to so many bytes, and the end behind the last; answers whether anything moved. */
  carry(bytes: number): boolean {
    const { sent } = this.#from
    const to = Math.min(sent.length, this.#at + bytes)
    const moved = to > this.#at
    if (moved) {
      const piece = sent.slice(this.#at, to)
      this.#at = to
      if (!this.#to.destroyed) this.#to.push(piece)
      // Whoever is gone answers with a reset.
      else if (!this.#from.destroyed) this.#from.pushReset()
    }
    if (this.waiting > 0 || this.#ended || !this.#finished) return moved
    this.#ended = true
    if (!this.#to.destroyed) this.#to.pushEnd()
    return true
  }
}

/** A connection between a peer and the proxy, whose bytes move when the script says so. */
export class Wire {
  readonly peer: MemorySocket
  readonly proxy: MemorySocket
  readonly in: Lane
  readonly out: Lane

  constructor(peer: MemorySocket, proxy: MemorySocket) {
    this.peer = peer
    this.proxy = proxy
    this.in = new Lane(peer, proxy)
    this.out = new Lane(proxy, peer)
  }

  get over(): boolean {
    return this.peer.destroyed && this.proxy.destroyed
  }

  /** The peer resets the connection; what it wrote before is lost on the way. */
  reset(): void {
    if (!this.peer.destroyed) this.peer.pushReset()
    if (!this.proxy.destroyed) this.proxy.pushReset()
  }

  /** Everything that waits goes, both ways; answers whether anything moved. */
  settle(): boolean {
    const went = this.in.carry(Number.POSITIVE_INFINITY)
    return this.out.carry(Number.POSITIVE_INFINITY) || went
  }
}
