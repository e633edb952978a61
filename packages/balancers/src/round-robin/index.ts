import { envoyMessage, type Message } from '@nuncio/config'
import type { Host } from '@nuncio/cluster'
import type { LoadBalancerDefinition } from '../contracts.ts'
import { EdfPicker } from '../edf/edf-picker.ts'
import type { Story } from '../explain/story.ts'
import { LOCALITY_HONOURS, SLOW_START_HONOURS } from '../honours.ts'
import { LeveledLoadBalancer } from '../priority/leveled.ts'
import { createSlowStart } from '../slow-start/slow-start.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin'

/** One host after the other; by weight when weights differ. */
export class RoundRobinPicker extends EdfPicker {
  // Goes on where it was when the list of hosts is replaced.
  #next = this.seed

  protected weigh(host: Host, out: Float64Array): void {
    out[0] = host.weight
  }

  protected pickEqual(): Host {
    // Never wraps: 2^53 picks take three years at a hundred million a second.
    return this.hosts[this.#next++ % this.hosts.length]!
  }

  protected override peekEqual(ahead: number): Host | undefined {
    return this.hosts[(this.#next + ahead) % this.hosts.length]
  }

  protected explainEqual(story: Story): void {
    story.choose(this.hosts[this.#next % this.hosts.length], 'next in turn')
  }
}

export const roundRobin: LoadBalancerDefinition<Message<typeof TYPE>> = {
  name: 'envoy.load_balancing_policies.round_robin',
  config: envoyMessage(TYPE, {
    [TYPE]: ['slow_start_config', 'locality_lb_config'],
    ...SLOW_START_HONOURS,
    ...LOCALITY_HONOURS,
  }),
  stability: 'stable',
  create(config, setup) {
    const seed = setup.random.uint32()
    const slowStart = createSlowStart(config.slow_start_config, setup.time, setup.runtime)
    const createPicker = (): RoundRobinPicker => new RoundRobinPicker(seed, slowStart)
    return new LeveledLoadBalancer('round_robin', setup, { locality: config.locality_lb_config, seed, createPicker })
  },
}
