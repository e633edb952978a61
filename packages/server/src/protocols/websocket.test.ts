import { FakeTime } from '@nuncio/core/testing'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, ok, RawOrigin, until } from '../test-support/raw-origin.ts'
import { WebSocketEcho } from './web-socket-echo.ts'

async function talk(port: number, path = '/'): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, ['first', 'second'])
  await once(socket, 'open')
  return socket
}

async function answer(socket: WebSocket, message: string | Buffer): Promise<[Buffer, boolean]> {
  const given = once(socket, 'message') as Promise<[Buffer, boolean]>
  socket.send(message)
  return await given
}

const UPGRADE =
  'GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

describe('WebSockets through the proxy', () => {
  let echo: WebSocketEcho
  let server: Server
  let port: number
  const gauge = (name: string): number => server.stats.gauge(name).value

  beforeAll(async () => {
    echo = await WebSocketEcho.start()
    server = await createServer(bootstrap({ hcm: 'upgrade_configs: [{ upgrade_type: websocket }]' }), {
      endpoints: { app: [echo.address] },
    })
    port = server.listeners[0]!.port
  })
  afterAll(async () => {
    await server.close()
    await echo[Symbol.asyncDispose]()
  })

  test('texts and bytes go both ways as they are', async () => {
    const socket = await talk(port, '/room?q=1')
    expect(socket.protocol).toBe('second')
    expect(echo.requests.at(-1)?.url).toBe('/room?q=1')
    expect(echo.requests.at(-1)?.headers).toMatchObject({ upgrade: 'websocket', 'x-forwarded-proto': 'http' })
    expect(gauge('http.test.downstream_cx_upgrades_active')).toBe(1)
    const [text, textIsBinary] = await answer(socket, 'grüße')
    expect([text.toString(), textIsBinary]).toEqual(['grüße', false])
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    expect(await answer(socket, bytes)).toEqual([bytes, true])
    const large = Buffer.alloc(3_000_000, 'large')
    const [back] = await answer(socket, large)
    expect(back.equals(large)).toBe(true)
    socket.close()
    await once(socket, 'close')
    await until(() => gauge('http.test.downstream_cx_upgrades_active') === 0)
  })

  test.each([1000, 1011, 4321])('close code %i of the upstream reaches the client', async (code) => {
    const socket = await talk(port)
    const closed = once(socket, 'close') as Promise<[number, Buffer]>
    socket.send(`close:${code}`)
    const [given, reason] = await closed
    expect([given, reason.toString()]).toEqual([code, 'as you wish'])
  })

  test.each([1000, 3000, 4999])('close code %i of the client reaches the upstream', async (code) => {
    const before = echo.closes.length
    const socket = await talk(port)
    socket.close(code, 'enough')
    await once(socket, 'close')
    await until(() => echo.closes.length > before)
    expect(echo.closes.at(-1)).toEqual([code, 'enough'])
  })

  test('a client that vanishes takes its upstream connection with it', async () => {
    const before = echo.closes.length
    const socket = await talk(port)
    socket.terminate()
    await until(() => echo.closes.length > before)
    expect(echo.closes.at(-1)![0]).toBe(1006)
  })

  test('two hundred at once talk, close, and leave nothing behind', async () => {
    await until(() => gauge('listener.127.0.0.1_0.downstream_cx_active') === 0)
    const sockets = await Promise.all(Array.from({ length: 200 }, () => talk(port)))
    expect(gauge('listener.127.0.0.1_0.downstream_cx_active')).toBe(200)
    expect(gauge('http.test.downstream_cx_upgrades_active')).toBe(200)
    expect(gauge('cluster.app.upstream_cx_active')).toBe(200)
    const answers = await Promise.all(
      sockets.map(async (socket, i) => {
        for (let round = 0; round < 5; round++) {
          // One after the other on each socket, all sockets at once.
          const [text] = await answer(socket, `socket ${i}, round ${round}`)
          if (text.toString() !== `socket ${i}, round ${round}`) return text.toString()
        }
        return 'right'
      }),
    )
    expect(answers.filter((text) => text !== 'right')).toEqual([])
    sockets.forEach((socket) => socket.close())
    await Promise.all(sockets.map((socket) => once(socket, 'close')))
    for (const name of [
      'listener.127.0.0.1_0.downstream_cx_active',
      'http.test.downstream_cx_active',
      'http.test.downstream_cx_upgrades_active',
      'http.test.downstream_rq_active',
      'cluster.app.upstream_cx_active',
      'cluster.app.upstream_rq_active',
    ]) {
      await until(() => gauge(name) === 0)
    }
    expect(echo.open).toBe(0)
  })
})

