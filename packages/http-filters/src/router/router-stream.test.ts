import { latin1Bytes, requestHeaders, responseHeaders, type TlsInfo } from '@nuncio/core'
import { type ForwardRoute, RetryOn } from '@nuncio/router'
import { fakeRoute } from '@nuncio/filter-chain/testing'
import { describe, expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy as policy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

describe('the router filter without retries', () => {
  it('sends the request to a host and the response back', () => {
    const bench = new RouterBench().request([['x-a', '1']], ['one', 'two'])
    expect(bench.attempt(0)).toMatchObject({ body: 'onetwo', ended: true })
    bench.respond(0, 200, [['x-b', '2']], 'hi')
    expect(bench.outcome).toEqual({ status: 200, body: 'hi', flags: '-', details: 'via_upstream', fate: 'success' })
    expect(bench.cluster.counter('upstream_rq_200')).toBe(1)
  })

  it.each([
    ['https', {} as TlsInfo],
    ['http', undefined],
  ])(
    'says %s to a host when the scheme has to match its transport, and as the client said otherwise',
    (scheme, tls) => {
      const bench = new RouterBench()
      bench.cluster.connection = { tls }
      bench.stream.info.schemeMatchesUpstream = true
      bench.request([[':scheme', 'ftp']])
      expect(bench.attempt(0).headers!.scheme).toBe(scheme)
      expect(new RouterBench().request([[':scheme', 'https']]).attempt(0).headers!.scheme).toBe('https')
    },
  )

  it('answers 404 NR without a route and 503 NC without a cluster', () => {
    expect(new RouterBench({ none: true }).request().outcome).toMatchObject({
      status: 404,
      body: '',
      flags: 'NR',
      details: 'route_not_found',
      fate: 'no_route',
    })
    const bench = new RouterBench({ route: { clusterName: () => 'other' } }).request()
    expect(bench.outcome).toMatchObject({
      status: 503,
      body: '',
      flags: 'NC',
      details: 'cluster_not_found',
      fate: 'no_cluster',
    })
  })

  it('answers 503 UH without a host', () => {
    const cluster = new FakeCluster()
    cluster.hosts = []
    expect(new RouterBench({ cluster }).request().outcome).toMatchObject({
      status: 503,
      body: 'no healthy upstream',
      flags: 'UH',
      fate: 'no_healthy_host',
    })
  })

  it.each([
    [
      'remote connection failure',
      503,
      'UF',
      'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
    ],
    [
      'connection timeout',
      503,
      'UF',
      'upstream_reset_before_response_started{connection_timeout|delayed_connect_error:_Connection_refused}',
    ],
    ['overflow', 503, 'UO', 'upstream_reset_before_response_started{overflow}'],
  ] as const)('answers a pool failure by %s with its flag and body', (mode, status, flags, details) => {
    const cluster = new FakeCluster()
    cluster.mode = mode
    const { outcome } = new RouterBench({ cluster }).request()
    expect(outcome).toMatchObject({ status, flags, details })
    expect(outcome.body).toContain(`upstream connect error or disconnect/reset before headers. reset reason: ${mode}`)
  })

  it('names no host of a request that the pool refused since too many wait', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'overflow'
    const { stream } = new RouterBench({ cluster }).request()
    expect(stream.info.upstreamHost).toBeUndefined()
  })

  it.each([
    ['connection termination', 503, 'UC'],
    ['remote reset', 503, 'UR'],
    ['remote refused stream reset', 503, 'UR'],
    ['remote error with CONNECT request', 503, 'UR'],
    ['local reset', 503, 'LR'],
    ['local refused stream reset', 503, 'LR'],
    ['HTTP/1 premature upstream half close', 503, 'LR'],
    ['overload manager reset', 503, 'OM'],
    ['protocol error', 502, 'UPE'],
  ] as const)('answers a reset by %s before the response', (reason, status, flags) => {
    const bench = new RouterBench().request()
    bench.attempt(0).callbacks.onReset(reason, '')
    expect(bench.outcome).toMatchObject({ status, flags, fate: 'upstream_error' })
  })

  it('resets the client when the upstream breaks off after its head', () => {
    const bench = new RouterBench().request()
    bench
      .attempt(0)
      .callbacks.onHeaders(
        { status: 200, get: () => undefined, has: () => false, set() {}, append() {}, forEach() {} } as never,
        false,
      )
    bench.attempt(0).callbacks.onReset('connection termination', '')
    expect(bench.encoder.resetReason).toBe('remote reset')
    expect(bench.outcome).toMatchObject({
      flags: 'UC',
      details: 'upstream_reset_after_response_started{connection_termination}',
    })
  })

  it('answers 504 UT when the route timeout passes after the whole request came', () => {
    const bench = new RouterBench({ route: { timeoutMs: 100 } }).request()
    bench.time.advance(99)
    expect(bench.encoder.status).toBe(0)
    bench.time.advance(5)
    expect(bench.outcome).toMatchObject({
      status: 504,
      body: 'upstream request timeout',
      flags: 'UT',
      details: 'response_timeout',
      fate: 'timeout',
    })
    expect(bench.attempt(0).resetReason).toBe('local reset')
    expect(bench.cluster.counter('upstream_rq_timeout')).toBe(1)
  })

  it('answers 204 instead when the request asks for the alternative', () => {
    const bench = new RouterBench({ route: { timeoutMs: 100 } }).request([
      ['x-envoy-upstream-rq-timeout-alt-response', '1'],
    ])
    bench.time.advance(110)
    expect(bench.outcome).toMatchObject({ status: 204, body: '', flags: 'UT' })
  })

  it('takes the timeout from the header and consumes it', () => {
    const bench = new RouterBench().request([['x-envoy-upstream-rq-timeout-ms', '50']])
    expect(bench.attempt(0).headers!.get('x-envoy-upstream-rq-timeout-ms')).toBeUndefined()
    expect(bench.attempt(0).headers!.get('x-envoy-expected-rq-timeout-ms')).toBe('50')
    bench.time.advance(60)
    expect(bench.outcome.status).toBe(504)
  })

  it('keeps body data until the upstream is there and pushes back beyond the limit', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'wait'
    const bench = new RouterBench({ cluster }).request([], ['a'.repeat(900), 'b'.repeat(900), 'c'])
    expect(bench.encoder.disables).toBe(1)
    cluster.waiting[0]!()
    expect(bench.attempt(0)).toMatchObject({ ended: true, disables: 0 })
    expect(bench.attempt(0).body).toHaveLength(1801)
  })

  it('stops reading the upstream while the client is slow', () => {
    const bench = new RouterBench().request()
    bench.encoder.full = true
    bench
      .attempt(0)
      .callbacks.onHeaders(
        { status: 200, get: () => undefined, has: () => false, set() {}, append() {}, forEach() {} } as never,
        false,
      )
    bench.attempt(0).callbacks.onData(new Uint8Array(10), false)
    expect(bench.attempt(0).disables).toBe(1)
    bench.stream.codecWritable()
    expect(bench.attempt(0).disables).toBe(0)
    expect(bench.cluster.counter('upstream_flow_control_paused_reading_total')).toBe(1)
    expect(bench.cluster.counter('upstream_flow_control_resumed_reading_total')).toBe(1)
  })

  it('stops reading the client while the upstream is slow', () => {
    const bench = new RouterBench().request([], [])
    const upstream = bench.attempt(0)
    upstream.full = true
    for (const byte of [1, 2]) bench.stream.requestData(Uint8Array.of(byte), false)
    expect(bench.encoder.disables).toBe(1)
    upstream.full = false
    upstream.callbacks.onWritable()
    expect(bench.encoder.disables).toBe(0)
    expect(bench.cluster.counter('upstream_flow_control_backed_up_total')).toBe(1)
    expect(bench.cluster.counter('upstream_flow_control_drained_total')).toBe(1)
  })

  it('cancels a wait for a connection when the client leaves', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'wait'
    const bench = new RouterBench({ cluster }).request()
    bench.stream.downstreamReset(0, 'downstream_remote_disconnect')
    expect(cluster.cancelled).toBe(1)
  })
})

