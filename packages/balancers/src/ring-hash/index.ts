import { envoyMessage, type Message } from '@nuncio/config'
import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerDefinition, LoadBalancerSetup } from '../contracts.ts'
import { decideHashing, HASHING_HONOURS } from '../hashing/config.ts'
import { HashingLoadBalancer } from '../hashing/hashing-load-balancer.ts'
import { buildRing, type RingOptions } from './ring.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash'
type Config = Message<typeof TYPE>

const LARGEST = 8_388_608

export const ringHash: LoadBalancerDefinition<Config> = {
  name: 'envoy.load_balancing_policies.ring_hash',
  config: envoyMessage(TYPE, { [TYPE]: '*', ...HASHING_HONOURS }),
  stability: 'stable',
  create(config, setup) {
    const hashing = decideHashing(config, setup)
    const options = ringOptions(config, setup, hashing.useHostname)
    const gauge = (name: string) => setup.stats.gauge(`ring_hash_lb.${name}`)
    const [size, least, most] = [gauge('size'), gauge('min_hashes_per_host'), gauge('max_hashes_per_host')]
    return new HashingLoadBalancer('ring_hash', setup, {
      ...hashing,
      *build(entries, rough) {
        const ring = yield* buildRing(entries, rough ? roughly(options) : options)
        if (entries.hosts.length > 0) {
          size.set(ring.size)
          least.set(ring.leastPoints)
          most.set(ring.mostPoints)
        }
        return ring
      },
    })
  },
}

/** A ring that is small enough to be built while traffic waits. */
function roughly(options: RingOptions): RingOptions {
  return { ...options, minimum: Math.min(options.minimum, 4096), maximum: Math.min(options.maximum, 4096) }
}

function ringOptions(config: Config, setup: LoadBalancerSetup, useHostname: boolean): RingOptions {
  const minimum = config.minimum_ring_size ?? 1024
  const maximum = config.maximum_ring_size ?? LARGEST
  for (const field of ['minimum_ring_size', 'maximum_ring_size'] as const) {
    const value = config[field]
    if (value === undefined || value <= LARGEST) continue
    reportAt(setup, config, field, { code: 'out-of-range', message: `${field} is at most ${LARGEST}` })
  }
  if (minimum > maximum) {
    const message = `minimum_ring_size (${minimum}) is above maximum_ring_size (${maximum})`
    reportAt(setup, config, 'minimum_ring_size', { code: 'conflict', message })
  }
  return {
    minimum: Math.max(1, Math.min(minimum, LARGEST)),
    maximum: Math.max(1, Math.min(maximum, LARGEST)),
    murmur: config.hash_function === 'MURMUR_HASH_2',
    useHostname,
  }
}
