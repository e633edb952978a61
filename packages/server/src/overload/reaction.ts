import type { Gauge, StatsScope } from '@nuncio/core'
import type { PressureSource } from './pressure-source.ts'
import type { Trigger } from './trigger.ts'

/** What an action or a load shed point does with its state. */
export interface Effect {
  /** The state changed: 0 not at all, 1 fully. */
  onState?(state: number): void
  /** Each time the resources were measured while the state is above 0. */
  onRefresh?(state: number): void
}

/** An action or a load shed point: the highest of what its triggers say. */
export class Reaction {
  readonly name: string
  state = 0
  readonly #triggers: readonly { readonly trigger: Trigger; readonly source: PressureSource }[]
  readonly #effect: Effect
  /** Load shed points have no such gauge. */
  readonly #active: Gauge | undefined
  readonly #scale: Gauge

  constructor(
    name: string,
    triggers: readonly Trigger[],
    sources: ReadonlyMap<string, PressureSource>,
    effect: Effect,
    stats: { readonly scope: StatsScope; readonly active: boolean },
  ) {
    this.name = name
    this.#triggers = triggers.map((trigger) => ({ trigger, source: sources.get(trigger.monitor)! }))
    this.#effect = effect
    this.#active = stats.active ? stats.scope.gauge('active') : undefined
    this.#scale = stats.scope.gauge('scale_percent')
    this.#active?.set(0)
    this.#scale.set(0)
  }

  refresh(): void {
    let state = 0
    for (const { trigger, source } of this.#triggers) state = Math.max(state, trigger.state(source.pressure))
    if (state !== this.state) this.#change(state)
    if (state > 0) this.#effect.onRefresh?.(state)
  }

  #change(state: number): void {
    this.state = state
    this.#active?.set(state >= 1 ? 1 : 0)
    this.#scale.set(Math.floor(state * 100))
    this.#effect.onState?.(state)
  }
}
