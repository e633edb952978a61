import { FakeTime } from '@nuncio/core/testing'
import { once } from 'node:events'
import { createServer as listen, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap, tcpBootstrap } from '../test-support/bootstrap.ts'
import { client, shown } from '../test-support/clients.ts'
import { ok, RawOrigin, until } from '../test-support/raw-origin.ts'

const BIG = 32 * 1024 * 1024

describe('what connections hold', () => {
  test('is shown of a client that does not read, and gone with it', async () => {
    await using origin = await RawOrigin.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${BIG}\r\n\r\n`)
      socket.write(Buffer.alloc(BIG))
    })
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] }, time: new FakeTime() })
    const socket = await client(server)
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const unread = 'http.test.downstream_cx_tx_bytes_buffered'
    await until(() => server.stats.counter('cluster.app.upstream_flow_control_paused_reading_total').value > 0)
    expect(await shown(server, unread)).toBeGreaterThan(0)
    expect(server.stats.gauge('server.total_connections').value).toBe(1)
    expect(server.stats.counter('http.test.downstream_cx_tx_bytes_total').value).toBeGreaterThan(0)
    socket.destroy()
    await until(() => server.stats.gauge('http.test.downstream_cx_active').value === 0)
    expect(await shown(server, unread)).toBe(0)
    expect(server.stats.gauge('server.total_connections').value).toBe(0)
    const stat = (name: string): number => server.stats.counter(`http.test.downstream_${name}`).value
    expect([stat('cx_destroy_remote_active_rq'), stat('cx_destroy_local_active_rq')]).toEqual([1, 0])
  })

  test('is shown of an origin that does not read, over a TCP proxy too', async () => {
    const sockets = new Set<Socket>()
    const origin = listen((socket) => sockets.add(socket.pause()))
    origin.listen(0, '127.0.0.1')
    await once(origin, 'listening')
    const address = `127.0.0.1:${(origin.address() as AddressInfo).port}`
    await using server = await createServer(tcpBootstrap(), { endpoints: { app: [address] }, time: new FakeTime() })
    const socket = await client(server)
    socket.write(Buffer.alloc(BIG))
    await until(() => server.stats.counter('tcp.t.downstream_flow_control_paused_reading_total').value > 0)
    expect(await shown(server, 'cluster.app.upstream_cx_tx_bytes_buffered')).toBeGreaterThan(0)
    socket.destroy()
    for (const one of sockets) one.destroy()
    origin.close()
    await until(() => server.stats.gauge('cluster.app.upstream_cx_active').value === 0)
    expect(await shown(server, 'cluster.app.upstream_cx_tx_bytes_buffered')).toBe(0)
    expect(server.stats.gauge('tcp.t.downstream_cx_rx_bytes_buffered').value).toBe(0)
  })
})

describe('of the server itself', () => {
  test('begins with how long it took, and without certificates', async () => {
    await using server = await createServer(bootstrap(), { time: new FakeTime(), version: '1.2.3' })
    expect(await shown(server, 'server.days_until_first_cert_expiring')).toBe(2 ** 32 - 1)
    expect(server.stats.histogram('server.initialization_time_ms').count).toBe(1)
    expect(server.stats.gauge('server.version').value).toBe(10_203)
    expect(server.stats.gauge('listener_manager.total_listeners_warming').value).toBe(0)
  })

  test('counts fields that nobody knows, at the beginning and later', async () => {
    const unknown = bootstrap({ cluster: 'no_such_field: 1' })
    await using server = await createServer(unknown, { time: new FakeTime(), allowUnknownFields: true })
    await server.reload(bootstrap({ cluster: 'no_such_field: 1\nneither_this: 2' }))
    const stat = (name: string): number => server.stats.counter(`server.${name}_unknown_fields`).value
    expect([stat('static'), stat('dynamic')]).toEqual([1, 2])
  })

  test('counts a listener whose address is taken', async () => {
    const taken = listen()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    await using server = await createServer(bootstrap(), { time: new FakeTime() })
    const moved = bootstrap().replace(/(name: main\n.*port_value: )0/, `$1${(taken.address() as AddressInfo).port}`)
    expect((await server.reload(moved)).outcome).toBe('rejected')
    expect(server.stats.counter('listener_manager.listener_create_failure').value).toBe(1)
    taken.close()
  })

  test('counts a response by its listener as well', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(ok('hello')))
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] }, time: new FakeTime() })
    const { port } = server.listeners[0]!
    await (await fetch(`http://127.0.0.1:${port}/`)).text()
    const ofListener = [...server.stats.counters.values()].filter(({ name }) =>
      /^listener\..*http\.test\.downstream_rq_2xx$/.test(name),
    )
    expect(ofListener.map(({ value }) => value)).toEqual([1])
  })
})
