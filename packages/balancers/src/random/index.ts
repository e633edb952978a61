import { envoyMessage, type Message } from '@nuncio/config'
import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import type { RandomGenerator } from '@nuncio/core'
import type { HostPicker, LoadBalancerDefinition } from '../contracts.ts'
import type { Story } from '../explain/story.ts'
import { LOCALITY_HONOURS } from '../honours.ts'
import { LeveledLoadBalancer } from '../priority/leveled.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.random.v3.Random'

/** Any host with equal chance, whatever its weight: `hosts[draw % n]`. */
class RandomPicker implements HostPicker {
  readonly #random: RandomGenerator
  #hosts: readonly Host[] = []
  /** Draws that were looked at before their pick. */
  readonly #drawn: number[] = []

  constructor(random: RandomGenerator) {
    this.#random = random
  }

  update(hosts: readonly Host[]): void {
    this.#hosts = hosts
  }

  pick(_context: LoadBalancerContext, _attempt: number): Host | undefined {
    const count = this.#hosts.length
    return count === 0 ? undefined : this.#hosts[(this.#drawn.shift() ?? this.#draw()) % count]
  }

  peek(ahead: number): Host | undefined {
    while (this.#drawn.length <= ahead) this.#drawn.push(this.#draw())
    return this.#hosts[this.#drawn[ahead]! % this.#hosts.length]
  }

  #draw(): number {
    return this.#random.uint32() >>> 0
  }

  explain(_context: LoadBalancerContext, story: Story): void {
    story.consider(this.#hosts)
    story.choose(
      undefined,
      this.#hosts.length === 0 ? 'no host may be used' : `one of ${this.#hosts.length} hosts at random`,
    )
  }
}

export const random: LoadBalancerDefinition<Message<typeof TYPE>> = {
  name: 'envoy.load_balancing_policies.random',
  config: envoyMessage(TYPE, { [TYPE]: ['locality_lb_config'], ...LOCALITY_HONOURS }),
  stability: 'stable',
  create(config, setup) {
    const createPicker = (): RandomPicker => new RandomPicker(setup.random)
    const seed = setup.random.uint32()
    return new LeveledLoadBalancer('random', setup, { locality: config.locality_lb_config, seed, createPicker })
  },
}
