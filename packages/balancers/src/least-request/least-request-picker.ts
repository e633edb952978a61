import type { Host } from '@nuncio/cluster'
import type { RandomGenerator } from '@nuncio/core'
import { EdfPicker } from '../edf/edf-picker.ts'
import type { Story } from '../explain/story.ts'
import type { SlowStart } from '../slow-start/slow-start.ts'

export interface LeastRequestOptions {
  /** How many hosts are drawn, 2 or more. */
  readonly choices: number
  /** Looks at every host instead of drawing some. */
  readonly fullScan: boolean
  /** How strongly active requests weigh on weights; asked when hosts change. */
  readonly bias: () => number
}

/**
 * The host with the fewest active requests among a few drawn ones (with replacement, one draw each) or among all. With
 * unequal weights: a schedule by weight ÷ (active + 1)^bias.
 */
export class LeastRequestPicker extends EdfPicker {
  readonly #random: RandomGenerator
  readonly #options: LeastRequestOptions
  #bias = 1

  constructor(seed: number, slowStart: SlowStart | undefined, random: RandomGenerator, options: LeastRequestOptions) {
    super(seed, slowStart)
    this.#random = random
    this.#options = options
  }

  override update(hosts: readonly Host[]): void {
    this.#bias = this.#options.bias()
    super.update(hosts)
  }

  protected weigh(host: Host, out: Float64Array): void {
    const bias = this.#bias
    const load = host.stats.rqActive + 1
    out[0] = bias === 1 ? host.weight / load : bias === 0 ? host.weight : host.weight / load ** bias
  }

  protected pickEqual(): Host {
    return this.#options.fullScan ? this.#scan() : this.#drawFew()
  }

  #drawFew(): Host {
    const hosts = this.hosts
    const count = hosts.length
    let best = hosts[(this.#random.uint32() >>> 0) % count]!
    for (let i = 1; i < this.#options.choices; i++) {
      const other = hosts[(this.#random.uint32() >>> 0) % count]!
      if (other.stats.rqActive < best.stats.rqActive) best = other
    }
    return best
  }

  /** Equals are chosen among with equal chance: the k-th of them takes the place with chance 1/k. */
  #scan(): Host {
    const hosts = this.hosts
    let best = hosts[0]!
    let equals = 1
    for (let i = 1; i < hosts.length; i++) {
      const other = hosts[i]!
      const difference = other.stats.rqActive - best.stats.rqActive
      if (difference > 0) continue
      equals = difference < 0 ? 1 : equals + 1
      if (difference < 0 || this.#random.uint32() % equals === 0) best = other
    }
    return best
  }

  protected explainEqual(story: Story): void {
    for (const host of this.hosts) story.score(host, host.stats.rqActive, { active_requests: host.stats.rqActive })
    const { choices, fullScan } = this.#options
    const rule = fullScan ? 'the fewest active requests of all' : `the fewest active requests of ${choices} drawn hosts`
    const certain = fullScan ? this.#clearWinner() : undefined
    story.choose(certain, certain === undefined ? `${rule}; chance decides` : rule)
  }

  #clearWinner(): Host | undefined {
    const least = Math.min(...this.hosts.map((host) => host.stats.rqActive))
    const winners = this.hosts.filter((host) => host.stats.rqActive === least)
    return winners.length === 1 ? winners[0] : undefined
  }
}
