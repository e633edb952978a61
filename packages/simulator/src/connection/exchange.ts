import { type RequestEncoder, type ResetReason, type ResponseDecoder, responseHeaders } from '@nuncio/core'
import type { Work } from '../host/simulated-host.ts'
import type { SimulatedConnection } from './simulated-connection.ts'

/** One request and its response on a simulated connection. Requests have no bodies, responses neither. */
export class Exchange implements RequestEncoder, Work {
  readonly decoder: ResponseDecoder
  readonly #connection: SimulatedConnection
  abandoned = false

  constructor(connection: SimulatedConnection, decoder: ResponseDecoder) {
    this.#connection = connection
    this.decoder = decoder
  }

  encodeHeaders(): void {
    this.#connection.send(this)
  }
  encodeData(): boolean {
    return true
  }
  encodeTrailers(): void {}
  readDisable(): void {}

  reset(_reason: ResetReason): void {
    if (this.abandoned) return
    this.abandoned = true
    this.#connection.onReset(this)
  }

  answered(status: number): void {
    this.#connection.answer(this, status)
  }

  /** The response arrives at the proxy. */
  deliver(status: number): void {
    if (this.abandoned) return
    this.abandoned = true
    this.decoder.onHeaders(responseHeaders(status), true)
    this.#connection.onDone(this)
  }
}
