import { RetryOn } from '@nuncio/router'
import { responseHeaders } from '@nuncio/core'
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

  it.each([
    ['connection termination', 503, 'UC'],
    ['remote reset', 503, 'UR'],
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
  })

  it('cancels a wait for a connection when the client leaves', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'wait'
    const bench = new RouterBench({ cluster }).request()
    bench.stream.downstreamReset(0, 'downstream_remote_disconnect')
    expect(cluster.cancelled).toBe(1)
  })
})

describe('retries', () => {
  it('tries again after a 503, keeps the body, and says so in the fate', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } }).request([], ['body'])
    bench.respond(0, 503, [], 'no')
    expect(bench.encoder.status).toBe(0)
    bench.time.advance(30)
    expect(bench.attempt(1)).toMatchObject({ body: 'body', ended: true })
    bench.respond(1, 200, [], 'yes')
    expect(bench.outcome).toMatchObject({ status: 200, body: 'yes', fate: 'success_after_retry' })
    expect([bench.cluster.counter('upstream_rq_retry'), bench.cluster.counter('upstream_rq_retry_success')]).toEqual([
      1, 1,
    ])
    expect(bench.cluster.breakers[0].retries).toBe(0)
  })

  it('sends the last response on, with URX, when the retries are used up', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.respond(1, 503, [], 'still no')
    expect(bench.outcome).toMatchObject({ status: 503, body: 'still no', flags: 'URX', fate: 'retry_limit' })
    expect(bench.cluster.counter('upstream_rq_retry_limit_exceeded')).toBe(1)
  })

  it('does not retry past the circuit breaker', () => {
    const bench = new RouterBench({
      cluster: new FakeCluster({ maxRetries: 0 }),
      route: { retryPolicy: policy({}) },
    }).request()
    bench.respond(0, 503)
    expect(bench.outcome).toMatchObject({ status: 503, flags: 'UO', fate: 'budget_exhausted' })
    expect(bench.cluster.counter('upstream_rq_retry_overflow')).toBe(1)
  })

  it('retries a connect failure and reports each outcome', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'remote connection failure'
    const bench = new RouterBench({
      cluster,
      route: { retryPolicy: policy({ on: RetryOn['connect-failure'] }) },
    }).request()
    cluster.mode = 'ready'
    bench.time.advance(30)
    bench.respond(0, 200)
    expect(bench.outcome).toMatchObject({ status: 200, fate: 'success_after_retry' })
    expect(cluster.outcomes.map((o) => o.reset ?? o.status)).toEqual(['remote connection failure', 200])
  })

  it('never retries an overflow', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'overflow'
    const bench = new RouterBench({
      cluster,
      route: { retryPolicy: policy({ on: RetryOn['5xx'] | RetryOn.reset }) },
    }).request()
    expect(bench.outcome).toMatchObject({ status: 503, flags: 'UO', fate: 'overflow' })
    expect(bench.encoder.headers).toContainEqual(['x-envoy-overloaded', 'true'])
  })

  it('tries again after a per-try timeout and answers 504 when none is left', () => {
    const bench = new RouterBench({
      route: { retryPolicy: policy({ perTryTimeoutMs: 100, baseIntervalMs: 1 }) },
    }).request()
    bench.time.advance(110)
    expect(bench.attempt(0).resetReason).toBe('local reset')
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(2)
    expect(bench.outcome).toMatchObject({
      status: 504,
      flags: 'URX,UT',
      details: 'upstream_per_try_timeout',
      fate: 'retry_limit',
    })
  })

  it('hedges: a slow try runs on beside the next, and the first good response wins', () => {
    const bench = new RouterBench({
      route: { hedgeOnPerTryTimeout: true, retryPolicy: policy({ perTryTimeoutMs: 100, baseIntervalMs: 1 }) },
    }).request()
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(2)
    expect(bench.attempt(0).resetReason).toBeUndefined()
    bench.respond(0, 200, [], 'slow but first')
    expect(bench.outcome).toMatchObject({ status: 200, body: 'slow but first' })
    expect(bench.attempt(1).resetReason).toBe('local reset')
  })

  it('hedges whatever the policy retries, as long as a retry is left', () => {
    const retryPolicy = policy({ on: RetryOn['retriable-4xx'], perTryTimeoutMs: 100, baseIntervalMs: 1 })
    const bench = new RouterBench({ route: { hedgeOnPerTryTimeout: true, retryPolicy } }).request()
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(2)
    bench.respond(1, 200)
    expect(bench.outcome).toMatchObject({ status: 200, fate: 'success_after_retry' })
    expect(bench.attempt(0).resetReason).toBe('local reset')
  })

  it('does not retry a try again that was hedged, and sends its failure on when no other is left', () => {
    const hedging = { hedgeOnPerTryTimeout: true, timeoutMs: 0 }
    const bench = new RouterBench({
      route: { ...hedging, retryPolicy: policy({ perTryTimeoutMs: 100, baseIntervalMs: 1, numRetries: 3 }) },
    }).request()
    bench.time.advance(110)
    bench.respond(0, 503, [], 'first')
    expect(bench.encoder.status).toBe(0)
    bench.time.advance(110)
    bench.time.advance(110)
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(4)
    bench.respond(1, 503)
    bench.respond(2, 503)
    bench.respond(3, 503, [], 'last')
    expect(bench.outcome).toMatchObject({ status: 503, body: 'last', flags: 'URX' })
    expect(bench.cluster.outcomes.filter((outcome) => outcome.reset === 'timeout')).toHaveLength(4)
    expect(bench.cluster.outcomes).toHaveLength(4)
  })

  it('retries a newer try that fails while a hedged one is still at it', () => {
    const retryPolicy = policy({ perTryTimeoutMs: 100, baseIntervalMs: 1, numRetries: 2 })
    const bench = new RouterBench({ route: { hedgeOnPerTryTimeout: true, timeoutMs: 0, retryPolicy } }).request()
    bench.time.advance(110)
    bench.attempt(1).callbacks.onReset('remote reset', '')
    expect(bench.encoder.status).toBe(0)
    bench.time.advance(10)
    expect(bench.cluster.requests).toHaveLength(3)
    expect(bench.cluster.breakers[0].retries).toBe(1)
    bench.respond(0, 200)
    expect(bench.cluster.breakers[0].retries).toBe(0)
  })

  it('consumes the headers of an internal request that ask for retries in vain', () => {
    const bench = new RouterBench().request([
      ['x-envoy-internal', 'true'],
      ['x-envoy-retriable-status-codes', '418'],
    ])
    expect(bench.attempt(0).headers!.has('x-envoy-retriable-status-codes')).toBe(false)
  })

  it('waits as long as a rate-limited response asks', () => {
    const rateLimited = { headers: [{ name: 'retry-after', unix: false }], maxIntervalMs: 300_000 }
    const bench = new RouterBench({
      route: {
        timeoutMs: 0,
        retryPolicy: policy({ on: RetryOn['retriable-status-codes'], retriableStatusCodes: [429], rateLimited }),
      },
    }).request()
    bench.respond(0, 429, [['retry-after', '2']])
    bench.time.advance(1990)
    expect(bench.cluster.requests).toHaveLength(1)
    bench.time.advance(1020)
    expect(bench.cluster.requests).toHaveLength(2)
  })

  it('gives the body up when it is too large to replay, and then does not retry', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}), requestBodyLimit: 5 } }).request(
      [],
      ['123', '4567', '8'],
    )
    expect(bench.attempt(0).body).toBe('12345678')
    bench.respond(0, 503)
    expect(bench.outcome).toMatchObject({ status: 503, fate: 'body_too_large_to_replay' })
    expect(bench.cluster.counter('retry_or_shadow_abandoned')).toBe(1)
    expect(bench.cluster.breakers[0].retries).toBe(0)
  })

  it('is asked for by headers, which do not go on', () => {
    const bench = new RouterBench().request([
      ['x-envoy-retry-on', 'gateway-error'],
      ['x-envoy-max-retries', '2'],
    ])
    expect(bench.attempt(0).headers!.has('x-envoy-retry-on')).toBe(false)
    bench.respond(0, 502)
    bench.time.advance(30)
    bench.respond(1, 504)
    bench.time.advance(60)
    bench.respond(2, 200)
    expect(bench.outcome).toMatchObject({ status: 200, fate: 'success_after_retry' })
  })

  it('avoids hosts that were tried', () => {
    const hostPredicates = [{ '@type': 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate' }]
    const cluster = new FakeCluster()
    cluster.hosts = [cluster.hosts[0]!, cluster.hosts[0]!, cluster.hosts[1]!]
    const bench = new RouterBench({
      cluster,
      route: { retryPolicy: policy({ hostPredicates, hostSelectionAttempts: 3 }) },
    }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    expect(bench.attempt(1).host.address).not.toBe(bench.attempt(0).host.address)
  })
})

describe('what is counted', () => {
  const virtualHost = { ...fakeRoute().virtualHost, name: 'v', virtualCluster: () => 'vc' }

  it('is the answer in place of a response too, by whom the request came from', () => {
    const cluster = new FakeCluster()
    cluster.hosts = []
    new RouterBench({ cluster }).request([['x-envoy-internal', 'true']])
    expect(cluster.counter('upstream_rq_503')).toBe(1)
    expect(cluster.counter('internal.upstream_rq_503')).toBe(1)
    new RouterBench({ cluster }).request()
    expect(cluster.counter('external.upstream_rq_5xx')).toBe(1)
    expect(cluster.counter('upstream_rq_completed')).toBe(2)
  })

  it('is a response that is retried only as such', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.respond(1, 200)
    expect(bench.cluster.counter('retry.upstream_rq_503')).toBe(1)
    expect(bench.cluster.counter('upstream_rq_503')).toBe(0)
    expect(bench.cluster.counter('upstream_rq_completed')).toBe(1)
  })

  it('goes to the virtual cluster and the route with a prefix as well', () => {
    const route = { virtualHost, statPrefix: 'r', retryPolicy: policy({}) }
    const bench = new RouterBench({ route }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.respond(1, 503)
    for (const prefix of ['vhost.v.vcluster.vc.', 'vhost.v.route.r.']) {
      const counts = ['total', 'retry', 'retry_limit_exceeded', '503', '5xx', 'completed'].map(
        (name) => bench.stats.counter(`${prefix}upstream_rq_${name}`).value,
      )
      expect(counts).toEqual([2, 1, 1, 1, 1, 1])
    }
    expect(bench.stream.info.virtualClusterName).toBe('vc')
  })

  it('is a timeout of the route for each that counts it', () => {
    const bench = new RouterBench({ route: { virtualHost, timeoutMs: 100 } }).request()
    bench.time.advance(110)
    expect(bench.stats.counter('vhost.v.vcluster.vc.upstream_rq_timeout').value).toBe(1)
    expect(bench.cluster.counter('upstream_rq_504')).toBe(1)
  })

  it('is the time to the end of the response, from zone to zone where both are known', () => {
    const cluster = Object.assign(new FakeCluster(), { ownZone: 'a' })
    cluster.hosts = [{ ...cluster.hosts[0]!, locality: { region: '', zone: 'b', subZone: '' } }]
    const bench = new RouterBench({ cluster }).request()
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200, []), false)
    bench.time.advance(40)
    bench.attempt(0).callbacks.onData(new Uint8Array(1), true)
    expect(cluster.stats.histogram('cluster.upstream.upstream_rq_time').sum).toBe(40)
    expect(cluster.counter('zone.a.b.upstream_rq_200')).toBe(1)
  })

  it('is neither code nor time without dynamic_stats', () => {
    const bench = new RouterBench({ config: { dynamic_stats: false } }).request()
    bench.respond(0, 200)
    expect([...bench.cluster.stats.counters.keys()]).not.toContain('cluster.upstream.upstream_rq_200')
  })

  it('tells the client the number of tries, also when the answer is the proxy’s own', () => {
    const cluster = new FakeCluster()
    cluster.hosts = []
    const counting = { ...virtualHost, includeAttemptCountInResponse: true }
    const bench = new RouterBench({ cluster, route: { virtualHost: counting } }).request()
    expect(bench.encoder.headers).toContainEqual(['x-envoy-attempt-count', '1'])
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

  it('turns a 303 into a GET without body', () => {
    const bench = new RouterBench({ route: { internalRedirect } }).request([['content-length', '7']], ['payload'])
    bench.respond(0, 303, [['location', 'http://b/seen']])
    expect(bench.attempt(1)).toMatchObject({ body: '', ended: true })
    expect([bench.attempt(1).headers!.method, bench.attempt(1).headers!.has('content-length')]).toEqual(['GET', false])
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
  it('sends a copy with -shadow in its host and ignores what becomes of it', () => {
    const cluster = new FakeCluster()
    const mirror = {
      clusterName: () => 'upstream',
      selects: () => true,
      disableShadowHostSuffix: false,
      hostRewriteLiteral: '',
      mutateHeaders: () => {},
    }
    const bench = new RouterBench({ cluster, route: { mirrorPolicies: [mirror] } }).request([], ['x', 'y'])
    expect(cluster.requests.map((r) => [r.headers!.authority, r.body])).toEqual([
      ['a-shadow', 'xy'],
      ['a', 'xy'],
    ])
    bench.attempt(0).callbacks.onReset('remote reset', '')
    bench.respond(1, 200)
    expect(bench.outcome.status).toBe(200)
  })
})
