import type { HttpFilterChain, HttpFilterDefinition } from '@nuncio/filter-chain'

/** HTTP filters with what they hold. Managers that differ in other things share them: limits and counts go on. */
export class LiveFilterChain {
  readonly chain: HttpFilterChain
  /** What it was made with. */
  readonly definitions: readonly HttpFilterDefinition[]
  readonly #disposers: readonly (() => void)[]
  #users = 1

  constructor(
    chain: HttpFilterChain,
    definitions: readonly HttpFilterDefinition[],
    disposers: readonly (() => void)[],
  ) {
    this.chain = chain
    this.definitions = definitions
    this.#disposers = disposers
  }

  share(): this {
    this.#users++
    return this
  }

  /** The last user disposes of the filters. */
  release(): void {
    if (--this.#users === 0) for (const dispose of this.#disposers) dispose()
  }
}
