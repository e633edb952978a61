import { RecordingCallbacks } from '@nuncio/cluster/testing'
import { requestHeaders, type RequestEncoder } from '@nuncio/core'
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { RealPool } from '../testing/real-pool.ts'
import { RAW } from '../transport/definition.ts'
import { createAuthority, testClient } from '@nuncio/tls/testing'
import { SOON } from '../testing/soon.ts'

const servers: (Http2Server | Server)[] = []
const sessions: ServerHttp2Session[] = []
const sockets: Socket[] = []
let world: RealPool

afterEach(async () => {
  world.pool.close()
  for (const session of sessions.splice(0)) session.destroy()
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

type OnStream = (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void
async function origin(on: OnStream, options: ServerOptions = {}): Promise<number> {
  const server = createServer(options)
  server.on('connection', (socket: Socket) => void sockets.push(socket))
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    on(stream, headers)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function send(begin: (encoder: RequestEncoder) => void): RecordingCallbacks {
  const callbacks = new RecordingCallbacks()
  callbacks.onReady = begin
  world.pool.newStream(callbacks)
  return callbacks
}
const head = (method: string, ...more: [string, string][]): ReturnType<typeof requestHeaders> =>
  requestHeaders([[':method', method], [':path', '/p?q=1'], [':authority', 'a.test'], [':scheme', 'http'], ...more])
const get = (...more: [string, string][]): RecordingCallbacks =>
  send((encoder) => encoder.encodeHeaders(head('GET', ...more), true))
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('an HTTP/2 pool over sockets', () => {
  it('carries requests side by side, with headers as HTTP/2 wants them', async () => {
    const seen: Record<string, unknown>[] = []
    world = new RealPool(
      {
        port: await origin((stream, headers) => {
          seen.push({ ...headers })
          stream.respond({ ':status': 200, 'x-a': ['1', '2'], 'set-cookie': ['a=1', 'b=2'] })
          stream.end('body')
        }),
      },
      {},
      'http2',
    )
    const [first, second] = [
      get(['Connection', 'x'], ['X-One', '1'], ['x-one', '2'], ['TE', 'gzip']),
      get(['te', 'trailers']),
    ]
    await first.until('end')
    await second.until('end')
    expect(first.lines).toEqual(['ready', 'headers 200', 'end'])
    expect(first.body).toBe('body')
    expect(first.headers?.getAll('set-cookie')).toEqual(['a=1', 'b=2'])
    expect(first.headers?.getAll('x-a')).toEqual(['1', '2'])
    expect([first.connection?.id, second.connection?.id, first.connection?.protocol]).toEqual([1, 1, 'HTTP/2'])
    expect(seen[0]).toMatchObject({
      ':method': 'GET',
      ':path': '/p?q=1',
      ':authority': 'a.test',
      ':scheme': 'http',
      'x-one': '1, 2',
    })
    expect(seen[0]).not.toHaveProperty('te')
    expect(seen[0]).not.toHaveProperty('connection')
    expect(seen[1]).toMatchObject({ te: 'trailers' })
    expect(world.stat('upstream_cx_http2_total')).toBe(1)
    expect(world.stat('upstream_rq_total')).toBe(2)
    expect(world.pool.streams).toBe(0)
  })

  it('streams both ways, with trailers in both directions', async () => {
    world = new RealPool(
      {
        port: await origin((stream) => {
          stream.respond({ ':status': 200 }, { waitForTrailers: true })
          let trailers: unknown
          stream.on('trailers', (headers) => (trailers = headers['x-check']))
          stream.on('data', (chunk) => stream.write(`<${String(chunk)}>`))
          stream.on('end', () => stream.end())
          stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-back': String(trailers) }))
        }),
      },
      {},
      'http2',
    )
    const request = send((encoder) => {
      encoder.encodeHeaders(head('POST'), false)
      expect(encoder.encodeData(bytes('one'), false)).toBe(true)
    })
    await expect.poll(() => request.body, SOON).toBe('<one>')
    request.encoder!.encodeData(bytes('two'), false)
    await expect.poll(() => request.body, SOON).toBe('<one><two>')
    request.encoder!.encodeTrailers(requestHeaders([['x-check', '42']]))
    await request.until('trailers')
    expect(request.trailers?.get('grpc-status')).toBe('0')
    expect(request.trailers?.get('x-back')).toBe('42')
    await expect.poll(() => world.pool.streams, SOON).toBe(0)
  })

  it('ends a request with a body without trailers, and an answer without a body', async () => {
    world = new RealPool(
      {
        port: await origin((stream) => {
          let body = ''
          stream.on('data', (chunk) => (body += String(chunk)))
          stream.on('end', () => stream.respond({ ':status': 204, 'x-body': body }, { endStream: true }))
        }),
      },
      {},
      'http2',
    )
    const request = send((encoder) => {
      encoder.encodeHeaders(head('POST'), false)
      encoder.encodeData(bytes('abc'), true)
    })
    expect(await request.until('headers')).toBe('headers 204 end')
    expect(request.headers?.get('x-body')).toBe('abc')
    expect(world.pool.streams).toBe(0)
  })

  it('passes 1xx on, but not without end', async () => {
    let count = 1
    world = new RealPool(
      {
        port: await origin((stream) => {
          for (let i = 0; i < count; i++) stream.additionalHeaders({ ':status': 103, link: '</a>' })
          stream.respond({ ':status': 200 }, { endStream: true })
        }),
      },
      {},
      'http2',
    )
    const request = get()
    await request.until('headers')
    expect(request.lines).toEqual(['ready', 'informational 103', 'headers 200 end'])
    count = 40
    expect(await get().until('reset')).toContain('protocol error')
  })

  it.each([
    [constants.NGHTTP2_REFUSED_STREAM, 'remote refused stream reset'],
    [constants.NGHTTP2_CANCEL, 'remote reset'],
    [constants.NGHTTP2_INTERNAL_ERROR, 'remote reset'],
    [constants.NGHTTP2_PROTOCOL_ERROR, 'protocol error'],
  ])('tells RST_STREAM %i as %s', async (code, reason) => {
    world = new RealPool({ port: await origin((stream) => stream.close(code)) }, {}, 'http2')
    const request = get()
    expect(await request.until('reset')).toBe(`reset ${reason}`)
    expect(world.pool.streams).toBe(0)
    expect(world.stat('upstream_cx_active')).toBe(1)
    expect(world.stat(reason === 'protocol error' ? 'upstream_rq_tx_reset' : 'upstream_rq_rx_reset')).toBe(1)
  })

  it('tells a reset after the answer began', async () => {
    world = new RealPool(
      {
        port: await origin((stream) => {
          stream.respond({ ':status': 200 })
          stream.write('half')
          setImmediate(() => stream.destroy(new Error('broken')))
        }),
      },
      {},
      'http2',
    )
    const request = get()
    expect(await request.until('reset')).toBe('reset remote reset')
    expect(request.lines).not.toContain('end')
  })

  it('resets a stream for its user, who hears nothing more, and keeps the connection', async () => {
    const codes: number[] = []
    world = new RealPool(
      {
        port: await origin((stream) => {
          stream.respond({ ':status': 200 })
          stream.write('x')
          stream.on('close', () => codes.push(stream.rstCode))
        }),
      },
      {},
      'http2',
    )
    const request = get()
    await request.until('headers')
    request.encoder!.reset('local reset')
    await expect.poll(() => codes, SOON).toEqual([constants.NGHTTP2_CANCEL])
    expect(request.lines).toEqual(['ready', 'headers 200'])
    expect([world.pool.streams, world.stat('upstream_rq_tx_reset'), world.stat('upstream_cx_active')]).toEqual([
      0, 1, 1,
    ])
  })

  it('stops using a connection at GOAWAY, finishing what runs', async () => {
    const finish: (() => void)[] = []
    world = new RealPool(
      {
        port: await origin((stream) => {
          stream.respond({ ':status': 200 })
          finish.push(() => stream.end('late'))
        }),
      },
      {},
      'http2',
    )
    const first = get()
    await first.until('headers')
    sessions[0]!.goaway(constants.NGHTTP2_NO_ERROR)
    await expect.poll(() => world.stat('upstream_cx_close_notify'), SOON).toBe(1)
    const second = get()
    await second.until('headers')
    expect(second.connection?.id).toBe(2)
    finish[0]!()
    await first.until('end')
    expect(first.body).toBe('late')
    await expect.poll(() => world.stat('upstream_cx_active'), SOON).toBe(1)
  })

  it('tells every stream when the connection is lost, the pool first', async () => {
    world = new RealPool({ port: await origin((stream) => stream.respond({ ':status': 200 })) }, {}, 'http2')
    const requests = [get(), get()]
    for (const request of requests) await request.until('headers')
    const retried = Promise.withResolvers<string>()
    requests[0]!.onLine = () => {
      const retry = get()
      retry.onLine = (line) => void (line === 'headers 200' && retried.resolve(`${retry.connection?.id}`))
    }
    sockets[0]!.destroy()
    for (const request of requests) expect(await request.until('reset')).toContain('connection termination')
    expect(await retried.promise).toBe('2')
    expect(world.stat('upstream_cx_destroy_remote_with_active_rq')).toBe(1)
  })

  it('opens another connection when the host allows fewer streams than run', async () => {
    world = new RealPool(
      { port: await origin((stream) => stream.respond({ ':status': 200 }), { settings: { maxConcurrentStreams: 1 } }) },
      {},
      'http2',
    )
    const first = get()
    await first.until('headers')
    const second = get()
    await second.until('headers')
    expect([first.connection?.id, second.connection?.id]).toEqual([1, 2])
  })

  it('pushes back in both directions', async () => {
    let received = 0
    const big = Buffer.alloc(1 << 20)
    const gate = Promise.withResolvers<void>()
    const options = {
      http2_protocol_options: { initial_stream_window_size: 65_535, initial_connection_window_size: 65_535 },
    }
    world = new RealPool(
      {
        port: await origin((stream) => {
          stream.pause()
          void gate.promise.then(() => stream.resume())
          stream.on('data', (chunk: Buffer) => (received += chunk.length))
          stream.on('end', () => {
            stream.respond({ ':status': 200 })
            stream.end(big)
          })
        }),
      },
      options,
      'http2',
    )
    const request = send((encoder) => encoder.encodeHeaders(head('POST'), false))
    await request.until('ready')
    let writes = 0
    while (request.encoder!.encodeData(Buffer.alloc(65_536), false)) writes++
    expect(writes).toBeLessThan(16)
    gate.resolve()
    await request.until('writable')
    request.encoder!.readDisable(true)
    request.encoder!.encodeData(Buffer.alloc(1), true)
    await expect.poll(() => received, SOON).toBe((writes + 1) * 65_536 + 1)
    await request.until('headers')
    expect(request.body.length).toBe(0)
    request.encoder!.readDisable(false)
    await request.until('end')
    expect(request.body.length).toBe(big.length)
  })

  it('counts a host that does not speak HTTP/2 as a protocol error', async () => {
    const server = createTcpServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.write('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    world = new RealPool({ port: (server.address() as AddressInfo).port }, {}, 'http2')
    expect(await get().until('reset')).toBe('reset protocol error')
    expect(world.stat('upstream_cx_protocol_error')).toBe(1)
    expect(world.stat('upstream_cx_destroy_local')).toBe(1)
    expect(world.stat('upstream_cx_destroy_with_active_rq')).toBe(0)
    expect(world.stat('upstream_rq_tx_reset')).toBe(1)
  })

  it('pings idle connections, and closes one that does not answer', async () => {
    const options = {
      http2_protocol_options: { connection_keepalive: { interval: 1000, timeout: 200, interval_jitter: { value: 0 } } },
    }
    world = new RealPool(
      { port: await origin((stream) => stream.respond({ ':status': 200 }, { endStream: true })) },
      options,
      'http2',
    )
    await get().until('headers')
    let pings = 0
    sessions[0]!.on('ping', () => pings++)
    world.time.advance(1000)
    await expect.poll(() => pings, SOON).toBe(1)
    await expect.poll(() => world.time.pending, SOON).toBe(2)
    world.time.advance(150)
    expect(world.stat('upstream_cx_active')).toBe(1)
    world.time.advance(850)
    world.time.advance(200)
    expect(world.stat('http2.keepalive_timeout')).toBe(1)
    expect(world.stat('upstream_cx_active')).toBe(0)
  })

  it('asks a connection that was quiet for long whether it lives, ahead of the next stream, and not a busy one', async () => {
    const connection_keepalive = { connection_idle_interval: 1000, timeout: 200 }
    const answer = (stream: ServerHttp2Stream): void => stream.respond({ ':status': 200 }, { endStream: true })
    world = new RealPool({ port: await origin(answer) }, { http2_protocol_options: { connection_keepalive } }, 'http2')
    const ask = async (): Promise<void> => {
      await get().until('headers')
      await expect.poll(() => world.stat('upstream_rq_active'), SOON).toBe(0)
    }
    await ask()
    let pings = 0
    sessions[0]!.on('ping', () => pings++)
    world.time.advance(1000)
    await ask()
    expect(pings).toBe(0)
    world.time.advance(1001)
    await ask()
    await expect.poll(() => pings, SOON).toBe(1)
    world.time.advance(1001)
    // No turn of the event loop: the answer cannot have come.
    get()
    world.time.advance(200)
    expect(world.stat('http2.keepalive_timeout')).toBe(1)
    expect(world.stat('upstream_cx_active')).toBe(0)
  })

  it('carries an HTTP/1 upgrade as an extended CONNECT', async () => {
    let seen: unknown
    world = new RealPool(
      {
        port: await origin(
          (stream, headers) => {
            seen = [headers[':method'], headers[':protocol'], headers[':path'], headers['upgrade']]
            stream.respond({ ':status': 200 })
            stream.on('data', (chunk) => stream.write(`<${String(chunk)}>`))
            stream.on('end', () => stream.end())
          },
          { settings: { enableConnectProtocol: true } },
        ),
      },
      {},
      'http2',
    )
    const tunnel = send((encoder) => {
      encoder.encodeHeaders(
        head('GET', [':protocol', 'websocket'], ['upgrade', 'websocket'], ['connection', 'upgrade']),
        false,
      )
    })
    expect(await tunnel.until('headers')).toBe('headers 101')
    expect(tunnel.headers?.get('upgrade')).toBe('websocket')
    tunnel.encoder!.encodeData(bytes('x'), false)
    await expect.poll(() => tunnel.body, SOON).toBe('<x>')
    tunnel.encoder!.encodeData(bytes(''), true)
    await tunnel.until('end')
    expect(seen).toEqual(['CONNECT', 'websocket', '/p?q=1', undefined])
  })

  it('never sends what could end a header early', async () => {
    const seen: unknown[] = []
    world = new RealPool(
      {
        port: await origin((stream, headers) => {
          seen.push(headers['x-evil'])
          stream.respond({ ':status': 200 }, { endStream: true })
        }),
      },
      {},
      'http2',
    )
    await get(['x-evil', 'a\r\nb\0c']).until('headers')
    expect(seen).toEqual(['abc'])
  })
})

describe('auto_config', () => {
  const leaf = createAuthority().issue({ dns: ['a.test'] })

  it.each([
    ['h2', 'HTTP/2'],
    ['http/1.1', 'HTTP/1.1'],
    [undefined, 'HTTP/1.1'],
  ] as const)('speaks what ALPN gives: %s', async (alpn, protocol) => {
    const server = createTlsServer(
      { cert: leaf.cert, key: leaf.key, ...(alpn !== undefined && { ALPNProtocols: [alpn] }) },
      (socket) => {
        sockets.push(socket)
        socket.on('error', () => {})
      },
    )
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const tls = testClient({ sni: 'a.test', max_session_keys: 0 })
    world = new RealPool({ port: (server.address() as AddressInfo).port }, {}, 'auto', { ...RAW, tls })
    const request = get()
    await request.until('ready')
    expect(request.connection).toMatchObject({ protocol, tls: { alpn: alpn ?? '' } })
    expect(world.stat(`upstream_cx_http${protocol === 'HTTP/2' ? 2 : 1}_total`)).toBe(1)
  })
})