describe('the load that a host reports', () => {
  const report = (utilization: number): [string, string] => [
    'endpoint-load-metrics',
    `TEXT application_utilization=${utilization}`,
  ]
  const loads = (...responses: ((bench: RouterBench) => void)[]): string[] => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } }).request()
    for (const respond of responses) {
      respond(bench)
      bench.time.advance(30)
    }
    return bench.cluster.loads
  }

  it('in headers or trailers reaches the cluster, once a response', () => {
    const body = latin1Bytes('body')
    const begin = (bench: RouterBench, ...headers: [string, string][]): void => {
      bench.attempt(0).callbacks.onHeaders(responseHeaders(200, headers), false)
      bench.attempt(0).callbacks.onData(body, false)
    }
    const inHeaders = (bench: RouterBench): void => (begin(bench, report(0.1)), bench.trailers(0, [report(0.2)]))
    const inTrailers = (bench: RouterBench): void => (begin(bench), bench.trailers(0, [report(0.2)]))
    expect(loads(inHeaders)).toEqual(['10.0.0.1:80 TEXT application_utilization=0.1'])
    expect(loads(inTrailers)).toEqual(['10.0.0.1:80 TEXT application_utilization=0.2'])
  })

  it('reaches it from answers that are tried again, too', () => {
    const first = (bench: RouterBench): void => bench.respond(0, 503, [report(0.9)])
    const second = (bench: RouterBench): void => bench.respond(1, 200, [report(0.1)])
    expect(loads(first, second)).toEqual([
      '10.0.0.1:80 TEXT application_utilization=0.9',
      '10.0.0.2:80 TEXT application_utilization=0.1',
    ])
  })
})

