import { NuncioError } from '@nuncio/core'
import type { BindAddress } from '../decide/addresses.ts'
import { sameConfig } from '../same-config.ts'
import { bind, type BindOptions, type Bound } from './bind.ts'

/** An address of a listener that cannot be bound. */
export class ListenError extends NuncioError {
  /** 0 is the listener's `address`, more are its `additional_addresses`. */
  readonly index: number

  constructor(index: number, cause: NuncioError) {
    super(cause.code, cause.message, { cause, ...(cause.hint !== undefined && { hint: cause.hint }) })
    this.index = index
  }
}

/**
 * The listening sockets of a change that may touch several listeners: one that a listener gives up goes to another that
 * wants its address, so that nobody is refused meanwhile. Nothing is closed before `commit`.
 */
export class SocketPlan {
  readonly #free: Set<Bound>
  readonly #made: Bound[] = []

  constructor(givenUp: Iterable<Bound> = []) {
    this.#free = new Set(givenUp)
  }

  /** A socket for an address: one that was given up, or a new one. Rejects as `bind` does. */
  async obtain(at: BindAddress, options: BindOptions): Promise<Bound> {
    for (const bound of this.#free) {
      if (!sameConfig(bound.at, at)) continue
      this.#free.delete(bound)
      return bound
    }
    const bound = await bind(at, options)
    this.#made.push(bound)
    return bound
  }

  /** Closes what nobody took. */
  commit(): void {
    for (const bound of this.#free) bound.close()
  }

  /** Closes what was bound; all else goes on where it was. */
  discard(): void {
    for (const bound of this.#made) bound.close()
  }
}
