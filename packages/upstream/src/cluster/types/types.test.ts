import { type ClusterHost, NO_LOCALITY, PlainContext } from '@nuncio/cluster'
import { connectionInfo, type ConnectionInfo, requestHeaders, StreamInfo } from '@nuncio/core'
import type { Message, Problem } from '@nuncio/config'
import { FakeResources } from '@nuncio/xds/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClusterTypeDefinition } from '../cluster-type.ts'
import { endpoints, ManagerWorld } from '../../testing/manager-world.ts'
import { Origin } from '../../testing/origin.ts'

let world: ManagerWorld
const origins: Origin[] = []
afterEach(async () => {
  await world.close()
  await Promise.all(origins.splice(0).map((one) => one.close()))
})
async function origin(name: string): Promise<Origin> {
  const made = await Origin.listen(name)
  origins.push(made)
  return made
}
function connection(more: Partial<ConnectionInfo> = {}): ConnectionInfo {
  const address = { address: '10.0.0.9', port: 9 }
  return connectionInfo({ remote: address, local: address, ...more })
}

describe('ORIGINAL_DST', () => {
  const config = (lb: object = {}): object => ({
    name: 'c',
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    original_dst_lb_config: lb,
  })
  const pick = (context: PlainContext): string | undefined => world.manager.get('c')!.chooseHost(context)?.address
  function asking(header: string): PlainContext {
    const context = new PlainContext()
    context.headers = requestHeaders([['x-envoy-original-dst-host', header]])
    return context
  }

  it('goes where a header says', async () => {
    world = new ManagerWorld([config({ use_http_header: true })])
    await world.manager.ready()
    expect(pick(asking('10.0.0.1:80'))).toBe('10.0.0.1:80')
    expect(pick(asking('[fd00::1]:80'))).toBe('[fd00::1]:80')
    for (const bad of ['', 'name:80', '10.0.0.1', '10.0.0.1:0', '10.0.0.1:99999', '/etc/passwd'])
      expect(pick(asking(bad))).toBeUndefined()
    expect(world.stat('cluster.c.original_dst_host_invalid')).toBe(6)
    expect(pick(new PlainContext())).toBeUndefined()
    expect(world.stat('cluster.c.membership_total')).toBe(2)
    expect(world.manager.get('c')!.loadBalancer.explain?.(asking('10.0.0.1:80')).chosen).toBe('10.0.0.1:80')
  })

  it('does not listen to headers unless told to', async () => {
    world = new ManagerWorld([config()])
    await world.manager.ready()
    expect(pick(asking('10.0.0.1:80'))).toBeUndefined()
  })

  it('goes where metadata or the connection says, with another port when that is set', async () => {
    world = new ManagerWorld([
      config({ metadata_key: { key: 'ns', path: [{ key: 'to' }, { key: 'at' }] }, upstream_port_override: 444 }),
    ])
    await world.manager.ready()
    const context = new PlainContext()
    context.info = new StreamInfo(
      connection({ local: { address: '10.0.0.7', port: 443 }, directLocal: { address: '127.0.0.1', port: 1 } }),
      0,
      0,
    )
    expect(pick(context)).toBe('10.0.0.7:444')
    context.info.setMetadata('ns', { to: { at: '10.0.0.8:80' } })
    expect(pick(context)).toBe('10.0.0.8:444')
    context.info = new StreamInfo(connection(), 0, 0)
    expect(pick(context)).toBeUndefined()
  })

  it('forgets hosts that nobody asked for', async () => {
    world = new ManagerWorld([{ ...config({ use_http_header: true }), cleanup_interval: 100 }])
    await world.manager.ready()
    pick(asking('10.0.0.1:80'))
    pick(asking('10.0.0.2:80'))
    world.time.advance(100)
    expect(world.hosts('c')).toHaveLength(2)
    pick(asking('10.0.0.2:80'))
    world.time.advance(100)
    expect(world.hosts('c')).toEqual(['10.0.0.2:80'])
    world.host('c', '10.0.0.2:80').stats.rqActive = 1
    world.time.advance(200)
    expect(world.hosts('c')).toHaveLength(1)
  })
})

