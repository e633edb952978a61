import { FRAME, get, Http2FrameClient } from '@nuncio/http-codec/testing'
import { once } from 'node:events'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { exchange } from './testing/client.ts'
import { forwarding } from './testing/forwarding.ts'
import { ServingBinary } from './testing/run-binary.ts'
import { StrictOrigin } from './testing/strict-origin.ts'
import { untilRefused, untilTrue } from './testing/until.ts'

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

async function generation(proxy: ServingBinary): Promise<number> {
  const info = (await (await fetch(`http://${proxy.admin}/server_info`)).json()) as {
    configuration: { generation: number }
  }
  return info.configuration.generation
}

/** Waits until the configuration of this number is in use; the proxy's log has to tell. */
async function inUse(proxy: ServingBinary, number: number): Promise<void> {
  await proxy.logs(new RegExp(`a new configuration is in use generation=${number} `))
}
const TELLS = ['--component-log-level', 'config:info']

describe('the file of a running proxy', () => {
  test('is watched: a change is in use, a broken file is not, and the next good one is', async () => {
    await using origin = await StrictOrigin.start()
    const text = forwarding(origin.port)
    await using proxy = await ServingBinary.start(text, ...TELLS)
    writeFileSync(proxy.file, text.replace('prefix: /', 'prefix: /new'))
    await inUse(proxy, 2)
    writeFileSync(proxy.file, `${text}\n  broken: [`)
    await proxy.logs(/the old one stays: .*envoy\.yaml:\d+/)
    expect(await generation(proxy)).toBe(2)
    writeFileSync(`${proxy.file}.new`, text)
    renameSync(`${proxy.file}.new`, proxy.file)
    await inUse(proxy, 3)
    const { responses } = await exchange(proxy.ports.get('main')!, [GET], 1, ['GET'])
    expect(responses[0]).toMatchObject({ status: 200 })
  })

  test('is read on SIGHUP alone with --no-watch', async () => {
    await using origin = await StrictOrigin.start()
    const text = forwarding(origin.port)
    await using proxy = await ServingBinary.start(text, '--no-watch', ...TELLS)
    writeFileSync(proxy.file, text.replace('prefix: /', 'prefix: /new'))
    proxy.child.kill('SIGHUP')
    await inUse(proxy, 2)
    expect(readFileSync(proxy.file, 'utf8')).toContain('/new')
  })

  test('a WebSocket on one route survives a change of another', async () => {
    const upstream = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(upstream, 'listening')
    upstream.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data)))
    const text = forwarding(
      (upstream.address() as { port: number }).port,
      'upgrade_configs: [{ upgrade_type: websocket }]',
    )
    await using proxy = await ServingBinary.start(text, ...TELLS)
    const client = new WebSocket(`ws://127.0.0.1:${proxy.ports.get('main')!}/`)
    await once(client, 'open')
    for (const [i, path] of ['/b', '/c', '/d'].entries()) {
      const route = `{ match: { path: ${path} }, direct_response: { status: 200 } }`
      writeFileSync(proxy.file, text.replace('routes: [', `routes: [${route}, `))
      await inUse(proxy, i + 2)
      client.send(path)
      const [echo] = (await once(client, 'message')) as [Buffer]
      expect(echo.toString()).toBe(path)
    }
    client.terminate()
    await new Promise((resolve) => upstream.close(resolve))
  })
})

describe('SIGTERM', () => {
  test('with 50 slow requests and 20 idle connections finishes all 50, loses none that comes meanwhile, and exits 0', async () => {
    await using origin = await StrictOrigin.start()
    const held: Socket[] = []
    origin.answer = (request, socket) => {
      if (request.path === '/slow') held.push(socket)
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    }
    const limits = 'circuit_breakers: { thresholds: [{ max_requests: 200, max_connections: 200 }] }'
    const text = forwarding(origin.port).replace('connect_timeout: 1s', `connect_timeout: 1s\n      ${limits}`)
    await using proxy = await ServingBinary.start(text, '--drain-time-s', '20')
    const port = proxy.ports.get('main')!
    const slow = Array.from({ length: 50 }, () => exchange(port, ['GET /slow HTTP/1.1\r\nhost: a\r\n\r\n'], 1, ['GET']))
    const idle = await Promise.all(Array.from({ length: 20 }, () => keptAlive(port)))
    await untilTrue(() => held.length === 50)
    const stopped = proxy.stop('SIGTERM')
    await untilRefused(port)
    // Who does not know yet asks again.
    const again = idle.map(async (client) => {
      client.socket.write(GET)
      await once(client.socket, 'close')
      return client.text()
    })
    for (const socket of held) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate')
    for (const { responses } of await Promise.all(slow))
      expect(responses[0]).toMatchObject({ status: 200, body: 'late', complete: true })
    for (const answer of await Promise.all(again)) expect(answer).toMatch(/ok[\s\S]*connection: close[\s\S]*ok$/)
    expect(await stopped).toBe(0)
  })

  test('tells an HTTP/2 client that the end is near, answers what it asks meanwhile, then names the last stream, and exits 0', async () => {
    await using origin = await StrictOrigin.start()
    const held: Socket[] = []
    origin.answer = (request, socket) => {
      if (request.path === '/slow') held.push(socket)
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    }
    await using proxy = await ServingBinary.start(forwarding(origin.port, 'drain_timeout: 2s'))
    using client = new Http2FrameClient(proxy.ports.get('main')!).hello().request(1, get('/slow'))
    await untilTrue(() => held.length === 1)
    const stopped = proxy.stop('SIGTERM')
    const lastStreams = (): number[] =>
      client.frames.filter(({ type }) => type === FRAME.GOAWAY).map(({ payload }) => payload.readUInt32BE(0))
    const answered = (stream: number): boolean =>
      client.frames.some((each) => each.type === FRAME.HEADERS && each.stream === stream)
    await untilTrue(() => lastStreams().length === 1)
    client.request(3, get('/'))
    await untilTrue(() => answered(3) && lastStreams().length === 2)
    expect(lastStreams()).toEqual([2 ** 31 - 1, 3])
    held[0]!.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate')
    await untilTrue(() => answered(1))
    expect(await stopped).toBe(0)
  })
})

async function keptAlive(port: number): Promise<{ socket: Socket; text: () => string }> {
  let text = ''
  const socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.write(GET)
  await untilTrue(() => text.endsWith('ok'))
  return { socket, text: () => text }
}
