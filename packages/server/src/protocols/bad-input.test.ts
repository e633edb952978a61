import { FakeTime } from '@nuncio/core/testing'
import { createAuthority, shows } from '@nuncio/tls/testing'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { RawOrigin, until } from '../test-support/raw-origin.ts'

// What a client may do wrong, one row each: the answer, the counter, and that everybody else is served as before. Time
// stands still but where a row lets it go on.

const TYPE = 'type.googleapis.com/envoy.extensions'
const authority = createAuthority('root')
const front = authority.issue({ dns: ['front.test'] })
const client = authority.issue({ uri: ['spiffe://mesh/client'] })
const HCM = `
codec_type: HTTP1
request_timeout: 5s
stream_idle_timeout: 20s
common_http_protocol_options: { idle_timeout: 60s }
request_headers_timeout: 2s`
const LARGE = 64 << 20

const time = new FakeTime(0, Date.now())
let origin: RawOrigin
let server: Server

/** A chain with the connection manager of `bootstrap`, for one more listener. */
const answering = `
            - name: envoy.filters.network.direct_response
              typed_config: { '@type': ${TYPE}.filters.network.direct_response.v3.Config, response: { inline_string: hello } }`
const address = 'address: { socket_address: { address: 127.0.0.1, port_value: 0 } }'

function tls(validation = ''): string {
  return `
          transport_socket_connect_timeout: 3s
          transport_socket:
            name: tls
            typed_config:
              '@type': ${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates: [{ certificate_chain: { inline_string: ${JSON.stringify(front.chain)} }, private_key: { inline_string: ${JSON.stringify(front.key)} } }]
                ${validation}`
}

const MORE_LISTENERS = `
    - name: secure
      stat_prefix: secure
      ${address}
      filter_chains:
        - filter_chain_match: { server_names: [front.test] }
          filters: ${answering}
${tls()}
    - name: mutual
      stat_prefix: mutual
      ${address}
      filter_chains:
        - filters: ${answering}
${tls(`validation_context:
                  trusted_ca: { inline_string: ${JSON.stringify(authority.cert)} }
                  match_typed_subject_alt_names: [{ san_type: URI, matcher: { exact: 'spiffe://mesh/client' } }]`)}
    - name: proxied
      stat_prefix: proxied
      ${address}
      listener_filters_timeout: 4s
      listener_filters:
        - name: proxy
          typed_config: { '@type': ${TYPE}.filters.listener.proxy_protocol.v3.ProxyProtocol }
      filter_chains:
        - filters: ${answering}
`

