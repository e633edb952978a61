import type { RequestHeaders } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { fakeRoute } from '@nuncio/filter-chain/testing'
import { describe, expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { RouterBench } from './testing/router-bench.ts'

const STRICT = { strict_check_headers: ['x-envoy-max-retries'] }
const BAD = [['x-envoy-max-retries', 'many']] as const

function maintenance(share: number): FakeRuntime {
  return new FakeRuntime({ 'upstream.maintenance_mode.upstream': share })
}

/** A cluster with every reason to refuse: it drops all load, and has no hosts. */
function hopeless(): FakeCluster {
  return Object.assign(new FakeCluster(), { dropOverload: 1, hosts: [] })
}

describe('what the router filter answers by itself, the first reason first', () => {
  const all = { cluster: hopeless(), config: STRICT, runtime: maintenance(100) }

  it.each([
    ['there is no route', { ...all, none: true }, BAD, 404, '', 'NR', 'route_not_found'],
    [
      'the cluster is not there',
      { ...all, route: { clusterName: () => 'other', clusterNotFoundStatus: 500 } },
      BAD,
      500,
      '',
      'NC',
      'cluster_not_found',
    ],
    [
      'a header fails its check',
      all,
      BAD,
      400,
      "invalid header 'x-envoy-max-retries' with value 'many'",
      'IH',
      'request_headers_failed_strict_check{x-envoy-max-retries}',
    ],
    ['the cluster is in maintenance', all, [], 503, 'maintenance mode', 'UO', 'maintenance_mode'],
    [
      'load is dropped',
      { ...all, runtime: maintenance(7) },
      [],
      503,
      'unconditional drop overload',
      'UDO',
      'unconditional_drop_overload',
    ],
    [
      'there is no host',
      { cluster: Object.assign(new FakeCluster(), { hosts: [] }) },
      [],
      503,
      'no healthy upstream',
      'UH',
      'no_healthy_upstream',
    ],
  ] as const)('%s', (_, options, headers, status, body, flags, details) => {
    expect(new RouterBench(options).request(headers).outcome).toMatchObject({ status, body, flags, details })
  })

  it.each([
    [':path', [[':path', '']]],
    [':method', [[':method', '']]],
    [
      ':authority',
      [
        [':method', 'CONNECT'],
        [':authority', ''],
      ],
    ],
  ] as const)('a request whose %s a filter removed goes to no host', (name, removed) => {
    const cluster = new FakeCluster()
    expect(new RouterBench({ cluster }).request(removed).outcome).toMatchObject({
      status: 503,
      body: `missing required header: ${name}`,
      flags: 'DPE',
      details: `filter_removed_required_request_headers{missing_required_header:_${name}}`,
    })
    expect(cluster.requests).toHaveLength(0)
  })

  it('a refused header is no try that the answer could count', () => {
    const virtualHost = { ...fakeRoute().virtualHost, includeAttemptCountInResponse: true }
    const headersOf = (options: object): string[] =>
      new RouterBench({ route: { virtualHost }, ...options }).request(BAD).encoder.headers.map(([name]) => name)
    expect(headersOf({ config: STRICT })).not.toContain('x-envoy-attempt-count')
    expect(headersOf({ runtime: maintenance(100) })).toContain('x-envoy-attempt-count')
  })

  it('tells clients of maintenance, counts it, and lets the rest of a share through', () => {
    const cluster = new FakeCluster()
    // The random number of the stream is 7.
    const refused = new RouterBench({ cluster, runtime: maintenance(8) }).request()
    expect(refused.encoder.headers).toContainEqual(['x-envoy-overloaded', 'true'])
    expect(cluster.counter('upstream_rq_maintenance_mode')).toBe(1)
    new RouterBench({ cluster, runtime: maintenance(7) }).request()
    expect(cluster.requests).toHaveLength(1)
  })

  it('a route that answers by itself does so, whatever clusters do, and is counted', () => {
    const answer = {
      kind: 'direct' as const,
      status: 201,
      body: new TextEncoder().encode('made'),
      formatBody: undefined,
      location: () => 'http://a/',
    }
    const bench = new RouterBench({ ...all, routes: () => answer as never }).request(BAD)
    expect(bench.outcome).toMatchObject({ status: 201, body: 'made', flags: '-', details: 'direct_response' })
    expect(bench.encoder.headers).toEqual(
      expect.arrayContaining([
        ['location', 'http://a/'],
        ['content-type', 'text/plain'],
        ['content-length', '4'],
      ]),
    )
    const move = {
      kind: 'redirect' as const,
      status: 301,
      location: ({ path }: RequestHeaders) => `http://b${path}`,
      rewritePath: (headers: RequestHeaders) => (headers.path = '/rewritten'),
    }
    const moved = new RouterBench({ routes: () => move as never }).request()
    expect(moved.outcome).toMatchObject({ status: 301, body: '', flags: '-', details: 'direct_response' })
    expect(moved.encoder.headers).toContainEqual(['location', 'http://b/'])
    expect(moved.stream.requestHeaders.path).toBe('/rewritten')
    expect([
      bench.stats.counter('http.test.rq_direct_response').value,
      moved.stats.counter('http.test.rq_redirect').value,
    ]).toEqual([1, 1])
  })
})