describe('aggregate', () => {
  const aggregate = (...clusters: string[]): object => ({
    name: 'all', lb_policy: 'CLUSTER_PROVIDED',
    cluster_type: { name: 'envoy.clusters.aggregate', typed_config: { '@type': 'envoy.extensions.clusters.aggregate.v3.ClusterConfig', clusters } },
  }) // prettier-ignore

  it('uses the first cluster while it is well, and the next when it is not', async () => {
    const [a, b] = [await origin('a'), await origin('b')]
    world = new ManagerWorld([
      aggregate('one', 'two'),
      {
        name: 'one',
        load_assignment: endpoints(a.address),
        outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100 },
      },
      { name: 'two', load_assignment: endpoints(b.address) },
    ])
    await world.manager.ready()
    const first = world.request('all')
    await first.until('end')
    expect(first.body).toBe('a')
    // What carries the traffic counts it.
    expect([world.stat('cluster.one.upstream_rq_total'), world.stat('cluster.all.upstream_rq_total')]).toEqual([1, 0])
    const all = world.manager.get('all')!
    all.reportOutcome(world.host('one', a.address), { status: 500, reset: undefined, latencyMs: 1, grpcStatus: -1 })
    expect(world.hosts('one')).toEqual([`${a.address} failed_outlier_check`])
    const second = world.request('all')
    await second.until('end')
    expect(second.body).toBe('b')
    expect(all.loadBalancer.explain?.(new PlainContext()).steps).toContain('the level of two is chosen')
    expect(world.hosts('all')).toHaveLength(2)
  })

  it('follows clusters that come and go', async () => {
    const a = await origin('a')
    world = new ManagerWorld()
    world.manager.addOrUpdate(aggregate('one', 'two'))
    await world.manager.ready()
    expect(world.request('all').lines).toEqual(['no host'])
    world.manager.addOrUpdate({ name: 'two', load_assignment: endpoints(a.address) })
    const request = world.request('all')
    await request.until('end')
    expect(request.body).toBe('a')
    world.manager.remove('two')
    expect(world.request('all').lines).toEqual(['no host'])
  })

  it('keeps the policy of each cluster for the choice among its hosts', async () => {
    world = new ManagerWorld([
      aggregate('one'),
      { name: 'one', load_assignment: endpoints('10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80') },
    ])
    await world.manager.ready()
    const picks = Array.from({ length: 6 }, () => world.manager.get('all')!.chooseHost(new PlainContext())!.address)
    expect(new Set(picks.slice(0, 3)).size).toBe(3)
    expect(picks.slice(3)).toEqual(picks.slice(0, 3))
  })

  it('cannot hold itself', () => {
    world = new ManagerWorld([aggregate('all')])
    expect(world.problems.map(({ code }) => code)).toContain('conflict')
  })
})

