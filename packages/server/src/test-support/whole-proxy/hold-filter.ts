import type { RequestHeaders } from '@nuncio/core'
import type { HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'

export const HOLD = 'nuncio.testing.Hold'

/** A filter that lets nothing of a stream to `/hold` pass until the script says so. */
export class HoldFilters {
  /** Lets go of one thing each. */
  readonly waiting: (() => void)[] = []

  get definition(): HttpFilterDefinition<object> {
    return {
      name: 'hold',
      config: { type: HOLD, honours: {} },
      stability: 'wip',
      upstream: 'also',
      create: () => () => new HoldFilter(this.waiting),
    }
  }
}

class HoldFilter implements HttpFilter {
  readonly #waiting: (() => void)[]
  #holds = false

  constructor(waiting: (() => void)[]) {
    this.#waiting = waiting
  }

  onRequestHeaders(headers: RequestHeaders): Promise<void> | undefined {
    this.#holds = headers.path.startsWith('/hold')
    return this.#hold()
  }
  onRequestData(): Promise<undefined> | undefined {
    return this.#hold()
  }
  onRequestTrailers(): Promise<void> | undefined {
    return this.#hold()
  }
  onResponseHeaders(): Promise<void> | undefined {
    return this.#hold()
  }
  onResponseData(): Promise<undefined> | undefined {
    return this.#hold()
  }
  onResponseTrailers(): Promise<void> | undefined {
    return this.#hold()
  }

  #hold(): Promise<undefined> | undefined {
    if (!this.#holds) return undefined
    return new Promise((resolve) => void this.#waiting.push(() => resolve(undefined)))
  }
}
