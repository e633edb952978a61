import type { ListenerContext } from './context.ts'
import type { DrainStrategy } from './drain.ts'
import type { ActiveFilterChain } from './filter-chain.ts'

/** Filter chains that were removed and still have connections: they drain, and are closed when the time for that is over. */
export class RetiredChains<S> {
  readonly #chains = new Set<ActiveFilterChain<S>>()
  readonly #context: Pick<ListenerContext<S>, 'drainStrategy' | 'stats' | 'time'>

  constructor(context: Pick<ListenerContext<S>, 'drainStrategy' | 'stats' | 'time'>) {
    this.#context = context
  }

  [Symbol.iterator](): Iterator<ActiveFilterChain<S>> {
    return this.#chains.values()
  }

  /** No connection comes to it any more; those that it has may take `drainMs` to end. */
  add(chain: ActiveFilterChain<S>, drainMs: number): void {
    chain.remove()
    if (chain.connections.size === 0) return
    const { drainStrategy, stats, time } = this.#context
    const draining = stats.gauge('listener_manager.total_filter_chains_draining')
    this.#chains.add(chain)
    draining.inc()
    chain.startDrain(drainMs, drainStrategy ?? 'gradual')
    const timer = time.setTimer(drainMs, () => {
      for (const connection of chain.connections) connection.close('now', 'filter_chain_removed')
    })
    chain.onEmpty(() => {
      timer.cancel()
      draining.dec()
      this.#chains.delete(chain)
    })
  }

  startDrain(durationMs: number, strategy: DrainStrategy): void {
    for (const chain of this.#chains) chain.startDrain(durationMs, strategy)
  }
}
