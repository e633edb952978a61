import { PlainContext } from '@nuncio/cluster'
import { HeaderTable } from '@nuncio/core'
import { afterEach, expect, test } from 'vitest'
import { endpoints, ManagerWorld } from '../testing/manager-world.ts'

const [A, B] = ['127.0.0.1:1', '127.0.0.1:2'] as const
const learning = {
  load_balancing_policy: {
    policies: [
      {
        typed_extension_config: {
          name: 'wrr',
          typed_config: {
            '@type':
              'envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin',
            blackout_period: 0,
          } as never,
        },
      },
    ],
  },
}

function load(utilization: number): HeaderTable {
  const headers = new HeaderTable()
  headers.append('endpoint-load-metrics', `TEXT application_utilization=${utilization},rps_fractional=100`)
  return headers
}

/** How many of eight requests go to each of the two. */
function shares(): number[] {
  const counts = new Map<string, number>([[A, 0], [B, 0]]) // prettier-ignore
  for (let i = 0; i < 8; i++) {
    const { address } = world.manager.get('c')!.chooseHost(new PlainContext())!
    counts.set(address, counts.get(address)! + 1)
  }
  return [...counts.values()]
}

let world: ManagerWorld

afterEach(() => world.close())

test('a cluster tells balancers that learn what hosts say of their load', async () => {
  world = new ManagerWorld([
    { name: 'c', load_assignment: endpoints(A, B), ...learning },
    {
      name: 'all',
      lb_policy: 'CLUSTER_PROVIDED',
      cluster_type: {
        name: 'envoy.clusters.aggregate',
        typed_config: { '@type': 'envoy.extensions.clusters.aggregate.v3.ClusterConfig', clusters: ['c'] } as never,
      },
    },
  ])
  await world.manager.ready()
  const cluster = world.manager.get('c')!
  expect(cluster.reportLoad?.(world.host('c', A), new HeaderTable())).toBe(false)
  expect(cluster.reportLoad?.(world.host('c', A), load(0.2))).toBe(true)
  expect(world.manager.get('all')!.reportLoad?.(world.host('c', B), load(0.6))).toBe(true)
  world.time.advance(1000)
  expect(shares()).toEqual([6, 2])
})

test('a cluster reads no reports for balancers that would not listen', async () => {
  world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(A, B) }])
  await world.manager.ready()
  expect(world.manager.get('c')!.reportLoad?.(world.host('c', A), load(0.2))).toBe(false)
})
