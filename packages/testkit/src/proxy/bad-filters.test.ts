import { message } from '@nuncio/config'
import type { Logger, LogLevel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { type AnyHttpFilterDefinition, type FilterStream, type HttpFilter, localReply } from '@nuncio/filter-chain'
import { expect, test } from 'vitest'
import { startProxy, startUpstream, type TestProxy } from './index.ts'

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
const TYPE = 'nuncio.test.Bad'
const CONFIG = `
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': ${HCM}
                stat_prefix: main
                stream_idle_timeout: 20s
                http_filters:
                  - { name: the bad one, typed_config: { '@type': type.googleapis.com/${TYPE} } }
                  - { name: router, typed_config: { '@type': ${ROUTER} } }
                route_config:
                  virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: api } }] }]
  clusters:
    - name: api
      type: STATIC
      connect_timeout: 60s
      load_assignment:
        cluster_name: api
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 80 } } } }] }]
`

interface Bad {
  readonly proxy: TestProxy
  readonly errors: string[]
  readonly time: FakeTime
}

/** A proxy whose filter misbehaves for requests to `/bad`, tried with one of them and then with a good one. */
async function withBad(bad: HttpFilter, tell: (bad: Bad) => Promise<void>): Promise<void> {
  await using upstream = await startUpstream(() => new Response('fine'))
  const errors: string[] = []
  const logger: Logger = {
    enabled: () => true,
    log: (level: LogLevel, text) => void (level === 'error' && errors.push(text.split('\n')[0]!)),
    child: () => logger,
  }
  const definition: AnyHttpFilterDefinition = {
    name: TYPE,
    config: message(TYPE, {}),
    stability: 'stable',
    create: () => () => onlyBad(bad),
  }
  const time = new FakeTime()
  const options = { config: CONFIG, clusters: { api: upstream }, httpFilters: [definition], clock: time, logger }
  await using proxy = await startProxy(options)
  await tell({ proxy, errors, time })
  const good = await proxy.fetch('/good', { method: 'POST', body: 'x' })
  expect([good.status, await good.text()]).toEqual([200, 'fine'])
  expect(proxy.stats.gauge('http.main.downstream_rq_active')).toBe(0)
}

function onlyBad(bad: HttpFilter): HttpFilter {
  const wrong = (stream: FilterStream): boolean => stream.requestHeaders.path === '/bad'
  return {
    onRequestHeaders: (headers, stream, end) =>
      wrong(stream) ? bad.onRequestHeaders?.(headers, stream, end) : undefined,
    onRequestData: (chunk, stream, end) => (wrong(stream) ? bad.onRequestData?.(chunk, stream, end) : undefined),
    onResponseHeaders: (headers, stream, end) =>
      wrong(stream) ? bad.onResponseHeaders?.(headers, stream, end) : undefined,
    onResponseData: (chunk, stream, end) => (wrong(stream) ? bad.onResponseData?.(chunk, stream, end) : undefined),
    onComplete: (stream) => void (wrong(stream) && bad.onComplete?.(stream)),
  }
}

function fails(): never {
  throw new Error('broken')
}
const rejects = async (): Promise<never> => await Promise.reject(new Error('broken'))
const never = async (): Promise<void> => await new Promise<void>(() => {})
const POST = { method: 'POST', body: 'x' }

test.each<[string, HttpFilter]>([
  ['throws at the request headers', { onRequestHeaders: fails }],
  ['throws at request data', { onRequestData: fails }],
  ['throws at the response headers', { onResponseHeaders: fails }],
  ['rejects at the request headers', { onRequestHeaders: rejects }],
  ['rejects at request data', { onRequestData: rejects }],
  ['rejects at the response headers', { onResponseHeaders: rejects }],
])('a filter that %s costs its stream a 500, one line and one count', async (_, bad) => {
  await withBad(bad, async ({ proxy, errors }) => {
    expect((await proxy.fetch('/bad', POST)).status).toBe(500)
    expect(errors).toEqual(['the HTTP filter the bad one failed: Error: broken'])
    expect(proxy.stats.counter('http.main.filter_exception')).toBe(1)
  })
})

test.each<[string, HttpFilter]>([
  ['throws', { onResponseData: fails }],
  ['rejects', { onResponseData: rejects }],
])('one that %s once the response has begun breaks it off', async (_, bad) => {
  await withBad(bad, async ({ proxy, errors }) => {
    const whole = proxy.fetch('/bad', POST).then((response) => response.text())
    await expect(whole).rejects.toThrow('aborted')
    expect([errors.length, proxy.stats.counter('http.main.filter_exception')]).toEqual([1, 1])
  })
})

test('one that throws at the end is told of, and the answer stands', async () => {
  await withBad({ onComplete: fails }, async ({ proxy, errors }) => {
    expect((await proxy.fetch('/bad', POST)).status).toBe(200)
    expect([errors.length, proxy.stats.counter('http.main.filter_exception')]).toEqual([1, 1])
  })
})

test.each<[string, HttpFilter]>([
  ['request headers', { onRequestHeaders: never }],
  ['request data', { onRequestData: never }],
  ['response headers', { onResponseHeaders: never }],
])('one that never settles at %s keeps its stream until that times out', async (_, bad) => {
  let held = (): void => {}
  const reached = new Promise<void>((resolve) => (held = resolve))
  const told = Object.fromEntries(
    Object.entries(bad).map(([hook, wait]) => [hook, () => (held(), (wait as () => Promise<void>)())]),
  )
  await withBad(told, async ({ proxy, time }) => {
    const answer = proxy.fetch('/bad', POST)
    await reached
    await new Promise(setImmediate)
    time.advance(21_000)
    const response = await answer
    expect(response.status).toBeOneOf([408, 504])
    expect(proxy.stats.counter('http.main.downstream_rq_idle_timeout')).toBe(1)
  })
})

test('one that answers twice gives one answer, the last before anything went out', async () => {
  const twice: HttpFilter = {
    onRequestHeaders: () => localReply(403, 'first', { body: 'first' }),
    onResponseHeaders: () => localReply(429, 'second', { body: 'second' }),
    onResponseData: () => localReply(400, 'third', { body: 'third' }),
  }
  await withBad(twice, async ({ proxy, errors }) => {
    const response = await proxy.fetch('/bad', POST)
    expect([response.status, await response.text(), errors]).toEqual([429, 'second', []])
  })
})

test('one that answers when the response has begun breaks it off', async () => {
  const late: HttpFilter = { onResponseData: () => localReply(403, 'late', { body: 'late' }) }
  await withBad(late, async ({ proxy }) => {
    await expect(proxy.fetch('/bad', POST).then((response) => response.text())).rejects.toThrow('aborted')
  })
})

test('one that writes after the end reaches nobody, not even the next stream of the connection', async () => {
  let late: (() => void) | undefined
  const writes: HttpFilter = {
    onRequestHeaders: () => {},
    onRequestData: () => {},
    onResponseData: () => {},
    onComplete: (stream) => {
      late = () => {
        stream.requestHeaders.set('x-late', '1')
        stream.requestHeaders.path = '/late'
        stream.responseHeaders?.set('x-late', '1')
        stream.addRequestData(new Uint8Array([1]))
        stream.addResponseData(new Uint8Array([1]))
        stream.addResponseTrailers().set('x-late', '1')
        stream.setBufferedResponse(new Uint8Array([1]))
        stream.reset('local reset', 'late')
      }
    },
  }
  await withBad(writes, async ({ proxy, errors }) => {
    const first = await proxy.fetch('/bad', POST)
    expect([first.status, await first.text()]).toEqual([200, 'fine'])
    late!()
    const next = await proxy.fetch('/next', POST)
    late!()
    expect([next.status, next.headers.get('x-late'), await next.text(), errors]).toEqual([200, null, 'fine', []])
  })
})
