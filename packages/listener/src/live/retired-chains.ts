import type { Gauge } from '@nuncio/core'
import type { ListenerContext } from './context.ts'
import type { DrainStrategy } from './drain.ts'
import type { ActiveFilterChain } from './filter-chain.ts'

/** Filter chains that were removed and still have connections: they drain, and are closed when the time for that is over. */
export class RetiredChains<S> {
  readonly #chains = new Set<ActiveFilterChain<S>>()
  readonly #context: Pick<ListenerContext<S>, 'drainStrategy' | 'time'>
  readonly #draining: Gauge

  /** @param draining how many there are */
  constructor(context: Pick<ListenerContext<S>, 'drainStrategy' | 'time'>, draining: Gauge) {
    this.#context = context
    this.#draining = draining
  }

  [Symbol.iterator](): Iterator<ActiveFilterChain<S>> {
    return this.#chains.values()
  }

  /** No connection comes to it any more; those that it has may take `drainMs` to end. */
  add(chain: ActiveFilterChain<S>, drainMs: number): void {
    chain.remove()
    if (chain.connections.size === 0) return
    const { drainStrategy, time } = this.#context
    this.#chains.add(chain)
    this.#draining.inc()
    chain.startDrain(drainMs, drainStrategy ?? 'gradual')
    const timer = time.setTimer(drainMs, () => {
      for (const connection of chain.connections) connection.close('now', 'filter_chain_removed')
    })
    chain.onEmpty(() => {
      timer.cancel()
      this.#draining.dec()
      this.#chains.delete(chain)
    })
  }

  startDrain(durationMs: number, strategy: DrainStrategy): void {
    for (const chain of this.#chains) chain.startDrain(durationMs, strategy)
  }
}