describe('dynamic forward proxy', () => {
  const cache = { name: 'cache', max_hosts: 2 }
  const config = (more: object = {}): object => ({
    name: 'c', lb_policy: 'CLUSTER_PROVIDED',
    cluster_type: { name: 'x', typed_config: { '@type': 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig', dns_cache_config: { ...cache, ...more } } },
  }) // prettier-ignore
  const client = (more: object = {}): ReturnType<ManagerWorld['manager']['dnsCaches']['obtain']> =>
    world.manager.dnsCaches.obtain(
      { ...cache, ...more },
      (message) => expect.unreachable(message),
      () => {},
    )

  it('sends a request to the host that it names, once that is resolved', async () => {
    const a = await origin('a')
    world = new ManagerWorld([config()])
    await world.manager.ready()
    const authority = `some.test:${a.port}`
    expect(world.request('c', { authority }).lines).toEqual(['no host'])
    let loaded = 0
    const load = client().load(authority, 80, () => loaded++)
    expect(load.state).toBe('pending')
    world.resolver.open[0]!.answer('127.0.0.1')
    expect([loaded, client().load(authority, 80, () => loaded++).state]).toEqual([1, 'loaded'])
    expect(client().addressOf(authority, 80)).toBe('127.0.0.1')
    const request = world.request('c', { authority })
    await request.until('end')
    expect(request.body).toBe('a')
    expect(world.hosts('c')).toEqual([a.address])
  })

  it('keeps apart names that are at the same address, and follows a name that moves', async () => {
    world = new ManagerWorld([config()])
    await world.manager.ready()
    world.resolver.script('a.test', ['10.0.0.1 10']).script('b.test', ['10.0.0.1 10'])
    const pick = (authority: string): ClusterHost => {
      client().load(authority, 80, () => {})
      const context = new PlainContext()
      context.headers = requestHeaders([[':authority', authority]])
      return world.manager.get('c')!.chooseHost(context) as ClusterHost
    }
    const [a, b] = [pick('a.test'), pick('b.test')]
    expect(a).not.toBe(b)
    expect(pick('A.TEST:80')).toBe(a)
    world.resolver.script('a.test', ['10.0.0.2 10'])
    world.time.advance(10_000)
    expect(pick('a.test')).toBe(a)
    expect([a.address, b.address]).toEqual(['10.0.0.2:80', '10.0.0.1:80'])
    expect(world.stat('dns_cache.cache.host_address_changed')).toBe(1)
  })

  it('goes to the address that was saved for a request, and to no other of the name', async () => {
    world = new ManagerWorld([config()])
    await world.manager.ready()
    world.resolver.script('a.test', ['10.0.0.1 10', '127.0.0.1 10'])
    const pick = (saved?: string): ClusterHost | undefined => {
      client().load('a.test', 80, () => {})
      const context = new PlainContext()
      context.headers = requestHeaders([[':authority', 'a.test']])
      context.info = new StreamInfo({} as ConnectionInfo, 0, 0)
      if (saved !== undefined)
        context.info.filterState = new Map([['envoy.stream.upstream_address', { serialize: () => saved }]])
      return world.manager.get('c')!.chooseHost(context) as ClusterHost | undefined
    }
    const [plain, pinned] = [pick()!, pick('10.0.0.1:80')!]
    expect([plain.address, plain.additionalAddresses.length]).toEqual(['10.0.0.1:80', 1])
    expect([pinned.address, pinned.additionalAddresses.length]).toEqual(['10.0.0.1:80', 0])
    expect(pick('10.0.0.1:80')).toBe(pinned)
    // The name is bound to another address in between.
    world.resolver.script('a.test', ['127.0.0.1 10'])
    world.time.advance(10_000)
    expect([pick()?.address, pick('10.0.0.1:80'), pick('10.0.0.9:80')]).toEqual(['127.0.0.1:80', undefined, undefined])
    expect(pick('127.0.0.1:80')?.address).toBe('127.0.0.1:80')
  })

  it('refuses more hosts and more waiting requests than allowed, and forgets hosts that nobody asks for', async () => {
    const more = { dns_cache_circuit_breaker: { max_pending_requests: 1 }, host_ttl: 1000, dns_min_refresh_rate: 100 }
    world = new ManagerWorld([config(more)])
    await world.manager.ready()
    const states = ['a.test', 'a.test', 'b.test', 'c.test'].map((host) => client(more).load(host, 80, () => {}).state)
    expect(states).toEqual(['pending', 'pending-overflow', 'pending-overflow', 'overflow'])
    expect([
      world.stat('dns_cache.cache.dns_rq_pending_overflow'),
      world.stat('dns_cache.cache.host_overflow'),
    ]).toEqual([2, 1])
    while (world.resolver.open.length > 0) world.resolver.open[0]!.answer('10.0.0.1 1')
    expect(world.stat('dns_cache.cache.num_hosts')).toBe(2)
    world.resolver.script('a.test', ['10.0.0.1 1']).script('b.test', ['10.0.0.1 1'])
    world.time.advance(3000)
    expect(world.stat('dns_cache.cache.num_hosts')).toBe(0)
    expect(world.hosts('c')).toEqual([])
  })

  it('gives up a question after dns_query_timeout, and tells those who wait', async () => {
    world = new ManagerWorld([config()])
    await world.manager.ready()
    let loaded = 0
    client().load('a.test', 80, () => loaded++)
    const cancelled = client().load('a.test', 80, () => expect.unreachable('cancelled'))
    cancelled.cancel()
    world.time.advance(5000)
    expect(loaded).toBe(1)
    expect(client().addressOf('a.test', 80)).toBeUndefined()
    expect(world.stat('dns_cache.cache.dns_query_timeout')).toBe(1)
  })

  it('reports a cache that is configured in two ways', async () => {
    world = new ManagerWorld([config(), { ...config({ max_hosts: 3 }), name: 'd' }])
    expect(world.problems.map(({ message }) => message)).toEqual(["the DNS cache 'cache' is configured in two ways"])
  })
})

describe('EDS', () => {
  const config = {
    name: 'c',
    type: 'EDS',
    eds_cluster_config: { service_name: 's', eds_config: { ads: {}, initial_fetch_timeout: 1000 } },
  } as const
  let resources: FakeResources
  beforeEach(() => {
    resources = new FakeResources()
  })
  const tell = (assignment: Message<'envoy.config.endpoint.v3.ClusterLoadAssignment'>): readonly Problem[] =>
    resources.tell<'envoy.config.endpoint.v3.ClusterLoadAssignment'>(assignment)

  it('warms until it has endpoints, and follows them', async () => {
    world = new ManagerWorld([config], { resources })
    expect(world.manager.get('c')).toBeUndefined()
    tell({ cluster_name: 's', ...endpoints('10.0.0.1:80') })
    await world.manager.ready()
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
    const host = world.host('c', '10.0.0.1:80')
    tell({ cluster_name: 's', ...endpoints('10.0.0.2:80', '10.0.0.1:80') })
    expect(world.host('c', '10.0.0.1:80')).toBe(host)
    await world.manager.close()
    expect(resources.ended).toBe(1)
  })

  it('has no hosts any more when nothing newer came in the time that an assignment holds', async () => {
    world = new ManagerWorld([config], { resources })
    const policy = { endpoint_stale_after: 30_000 }
    tell({ cluster_name: 's', ...endpoints('10.0.0.1:80'), policy })
    world.time.advance(20_000)
    tell({ cluster_name: 's', ...endpoints('10.0.0.1:80'), policy })
    world.time.advance(29_999)
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
    world.time.advance(1)
    expect(world.hosts('c')).toEqual([])
    expect(['timeout_received', 'stale'].map((name) => world.stat(`cluster.c.assignment_${name}`))).toEqual([2, 1])
    tell({ cluster_name: 's', ...endpoints('10.0.0.1:80') })
    world.time.advance(1e9)
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
  })

  it('takes the share of requests to be refused from the newest assignment', () => {
    world = new ManagerWorld([config], { resources })
    const drop = (numerator: number) => ({ drop_overloads: [{ category: 'x', drop_percentage: { numerator } }] })
    tell({ cluster_name: 's', ...endpoints('10.0.0.1:80'), policy: drop(30) })
    expect(world.manager.get('c')!.dropOverload).toBe(0.3)
    tell({ cluster_name: 's', ...endpoints('10.0.0.1:80') })
    expect(world.manager.get('c')!.dropOverload).toBe(0)
  })

  it('keeps what it has when it is told nothing, or what is not for it', async () => {
    world = new ManagerWorld([config], { resources })
    tell({ cluster_name: 's', ...endpoints('10.0.0.1:80') })
    await world.manager.ready()
    const refused = (problems: readonly Problem[]): readonly string[] => problems.map(({ message }) => message)
    expect(resources.tell()).toEqual([])
    expect(tell({ cluster_name: 's', ...endpoints('10.0.0.1:80') })).toEqual([])
    expect([world.stat('cluster.c.update_empty'), world.stat('cluster.c.update_no_rebuild')]).toEqual([1, 1])
    expect(refused(tell({ cluster_name: 'other' }))).toEqual(['this is called "other", not "s"'])
    const assignment = { cluster_name: 's', ...endpoints('10.0.0.2:80') }
    type Type = 'envoy.config.endpoint.v3.ClusterLoadAssignment'
    expect(refused(resources.tell<Type>(assignment, assignment))).toEqual(['there is to be one resource, not 2'])
    expect(refused(tell({ cluster_name: 's', ...endpoints('nowhere:80') }))).toHaveLength(1)
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
  })

  it('is refused when nothing can be had from its source', () => {
    resources.missing = 'the file "x" does not exist'
    world = new ManagerWorld([config], { resources })
    expect(world.problems.map(({ message }) => message)).toEqual(['the file "x" does not exist'])
  })

  it('is ready without hosts when there is no first answer', async () => {
    world = new ManagerWorld([config], { resources })
    resources.fail()
    await world.manager.ready()
    expect(world.hosts('c')).toEqual([])
  })

  it('is ready without hosts when nobody answers in time', async () => {
    world = new ManagerWorld([config], { resources })
    world.time.advance(1000)
    await world.manager.ready()
    expect(world.stat('cluster.c.init_fetch_timeout')).toBe(1)
    expect(world.request('c').lines).toEqual(['no host'])
  })
})

describe('a cluster type of one’s own', () => {
  it('finds hosts however it likes', async () => {
    const hosts = [{ ip: '10.1.1.1', port: 1 }]
    const mine: ClusterTypeDefinition = {
      name: 'my.clusters.fixed',
      stability: 'wip',
      create: (_config, context) => ({
        start: () => {
          context.setMembership({ levels: [[{ locality: NO_LOCALITY, weight: undefined, hosts }]] })
          context.ready()
        },
        close: () => {},
      }),
    }
    world = new ManagerWorld([{ name: 'c', cluster_type: { name: 'my.clusters.fixed' } }], { clusterTypes: [mine] })
    await world.manager.ready()
    expect(world.hosts('c')).toEqual(['10.1.1.1:1'])
  })
})
