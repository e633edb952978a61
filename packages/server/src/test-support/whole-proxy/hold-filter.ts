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
  onRequestData(chunk: Uint8Array): Promise<undefined> | undefined {
    return this.#holdChunk(chunk)
  }
  onRequestTrailers(): Promise<void> | undefined {
    return this.#hold()
  }
  onResponseHeaders(): Promise<void> | undefined {
    return this.#hold()
  }
  onResponseData(chunk: Uint8Array): Promise<undefined> | undefined {
    return this.#holdChunk(chunk)
  }
  onResponseTrailers(): Promise<void> | undefined {
    return this.#hold()
  }

  /** A filter may read a chunk until its promise settles. */
  #holdChunk(chunk: Uint8Array): Promise<undefined> | undefined {
    const before = Buffer.from(chunk)
    return this.#hold()?.then(() => {
      if (before.compare(chunk) !== 0) throw new Error('a chunk changed while a filter held it')
      return undefined
    })
  }

  #hold(): Promise<undefined> | undefined {
    if (!this.#holds) return undefined
    return new Promise((resolve) => void this.#waiting.push(() => resolve(undefined)))
  }
}
