import type { NuncioError } from '@nuncio/core'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { ConfigurationError } from './load-configuration.ts'
import { bootstrap } from './test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin, until } from './test-support/raw-origin.ts'

async function serve(origin: RawOrigin, options: Parameters<typeof bootstrap>[0] = {}) {
  const node = { address: '192.0.2.1' }
  return await createServer(bootstrap(options), { node, endpoints: { app: [origin.address] } })
}
const HELLO = ok('hello', 'x-upstream: 1\r\n')

describe('the scheme of a redirect', () => {
  const routes = '- match: { prefix: / }\n  redirect: { path_redirect: /there }'
  test.each([
    ['', 'https', 'https'],
    ['', 'gopher', 'http'],
    ['use_remote_address: true', 'https', 'http'],
  ])('with "%s" and x-forwarded-proto: %s is %s', async (hcm, proto, expected) => {
    await using server = await createServer(bootstrap({ routes, hcm: hcm === '' ? 'via: ""' : hcm }))
    const answer = await exchange(server.listeners[0]!.port, get('/', `x-forwarded-proto: ${proto}\r\n`))
    expect(answer).toContain(`location: ${expected}://test/there\r\n`)
  })
})

describe('a request on its way', () => {
  test('is forwarded with what Envoy adds, and answered', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(HELLO))
    await using server = await serve(origin, { hcm: 'use_remote_address: true' })
    const answer = await exchange(server.listeners[0]!.port, get('/path?q=1', 'X-Kept: As-Is\r\n'))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toContain('server: envoy\r\n')
    expect(answer).toMatch(/x-envoy-upstream-service-time: \d+\r\n/)
    expect(answer).toMatch(/date: [A-Z][a-z]{2}, /)
    expect(answer.endsWith('\r\n\r\nhello')).toBe(true)
    const sent = origin.received[0]!
    expect(sent).toMatch(/^GET \/path\?q=1 HTTP\/1\.1\r\n/)
    expect(sent).toContain('X-Kept: As-Is\r\n')
    expect(sent).toContain('x-forwarded-for: 192.0.2.1\r\n')
    expect(sent).toContain('x-forwarded-proto: http\r\n')
    expect(sent).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/)
    expect(sent).not.toMatch(/connection:/i)
  })

  test('keeps both connections for the next', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(HELLO))
    await using server = await serve(origin)
    const answer = await exchange(
      server.listeners[0]!.port,
      `GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n${get('/3')}`,
    )
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(3)
    expect(origin.accepted).toBe(1)
    expect(server.stats.counter('cluster.app.upstream_rq_200').value).toBe(3)
    expect(server.stats.counter('http.test.downstream_rq_2xx').value).toBe(3)
  })

  test('streams a body up and down without keeping it', async () => {
    const size = 3_000_000
    await using origin = await RawOrigin.start((socket, head) => {
      let left = size - (origin.received[0]!.length - head.length)
      const onData = (chunk: Buffer): void => {
        left -= chunk.length
        if (left === 0) socket.write(ok('z'.repeat(size)))
      }
      socket.on('data', onData)
    })
    await using server = await serve(origin)
    const answer = await exchange(
      server.listeners[0]!.port,
      `POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${size}\r\n\r\n${'y'.repeat(size)}`,
    )
    expect(answer.length).toBeGreaterThan(size)
    expect(origin.received[0]!.split('\r\n\r\n')[1]).toHaveLength(size)
  })
})

