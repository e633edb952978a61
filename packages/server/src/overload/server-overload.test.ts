import { FakeTime } from '@nuncio/core/testing'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin, until } from '../test-support/raw-origin.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-overload-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** An overload manager that is told its pressure by `press`. */
const manager = (more: string): string => `
overload_manager:
  resource_monitors:
  - name: file
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig
      filename: ${path.join(folder, 'pressure')}
${more}`
const TRIGGER = 'triggers: [{ name: file, threshold: { value: 0.9 } }]'

class World implements AsyncDisposable {
  readonly time = new FakeTime()
  origin!: RawOrigin
  server!: Server

  static async start(more: string, answer: string, parts: Parameters<typeof bootstrap>[0] = {}): Promise<World> {
    const world = new World()
    world.press(0)
    world.origin = await RawOrigin.start((socket) => socket.write(answer))
    const endpoints = { app: [world.origin.address] }
    world.server = await createServer(bootstrap({ more: manager(more), ...parts }), { endpoints, time: world.time })
    return world
  }
  get port(): number {
    return this.server.listeners[0]!.port
  }
  press(pressure: number): void {
    writeFileSync(path.join(folder, 'pressure'), String(pressure))
    this.time.advance(1000)
  }
  stat(name: string): number | undefined {
    const { counters, gauges } = this.server.stats
    return (counters.get(name) ?? gauges.get(name))?.value
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close()
    await this.origin[Symbol.asyncDispose]()
  }
}

test('requests are refused while the pressure lasts, and no longer', async () => {
  const action = `{ name: envoy.overload_actions.stop_accepting_requests, ${TRIGGER} }`
  await using world = await World.start(`  actions: [${action}]`, ok('hello'))
  expect(await exchange(world.port, get())).toContain('200 OK')
  world.press(0.95)
  expect(await exchange(world.port, get())).toMatch(/503 Service Unavailable[^]*envoy overloaded$/)
  expect(world.stat('overload.file.pressure')).toBe(95)
  world.press(0.1)
  expect(await exchange(world.port, get())).toContain('200 OK')
  expect(world.origin.accepted).toBe(1)
})

test('a listener that bypasses the overload manager serves all the same', async () => {
  const action = `{ name: envoy.overload_actions.stop_accepting_requests, ${TRIGGER} }`
  const parts = { listener: 'bypass_overload_manager: true' }
  await using world = await World.start(`  actions: [${action}]`, ok('hello'), parts)
  world.press(0.95)
  expect(await exchange(world.port, get())).toContain('200 OK')
})

test('connections are closed at once while a place for them sheds load', async () => {
  const point = `{ name: envoy.load_shed_points.tcp_listener_accept, ${TRIGGER} }`
  await using world = await World.start(`  loadshed_points: [${point}]`, ok('hello'))
  world.press(0.95)
  expect(await exchange(world.port, get())).toBe('')
  expect(world.stat('listener.127.0.0.1_0.downstream_cx_overload_reject')).toBe(1)
})

test('a request that needs a new upstream connection is refused when the pool sheds it', async () => {
  const point = `{ name: envoy.load_shed_points.connection_pool_new_connection, ${TRIGGER} }`
  await using world = await World.start(`  loadshed_points: [${point}]`, ok('hello'))
  world.press(0.95)
  const refused = await exchange(world.port, get())
  expect(refused).toContain('503 Service Unavailable')
  expect(refused).toContain('x-envoy-overloaded: true')
  expect(world.origin.accepted).toBe(0)
  world.press(0)
  await exchange(world.port, get())
  world.press(0.95)
  expect(await exchange(world.port, get())).toContain('200 OK')
})

test('the router answers 503 when the check before it sheds the request', async () => {
  const point = `{ name: envoy.load_shed_points.http_downstream_filter_check, ${TRIGGER} }`
  await using world = await World.start(`  loadshed_points: [${point}]`, ok('hello'))
  world.press(0.95)
  expect(await exchange(world.port, get())).toMatch(/503 Service Unavailable[^]*envoy overloaded$/)
  expect(world.stat('http.test.rq_overload_local_reply')).toBe(1)
})

test('a stream whose client does not read is reset when memory runs out', async () => {
  const action = `{ name: envoy.overload_actions.reset_high_memory_stream, ${TRIGGER} }`
  const buffers = '  buffer_factory_config: { minimum_account_to_track_power_of_two: 12 }'
  const endless = `HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n${'x'.repeat(16 << 20)}`
  await using world = await World.start(`  actions: [${action}]\n${buffers}`, endless, {
    hcm: 'stream_idle_timeout: 0s',
    routes: '- match: { prefix: / }\n  route: { cluster: app, timeout: 0s }',
  })
  const client = connect(world.port, '127.0.0.1')
  client.on('error', () => {})
  client.pause().write(get())
  await until(() => world.origin.received[0]?.endsWith('\r\n\r\n') === true)
  const resets = (): number | undefined => world.stat('envoy.overload_actions.reset_high_memory_stream.count')
  await until(() => {
    world.press(0.95)
    return resets() !== 0
  })
  expect(resets()).toBe(1)
  await until(() => world.stat('http.test.downstream_cx_active') === 0)
  client.destroy()
})

test('connections beyond the global limit are closed and counted', async () => {
  await using world = await World.start(
    `  - name: envoy.resource_monitors.global_downstream_max_connections
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
      max_active_downstream_connections: 1`,
    ok('hello'),
  )
  const first = connect(world.port, '127.0.0.1')
  await until(() => world.stat('listener.127.0.0.1_0.downstream_cx_active') === 1)
  expect(await exchange(world.port, get())).toBe('')
  expect(world.stat('listener.127.0.0.1_0.downstream_global_cx_overflow')).toBe(1)
  world.time.advance(1000)
  expect(world.stat('overload.envoy.resource_monitors.global_downstream_max_connections.pressure')).toBe(100)
  first.destroy()
  await until(() => world.stat('listener.127.0.0.1_0.downstream_cx_active') === 0)
  expect(await exchange(world.port, get())).toContain('200 OK')
})

test('a problem in the overload manager has its line', async () => {
  const bad = bootstrap({ more: manager(`  actions: [{ name: nonsense, ${TRIGGER} }]`) })
  const line = bad.split('\n').findIndex((text) => text.includes('nonsense')) + 1
  await expect(createServer(bad)).rejects.toMatchObject({
    problems: expect.arrayContaining([expect.objectContaining({ line, path: 'overload_manager.actions[0].name' })]),
  })
})
