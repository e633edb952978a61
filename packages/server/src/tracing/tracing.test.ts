import type { Problem } from '@nuncio/config'
import { readOtlp, type OtlpSpan } from '@nuncio/tracing/testing'
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap, lineOf } from '../test-support/bootstrap.ts'
import { until } from '../test-support/raw-origin.ts'

const OTEL = `provider:
    name: otel
    typed_config:
      '@type': type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig
      service_name: shop
      http_service: { http_uri: { uri: http://collector/v1/traces, cluster: collector, timeout: 5s } }`
const COLLECTOR = `    - name: collector
      connect_timeout: 5s
      load_assignment:
        cluster_name: collector
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]
layered_runtime: { layers: [{ name: test, static_layer: { tracing.opentelemetry.min_flush_spans: 1 } }] }`
const hcm = (more = ''): string => `tracing:\n  ${OTEL}\n  ${more}`

const servers: (Server | HttpServer)[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if (server instanceof Object && 'generation' in server) await server.close()
    else server.close()
  }
})

/** A status, or one that leads elsewhere. */
type Moved = number | { readonly status: number; readonly location: string }

/** An origin that answers what it is told to, by path, and remembers its requests. */
async function origin(
  answer: (request: IncomingMessage, n: number) => Moved,
): Promise<{ address: string; seen: IncomingMessage[]; bodies: Buffer[] }> {
  const seen: IncomingMessage[] = []
  const bodies: Buffer[] = []
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks))
      seen.push(request)
      const answered = answer(request, seen.length)
      const { status, location } = typeof answered === 'number' ? { status: answered, location: undefined } : answered
      response.writeHead(status, location === undefined ? {} : { location }).end('ok')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen, bodies }
}

async function world(
  options: Parameters<typeof bootstrap>[0],
  answer: (request: IncomingMessage, n: number) => Moved = () => 200,
) {
  const app = await origin(answer)
  const collector = await origin(() => 200)
  const endpoints = { app: [app.address], collector: [collector.address] }
  const server = await createServer(bootstrap({ more: COLLECTOR, ...options }), { ports: 'ephemeral', endpoints, node: { id: 'node-1' } }) // prettier-ignore
  servers.push(server)
  const spans = (): OtlpSpan[] => collector.bodies.flatMap((body) => readOtlp(body).spans)
  const ask = async (path = '/', headers: Record<string, string> = {}): Promise<Response> => {
    const response = await fetch(`http://127.0.0.1:${server.listeners[0]!.port}${path}`, { headers })
    await response.text()
    return response
  }
  return { app, collector, server, spans, ask }
}

describe('a request through the whole proxy', () => {
  test('leaves a span with each try below it, in the client’s trace, with its fate', async () => {
    const routes = `- match: { prefix: / }
  route: { cluster: app, retry_policy: { retry_on: 5xx, num_retries: 2 } }`
    const { app, ask, spans } = await world({ hcm: hcm('spawn_upstream_span: true'), routes }, (_, n) =>
      n === 1 ? 503 : 200,
    )
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await ask('/cart', { traceparent: `00-${traceId}-b7ad6b7169203331-01` })
    await until(() => spans().length === 3)
    const [first, second, request] = spans()
    expect(request).toMatchObject({ traceId, parentId: 'b7ad6b7169203331', name: 'ingress', kind: 2, status: 0 })
    expect(request!.attributes).toMatchObject({ node_id: 'node-1', 'nuncio.fate': 'success_after_retry', upstream_cluster: 'app' }) // prettier-ignore
    expect([first, second].map((span) => [span!.parentId, span!.attributes['http.status_code'], span!.attributes['retry.count']])).toEqual([
      [request!.spanId, '503', undefined],
      [request!.spanId, '200', '1'],
    ]) // prettier-ignore
    expect(app.seen.map(({ headers }) => headers['traceparent'])).toEqual(
      [first, second].map((span) => `00-${traceId}-${span!.spanId}-01`),
    )
    expect(second!.startMs).toBeGreaterThanOrEqual(first!.startMs)
    expect(request!.endMs).toBeGreaterThanOrEqual(request!.startMs)
  })

  test('leaves a span for each hop of an internal redirect', async () => {
    const routes = '- match: { prefix: / }\n  route: { cluster: app, internal_redirect_policy: {} }'
    const app = (request: IncomingMessage): Moved =>
      request.url === '/old' ? { status: 302, location: `http://${request.headers.host}/new` } : 200
    const { ask, spans, server } = await world({ hcm: hcm(), routes }, app)
    expect((await ask('/old')).status).toBe(200)
    await server.close()
    const hops = spans().map(({ attributes: tags }) => [tags['http.status_code'], tags['nuncio.fate']])
    expect(hops).toEqual([['302', 'internal_redirect'], ['200', 'success']]) // prettier-ignore
    expect(spans()[1]!.traceId).toBe(spans()[0]!.traceId)
  })

  test('that is not sampled is told of to the next hop only', async () => {
    const { app, ask, collector, server } = await world({ hcm: hcm('random_sampling: { value: 0 }') })
    await ask()
    expect(app.seen[0]!.headers['traceparent']).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/)
    await server.close()
    expect(collector.seen).toEqual([])
  })
})

test('what is left goes to the collector when the server stops, and when a reload takes the provider away', async () => {
  const lazy = COLLECTOR.replace(/layered_runtime.*/, '')
  const { ask, spans, server } = await world({ hcm: hcm(), more: lazy })
  await ask('/one')
  const outcome = await server.reload(bootstrap({ hcm: hcm('verbose: true').replace('shop', 'other'), more: lazy }))
  expect(outcome.outcome).toBe('applied')
  await until(() => spans().length === 1)
  await ask('/two')
  await server.close()
  expect(spans().map(({ attributes, events }) => [String(attributes['http.url']).replace(/^.*\//, ''), events.length > 0])).toEqual([['one', false], ['two', true]]) // prettier-ignore
})

test('the deprecated provider of the bootstrap stands in where a connection manager names none', async () => {
  const more = `${COLLECTOR}\ntracing: { http: ${JSON.stringify({ name: 'otel', typed_config: { '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig', http_service: { http_uri: { uri: 'http://c/', cluster: 'collector', timeout: '5s' } } } })} }`
  const { ask, spans } = await world({ hcm: 'tracing: {}', more })
  await ask()
  await until(() => spans().length === 1)
  expect(spans()[0]!.name).toBe('ingress')
})

test('a collector that is not there is told by its line, and costs requests nothing', async () => {
  const problems: Problem[] = []
  const text = bootstrap({ hcm: hcm(), more: COLLECTOR.replaceAll('collector', 'elsewhere') })
  const app = await origin(() => 200)
  const server = await createServer(text, { ports: 'ephemeral', endpoints: { app: [app.address] }, onProblems: (list) => void problems.push(...list) }) // prettier-ignore
  servers.push(server)
  const line = lineOf(text, 'cluster: collector')
  expect(problems.filter(({ code }) => code === 'dangling-reference')).toMatchObject([{ severity: 'warning', line }])
  expect((await fetch(`http://127.0.0.1:${server.listeners[0]!.port}/`)).status).toBe(200)
  await until(() => server.stats.counter('tracing.opentelemetry.spans_lost').value === 1)
})