describe('internal redirects', () => {
  const internalRedirect = {
    maxRedirects: 1,
    codes: new Set([302, 303]),
    allowCrossScheme: false,
    predicates: [],
    responseHeadersToCopy: [],
  }

  it('follows one with the body and the original URL', () => {
    const bench = new RouterBench({ route: { internalRedirect } }).request([], ['payload'])
    bench.respond(0, 302, [['location', 'http://b/next?x=1']])
    const next = bench.attempt(1)
    expect([next.path, next.headers!.authority, next.body, next.headers!.get('x-envoy-original-url')]).toEqual([
      '/next?x=1',
      'b',
      'payload',
      'http://a/',
    ])
    bench.respond(1, 302, [['location', 'http://b/again']])
    expect(bench.outcome.status).toBe(302)
    expect(bench.stats.counter('http.test.passthrough_internal_redirect_too_many_redirects').value).toBe(1)
  })

  it('ends the request that was redirected with a fate of its own, and starts the next one afresh', () => {
    const bench = new RouterBench({ route: { internalRedirect, retryPolicy: policy({ on: RetryOn['5xx'] }) } })
    bench.request()
    bench.respond(0, 503)
    bench.time.advance(25)
    bench.respond(1, 302, [['location', 'http://b/next']])
    const counted = (fate: string) => bench.cluster.stats.counter(`cluster.upstream.fate.${fate}`).value
    expect([counted('internal_redirect'), counted('success')]).toEqual([1, 0])
    expect(bench.stream.info).toMatchObject({ fate: undefined, status: 0, flags: 0, attempts: 1 })
    bench.respond(2, 200)
    expect([counted('internal_redirect'), counted('success'), bench.outcome.fate]).toEqual([1, 1, 'success'])
  })

  it('counts a body that is sent again as received again', () => {
    const bench = new RouterBench({ route: { internalRedirect } }).request([], ['payload'])
    bench.respond(0, 302, [['location', 'http://b/next']])
    expect(bench.stream.info.bytesReceived).toBe(14)
  })

  it('turns a 303 into a GET without body', () => {
    const bench = new RouterBench({ route: { internalRedirect } }).request([['content-length', '7']], ['payload'])
    bench.respond(0, 303, [['location', 'http://b/seen']])
    expect(bench.attempt(1)).toMatchObject({ body: '', ended: true })
    expect([bench.attempt(1).headers!.method, bench.attempt(1).headers!.has('content-length')]).toEqual(['GET', false])
  })

  it('follows one to each route once, from the same route, when previous_routes guards it', () => {
    const predicates = [{ '@type': 'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig' }]
    const guarded = { ...internalRedirect, maxRedirects: 5, predicates }
    const routes = (path: string): ForwardRoute => fakeRoute({ name: path, overrides: { internalRedirect: guarded } })
    const bench = new RouterBench({ routes }).request()
    bench.respond(0, 302, [['location', 'http://b/a']])
    bench.respond(1, 302, [['location', 'http://b/']])
    bench.respond(2, 302, [['location', 'http://b/a']])
    expect(bench.outcome.status).toBe(302)
    expect(bench.cluster.requests.map((request) => request.path)).toEqual(['/', '/a', '/'])
    expect(bench.stats.counter('http.test.passthrough_internal_redirect_predicate').value).toBe(1)
  })

  it('passes one on that no route takes, and then has no route', () => {
    const own = fakeRoute({ overrides: { internalRedirect } })
    const bench = new RouterBench({ routes: (path) => (path === '/' ? own : undefined) }).request()
    bench.respond(0, 302, [['location', 'http://b/nowhere']])
    expect([bench.outcome.status, bench.stream.route(), bench.stream.requestHeaders.path]).toEqual([
      302,
      undefined,
      '/',
    ])
    expect(bench.stats.counter('http.test.passthrough_internal_redirect_no_route').value).toBe(1)
  })

  it.each([
    ['/relative', 'bad_location'],
    ['https://b/x', 'unsafe_scheme'],
  ])('passes a redirect to %s through and counts why', (location, reason) => {
    const bench = new RouterBench({ route: { internalRedirect } }).request()
    bench.respond(0, 302, [['location', location]])
    expect(bench.outcome.status).toBe(302)
    expect(bench.stats.counter(`http.test.passthrough_internal_redirect_${reason}`).value).toBe(1)
  })
})

