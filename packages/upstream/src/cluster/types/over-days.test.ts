import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Host, PlainContext } from '@nuncio/cluster'
import { afterEach, expect, it } from 'vitest'
import { endpoints, ManagerWorld } from '../../testing/manager-world.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60

let world: ManagerWorld
afterEach(() => world.close())

const failed = { status: 503, reset: undefined, latencyMs: 1, grpcStatus: -1 }

/** What is held: hosts, timers, statistics. */
function holds(): number[] {
  const { counters, gauges, histograms } = world.store
  return [world.hosts('c').length, world.time.pending, counters.size, gauges.size, histograms.size]
}

it('a name that moves each minute leaves no host, ejection, timer or statistic behind in a day', async () => {
  world = new ManagerWorld([
    {
      name: 'c',
      type: 'STRICT_DNS',
      dns_refresh_rate: MINUTE_MS,
      load_assignment: endpoints('moves.test:80'),
      outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100, interval: 10_000 },
      track_cluster_stats: { per_endpoint_stats: true },
    },
  ])
  const seen: WeakRef<Host>[] = []
  const held: number[][] = []
  for (let i = 0; i < DAY_MINUTES; i++) {
    world.resolver.script('moves.test', [`10.${i >> 8}.${i & 255}.1`])
    if (i === 0) world.resolver.open[0]!.answer('10.0.0.1')
    else world.time.advance(MINUTE_MS)
    const cluster = world.manager.get('c')!
    const host = cluster.chooseHost(new PlainContext())!
    seen.push(new WeakRef(host))
    cluster.reportOutcome(host, failed)
    world.manager.refreshStats()
    held.push(holds())
  }
  expect(world.stat('cluster.c.outlier_detection.ejections_enforced_total')).toBe(DAY_MINUTES)
  expect(world.stat('cluster.c.outlier_detection.ejections_active')).toBe(1)
  expect(held.at(-1)).toEqual(held[2])
  await setImmediate()
  collectGarbage()
  expect(seen.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(2)
})

it('hosts that are found dead and alive again all day have as many timers and statistics at the end', async () => {
  world = new ManagerWorld([
    {
      name: 'c',
      load_assignment: endpoints('10.0.0.1:80', '10.0.0.2:80'),
      outlier_detection: {
        consecutive_5xx: 1,
        max_ejection_percent: 100,
        base_ejection_time: 30_000,
        max_ejection_time: 60_000,
      },
    },
  ])
  await world.manager.ready()
  const cluster = world.manager.get('c')!
  const held: number[][] = []
  for (let i = 0; i < DAY_MINUTES; i++) {
    cluster.reportOutcome(world.host('c', `10.0.0.${1 + (i % 2)}:80`), failed)
    expect(world.stat('cluster.c.outlier_detection.ejections_active')).toBe(1)
    world.time.advance(2 * MINUTE_MS)
    expect(world.hosts('c')).toEqual(['10.0.0.1:80', '10.0.0.2:80'])
    held.push(holds())
  }
  expect(held.at(-1)).toEqual(held[1])
})
