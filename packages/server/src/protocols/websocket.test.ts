import { FakeTime } from '@nuncio/core/testing'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, RawOrigin, until } from '../test-support/raw-origin.ts'

/** A WebSocket upstream that echoes; the text `close:<code>` has it close with that code. */
class WebSocketEcho implements AsyncDisposable {
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'second' })
  readonly requests: { url: string | undefined; headers: Record<string, unknown> }[] = []
  /** Close codes that clients sent. */
  readonly closes: [number, string][] = []

  private constructor() {
    this.#server.on('connection', (socket, request) => {
      this.requests.push({ url: request.url, headers: request.headers })
      socket.on('close', (code, reason) => this.closes.push([code, reason.toString()]))
      socket.on('message', (data: Buffer, binary) => {
        const close = binary ? null : /^close:(\d+)$/.exec(data.toString())
        if (close) socket.close(Number(close[1]), 'as you wish')
        else socket.send(data, { binary })
      })
    })
  }

  static async start(): Promise<WebSocketEcho> {
    const echo = new WebSocketEcho()
    await once(echo.#server, 'listening')
    return echo
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }
  get open(): number {
    return this.#server.clients.size
  }

  /** Sends a text to all clients. */
  push(text: string): void {
    for (const socket of this.#server.clients) socket.send(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

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
          // oxlint-disable-next-line no-await-in-loop
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
      // oxlint-disable-next-line no-await-in-loop
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
    // oxlint-disable-next-line no-await-in-loop
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
