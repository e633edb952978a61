import { responseHeaders as response } from '@nuncio/core'
import { compileRouteTracing } from '@nuncio/tracing'
import { strictPlace } from '@nuncio/matching'
import { describe, expect, test } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy as policy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

const SPAWNS = { spawn_upstream_span: true }
const AWAY = {
  operation: 'router upstream egress',
  component: 'proxy',
  upstream_cluster: 'upstream',
  'upstream_cluster.name': 'upstream',
  'http.protocol': 'HTTP/1.1',
  upstream_address: '10.0.0.1:80',
  'peer.address': '10.0.0.1:80',
  response_flags: '-',
}

function sentTo(bench: RouterBench, n: number): string | undefined {
  return bench.attempt(n).headers?.get('traceparent')
}

describe('with spawn_upstream_span', () => {
  test('each try has a span below the request’s, and its host is told of that one', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) }, tracing: SPAWNS }).request()
    const first = sentTo(bench, 0)
    bench.respond(0, 503)
    bench.time.advance(30)
    const second = sentTo(bench, 1)
    bench.respond(1, 200, [], 'yes')
    expect(bench.tries).toEqual([
      { ...AWAY, 'http.status_code': '503', error: 'true' },
      {
        ...AWAY,
        'http.status_code': '200',
        'retry.count': '1',
        upstream_address: '10.0.0.2:80',
        'peer.address': '10.0.0.2:80',
      },
    ])
    const parent = bench.stream.span.spanId
    expect(bench.spans.map(({ id }) => id.parentId)).toEqual([parent, parent])
    expect([first, second]).toEqual(bench.spans.map(({ id }) => `00-${id.traceId}-${id.spanId}-01`))
  })

  test('a response that is dropped half-way is cancelled, and so is a try that was too slow', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}), timeoutMs: 500 }, tracing: SPAWNS }).request()
    bench.attempt(0).callbacks.onHeaders(response(503), false)
    bench.time.advance(1000)
    expect(bench.tries).toMatchObject([
      { 'http.status_code': '503', canceled: 'true' },
      { 'http.status_code': '0', canceled: 'true', error: 'true', response_flags: '-' },
    ])
  })

  test('a try that broke off says why, and so does a host that nobody reached', () => {
    const broken = new RouterBench({ tracing: SPAWNS }).request()
    broken.attempt(0).callbacks.onReset('connection termination', '')
    expect(broken.tries).toEqual([
      { ...AWAY, 'http.status_code': '0', error: 'true', 'error.reason': 'connection termination', response_flags: 'UC' }, // prettier-ignore
    ])
    const cluster = new FakeCluster()
    cluster.mode = 'remote connection failure'
    const unreached = new RouterBench({ cluster, tracing: SPAWNS }).request()
    expect(unreached.tries).toMatchObject([
      { 'http.protocol': '-', 'error.reason': 'remote connection failure', response_flags: 'UF' },
    ])
  })

  test('statuses of gRPC stand on the span, from headers or trailers', () => {
    const bench = new RouterBench({ tracing: SPAWNS }).request([['content-type', 'application/grpc']])
    bench.attempt(0).callbacks.onHeaders(response(200), false)
    bench.trailers(0, [
      ['grpc-status', '13'],
      ['grpc-message', 'oops'],
    ])
    expect(bench.tries).toMatchObject([{ 'grpc.status_code': '13', 'grpc.message': 'oops', error: 'true' }])
  })

  test('names and tags of manager and route hold for tries as well', () => {
    const config = { tracing: { upstream_operation: 'up %RESPONSE_CODE%', custom_tags: [{ tag: 'a', literal: { value: 'route' } }] } } // prettier-ignore
    const tracing = compileRouteTracing(config, strictPlace(config), undefined)
    const manager = { ...SPAWNS, upstream_operation: 'manager', custom_tags: [{ tag: 'b', literal: { value: 'manager' } }] } // prettier-ignore
    const bench = new RouterBench({ route: { tracing }, tracing: manager }).request()
    bench.respond(0, 200)
    expect(bench.tries).toMatchObject([{ operation: 'up 200', a: 'route', b: 'manager' }])
  })
})

test('tags of a try see the address that its connection goes to, where it is not that of the host', () => {
  const tags = ['LOCAL', 'REMOTE'].map((end) => ({ tag: end, value: `%UPSTREAM_${end}_ADDRESS%` }))
  const bench = new RouterBench({ tracing: { ...SPAWNS, custom_tags: tags } })
  bench.cluster.connection = {
    local: { address: '10.0.0.8', port: 4000 },
    remote: { address: '10.0.0.9', port: 3128 },
  }
  bench.request().respond(0, 200)
  expect(bench.tries).toMatchObject([{ LOCAL: '10.0.0.8:4000', REMOTE: '10.0.0.9:3128' }])
})

test('start_child_span of the filter makes spans of tries too', () => {
  const bench = new RouterBench({ config: { start_child_span: true }, tracing: {} }).request()
  bench.respond(0, 200)
  expect(bench.tries).toHaveLength(1)
})

test('without spans of tries the host is told of the request’s', () => {
  const bench = new RouterBench({ tracing: {} }).request()
  const { traceId, spanId } = bench.stream.span
  expect(sentTo(bench, 0)).toBe(`00-${traceId}-${spanId}-01`)
  bench.respond(0, 200)
  expect(bench.tries).toEqual([])
})

test('hosts are told nothing with no_context_propagation, nor where nothing is traced', () => {
  const silent = new RouterBench({ tracing: { ...SPAWNS, no_context_propagation: true } }).request()
  expect(sentTo(silent, 0)).toBeUndefined()
  expect(sentTo(new RouterBench().request(), 0)).toBeUndefined()
})

test('tries of a request that is not sampled have no spans, and its hosts hear that it is not', () => {
  const bench = new RouterBench({ tracing: SPAWNS })
  bench.stream.span.discard()
  bench.request()
  expect(sentTo(bench, 0)).toBe(`00-${bench.stream.span.traceId}-${bench.stream.span.spanId}-00`)
  bench.respond(0, 200)
  expect(bench.tries).toEqual([])
})

const mirror = {
  clusterName: () => 'upstream',
  selects: () => true,
  disableShadowHostSuffix: false,
  hostRewriteLiteral: '',
  mutateHeaders: () => {},
}

test('a mirrored request is not sampled where its policy says so', () => {
  const mirrorPolicies = [{ ...mirror, traceSampled: false }]
  const bench = new RouterBench({ route: { mirrorPolicies }, tracing: {} }).request()
  bench.respond(0, 200)
  bench.respond(1, 200)
  expect(bench.tries).toEqual([])
  expect(bench.cluster.requests[0]!.headers?.get('traceparent')).toMatch(/-00$/)
})

test('a mirrored request has a span of its own below the request’s, and its host is told of it', () => {
  const bench = new RouterBench({ route: { mirrorPolicies: [mirror] }, tracing: {} }).request()
  const [shadow] = bench.cluster.requests
  bench.respond(0, 503)
  bench.respond(1, 200)
  expect(bench.tries).toMatchObject([
    { operation: 'mirror', 'http.status_code': '503', error: 'true', upstream_address: '10.0.0.1:80' },
  ])
  const { id } = bench.spans[0]!
  expect(id.parentId).toBe(bench.stream.span.spanId)
  expect(shadow!.headers?.get('traceparent')).toBe(`00-${id.traceId}-${id.spanId}-01`)
})
