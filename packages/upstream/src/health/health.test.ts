import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Message } from '@nuncio/config'
import { FakeResources } from '@nuncio/xds/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { grpcFrame } from '../side-calls/grpc-frame.ts'
import { endpoints, ManagerWorld } from '../testing/manager-world.ts'
import { Origin } from '../testing/origin.ts'
import { blocksMatch } from './payload.ts'
import { SOON } from '../testing/soon.ts'

type HealthCheck = Message<'envoy.config.core.v3.HealthCheck'>
let world: ManagerWorld
const origins: Origin[] = []
const servers: (Http2Server | Server)[] = []
const sockets = new Set<Socket>()
afterEach(async () => {
  await world.close()
  await Promise.all(origins.splice(0).map((one) => one.close()))
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

const base: HealthCheck = {
  timeout: 1000,
  interval: 1000,
  no_traffic_interval: 1000,
  unhealthy_threshold: 2,
  healthy_threshold: 2,
}
async function http(check: object, more: object = {}): Promise<Origin> {
  const origin = await Origin.listen()
  origins.push(origin)
  world = new ManagerWorld([
    {
      name: 'c',
      load_assignment: endpoints(origin.address),
      health_checks: [{ ...base, http_health_check: { path: '/h', ...check }, ...more }],
    },
  ])
  return origin
}
const checks = (): number => world.stat('cluster.c.health_check.success') + world.stat('cluster.c.health_check.failure')
/** Lets the next check happen, and answers the flags of the first host then. */
async function next(): Promise<string> {
  const before = checks()
  world.time.advance(1000)
  await expect.poll(checks, SOON).toBe(before + 1)
  return world.hosts('c')[0]!.replace(/^\S+ ?/, '') || 'healthy'
}
async function first(): Promise<string> {
  await expect.poll(checks, SOON).toBe(1)
  await world.manager.ready()
  return world.hosts('c')[0]!.replace(/^\S+ ?/, '') || 'healthy'
}

describe('HTTP health checks', () => {
  it('warm a cluster, keep their connection, and take a host out after enough failures', async () => {
    const origin = await http({
      host: 'h.test',
      request_headers_to_add: [{ header: { key: 'X-Check', value: '1' } }],
      request_headers_to_remove: ['User-Agent'],
    })
    let seen: unknown
    origin.on = (request, response) => {
      seen = [
        request.method,
        request.url,
        request.headers.host,
        request.headers['x-check'],
        request.headers['user-agent'],
      ]
      response.end()
    }
    expect(world.manager.get('c')).toBeUndefined()
    expect(await first()).toBe('healthy')
    expect(seen).toEqual(['GET', '/h', 'h.test', '1', undefined])
    expect(await next()).toBe('healthy')
    expect(origin.sockets.size).toBe(1)
    origin.on = (request) => request.socket.destroy()
    expect(await next()).toBe('healthy')
    expect(await next()).toBe('failed_active_hc')
    expect(world.stat('cluster.c.health_check.network_failure')).toBe(2)
    origin.on = (_request, response) => void response.end()
    expect(await next()).toBe('failed_active_hc')
    expect(await next()).toBe('healthy')
    // Checks are not traffic.
    expect([world.stat('cluster.c.upstream_cx_total'), world.stat('cluster.c.upstream_rq_total')]).toEqual([0, 0])
  })

  it('judge the status, and believe a wrong one at once unless it may be tried again', async () => {
    const origin = await http({
      expected_statuses: [{ start: 200, end: 202 }],
      retriable_statuses: [{ start: 429, end: 430 }],
    })
    let status = 201
    origin.on = (_request, response) => void response.writeHead(status).end()
    expect(await first()).toBe('healthy')
    status = 429
    expect(await next()).toBe('healthy')
    expect(await next()).toBe('failed_active_hc')
    status = 200
    await next()
    expect(await next()).toBe('healthy')
    status = 202
    expect(await next()).toBe('failed_active_hc')
  })

  it('look for blocks in the answer', async () => {
    const origin = await http({ receive: [{ text: '6161' }, { binary: new Uint8Array([0x62]) }] })
    let body = 'xaaxbx'
    origin.on = (_request, response) => void response.end(body)
    expect(await first()).toBe('healthy')
    body = 'baa'
    expect(await next()).toBe('failed_active_hc')
    expect(blocksMatch([Buffer.from('a'), Buffer.from('ab')], Buffer.from('aab'))).toBe(true)
    expect(blocksMatch([Buffer.from('ab'), Buffer.from('b')], Buffer.from('aab'))).toBe(false)
    expect(blocksMatch([], Buffer.from(''))).toBe(true)
  })

  it('make sure that it is the right service, and mark degraded and self-excluded hosts', async () => {
    const origin = await http({ service_name_matcher: { prefix: 'web' } })
    let headers: Record<string, string> = {
      'x-envoy-upstream-healthchecked-cluster': 'web-1',
      'x-envoy-degraded': 'true',
    }
    let status = 200
    origin.on = (_request, response) => void response.writeHead(status, headers).end()
    expect(await first()).toBe('degraded_active_hc')
    headers = { 'x-envoy-upstream-healthchecked-cluster': 'db' }
    expect(await next()).toContain('failed_active_hc')
    expect(world.stat('cluster.c.health_check.verify_cluster')).toBe(2)
    status = 503
    headers = { 'x-envoy-immediate-health-check-fail': 'true' }
    expect(await next()).toContain('excluded_via_immediate_hc_fail')
  })

  it('give up a check that hangs, and begin anew', async () => {
    const origin = await http({})
    origin.on = () => {}
    await expect.poll(() => origin.requests, SOON).toBe(1)
    world.time.advance(1000)
    expect(await first()).toBe('failed_active_hc active_hc_timeout')
    await expect.poll(() => origin.sockets.size, SOON).toBe(0)
    origin.on = (_request, response) => void response.end()
    expect(await next()).toContain('failed_active_hc')
    expect(await next()).toBe('healthy')
  })

  it('open a connection for each check when told to', async () => {
    const origin = await http({}, { reuse_connection: false })
    let connections = 0
    origin.on = (_request, response) => {
      connections++
      response.end()
    }
    await first()
    await expect.poll(() => origin.sockets.size, SOON).toBe(0)
    await next()
    expect(connections).toBe(2)
  })

  it('go to another port, host or address when the endpoint says so', async () => {
    const [traffic, health] = [await Origin.listen(), await Origin.listen()]
    origins.push(traffic, health)
    const hosts: unknown[] = []
    health.on = (request, response) => {
      hosts.push(request.headers.host)
      response.end()
    }
    const assignment = endpoints(traffic.address)
    const [endpoint] = assignment.endpoints![0]!.lb_endpoints!
    const own = {
      ...endpoint,
      endpoint: { ...endpoint!.endpoint, health_check_config: { port_value: health.port, hostname: 'own.test' } },
    }
    world = new ManagerWorld([
      {
        name: 'c',
        load_assignment: { endpoints: [{ lb_endpoints: [own] }] },
        health_checks: [{ ...base, http_health_check: { path: '/', host: 'config.test' } }],
      },
      {
        name: 'd',
        load_assignment: assignment,
        health_checks: [{ ...base, alt_port: health.port, http_health_check: { path: '/' } }],
      },
    ])
    await world.manager.ready()
    expect(new Set(hosts)).toEqual(new Set(['d', 'own.test']))
    expect(traffic.requests).toBe(0)
  })

  it('write events', async () => {
    const origin = await http(
      {},
      {
        event_log_path: '/events',
        event_logger: [
          {
            name: 'x',
            typed_config: {
              '@type': 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink',
              event_log_path: '/more',
            } as never,
          },
        ],
      },
    )
    await first()
    origin.on = (_request, response) => void response.writeHead(500).end()
    await next()
    expect(world.events.map(({ path, event }) => `${path} ${Object.keys(event).find((key) => key.includes('healthy'))}`)).toEqual([
      '/events add_healthy_event', '/more add_healthy_event', '/events eject_unhealthy_event', '/more eject_unhealthy_event',
    ]) // prettier-ignore
  })

  it('fail a host at once that asks for it in an answer to traffic', async () => {
    await http({})
    await first()
    world.manager.get('c')!.failHostImmediately?.(world.host('c', origins[0]!.address))
    expect(world.hosts('c')[0]).toContain('failed_active_hc')
    expect(world.hosts('c')[0]).toContain('excluded_via_immediate_hc_fail')
  })

  it('keep a host that left discovery but is well, until it fails', async () => {
    const [a, b] = [await Origin.listen('a'), await Origin.listen('b')]
    origins.push(a, b)
    const resources = new FakeResources()
    const tell = (assignment: ReturnType<typeof endpoints>): void =>
      void resources.tell<'envoy.config.endpoint.v3.ClusterLoadAssignment'>({ cluster_name: 'c', ...assignment })
    world = new ManagerWorld(
      [
        {
          name: 'c',
          type: 'EDS',
          eds_cluster_config: { eds_config: { ads: {} } },
          health_checks: [{ ...base, http_health_check: { path: '/' } }],
        },
      ],
      { resources },
    )
    tell(endpoints(a.address, b.address))
    await world.manager.ready()
    tell(endpoints(a.address))
    expect(world.hosts('c')).toEqual([a.address, `${b.address} pending_dynamic_removal`])
    b.on = (_request, response) => void response.writeHead(500).end()
    world.time.advance(1000)
    await expect.poll(() => world.hosts('c'), SOON).toEqual([a.address])
    await expect.poll(() => b.sockets.size, SOON).toBe(0)
  })
})

describe('TCP health checks', () => {
  async function tcp(check: object, on: (socket: Socket) => void, more: object = {}): Promise<void> {
    const server = createTcp((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      on(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    world = new ManagerWorld([
      {
        name: 'c',
        load_assignment: endpoints(address),
        health_checks: [{ ...base, tcp_health_check: check, ...more }],
      },
    ])
  }

  it('are content with a connection when nothing is expected', async () => {
    await tcp({}, () => {})
    expect(await first()).toBe('healthy')
    await new Promise((resolve) => servers.pop()!.close(resolve).unref())
    for (const socket of sockets) socket.destroy()
    await next()
    expect(await next()).toBe('failed_active_hc')
  })

  it('send and expect bytes, in whatever pieces they come, over one connection', async () => {
    const seen: string[] = []
    await tcp({ send: { text: '70696e67' }, receive: [{ text: '706f' }, { text: '6e67' }] }, (socket) => {
      socket.on('data', (data) => {
        seen.push(String(data))
        socket.write('xpo')
        setImmediate(() => socket.write('nong'))
      })
    })
    expect(await first()).toBe('healthy')
    expect(await next()).toBe('healthy')
    expect([seen, sockets.size]).toEqual([['ping', 'ping'], 1])
  })

  it('fail when the host closes, or says something else until the time is up', async () => {
    let rude = true
    await tcp({ receive: [{ text: '6f6b' }] }, (socket) => (rude ? socket.end('no') : socket.write('never')))
    expect(await first()).toBe('failed_active_hc')
    rude = false
    world.time.advance(1000)
    await expect.poll(() => sockets.size, SOON).toBe(2)
    world.time.advance(1000)
    expect(world.hosts('c')[0]).toContain('active_hc_timeout')
  })

  it('tell the PROXY protocol that nobody is behind them', async () => {
    const got = Promise.withResolvers<string>()
    await tcp({ proxy_protocol_config: { version: 'V2' }, receive: [{ text: '6f6b' }] }, (socket) => {
      socket.on('data', (data) => {
        got.resolve(data.toString('hex'))
        socket.write('ok')
      })
    })
    expect(await first()).toBe('healthy')
    expect(await got.promise).toBe('0d0a0d0a000d0a515549540a20000000')
  })
})

describe('gRPC health checks', () => {
  it.each([
    [1, 0, 'healthy'],
    [2, 0, 'failed_active_hc'],
    [1, 5, 'failed_active_hc'],
  ])('hold a host that answers %i with status %i to be %s', async (serving, grpcStatus, expected) => {
    const server = createHttp2()
    let seen: unknown
    server.on('connection', (socket: Socket) => void sockets.add(socket))
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      const parts: Buffer[] = []
      stream.on('data', (chunk: Buffer) => parts.push(chunk))
      stream.on('end', () => {
        seen = [headers[':path'], headers[':authority'], Buffer.concat(parts).subarray(5).toString('latin1')]
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(grpcStatus) }))
        stream.end(grpcFrame(Buffer.from([0x08, serving])))
      })
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    world = new ManagerWorld([
      {
        name: 'c',
        http2_protocol_options: {},
        load_assignment: endpoints(address),
        health_checks: [{ ...base, grpc_health_check: { service_name: 'svc', authority: 'g.test' } }],
      },
    ])
    expect(await first()).toBe(expected)
    expect(seen).toEqual(['/grpc.health.v1.Health/Check', 'g.test', '\n\x03svc'])
  })
})