test('what comes down alone keeps a WebSocket open; silence ends it', async () => {
  const time = new FakeTime()
  await using echo = await WebSocketEcho.start()
  await using server = await createServer(
    bootstrap({ hcm: 'stream_idle_timeout: 10s\nupgrade_configs: [{ upgrade_type: websocket }]' }),
    { endpoints: { app: [echo.address] }, time },
  )
  const socket = await talk(server.listeners[0]!.port)
  for (let round = 0; round < 4; round++) {
    time.advance(6000)
    const given = once(socket, 'message') as Promise<[Buffer]>
    echo.push(`round ${round}`)
    expect((await given)[0].toString()).toBe(`round ${round}`)
  }
  const closed = once(socket, 'close')
  time.advance(11_000)
  expect((await closed)[0]).toBe(1006)
  expect(server.stats.counter('http.test.downstream_rq_idle_timeout').value).toBe(1)
})

describe('an upgrade', () => {
  test('that is not configured is refused', async () => {
    await using origin = await RawOrigin.start(() => {})
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] } })
    const text = await exchange(server.listeners[0]!.port, UPGRADE)
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    expect(text).toContain('connection: close\r\n')
    expect(text).toContain('content-length: 0\r\n')
    expect(origin.accepted).toBe(0)
  })

  test('can be switched off for one route and on for another', async () => {
    await using echo = await WebSocketEcho.start()
    await using server = await createServer(
      bootstrap({
        hcm: 'upgrade_configs: [{ upgrade_type: websocket, enabled: false }]',
        routes: `
- match: { prefix: /on }
  route: { cluster: app, upgrade_configs: [{ upgrade_type: websocket }] }
- match: { prefix: / }
  route: { cluster: app }`,
      }),
      { endpoints: { app: [echo.address] } },
    )
    const { port } = server.listeners[0]!
    expect(await exchange(port, UPGRADE)).toMatch(/^HTTP\/1\.1 403 /)
    const socket = await talk(port, '/on')
    expect((await answer(socket, 'hello'))[0].toString()).toBe('hello')
    socket.close()
    await once(socket, 'close')
  })

  test('that the upstream refuses is an ordinary answer', async () => {
    await using origin = await RawOrigin.start((socket) =>
      socket.write('HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno'),
    )
    await using server = await createServer(bootstrap({ hcm: 'upgrade_configs: [{ upgrade_type: websocket }]' }), {
      endpoints: { app: [origin.address] },
    })
    const socket = new WebSocket(`ws://127.0.0.1:${server.listeners[0]!.port}/`)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
    expect(response.statusCode).toBe(401)
    socket.on('error', () => {})
    socket.terminate()
  })
})

test('two proxies carry a WebSocket over HTTP/2 between them, both ways (RFC 8441)', async () => {
  await using echo = await WebSocketEcho.start()
  const upgrades = 'upgrade_configs: [{ upgrade_type: websocket }]'
  await using inner = await createServer(
    bootstrap({ hcm: `${upgrades}\nhttp2_protocol_options: { allow_connect: true }` }),
    {
      endpoints: { app: [echo.address] },
    },
  )
  const cluster = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: { allow_connect: true } }`
  await using outer = await createServer(bootstrap({ hcm: upgrades, cluster }), {
    endpoints: { app: [`127.0.0.1:${inner.listeners[0]!.port}`] },
  })
  const first = await talk(outer.listeners[0]!.port, '/room?q=1')
  const second = await talk(outer.listeners[0]!.port)
  expect(echo.requests[0]).toMatchObject({ url: '/room?q=1', headers: { upgrade: 'websocket' } })
  expect((await answer(first, 'hello'))[0].toString()).toBe('hello')
  const large = Buffer.alloc(1_000_000, 'large')
  expect((await answer(second, large))[0].equals(large)).toBe(true)
  expect(inner.stats.counter('http.test.downstream_cx_http2_total').value).toBe(1)
  expect(inner.stats.gauge('http.test.downstream_cx_upgrades_active').value).toBe(2)
  first.close(4000, 'enough')
  await until(() => echo.closes.length === 1)
  expect(echo.closes).toEqual([[4000, 'enough']])
  const closed = once(second, 'close') as Promise<[number, Buffer]>
  second.send('close:4001')
  expect((await closed)[0]).toBe(4001)
  await until(() => inner.stats.gauge('http.test.downstream_cx_upgrades_active').value === 0)
})

test('nobody may change to HTTP/2 in the middle: h2c and its settings are taken out', async () => {
  await using origin = await RawOrigin.start((socket) => socket.write(ok('hello')))
  await using server = await createServer(bootstrap({ hcm: 'upgrade_configs: [{ upgrade_type: h2c }]' }), {
    endpoints: { app: [origin.address] },
  })
  const h2c = 'upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n'
  const text = await exchange(
    server.listeners[0]!.port,
    `GET / HTTP/1.1\r\nhost: a\r\nconnection: close, upgrade, http2-settings\r\n${h2c}\r\n`,
  )
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(text).not.toMatch(/101 |upgrade/i)
  expect(origin.received[0]).not.toMatch(/upgrade|http2-settings/i)
})
