import { HealthFlag, PlainContext } from '@nuncio/cluster'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endpoints, ManagerWorld } from '../testing/manager-world.ts'
import { Origin } from '../testing/origin.ts'
import { SOON } from '../testing/soon.ts'

let a: Origin
let b: Origin
let world: ManagerWorld

beforeEach(async () => {
  a = await Origin.listen('a')
  b = await Origin.listen('b')
})
afterEach(async () => {
  await world.close()
  await Promise.all([a.close(), b.close()])
})

describe('ClusterManager', () => {
  it('carries requests to the hosts of a static cluster, in turn', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address, b.address) }])
    await world.manager.ready()
    const answers: string[] = []
    for (let i = 0; i < 4; i++) {
      const request = world.request('c')
      await request.until('end')
      answers.push(request.body)
    }
    expect(answers.toSorted()).toEqual(['a', 'a', 'b', 'b'])
    expect(world.problems).toEqual([])
    expect(world.stat('cluster.c.upstream_cx_total')).toBe(2)
    expect(world.stat('cluster.c.membership_healthy')).toBe(2)
    expect(world.stat('cluster_manager.active_clusters')).toBe(1)
    expect(world.request('nowhere').lines).toEqual(['no cluster'])
  })

  it('has no host to give in an empty cluster, and counts that', async () => {
    world = new ManagerWorld([{ name: 'c' }])
    await world.manager.ready()
    expect(world.request('c').lines).toEqual(['no host'])
    expect(world.stat('cluster.c.upstream_cx_none_healthy')).toBe(1)
  })

  it('adds, replaces and removes clusters while requests run', async () => {
    world = new ManagerWorld()
    const config = { name: 'c', load_assignment: endpoints(a.address) }
    expect(world.manager.addOrUpdate(config).outcome).toBe('warming')
    await world.manager.ready()
    expect(world.manager.addOrUpdate(structuredClone(config)).outcome).toBe('unchanged')
    const hold = Promise.withResolvers<void>()
    a.on = (_request, response) => void hold.promise.then(() => response.end('late'))
    const running = world.request('c')
    await running.until('ready')
    world.manager.addOrUpdate({ name: 'c', load_assignment: endpoints(b.address) })
    const next = world.request('c')
    await next.until('end')
    expect(next.body).toBe('b')
    expect(a.sockets.size).toBe(1)
    hold.resolve()
    await running.until('end')
    expect(running.body).toBe('late')
    await expect.poll(() => a.sockets.size, SOON).toBe(0)
    expect(world.manager.remove('c')).toBe(true)
    expect(world.manager.remove('c')).toBe(false)
    await expect.poll(() => b.sockets.size, SOON).toBe(0)
    expect(world.request('c').lines).toEqual(['no cluster'])
    const counts = ['added', 'modified', 'removed'].map((what) => world.stat(`cluster_manager.cluster_${what}`))
    expect(counts).toEqual([1, 1, 1])
    world.manager.refreshStats()
    expect(world.stat('cluster.c.upstream_cx_active')).toBe(0)
  })

  it('keeps the old cluster until the new one has found its hosts', async () => {
    world = new ManagerWorld()
    world.manager.addOrUpdate({ name: 'c', load_assignment: endpoints(a.address) })
    await world.manager.ready()
    world.manager.addOrUpdate({ name: 'c', type: 'STRICT_DNS', load_assignment: endpoints(`b.test:${b.port}`) })
    expect(world.stat('cluster_manager.warming_clusters')).toBe(1)
    expect(world.stat('cluster.c.warming_state')).toBe(1)
    const before = world.request('c')
    await before.until('end')
    expect(before.body).toBe('a')
    world.resolver.open[0]!.answer('127.0.0.1')
    const after = world.request('c')
    await after.until('end')
    expect(after.body).toBe('b')
    expect(world.stat('cluster_manager.warming_clusters')).toBe(0)
    expect(world.stat('cluster.c.warming_state')).toBe(0)
  })

  it('forgets a cluster that is replaced or removed before it was warm', async () => {
    world = new ManagerWorld()
    const dns = (name: string): object => ({ name: 'c', type: 'STRICT_DNS', load_assignment: endpoints(`${name}:80`) })
    world.manager.addOrUpdate(dns('one.test'))
    const ready = world.manager.ready()
    const [first] = world.resolver.open
    world.manager.addOrUpdate(dns('two.test'))
    expect(first!.cancelled).toBe(true)
    expect(world.manager.addOrUpdate(dns('two.test')).outcome).toBe('unchanged')
    expect(world.manager.remove('c')).toBe(true)
    await ready
    expect(world.resolver.open).toEqual([])
    expect(world.manager.entries()).toEqual({ active: [], warming: [] })
  })

  it('lets nobody change the clusters of the bootstrap, and takes nothing that is wrong', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address) }])
    await world.manager.ready()
    expect(world.manager.addOrUpdate({ name: 'c' }).outcome).toBe('rejected')
    expect(world.manager.remove('c')).toBe(false)
    const bad = world.manager.addOrUpdate({
      name: 'd',
      cluster_type: { name: 'no.such.type' },
      transport_socket: { name: 'x', typed_config: { '@type': 'no.such.Socket' } },
    })
    expect(bad.outcome).toBe('rejected')
    expect(bad.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "unsupported clusters['d'].transport_socket",
      "unsupported clusters['d'].cluster_type",
    ])
    expect(world.manager.get('d')).toBeUndefined()
  })

  it('says what is wrong with static clusters, and where', async () => {
    world = new ManagerWorld([
      { name: 'c', load_assignment: endpoints(a.address) },
      { name: 'c', load_assignment: endpoints(a.address) },
      { name: 'd', type: 'EDS' },
    ])
    await world.manager.ready()
    expect(world.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'duplicate static_resources.clusters[1].name',
      'missing-field static_resources.clusters[2].eds_cluster_config',
    ])
  })

  it('drains the connections of a host that is not well any more, or closes them when told to', async () => {
    const outlier = { consecutive_5xx: 1, max_ejection_percent: 100 }
    const config = { load_assignment: endpoints(a.address), outlier_detection: outlier }
    world = new ManagerWorld([
      { ...config, name: 'c' },
      { ...config, name: 'd', close_connections_on_host_health_failure: true },
    ])
    await world.manager.ready()
    for (const [name, open] of [
      ['c', 1],
      ['d', 0],
    ] as const) {
      a.on = (_request, response) => void response.writeHead(200).write('x')
      const running = world.request(name)
      await running.until('headers')
      const idle = a.sockets.size
      const cluster = world.manager.get(name)!
      cluster.reportOutcome(world.host(name, a.address), {
        status: 500,
        reset: undefined,
        latencyMs: 1,
        grpcStatus: -1,
      })
      expect(world.hosts(name)).toEqual([`${a.address} failed_outlier_check`])
      await expect.poll(() => a.sockets.size, SOON).toBe(idle - 1 + open)
      if (open === 0) expect(running.lines.at(-1)).toContain('reset connection termination')
      expect(world.stat(`cluster.${name}.outlier_detection.ejections_active`)).toBe(1)
    }
  })

  it('counts how requests ended at each host', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address) }])
    await world.manager.ready()
    const cluster = world.manager.get('c')!
    const host = world.host('c', a.address)
    const report = (status: number, reset?: 'timeout' | 'remote reset', grpcStatus = -1): void =>
      cluster.reportOutcome(host, { status, reset, latencyMs: 1, grpcStatus })
    report(200)
    report(404)
    report(503)
    report(200, undefined, 14)
    report(0, 'remote reset')
    report(0, 'timeout')
    expect(host.stats).toMatchObject({ rqSuccess: 2, rqError: 4, rqTimeout: 1 })
  })

  it('shows clusters as /clusters does', async () => {
    world = new ManagerWorld([
      {
        name: 'c',
        alt_stat_name: 'other',
        outlier_detection: {},
        circuit_breakers: { thresholds: [{ max_connections: 7 }, { priority: 'HIGH', max_retries: 9 }] },
        load_assignment: {
          endpoints: [
            {
              locality: { region: 'r', zone: 'z', sub_zone: 's' },
              priority: 1,
              lb_endpoints: [
                {
                  endpoint: { hostname: 'h', address: { socket_address: { address: '10.0.0.1', port_value: 80 } } },
                  load_balancing_weight: 3,
                  health_status: 'DRAINING',
                  metadata: { filter_metadata: { 'envoy.lb': { canary: true } } },
                },
              ],
            },
          ],
        },
      },
    ])
    await world.manager.ready()
    expect(world.manager.clusters()).toEqual([
      {
        name: 'c',
        observabilityName: 'other',
        addedViaApi: false,
        edsServiceName: '',
        outlier: {
          successRateAverage: -1,
          successRateThreshold: -1,
          localOriginSuccessRateAverage: -1,
          localOriginSuccessRateThreshold: -1,
        },
        thresholds: [
          { maxConnections: 7, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
          { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 9 },
        ],
        hosts: [
          {
            address: { address: '10.0.0.1', port: 80 },
            addressText: '10.0.0.1:80',
            hostname: 'h',
            stats: expect.objectContaining({ cxTotal: 0, rqActive: 0 }) as unknown,
            healthFlags: HealthFlag.edsDraining,
            edsHealth: 'DRAINING',
            weight: 3,
            region: 'r',
            zone: 'z',
            subZone: 's',
            canary: true,
            priority: 1,
            successRate: -1,
            localOriginSuccessRate: -1,
          },
        ],
      },
    ])
  })

  it('limits connection pools, throwing idle ones away first', async () => {
    const limits = { thresholds: [{ max_connection_pools: 1 }] }
    world = new ManagerWorld([
      { name: 'c', circuit_breakers: limits, load_assignment: endpoints(a.address, b.address) },
    ])
    await world.manager.ready()
    const one = world.request('c')
    await one.until('end')
    const two = world.request('c')
    await two.until('end')
    expect(one.body).not.toBe(two.body)
    a.on = b.on = () => {}
    const running = world.request('c')
    await running.until('ready')
    expect(world.request('c').lines).toEqual(['failed overflow'])
    expect(world.stat('cluster.c.upstream_cx_pool_overflow')).toBe(1)
    world.manager.refreshStats()
    expect(world.stat('cluster.c.circuit_breakers.default.cx_pool_open')).toBe(1)
  })

  it('serves a request whose host left between choice and connection, and keeps nothing of it', async () => {
    world = new ManagerWorld()
    world.manager.addOrUpdate({ name: 'c', load_assignment: endpoints(a.address) })
    await world.manager.ready()
    const cluster = world.manager.get('c')!
    const host = cluster.chooseHost(new PlainContext())!
    world.manager.addOrUpdate({ name: 'c', load_assignment: endpoints(b.address) })
    const late = world.request('c')
    await late.until('end')
    const { RecordingCallbacks } = await import('@nuncio/cluster/testing')
    const { requestHeaders } = await import('@nuncio/core')
    const callbacks = new RecordingCallbacks()
    callbacks.onReady = (encoder) =>
      encoder.encodeHeaders(
        requestHeaders([
          [':method', 'GET'],
          [':path', '/'],
          [':authority', 'x'],
        ]),
        true,
      )
    cluster.httpPool(host, 0, '').newStream(callbacks)
    await callbacks.until('end')
    expect(callbacks.body).toBe('a')
    await expect.poll(() => a.sockets.size, SOON).toBe(0)
  })

  it('connects from the address that the cluster, or else the bootstrap, says', async () => {
    const from: unknown[] = []
    a.on = (request, response) => {
      from.push(request.socket.remoteAddress)
      response.end('x')
    }
    const bind = (address: string): object => ({ source_address: { address, port_value: 0 } })
    const config = { load_assignment: endpoints(a.address) }
    world = new ManagerWorld(
      [
        { ...config, name: 'c' },
        { ...config, name: 'd', upstream_bind_config: bind('127.0.0.3') },
      ],
      {
        bootstrap: { cluster_manager: { upstream_bind_config: bind('127.0.0.2') } },
      },
    )
    await world.manager.ready()
    await world.request('c').until('end')
    await world.request('d').until('end')
    expect(from).toEqual(['127.0.0.2', '127.0.0.3'])
  })

  it('keeps connections of downstream connections apart when told to, and forgets pools that are empty', async () => {
    world = new ManagerWorld([
      {
        name: 'c',
        load_assignment: endpoints(a.address),
        connection_pool_per_downstream_connection: true,
        max_requests_per_connection: 1,
      },
    ])
    await world.manager.ready()
    await world.request('c').until('end')
    await expect.poll(() => a.sockets.size, SOON).toBe(0)
    const [breaker] = world.manager.get('c')!.breakers
    expect(breaker.pools).toBe(0)
  })

  it('gives raw connections to those who pipe bytes', async () => {
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address) }])
    await world.manager.ready()
    const cluster = world.manager.get('c')!
    const host = cluster.chooseHost(new PlainContext())!
    const { promise, resolve } = Promise.withResolvers<Socket>()
    cluster.tcpPool!(host, 0).newConnection({
      onPoolReady: (socket) => resolve(socket as Socket),
      onPoolFailure: () => {},
    })
    const socket = await promise
    socket.end('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    socket.resume()
    await new Promise((done) => socket.once('close', done))
    world.manager.refreshStats()
    expect([world.stat('cluster.c.upstream_cx_total'), world.stat('cluster.c.upstream_cx_active')]).toEqual([1, 0])
    expect(world.stat('cluster.c.upstream_cx_rx_bytes_total')).toBeGreaterThan(50)
  })

  it('takes a large membership over in slices, the last one told winning', async () => {
    world = new ManagerWorld()
    const many = (first: number): string[] =>
      Array.from({ length: 6000 }, (_, i) => `10.${first}.${i >> 8}.${i & 255}:80`)
    // A clock that runs while the work does.
    const monotonicMs = world.time.monotonicMs.bind(world.time)
    let ran = 0
    world.time.monotonicMs = () => monotonicMs() + ran++
    world.manager.addOrUpdate({ name: 'c', load_assignment: endpoints(...many(1)) })
    expect(world.manager.get('c')).toBeUndefined()
    expect(world.time.pending).toBe(1)
    for (let turns = 0; world.manager.get('c') === undefined; turns++) {
      expect(turns).toBeLessThan(20)
      world.time.advance(1)
    }
    await world.manager.ready()
    expect(world.stat('cluster.c.membership_total')).toBe(6000)
  })

  it('loads a hundred thousand endpoints, no slice of which takes long', async () => {
    world = new ManagerWorld()
    const all = Array.from({ length: 100_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80`)
    world.manager.addOrUpdate({ name: 'c', load_assignment: endpoints(...all) })
    for (let turns = 0; world.manager.get('c') === undefined && turns < 1000; turns++) world.time.advance(1)
    expect(world.stat('cluster.c.membership_healthy')).toBe(100_000)
    const cluster = world.manager.get('c')!
    const picked = new Set(Array.from({ length: 1000 }, () => cluster.chooseHost(new PlainContext())))
    expect(picked.size).toBe(1000)
  })

  it('takes changes of health over together within a second, but the first at once', async () => {
    const common_lb_config = { healthy_panic_threshold: { value: 0 } }
    const detection = { outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100 } }
    world = new ManagerWorld([
      {
        name: 'c',
        load_assignment: endpoints('10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'),
        common_lb_config,
        ...detection,
      },
    ])
    await world.manager.ready()
    const healthy = (): number => world.stat('cluster.c.membership_healthy')
    const fail = (address: string): void =>
      world.manager
        .get('c')!
        .reportOutcome(world.host('c', address), { status: 500, reset: undefined, latencyMs: 1, grpcStatus: -1 })
    fail('10.0.0.1:80')
    expect(healthy()).toBe(2)
    fail('10.0.0.2:80')
    world.time.advance(500)
    fail('10.0.0.3:80')
    expect(healthy()).toBe(2)
    world.time.advance(500)
    expect(healthy()).toBe(0)
    expect(world.stat('cluster_manager.cluster_updated_via_merge')).toBe(1)
  })

  it('shows statistics of each endpoint when track_cluster_stats asks for them, and none of those that left', async () => {
    const config = (address: string): object => ({
      name: 'c',
      load_assignment: endpoints(address),
      track_cluster_stats: { per_endpoint_stats: true },
    })
    world = new ManagerWorld()
    world.manager.addOrUpdate(config(a.address))
    await world.request('c').until('end')
    world.manager
      .get('c')!
      .reportOutcome(world.host('c', a.address), { status: 200, reset: undefined, latencyMs: 1, grpcStatus: -1 })
    const name = (address: string, stat: string): string => `cluster.c.endpoint.${address.replace(':', '_')}.${stat}`
    world.manager.refreshStats()
    world.manager.refreshStats()
    const shown = [
      'cx_total',
      'cx_active',
      'cx_connect_fail',
      'rq_total',
      'rq_active',
      'rq_success',
      'rq_error',
      'healthy',
    ]
    expect(shown.map((stat) => world.stat(name(a.address, stat)))).toEqual([1, 1, 0, 1, 0, 1, 0, 1])
    world.manager.addOrUpdate(config(b.address))
    world.manager.refreshStats()
    expect(world.stat(name(a.address, 'cx_total'))).toBeNaN()
    expect(world.stat(name(b.address, 'healthy'))).toBe(1)
  })

  it('takes each change of health over at once when update_merge_window is 0', async () => {
    const common_lb_config = { update_merge_window: 0, healthy_panic_threshold: { value: 0 } }
    const outlier_detection = { consecutive_5xx: 1, max_ejection_percent: 100 }
    const load_assignment = endpoints('10.0.0.1:80', '10.0.0.2:80')
    world = new ManagerWorld([{ name: 'c', load_assignment, common_lb_config, outlier_detection }])
    await world.manager.ready()
    const outcome = { status: 500, reset: undefined, latencyMs: 1, grpcStatus: -1 }
    for (const address of ['10.0.0.1:80', '10.0.0.2:80']) {
      world.manager.get('c')!.reportOutcome(world.host('c', address), outcome)
    }
    expect(world.stat('cluster.c.membership_healthy')).toBe(0)
  })

  it('opens connections to the hosts that come next, as far as predictive_preconnect_ratio goes', async () => {
    const preconnect_policy = { predictive_preconnect_ratio: 2 }
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(a.address, b.address), preconnect_policy }])
    await world.manager.ready()
    const first = world.request('c')
    await first.until('ready')
    // One runs, and twice as many are to have a connection.
    expect(world.stat('cluster.c.upstream_cx_total')).toBe(2)
    await expect.poll(() => a.sockets.size + b.sockets.size, SOON).toBe(2)
  })

  it('leaves no socket, timer or query behind when closed', async () => {
    world = new ManagerWorld([
      {
        name: 'c',
        load_assignment: endpoints(a.address),
        outlier_detection: {},
        health_checks: [
          {
            timeout: 1000,
            interval: 1000,
            unhealthy_threshold: 1,
            healthy_threshold: 1,
            http_health_check: { path: '/' },
          },
        ],
      },
      { name: 'd', type: 'STRICT_DNS', load_assignment: endpoints('d.test:80') },
      { name: 'e', type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED' },
    ])
    await expect.poll(() => world.hosts('c'), SOON).toEqual([a.address])
    a.on = () => {}
    const running = world.request('c')
    await running.until('ready')
    await world.close()
    expect(running.lines.at(-1)).toContain('reset')
    await expect.poll(() => a.sockets.size, SOON).toBe(0)
    expect([world.time.pending, world.resolver.open.length]).toEqual([0, 0])
  })
})
