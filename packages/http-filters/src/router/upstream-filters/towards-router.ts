import type { HeaderMap, ResponseEncoder, ResponseHeaders } from '@nuncio/core'
import type { FilteredTry } from './filtered-try.ts'
import type { TryOwner } from './try-owner.ts'

/** Where the response of a try goes when its filters have let it pass: to the router, as from a host. */
export class TowardsRouter implements ResponseEncoder {
  readonly unwritten = 0
  readonly #owner: TryOwner
  readonly #try: FilteredTry

  constructor(owner: TryOwner, of: FilteredTry) {
    this.#owner = owner
    this.#try = of
  }

  encodeInformational(headers: ResponseHeaders): void {
    this.#owner.onInformational(headers)
  }
  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.#owner.onHeaders(headers, endStream)
  }
  /** The router says by `readDisable` when it has no room. */
  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    this.#owner.onData(chunk, endStream)
    return true
  }
  encodeTrailers(trailers: HeaderMap): void {
    this.#owner.onTrailers(trailers)
  }
  /** A filter gave the try up. */
  reset(): void {
    this.#try.givenUp()
  }
  readDisable(disable: boolean): void {
    this.#try.holdRequest(disable)
  }
}
