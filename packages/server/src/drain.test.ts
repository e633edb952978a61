import { FakeTime } from '@nuncio/core/testing'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createServer } from './create-server.ts'
import { bootstrap } from './test-support/bootstrap.ts'
import { ok, RawOrigin, until } from './test-support/raw-origin.ts'

/** A client that collects what it hears. */
function open(port: number): { socket: Socket; text: () => string; closed: () => boolean } {
  let [text, closed] = ['', false]
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('close', () => (closed = true))
  return { socket, text: () => text, closed: () => closed }
}

const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

describe('a server that drains', () => {
  test('says so to whoever asks, finishes what is under way, and serves a request that was on its way', async () => {
    const waiting: Socket[] = []
    await using origin = await RawOrigin.start((socket) => void waiting.push(socket))
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] } })
    const { port } = server.listeners[0]!
    const [busy, idle] = [open(port), open(port)]
    idle.socket.write(REQUEST)
    await until(() => waiting.length === 1)
    waiting[0]!.write(ok('first'))
    await until(() => idle.text().endsWith('first'))
    busy.socket.write(REQUEST)
    await until(() => origin.received.join('').split('\r\n\r\n').length === 3)
    const drained = server.drain(5000)
    const ready = await fetch(`http://127.0.0.1:${server.admin!.port}/ready`)
    expect([ready.status, await ready.text()]).toEqual([503, 'DRAINING\n'])
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
    // A client that does not know yet asks again on the connection that it has.
    idle.socket.write(REQUEST)
    await until(() => origin.received.join('').split('\r\n\r\n').length === 4)
    for (const socket of origin.sockets) socket.write(ok('late'))
    await drained
    await until(() => busy.closed() && idle.closed())
    for (const client of [busy, idle]) {
      expect(client.text()).toMatch(/late$/)
      expect(client.text()).toContain('connection: close')
    }
    expect(server.stats.counter('http.test.downstream_cx_drain_close').value).toBe(2)
  })

  test('closes idle connections after a second, also those on which nothing was asked', async () => {
    const time = new FakeTime()
    await using origin = await RawOrigin.start((socket) => socket.write(ok('x')))
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] }, time })
    const [asked, silent] = [open(server.listeners[0]!.port), open(server.listeners[0]!.port)]
    asked.socket.write(REQUEST)
    await until(
      () => asked.text().endsWith('x') && server.stats.counter('listener.127.0.0.1_0.downstream_cx_total').value === 2,
    )
    const drained = server.drain(60_000)
    time.advance(900)
    expect([asked.closed(), silent.closed()]).toEqual([false, false])
    time.advance(1300)
    await drained
    await until(() => asked.closed() && silent.closed())
  })

  test('stops when its time is over, whatever is under way', async () => {
    const time = new FakeTime()
    await using origin = await RawOrigin.start(() => {})
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] }, time })
    const client = open(server.listeners[0]!.port)
    client.socket.write(REQUEST)
    await until(() => origin.received.join('').includes('\r\n\r\n'))
    const drained = server.drain(5000)
    await until(() => server.stats.gauge('server.live').value === 0)
    await time.advanceAsync(4000)
    expect(client.closed()).toBe(false)
    await time.advanceAsync(1000)
    await drained
    await until(() => client.closed())
  })

  test('tells both sides of a WebSocket 1001, and waits for their answer', async () => {
    const upstream = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(upstream, 'listening')
    const codes: [string, number][] = []
    upstream.on('connection', (socket) => {
      socket.on('close', (code) => codes.push(['upstream', code]))
      socket.on('message', (data: Buffer) => socket.send(data))
    })
    await using server = await createServer(bootstrap({ hcm: 'upgrade_configs: [{ upgrade_type: websocket }]' }), {
      endpoints: { app: [`127.0.0.1:${(upstream.address() as { port: number }).port}`] },
    })
    const client = new WebSocket(`ws://127.0.0.1:${server.listeners[0]!.port}/`)
    client.on('close', (code) => codes.push(['client', code]))
    await once(client, 'open')
    client.send('x'.repeat(70_000))
    const [echo] = (await once(client, 'message')) as [Buffer]
    expect(echo.length).toBe(70_000)
    await server.drain(60_000)
    await until(() => codes.length === 2)
    expect(Object.fromEntries(codes)).toEqual({ client: 1001, upstream: 1001 })
    await new Promise((resolve) => upstream.close(resolve))
  })
})

describe('an HTTP/2 connection that drains', () => {
  test('hears a notice at once that refuses nothing, finishes its streams, and closes behind the last', async () => {
    const waiting: Socket[] = []
    await using origin = await RawOrigin.start((socket) => void waiting.push(socket))
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] } })
    const session = connectHttp2(`http://127.0.0.1:${server.listeners[0]!.port}`)
    const goaway = once(session, 'goaway') as Promise<[number, number]>
    const streams = [1, 2, 3].map(() => session.request({ ':path': '/' }))
    const statuses = streams.map(async (stream) => {
      stream.resume()
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      return headers[':status']
    })
    await until(() => waiting.length === 3)
    const drained = server.drain(60_000)
    const [code, last] = await goaway
    expect([code, last]).toEqual([0, 2 ** 31 - 1])
    expect(session.destroyed).toBe(false)
    for (const socket of waiting) socket.write(ok('late'))
    expect(await Promise.all(statuses)).toEqual([200, 200, 200])
    await drained
    await until(() => session.destroyed)
  })
})
