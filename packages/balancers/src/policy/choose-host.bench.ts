// node --conditions=@nuncio/source --expose-gc packages/balancers/src/policy/choose-host.bench.ts
import {
  buildHostSet,
  type ClusterHost,
  describeAssignment,
  HostRegistry,
  type LoadBalancer,
  PlainContext,
} from '@nuncio/cluster'
import { prioritiesOf, testHosts } from '@nuncio/cluster/testing'
import { SeededRandom } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { bench, do_not_optimize, group, run } from 'mitata'
import { balancerFor, typedPolicy } from '../testing/index.ts'

const COUNT = 1000

function hosts(count: number, weighted: boolean): ClusterHost[] {
  return testHosts(
    Array.from({ length: count }, (_, i) => ({ port: 1000 + i, active: i % 5, weight: weighted ? 1 + (i % 3) : 1 })),
  )
}

function made(config: object, list = hosts(COUNT, false)): LoadBalancer {
  const { balancer, update } = balancerFor({ config, random: new SeededRandom(1) })
  update(list)
  return balancer
}

function score(fields: object): object {
  const name = 'nuncio.load_balancing_policies.score'
  const typed_config = { '@type': `${name}.v1.Score`, ...fields }
  return { load_balancing_policy: { policies: [{ typed_extension_config: { name, typed_config } }] } }
}

const context = new PlainContext()
const hashed = new PlainContext()
hashed.hasHash = true
const draws = new SeededRandom(2)

function picks(name: string, balancer: LoadBalancer): void {
  bench(name, () => do_not_optimize(balancer.chooseHost(context))).gc('inner')
}

function hashedPicks(name: string, balancer: LoadBalancer): void {
  bench(name, () => {
    hashed.hashHigh = draws.uint32()
    hashed.hashLow = draws.uint32()
    do_not_optimize(balancer.chooseHost(hashed))
  }).gc('inner')
}

const three = [{ name: 'active_requests' }, { name: 'latency_ewma', weight: 0.01 }, { name: 'inverse_weight' }]

group('chooseHost among 1000 hosts', () => {
  picks('round robin', made({}))
  picks('round robin, weighted', made({}, hosts(COUNT, true)))
  picks('random', made({ lb_policy: 'RANDOM' }))
  picks('least request, two choices', made({ lb_policy: 'LEAST_REQUEST' }))
  picks('least request, weighted', made({ lb_policy: 'LEAST_REQUEST' }, hosts(COUNT, true)))
  picks(
    'least request, full scan',
    made(typedPolicy('least_request.v3.LeastRequest', { selection_method: 'FULL_SCAN' })),
  )
  picks('score, two choices, one term', made(score({ terms: [{ name: 'active_requests' }] })))
  picks('score, two choices, three terms', made(score({ terms: three })))
  picks('score, best of all, one term', made(score({ pick: 'BEST', terms: [{ name: 'active_requests' }] })))
  hashedPicks('ring hash (1024 points)', made({ lb_policy: 'RING_HASH' }))
  hashedPicks(
    'ring hash (1 million points)',
    made({ lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: 1_000_000 } }),
  )
  hashedPicks('maglev (65537 slots)', made({ lb_policy: 'MAGLEV' }))
})

function spread(): LoadBalancer {
  const { balancer } = balancerFor({ random: new SeededRandom(1) })
  const half = (first: number) =>
    testHosts(
      Array.from({ length: 500 }, (_, i) => ({
        port: first + i,
        health: i % 2 === 0 ? ('healthy' as const) : ('unhealthy' as const),
      })),
    )
  balancer.update(prioritiesOf(half(1000), half(2000)))
  return balancer
}

function subsets(): LoadBalancer {
  const lb_subset_config = { subset_selectors: [{ keys: ['version', 'stage'] }] }
  const { balancer, update } = balancerFor({ config: { lb_subset_config }, random: new SeededRandom(1) })
  update(
    testHosts(
      Array.from({ length: COUNT }, (_, i) => ({
        port: 1000 + i,
        metadata: { 'envoy.lb': { version: i % 10, stage: 'prod' } },
      })),
    ),
  )
  return balancer
}

group('what stands round a policy', () => {
  picks('two priorities that share the load', spread())
  const balancer = subsets()
  const asking = new PlainContext()
  asking.metadataMatch = { version: 3, stage: 'prod' }
  bench('a subset of ten', () => do_not_optimize(balancer.chooseHost(asking))).gc('inner')
})

const many = hosts(10_000, true)
const level = () => buildHostSet(0, { localities: [{ locality: many[0]!.locality, hosts: many }] })

function updates(name: string, config: object): void {
  const { balancer, time } = balancerFor({ config, random: new SeededRandom(1) })
  bench(name, () => {
    balancer.update({ levels: [level()] })
    time.advance(0)
  }).gc('inner')
}

function assignmentOf(count: number, from: number) {
  const lb_endpoints = Array.from({ length: count }, (_, i) => ({
    endpoint: {
      address: { socket_address: { address: `10.0.${(from + i) >> 8}.${(from + i) & 255}`, port_value: 80 } },
    },
  }))
  return { endpoints: [{ lb_endpoints }] }
}

group('an update of 10 000 hosts', () => {
  const registry = new HostRegistry({ time: new FakeTime() })
  const both = [assignmentOf(10_000, 0), assignmentOf(10_000, 100)]
  let turn = 0
  bench('membership: 100 hosts come, 100 go', () => {
    const membership = describeAssignment(both[turn++ % 2]!, { report: () => {} })
    do_not_optimize(registry.update(membership))
  }).gc('inner')
  updates('round robin, weighted', {})
  updates('ring hash', { lb_policy: 'RING_HASH' })
  updates('maglev', { lb_policy: 'MAGLEV' })
  updates('score', score({ terms: three }))
})

await run()
