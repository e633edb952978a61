import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'

// Clusters whose hosts are sick, few or slow to say yes.

/** One host at most may be chosen at a time, or a hash says which: what two proxies choose by chance cannot be compared. */
const HEALTHY = ['HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED', 'UNKNOWN']
const USABLE = new Set(['HEALTHY', 'DEGRADED', 'UNKNOWN'])
const hosts = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'f', 'z'), fc.constantFrom(...HEALTHY)), {
    selector: ([origin]) => origin,
    minLength: 1,
    maxLength: 3,
  })
  // Where none of several priorities has a host that may be used, all of them are in panic, and chance chooses.
  .map((list) => (list.some(([, status]) => USABLE.has(status)) ? list : list.slice(0, 1)))
  .map((list) =>
    list.map(([origin, health_status], priority) => ({
      priority,
      lb_endpoints: [
        {
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: `{{origin.${origin}}}` } } },
          health_status,
        },
      ],
    })),
  )

const named = (origin: string): Tree => ({
  origin,
  metadata: { filter_metadata: { 'envoy.lb': { hash_key: `${origin}.test` } } },
})

const endpoints = fc.oneof(
  { weight: 3, arbitrary: hosts.map((list) => ({ load_assignment: { cluster_name: 'generated', endpoints: list } })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('RING_HASH', 'MAGLEV')
      .map((lb_policy) => ({ lb_policy, endpoints: ['a', 'b', 'c'].map(named) })),
  },
)

const breakers = maybe(
  fc.constantFrom('max_requests', 'max_pending_requests', 'max_connections', 'max_retries').map((name) => ({
    circuit_breakers: { thresholds: [{ [name]: 0 }] },
  })),
)

const panic = maybe(
  fc.constantFrom(0, 100).map((value) => ({
    common_lb_config: { healthy_panic_threshold: { value } },
  })),
)

/** A cluster of at most a few hosts. */
export const cluster: fc.Arbitrary<Tree> = merged(endpoints, breakers, panic)