beforeAll(async () => {
  origin = await RawOrigin.start((socket, head) => {
    if (head.startsWith('GET /large'))
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\n${'x'.repeat(LARGE)}`)
    else if (head.startsWith('GET')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
  })
  const text = bootstrap({
    hcm: HCM,
    routes: '- match: { prefix: / }\n  route: { cluster: app, timeout: 0s }',
  }).replace('  clusters:', `${MORE_LISTENERS.trimEnd()}\n  clusters:`)
  server = await createServer(text, { time, endpoints: { app: [origin.address] } })
})
afterAll(async () => {
  await server.close()
  await origin[Symbol.asyncDispose]()
})

const portOf = (name: string): number => server.listeners.find((each) => each.name === name)!.port
const counter = (name: string): number => server.stats.counters.get(name)?.value ?? 0

interface Client {
  readonly socket: Socket
  readonly said: () => string
  readonly closed: () => boolean
}

function watched(socket: Socket): Client {
  let text = ''
  let closed = false
  socket.on('data', (chunk: Buffer) => (text = (text + chunk.toString('latin1')).slice(0, 4096)))
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.on('close', () => (closed = true))
  return { socket, said: () => text, closed: () => closed }
}

function dial(listener: string, first?: string | Uint8Array): Client {
  const one = watched(connect({ host: '127.0.0.1', port: portOf(listener), allowHalfOpen: true }))
  if (first !== undefined) one.socket.write(first)
  return one
}

function dialTls(listener: string, options: ConnectionOptions): Client {
  return watched(connectTls({ host: '127.0.0.1', port: portOf(listener), rejectUnauthorized: false, ...options }))
}

/** Sends a request that must be answered, whatever others do. */
async function othersAreServed(): Promise<void> {
  const one = dial('main', 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  await until(() => one.closed())
  expect(one.said()).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*ok$/)
}

/** Waits until no byte of the origin's has moved for many turns of the event loop. */
async function stalled(): Promise<void> {
  const written = (): number =>
    [...origin.sockets].reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0)
  for (let last = -1, same = 0; same < 500; same = written() === last ? same + 1 : 0) {
    last = written()
    await new Promise(setImmediate)
  }
}

interface Row {
  readonly what: string
  readonly begin: () => Client
  /** A counter that tells when the server has taken notice. */
  readonly noticed?: string
  /** Whether to wait until the origin gets rid of nothing more. */
  readonly stalls?: boolean
  readonly afterMs?: number
  readonly answer: RegExp
  readonly counter: string
}

const v2 = (length: number): Buffer =>
  Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11', 'latin1'), Buffer.from([length >> 8, length & 255])])
const expired = authority.issue({ uri: ['spiffe://mesh/client'], notBefore: 0, notAfter: 1_000_000 })
const stranger = createAuthority('other').issue({ uri: ['spiffe://mesh/client'] })
const misnamed = authority.issue({ uri: ['spiffe://mesh/other'] })
const fresh = { minVersion: 'TLSv1.3' } as const

const ROWS: Row[] = [
  {
    what: 'a client that never ends its request’s head',
    begin: () => dial('main', 'GET / HTTP/1.1\r\nhost: a\r\nx'),
    noticed: 'http.test.downstream_cx_total',
    afterMs: 2200,
    answer: /^HTTP\/1.1 408 /,
    counter: 'http.test.downstream_rq_header_timeout',
  },
  {
    what: 'a client that never ends its request’s body',
    begin: () => dial('main', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nsome'),
    afterMs: 5200,
    answer: /^HTTP\/1.1 408 /,
    counter: 'http.test.downstream_rq_timeout',
  },
  {
    what: 'a client that does not read its response',
    begin: () => {
      const one = dial('main', 'GET /large HTTP/1.1\r\nhost: a\r\n\r\n')
      one.socket.pause()
      return one
    },
    noticed: 'cluster.app.upstream_rq_total',
    stalls: true,
    afterMs: 20_500,
    answer: /^(?:HTTP\/1.1 200 |$)/,
    counter: 'http.test.downstream_rq_idle_timeout',
  },
  {
    what: 'a connection on which nothing comes',
    begin: () => dial('main'),
    afterMs: 60_500,
    answer: /^$/,
    counter: 'http.test.downstream_cx_idle_timeout',
  },
  {
    what: 'plain HTTP where TLS is expected and looked for',
    begin: () => dial('secure', 'GET / HTTP/1.1\r\nhost: front.test\r\n\r\n'),
    answer: /^$/,
    counter: 'listener.secure.no_filter_chain_match',
  },
  {
    what: 'rubbish where TLS is expected',
    begin: () => dial('mutual', Buffer.from([22, 3, 1, 0, 5, 9, 9, 9, 9, 9])),
    answer: /^.{0,20}$/s,
    counter: 'listener.mutual.ssl.connection_error',
  },
  {
    what: 'a handshake that is never ended',
    begin: () => dial('mutual', Buffer.from([22, 3, 1])),
    noticed: 'listener.mutual.downstream_cx_total',
    afterMs: 3200,
    answer: /^$/,
    counter: 'listener.mutual.downstream_cx_transport_socket_connect_timeout',
  },
  {
    what: 'a server name that nobody knows',
    begin: () => dialTls('secure', { servername: 'nobody.test' }),
    answer: /^$/,
    counter: 'listener.secure.no_filter_chain_match',
  },
  {
    what: 'an expired certificate',
    begin: () => dialTls('mutual', { ...fresh, ...shows(expired) }),
    answer: /^$/,
    counter: 'listener.mutual.ssl.fail_verify_error',
  },
  {
    what: 'a certificate of an unknown authority',
    begin: () => dialTls('mutual', { ...fresh, ...shows(stranger) }),
    answer: /^$/,
    counter: 'listener.mutual.ssl.fail_verify_error',
  },
  {
    what: 'a certificate of the wrong name',
    begin: () => dialTls('mutual', { ...fresh, ...shows(misnamed) }),
    answer: /^$/,
    counter: 'listener.mutual.ssl.fail_verify_san',
  },
  {
    what: 'no certificate where one is wanted',
    begin: () => dialTls('mutual', fresh),
    answer: /^$/,
    counter: 'listener.mutual.ssl.fail_verify_no_cert',
  },
  {
    what: 'a PROXY line that is too long',
    begin: () => dial('proxied', `PROXY TCP4 ${'1'.repeat(200)}`),
    answer: /^$/,
    counter: 'proxy_proto.versions.v1.error',
  },
  {
    what: 'a PROXY header whose length and TLVs do not agree',
    begin: () =>
      dial(
        'proxied',
        Buffer.concat([v2(20), Buffer.from([10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 1, 255, 255, 0, 0, 0, 0, 0])]),
      ),
    answer: /^$/,
    counter: 'proxy_proto.versions.v2.error',
  },
  {
    what: 'a PROXY header that announces 64 KiB and sends nothing',
    begin: () => dial('proxied', Buffer.concat([v2(65_535), Buffer.alloc(100)])),
    afterMs: 4200,
    answer: /^$/,
    counter: 'listener.proxied.downstream_pre_cx_timeout',
  },
]

test.each(ROWS.map((row) => [row.what, row] as const))('%s has its answer and its counter', async (_, row) => {
  const before = counter(row.counter)
  const quiet = row.noticed === undefined ? -1 : counter(row.noticed)
  const one = row.begin()
  await until(() => !one.socket.connecting)
  await until(() => row.noticed === undefined || counter(row.noticed) > quiet)
  await othersAreServed()
  if (row.stalls === true) await stalled()
  for (let passed = 0; passed < (row.afterMs ?? 0); passed += 100) {
    time.advance(100)
    await new Promise(setImmediate)
  }
  one.socket.resume()
  await until(() => counter(row.counter) > before && one.closed())
  expect(one.said()).toMatch(row.answer)
  await othersAreServed()
})

test('whoever does nothing wrong is served by each listener', async () => {
  const secure = dialTls('secure', { servername: 'front.test' })
  const mutual = dialTls('mutual', shows(client))
  const proxied = dial('proxied', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n')
  for (const one of [secure, mutual, proxied]) {
    await until(() => one.closed())
    expect(one.said()).toBe('hello')
  }
})

test('a certificate file that is not there is told with its place, and nothing starts', async () => {
  const chain = `
transport_socket:
  name: tls
  typed_config:
    '@type': ${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext
    common_tls_context:
      tls_certificates: [{ certificate_chain: { filename: /nowhere/tls.crt }, private_key: { filename: /nowhere/tls.key } }]`
  await expect(createServer(bootstrap({ chain }))).rejects.toMatchObject({
    problems: [
      { code: 'unreadable-file', message: 'cannot read /nowhere/tls.crt: ENOENT', line: expect.any(Number) },
      { code: 'unreadable-file', message: 'cannot read /nowhere/tls.key: ENOENT', line: expect.any(Number) },
    ],
  })
})
