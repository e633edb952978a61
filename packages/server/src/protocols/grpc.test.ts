import { Metadata, type ServiceError, status, type StatusObject } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { until } from '../test-support/raw-origin.ts'
import { echoClient, GrpcEcho } from './grpc-echo.ts'
import { StalledHttp2 } from './stalled-http2.ts'

const HTTP2_UPSTREAM = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: {} }`

interface Call {
  readonly error: ServiceError | undefined
  readonly message: string | undefined
  readonly initial: Metadata
  readonly status: StatusObject
}

function asked(): Metadata {
  const metadata = new Metadata()
  metadata.set('x-asked', 'please')
  metadata.set('x-bytes-bin', Buffer.from([0, 255, 10, 13]))
  return metadata
}

type Client = ReturnType<typeof echoClient>

async function unary(client: Client, message: string, metadata: Metadata = asked()): Promise<Call> {
  return await new Promise((resolve) => {
    let initial = new Metadata()
    let error: ServiceError | undefined
    let answer: string | undefined
    const call = client['unary']!(message, metadata, (failed: ServiceError | null, value?: string) => {
      error = failed ?? undefined
      answer = value
    })
    call.on('metadata', (given: Metadata) => (initial = given))
    call.on('status', (final: StatusObject) =>
      setImmediate(() => resolve({ error, message: answer, initial, status: final })),
    )
  })
}

function seen(trailers: Metadata): unknown[] {
  return [...trailers.get('x-seen'), ...trailers.get('x-bytes-bin')]
}

const TRAILERS = ['please', Buffer.from([0, 255, 10, 13])]

describe('gRPC through the proxy', () => {
  let echo: GrpcEcho
  let server: Server
  let client: Client

  beforeAll(async () => {
    echo = await GrpcEcho.start()
    server = await createServer(
      bootstrap({
        hcm: 'codec_type: AUTO',
        cluster: HTTP2_UPSTREAM,
        routes: '- match: { prefix: /, grpc: {} }\n  route: { cluster: app, timeout: 0s }',
      }),
      { endpoints: { app: [echo.address] } },
    )
    client = echoClient(server.listeners[0]!.port)
  })
  afterAll(async () => {
    client.close()
    await server.close()
    await echo[Symbol.asyncDispose]()
  })

  test('one message each way, with metadata before and behind', async () => {
    const call = await unary(client, 'hello')
    expect(call.error).toBeUndefined()
    expect(call.message).toBe('hello')
    expect(call.initial.get('x-initial')).toEqual(['yes'])
    expect(call.initial.get('server')).toEqual(['envoy'])
    expect(seen(call.status.metadata)).toEqual(TRAILERS)
    expect(server.stats.counter('http.test.downstream_cx_http2_total').value).toBe(1)
    expect(server.stats.counter('cluster.app.upstream_cx_http2_total').value).toBe(1)
  })

  test('a large message each way', async () => {
    const message = 'm'.repeat(3_000_000)
    expect((await unary(client, message)).message).toBe(message)
  })

  test('many messages down', async () => {
    const call = client['many']!('500', asked())
    const messages: string[] = []
    call.on('data', (message: string) => messages.push(message))
    const final = await new Promise<StatusObject>((resolve) => call.on('status', resolve))
    expect(final.code).toBe(status.OK)
    expect(seen(final.metadata)).toEqual(TRAILERS)
    expect(messages).toEqual(Array.from({ length: 500 }, (_, i) => `message ${i}`))
  })

  test('many messages up', async () => {
    const answer = await new Promise<string | undefined>((resolve, reject) => {
      const call = client['collect']!(asked(), (error: Error | null, value?: string) =>
        error === null ? resolve(value) : reject(error),
      )
      for (let i = 0; i < 500; i++) call.write('x'.repeat(1000))
      call.end()
    })
    expect(answer).toBe('500 messages, 500000 bytes')
  })

  test('an answer before the last message ends the call at once', async () => {
    const call = client['collect']!(asked(), () => {})
    call.on('error', () => {})
    call.write('one')
    call.write('enough')
    const final = await new Promise<StatusObject>((resolve) => call.on('status', resolve))
    expect([final.code, final.details, ...seen(final.metadata)]).toEqual([status.ABORTED, 'enough', ...TRAILERS])
    await until(() => server.stats.gauge('cluster.app.upstream_rq_active').value === 0)
  })

  test('a talk: each message is answered before the next is sent', async () => {
    const call = client['chat']!(asked())
    const messages: string[] = []
    call.on('data', (message: string) => {
      messages.push(message)
      if (messages.length < 50) call.write(String(messages.length))
      else call.end()
    })
    call.write('0')
    const final = await new Promise<StatusObject>((resolve) => call.on('status', resolve))
    expect(final.code).toBe(status.OK)
    expect(seen(final.metadata)).toEqual(TRAILERS)
    expect(messages).toEqual(Array.from({ length: 50 }, (_, i) => `you said ${i}`))
  })

  test('a hundred calls side by side on one connection each side', async () => {
    const calls = await Promise.all(Array.from({ length: 100 }, (_, i) => unary(client, `call ${i}`)))
    expect(calls.map((call) => call.message)).toEqual(Array.from({ length: 100 }, (_, i) => `call ${i}`))
    expect(server.stats.counter('http.test.downstream_cx_total').value).toBe(1)
  })

  test.each(['INVALID_ARGUMENT', 'NOT_FOUND', 'RESOURCE_EXHAUSTED', 'ABORTED', 'INTERNAL', 'UNAUTHENTICATED'] as const)(
    'status %s comes through with its message and its trailers',
    async (name) => {
      const { error } = await unary(client, `fail:${name}`)
      expect(error?.code).toBe(status[name])
      expect(error?.details).toBe('it was söre')
      expect(seen(error!.metadata)).toEqual(TRAILERS)
    },
  )

  test('a call that the client takes back is taken back upstream', async () => {
    const before = echo.cancelled
    const call = client['chat']!(asked())
    call.on('error', () => {})
    call.on('data', () => call.cancel())
    call.write('hello')
    const final = await new Promise<StatusObject>((resolve) => call.on('status', resolve))
    expect(final.code).toBe(status.CANCELLED)
    await until(() => echo.cancelled === before + 1)
    await until(() => server.stats.gauge('http.test.downstream_rq_active').value === 0)
  })
})

describe('a gRPC call that is not answered', () => {
  let stalled: StalledHttp2
  beforeAll(async () => {
    stalled = await StalledHttp2.start()
  })
  afterAll(() => stalled[Symbol.asyncDispose]())

  async function callWith(route: string, timeout: string) {
    await using server = await createServer(
      bootstrap({ cluster: HTTP2_UPSTREAM, routes: `- match: { prefix: / }\n  route: { cluster: app, ${route} }` }),
      { endpoints: { app: [stalled.address] } },
    )
    const client = echoClient(server.listeners[0]!.port)
    const metadata = new Metadata()
    metadata.set('grpc-timeout', timeout)
    const { error } = await unary(client, 'hello', metadata)
    client.close()
    await until(() => stalled.open === 0)
    return [error?.code, error?.details, stalled.headers.at(-1)?.['grpc-timeout']]
  }

  test.each([
    ['max_grpc_timeout: 0.15s', '10S', status.UNAVAILABLE, 'upstream request timeout', '150m'],
    ['max_grpc_timeout: 10s', '150m', status.UNAVAILABLE, 'upstream request timeout', '150m'],
    ['timeout: 0.15s', '10S', status.UNAVAILABLE, 'upstream request timeout', '10S'],
    [
      'max_stream_duration: { grpc_timeout_header_max: 0.15s }',
      '10S',
      status.DEADLINE_EXCEEDED,
      'downstream duration timeout',
      '150m',
    ],
    [
      'max_stream_duration: { grpc_timeout_header_max: 10s }',
      '150m',
      status.DEADLINE_EXCEEDED,
      'downstream duration timeout',
      '150m',
    ],
  ])('%s ends a call of %s', async (route, timeout, code, details, forwarded) => {
    expect(await callWith(route, timeout)).toEqual([code, details, forwarded])
  })
})

describe('gRPC without an upstream', () => {
  test.each([
    ['nothing listens', (text: string) => text, /^upstream connect error or disconnect\/reset before headers/],
    [
      'the cluster is empty',
      (text: string) => text.replace(/load_assignment:[\s\S]*$/, 'load_assignment: { cluster_name: app }\n'),
      /^no healthy upstream$/,
    ],
  ])('%s: UNAVAILABLE', async (_it, change, details) => {
    await using server = await createServer(change(bootstrap({ cluster: HTTP2_UPSTREAM })))
    const client = echoClient(server.listeners[0]!.port)
    const { error } = await unary(client, 'hello')
    client.close()
    expect(error?.code).toBe(status.UNAVAILABLE)
    expect(error?.details).toMatch(details)
  })

  test('no route: UNIMPLEMENTED', async () => {
    await using server = await createServer(
      bootstrap({ routes: '- match: { path: /other }\n  route: { cluster: app }' }),
    )
    const client = echoClient(server.listeners[0]!.port)
    const { error } = await unary(client, 'hello')
    client.close()
    expect(error?.code).toBe(status.UNIMPLEMENTED)
  })
})