describe('mirrors', () => {
  const mirror = {
    clusterName: () => 'upstream',
    selects: () => true,
    disableShadowHostSuffix: false,
    hostRewriteLiteral: '',
    mutateHeaders: () => {},
  }
  const mirrorPolicies = [mirror]

  it('sends a copy with -shadow in its host and ignores what becomes of it', () => {
    const bench = new RouterBench({ route: { mirrorPolicies } }).request([], ['x', 'y'])
    expect(bench.cluster.requests.map((r) => [r.headers!.authority, r.body])).toEqual([
      ['a-shadow', 'xy'],
      ['a', 'xy'],
    ])
    expect(bench.cluster.requests.map((r) => r.headers!.get('x-forwarded-for'))).toEqual(['192.0.2.1', undefined])
    bench.attempt(0).callbacks.onReset('remote reset', '')
    bench.respond(1, 200)
    expect(bench.outcome.status).toBe(200)
  })

  it('are given up when too much waits at a time, not for what waited before', () => {
    const bench = new RouterBench({ route: { mirrorPolicies } })
    bench.stream.bufferLimit = 10
    bench.cluster.mode = 'wait'
    bench.stream.start(requestHeaders([[':method', 'POST'], [':path', '/'], [':authority', 'a'], [':scheme', 'http']]), false) // prettier-ignore
    bench.stream.requestData(latin1Bytes('12345678'), false)
    for (const ready of bench.cluster.waiting) ready()
    const copy = bench.attempt(0)
    copy.full = true
    bench.stream.requestData(latin1Bytes('1234'), false)
    expect([copy.body, copy.resetReason]).toEqual(['123456781234', undefined])
    bench.stream.requestData(latin1Bytes('1234567'), false)
    expect(copy.resetReason).toBe('local reset')
  })

  it('have no copy of a CONNECT', () => {
    const bench = new RouterBench({ route: { mirrorPolicies } })
    bench.stream.upgraded = true
    bench.stream.start(
      requestHeaders([
        [':method', 'CONNECT'],
        [':authority', 'a:1'],
      ]),
      false,
    )
    expect(bench.cluster.requests.map((r) => r.headers!.authority)).toEqual(['a:1'])
  })

  it.each([
    ['cluster1', false, 'cluster1-shadow'],
    ['cluster1:8000', false, 'cluster1-shadow:8000'],
    ['[::1]:8000', false, '[::1]-shadow:8000'],
    ['[::1]', false, '[::1]-shadow'],
    ['cluster1:8000', true, 'cluster1:8000'],
  ])(
    'a copy for %s, disable_shadow_host_suffix_append %s, is for %s',
    (authority, disableShadowHostSuffix, expected) => {
      const bench = new RouterBench({ route: { mirrorPolicies: [{ ...mirror, disableShadowHostSuffix }] } })
      bench.stream.start(requestHeaders([[':method', 'GET'], [':path', '/'], [':authority', authority], [':scheme', 'http']]), true) // prettier-ignore
      expect(bench.attempt(0).headers!.authority).toBe(expected)
    },
  )

  it('go by the random number of the stream, and are never tried again', () => {
    const chosen: (number | bigint)[] = []
    const counting = { ...mirror, selects: (random: number | bigint) => chosen.push(random) > 0 }
    const bench = new RouterBench({ route: { mirrorPolicies: [counting], retryPolicy: policy() } }).request()
    bench.attempt(0).callbacks.onReset('remote reset', '')
    bench.respond(1, 503)
    bench.time.advance(30)
    bench.respond(2, 200)
    expect([chosen, bench.cluster.requests.length, bench.outcome.status]).toEqual([[7], 3, 200])
  })

  it('tells the cluster of the load that hosts report in answers to copies', () => {
    const bench = new RouterBench({ route: { mirrorPolicies } }).request()
    bench.respond(0, 200, [['endpoint-load-metrics', 'TEXT cpu_utilization=0.5']])
    expect(bench.cluster.loads).toEqual(['10.0.0.1:80 TEXT cpu_utilization=0.5'])
  })

  it('counts the answers of copies for their cluster, as those of internal requests', () => {
    const bench = new RouterBench({ route: { mirrorPolicies } }).request()
    bench.respond(0, 500)
    bench.respond(1, 200)
    expect(bench.cluster.counter('internal.upstream_rq_500')).toBe(1)
    expect(bench.cluster.counter('external.upstream_rq_200')).toBe(1)
    expect(bench.cluster.outcomes.map(({ status }) => status)).toEqual([500, 200])
  })

  it('gives a copy that is never answered up after the timeout of the route', () => {
    const bench = new RouterBench({ route: { mirrorPolicies, timeoutMs: 100 } }).request()
    bench.respond(1, 200)
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200, []), false)
    bench.time.advance(110)
    expect(bench.attempt(0).resetReason).toBe('local reset')
  })

  it('gives a copy up that is answered before the request is whole', () => {
    const bench = new RouterBench({ route: { mirrorPolicies } })
    bench.stream.start(requestHeaders([[':method', 'POST'], [':path', '/'], [':authority', 'a'], [':scheme', 'http']]), false) // prettier-ignore
    bench.respond(0, 413)
    expect(bench.attempt(0).resetReason).toBe('local reset')
    expect(bench.attempt(1).resetReason).toBeUndefined()
  })
})
