import type { Message, Problem } from '@nuncio/config'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endpoints, ManagerWorld } from '../testing/manager-world.ts'
import { Origin } from '../testing/origin.ts'
import { SOON } from '../testing/soon.ts'
import type { StagedClusters } from './staged-clusters.ts'

type Config = Message<'envoy.config.cluster.v3.Cluster'>

let a: Origin
let b: Origin
let world: ManagerWorld
let problems: Problem[]
beforeEach(async () => {
  a = await Origin.listen('a')
  b = await Origin.listen('b')
  problems = []
})
afterEach(async () => {
  await world.close()
  await Promise.all([a.close(), b.close()])
})

function stage(...configs: Config[]): StagedClusters {
  return world.manager.stage(configs, { report: (problem) => void problems.push(problem), sources: undefined })
}

/** All steps of a change. */
async function change(...configs: Config[]): Promise<void> {
  const staged = stage(...configs)
  expect(problems).toEqual([])
  staged.begin()
  await staged.ready()
  staged.commit()
}

async function body(cluster = 'c'): Promise<string> {
  const request = world.request(cluster)
  await request.until('end')
  return request.body
}

describe('the clusters of another bootstrap', () => {
  it('come, change and go; those that are written the same are not touched', async () => {
    const same = { name: 'same', load_assignment: endpoints(a.address) }
    world = new ManagerWorld([same, { name: 'gone', load_assignment: endpoints(b.address) }])
    await world.manager.ready()
    const before = world.manager.get('same')
    expect(await body('same')).toBe('a')
    await change(structuredClone(same), { name: 'new', load_assignment: endpoints(b.address) })
    expect(world.manager.get('same')).toBe(before)
    expect(await body('new')).toBe('b')
    expect(world.manager.get('gone')).toBeUndefined()
    expect(await body('same')).toBe('a')
    expect(a.sockets.size).toBe(1)
    const counts = ['added', 'modified', 'removed'].map((what) => world.stat(`cluster_manager.cluster_${what}`))
    expect(counts).toEqual([3, 0, 1])
    expect(world.stat('cluster_manager.active_clusters')).toBe(2)
  })

  it('are not used before they are committed, and discarded leave nothing behind', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address) }])
    await world.manager.ready()
    const staged = stage({ name: 'c', lb_policy: 'RANDOM', load_assignment: endpoints(b.address, a.address) })
    staged.begin()
    await staged.ready()
    expect(await body()).toBe('a')
    staged.discard()
    expect(await body()).toBe('a')
    expect([world.stat('cluster.c.membership_total'), world.stat('cluster.c.warming_state')]).toEqual([1, 0])
  })

  it('tell what is wrong with them, each at its place', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address) }])
    await world.manager.ready()
    stage(
      { name: 'd', type: 'EDS' },
      { name: 'd' },
      { name: 'c', load_assignment: endpoints('name.test:80') },
    ).discard()
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'missing-field static_resources.clusters[0].eds_cluster_config',
      'duplicate static_resources.clusters[1].name',
      expect.stringContaining('static_resources.clusters[2].load_assignment'),
    ])
  })

  it('with other endpoints alone keep their hosts and the connections to those that stay', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address, b.address) }])
    await world.manager.ready()
    expect([await body(), await body()].toSorted()).toEqual(['a', 'b'])
    const [cluster, host] = [world.manager.get('c'), world.host('c', a.address)]
    await change({ name: 'c', load_assignment: endpoints(a.address) })
    expect(world.manager.get('c')).toBe(cluster)
    expect(world.host('c', a.address)).toBe(host)
    expect([await body(), await body()]).toEqual(['a', 'a'])
    expect(a.sockets.size).toBe(1)
    await expect.poll(() => b.sockets.size, SOON).toBe(0)
    // What is written is what counts the next time.
    await change({ name: 'c', load_assignment: endpoints(a.address) })
    expect(world.stat('cluster_manager.cluster_modified')).toBe(1)
  })
})

