// node --conditions=@nuncio/source --expose-gc --max-semi-space-size=64 --min-semi-space-size=64 packages/balancers/src/policy/allocation.bench.ts
// How many bytes a pick leaves behind, and how long it takes, for each policy; one JSON line each. allocation.test.ts reads it.
import { memoryUsage } from 'node:process'
import { PlainContext } from '@nuncio/cluster'
import { levelOf, testHosts } from '@nuncio/cluster/testing'
import type { RandomGenerator, TimeSource } from '@nuncio/core'
import { balancerFor, typedPolicy } from '../testing/index.ts'

declare const gc: () => void

const hosts = Number(process.argv[2] ?? 100)
// A clock of small integers, for the same reason as the draws below.
let ticks = 0
const machine: TimeSource = {
  monotonicMs: () => (ticks = (ticks + 1) & 0x3fffffff) >> 3,
  wallMs: () => 0,
  setTimer: () => ({ cancel: () => {} }),
}

// Draws below 2^31, for which the runtime allocates nothing wherever it inlines: what is counted is the policy's own.
let state = 1
const random: RandomGenerator = { uint32: () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 1 }

function score(fields: object): object {
  const name = 'nuncio.load_balancing_policies.score'
  const typed_config = { '@type': `${name}.v1.Score`, ...fields }
  return { load_balancing_policy: { policies: [{ typed_extension_config: { name, typed_config } }] } }
}

const terms = [
  { name: 'active_requests', normalizer: 'SATURATE' },
  { name: 'latency_ewma', weight: 0.01 },
  { name: 'error_rate', weight: 5 },
  { name: 'affinity', weight: 0.2 },
]
const weighted_localities = { common_lb_config: { locality_weighted_lb_config: {} } }
const lb_subset_config = { subset_selectors: [{ keys: ['zone'] }] }

/** Name, configuration, whether weights differ. */
const CASES: readonly (readonly [string, object, boolean])[] = [
  ['round robin', {}, false],
  ['round robin, weighted', {}, true],
  ['round robin, weighted localities', weighted_localities, true],
  ['round robin, subset', { lb_subset_config }, false],
  ['random', { lb_policy: 'RANDOM' }, false],
  ['least request', { lb_policy: 'LEAST_REQUEST' }, false],
  ['least request, weighted', { lb_policy: 'LEAST_REQUEST' }, true],
  ['least request, full scan', typedPolicy('least_request.v3.LeastRequest', { selection_method: 'FULL_SCAN' }), false],
  ['ring hash', { lb_policy: 'RING_HASH' }, true],
  [
    'ring hash, bounded load',
    { lb_policy: 'RING_HASH', common_lb_config: { consistent_hashing_lb_config: { hash_balance_factor: 110 } } },
    false,
  ],
  ['maglev', { lb_policy: 'MAGLEV' }, true],
  ['client side weighted', typedPolicy('client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin'), false],
  ['score, two choices, one term', score({ terms: [{ name: 'active_requests' }] }), false],
  ['score, two choices, four terms', score({ terms }), false],
  ['score, best, four terms', score({ pick: 'BEST', terms }), false],
  ['score, softmax, four terms', score({ pick: 'SOFTMAX', terms }), false],
  ['score, best, turn', score({ pick: 'BEST', terms: [{ name: 'turn' }] }), true],
]

for (const [name, config, weighted] of CASES) {
  const { balancer } = balancerFor({ config, random, time: machine })
  const list = testHosts(
    Array.from({ length: hosts }, (_, i) => {
      const zone = `z${i % 3}`
      return {
        port: 1000 + i,
        active: i % 5,
        weight: weighted ? 1 + (i % 3) : 1,
        zone,
        metadata: { 'envoy.lb': { zone } },
      }
    }),
  )
  balancer.update({ levels: [levelOf(list, { localityWeights: { z0: 1, z1: 2, z2: 3 } })] })
  for (const [i, host] of list.entries()) balancer.onRequestDone?.(host, 5 + (i % 7), i % 9 !== 0)
  const context = new PlainContext()
  context.hasHash = true
  context.metadataMatch = { zone: 'z1' }
  const count = /best|softmax|full|bounded/.test(name) ? Math.ceil(5e6 / hosts) : 100_000
  const pick = (): void => {
    for (let i = 0; i < count; i++) {
      context.hashLow = Math.imul(i, 0x9e3779b1) >>> 0
      context.hashHigh = Math.imul(i, 0x85ebca6b) >>> 0
      balancer.chooseHost(context)
    }
  }
  // Long enough for the compiler to be done with it; the least of a few rounds leaves out what it still does.
  for (let i = 0; i < 4; i++) pick()
  let [bytes, ns] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < 4; round++) {
    gc()
    const heap = memoryUsage().heapUsed
    const began = performance.now()
    pick()
    ns = Math.min(ns, ((performance.now() - began) * 1e6) / count)
    bytes = Math.min(bytes, (memoryUsage().heapUsed - heap) / count)
  }
  console.log(JSON.stringify({ name, bytes: Math.round(bytes * 100) / 100, ns: Math.round(ns) }))
  balancer.dispose?.()
}