describe('an upstream that', () => {
  const cases: [string, Parameters<typeof RawOrigin.start>[0], number, string, string][] = [
    [
      'closes before it answers',
      (socket) => socket.end(),
      503,
      'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
      'UC',
    ],
    [
      'resets the connection',
      (socket) => socket.resetAndDestroy(),
      503,
      'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
      'UC',
    ],
    [
      'talks nonsense',
      (socket) => socket.write('nonsense\r\n\r\n'),
      502,
      'upstream connect error or disconnect/reset before headers. reset reason: protocol error',
      'UPE',
    ],
    [
      'sends both length and chunks',
      (socket) =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'),
      502,
      'upstream connect error or disconnect/reset before headers. reset reason: protocol error',
      'UPE',
    ],
    ['stalls', () => {}, 504, 'upstream request timeout', 'UT'],
  ]
  test.each(cases)('%s gets its answer, its flag and its counters', async (_it, behave, status, body, flag) => {
    await using origin = await RawOrigin.start(behave)
    await using server = await serve(origin, {
      routes:
        '- match: { prefix: / }\n  route: { cluster: app, timeout: 0.2s }\n  response_headers_to_add: [{ header: { key: x-flags, value: "%RESPONSE_FLAGS%" } }]',
    })
    const answer = await exchange(server.listeners[0]!.port, get())
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toContain(`x-flags: ${flag}\r\n`)
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(body)
    expect(server.stats.counter(`http.test.downstream_rq_5xx`).value).toBe(1)
  })

  test('refuses gets 503 UF', async () => {
    await using server = await createServer(bootstrap())
    const answer = await exchange(server.listeners[0]!.port, get())
    expect(answer).toMatch(/^HTTP\/1\.1 503 /)
    expect(answer).toMatch(/reset reason: (remote|local) connection failure/)
    expect(server.stats.counter('cluster.app.upstream_cx_connect_fail').value).toBe(1)
  })

  test('breaks off in the middle of a body breaks the client off too', async () => {
    await using origin = await RawOrigin.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
      setImmediate(() => socket.destroy())
    })
    await using server = await serve(origin)
    const answer = await exchange(server.listeners[0]!.port, get())
    expect(answer).toMatch(/content-length: 100/)
    expect(answer.endsWith('half') || answer.endsWith('\r\n\r\n')).toBe(true)
  })

  test('is not there at all: no endpoints, no name', async () => {
    const noEndpoints = bootstrap().replace(/load_assignment:[\s\S]*$/, 'load_assignment: { cluster_name: app }\n')
    await using empty = await createServer(noEndpoints)
    expect(await exchange(empty.listeners[0]!.port, get())).toMatch(/^HTTP\/1\.1 503 [\s\S]*no healthy upstream$/)
    const noName = bootstrap({ cluster: 'type: STRICT_DNS' }).replace(
      'address: 127.0.0.1, port_value: 1 ',
      'address: nowhere.invalid, port_value: 1 ',
    )
    await using unresolved = await createServer(noName)
    expect(await exchange(unresolved.listeners[0]!.port, get())).toMatch(/^HTTP\/1\.1 503 [\s\S]*no healthy upstream$/)
  })
})

describe('a client that', () => {
  test('vanishes half-way takes its upstream request with it', async () => {
    await using origin = await RawOrigin.start(() => {})
    await using server = await serve(origin)
    const socket = connect(server.listeners[0]!.port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc')
    await until(() => origin.accepted === 1 && origin.received[0]!.endsWith('abc'))
    socket.resetAndDestroy()
    await until(() => origin.sockets.size === 0)
    await until(() => server.stats.gauge('http.test.downstream_rq_active').value === 0)
    expect(server.stats.counter('http.test.fate.client_abort').value).toBe(1)
  })

  test('talks nonsense gets 400 and is closed', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(HELLO))
    await using server = await serve(origin)
    for (const bytes of [
      'nonsense\r\n\r\n',
      'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nhost : a\r\n\r\n',
    ]) {
      const answer = await exchange(server.listeners[0]!.port, bytes)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).toContain('connection: close')
    }
    expect(origin.accepted).toBe(0)
  })
})

describe('a configuration that', () => {
  test('cannot be read is refused with all its problems', async () => {
    const bad = bootstrap()
      .replace('stat_prefix: test', 'stat_prefixx: test')
      .replace('cluster: app }', 'cluster: other }')
    const error = await createServer(bad).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ConfigurationError)
    const codes = (error as ConfigurationError).problems.filter((p) => p.severity === 'error').map((p) => p.code)
    expect(codes).toContain('unknown-field')
  })

  test('names a port that is taken is refused by name', async () => {
    await using first = await createServer(bootstrap())
    const taken = bootstrap().replace(
      'port_value: 0 } }\n      filter_chains',
      `port_value: ${first.listeners[0]!.port} } }\n      filter_chains`,
    )
    const error = (await createServer(taken).catch((e: unknown) => e)) as NuncioError
    expect(error.message).toContain(String(first.listeners[0]!.port))
  })
})

describe('many servers', () => {
  test('live beside each other and leave nothing behind', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(HELLO))
    const servers = await Promise.all(Array.from({ length: 10 }, () => serve(origin)))
    const answers = await Promise.all(servers.map((server) => exchange(server.listeners[0]!.port, get())))
    expect(answers.every((answer) => answer.startsWith('HTTP/1.1 200'))).toBe(true)
    await Promise.all(servers.map((server) => server.close()))
    await until(() => origin.sockets.size === 0)
  })
})

describe('draining', () => {
  test('finishes what is under way, closes behind it, and settles', async () => {
    let answer = (): void => {}
    await using origin = await RawOrigin.start((socket) => (answer = () => void socket.write(HELLO)))
    await using server = await serve(origin)
    const response = exchange(server.listeners[0]!.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await until(() => origin.accepted === 1 && origin.received[0]!.endsWith('\r\n\r\n'))
    const drained = server.drain(5000)
    answer()
    const text = await response
    expect(text).toMatch(/^HTTP\/1\.1 200/)
    expect(text).toContain('connection: close')
    await drained
  })
})