describe('a cluster that changes', () => {
  it('goes on with the numbers of its hosts, and lets what runs end', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address) }])
    await world.manager.ready()
    await body()
    const hold = Promise.withResolvers<void>()
    a.on = (_request, response) => void hold.promise.then(() => response.end('late'))
    const running = world.request('c')
    await running.until('ready')
    await change({ name: 'c', lb_policy: 'LEAST_REQUEST', load_assignment: endpoints(a.address) })
    expect(world.host('c', a.address).stats).toMatchObject({ rqTotal: 2, rqActive: 1 })
    hold.resolve()
    await running.until('end')
    expect(running.body).toBe('late')
    expect(world.host('c', a.address).stats).toMatchObject({ rqTotal: 2, rqActive: 0 })
  })

  it('keeps ejected hosts ejected, for as long as they were to be', async () => {
    const config: Config = {
      name: 'c',
      outlier_detection: { consecutive_5xx: 1, base_ejection_time: 30_000, interval: 1000, max_ejection_percent: 100 },
      load_assignment: endpoints(a.address, b.address),
    }
    world = new ManagerWorld([config])
    await world.manager.ready()
    const cluster = world.manager.get('c')!
    cluster.reportOutcome(world.host('c', a.address), { status: 500, reset: undefined, latencyMs: 1, grpcStatus: -1 })
    expect(world.hosts('c')).toContain(`${a.address} failed_outlier_check`)
    world.time.advance(20_000)
    await change({ ...config, lb_policy: 'RANDOM' })
    expect(world.manager.get('c')).not.toBe(cluster)
    expect(world.hosts('c')).toContain(`${a.address} failed_outlier_check`)
    expect(world.stat('cluster.c.outlier_detection.ejections_active')).toBe(1)
    expect([await body(), await body()]).toEqual(['b', 'b'])
    world.time.advance(12_000)
    expect(world.hosts('c')).toContain(a.address)
    expect(world.stat('cluster.c.outlier_detection.ejections_active')).toBe(0)
  })

  it('keeps what health checks found when the checks are the same, and does not wait for them again', async () => {
    const config: Config = {
      name: 'c',
      health_checks: [
        {
          timeout: 1000,
          interval: 5000,
          unhealthy_threshold: 1,
          healthy_threshold: 2,
          http_health_check: { path: '/' },
        },
      ],
      load_assignment: endpoints(a.address, b.address),
    }
    b.on = (_request, response) => {
      response.statusCode = 503
      response.end()
    }
    world = new ManagerWorld([config])
    await world.manager.ready()
    expect(world.hosts('c').toSorted()).toEqual([a.address, `${b.address} failed_active_hc`].toSorted())
    a.on = b.on = () => {}
    await change({ ...config, lb_policy: 'RANDOM' })
    expect(world.hosts('c').toSorted()).toEqual([a.address, `${b.address} failed_active_hc`].toSorted())
    expect(world.stat('cluster.c.membership_healthy')).toBe(1)
    // Other checks begin anew, and the old cluster serves until they have an answer.
    const staged = stage({ ...config, health_checks: [{ ...config.health_checks![0]!, interval: 6000 }] })
    staged.begin()
    let ready = false
    void staged.ready().then(() => (ready = true))
    await Promise.resolve()
    expect(ready).toBe(false)
    staged.discard()
  })
})

describe('the statistics of clusters', () => {
  const named = (name: string, more: Config = {}): Config => ({
    name,
    load_assignment: endpoints(a.address),
    ...more,
  })
  const below = (prefix: string): number =>
    [...world.store.counters.keys(), ...world.store.gauges.keys(), ...world.store.histograms.keys()].filter((name) =>
      name.startsWith(prefix),
    ).length

  /** Twice: those of a cluster that ended are told once more. */
  function readStats(): void {
    for (let i = 0; i < 2; i++) world.manager.refreshStats()
  }

  it('go with the clusters, so that names that come and go leave nothing behind', async () => {
    world = new ManagerWorld([named('stays')])
    await world.manager.ready()
    const stays = below('cluster.')
    for (let i = 0; i < 5; i++) {
      await change(named('stays'), named(`version-${i}`))
      readStats()
      expect(below(`cluster.version-${i}.`)).toBe(below('cluster.stays.'))
    }
    stage(named('stays'), named('refused')).discard()
    await change(named('stays'))
    readStats()
    expect(below('cluster.')).toBe(stays)
  })

  it('stay as long as something runs on the cluster, and to be read once more', async () => {
    world = new ManagerWorld([named('c')])
    await world.manager.ready()
    const running = world.request('c')
    await change()
    readStats()
    expect(below('cluster.c.')).toBeGreaterThan(50)
    await running.until('end')
    await expect
      .poll(() => {
        world.manager.refreshStats()
        return below('cluster.c.')
      }, SOON)
      .toBe(0)
  })

  it('are of the name: neither a successor loses them, nor a cluster whose name goes on with a dot', async () => {
    world = new ManagerWorld([named('c'), named('c.d'), named('other', { alt_stat_name: 'shared' })])
    await world.manager.ready()
    await world.request('c').until('end')
    await change(named('c', { lb_policy: 'RANDOM' }), named('c.d'), named('another', { alt_stat_name: 'shared' }))
    readStats()
    expect(world.stat('cluster.c.upstream_rq_total')).toBe(1)
    const whole = below('cluster.c.d.')
    await change(named('c.d'))
    readStats()
    expect([below('cluster.c.'), below('cluster.c.d.')]).toEqual([whole, whole])
    expect(below('cluster.shared.')).toBe(0)
  })
})
