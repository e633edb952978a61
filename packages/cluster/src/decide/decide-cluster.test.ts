import type { Message, Problem } from '@nuncio/config'
import { StatsStore } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { decideCluster } from './decide-cluster.ts'
import { HTTP_OPTIONS } from './http-options.ts'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

function decide(config: Cluster, numbers: Readonly<Record<string, number>> = {}) {
  const problems: Problem[] = []
  const runtime = new FakeRuntime(numbers)
  const stats = new StatsStore()
  const report = (problem: Problem) => void problems.push(problem)
  const info = decideCluster({ name: 'c', ...config }, { stats, runtime, report, path: 'clusters[0]' })
  return { info, problems: problems.map(({ code, path }) => `${code} ${path}`), stats }
}

function http(options: object, rest: Cluster = {}) {
  const typed = { '@type': HTTP_OPTIONS, ...options } as never
  return decide({ ...rest, typed_extension_protocol_options: { [HTTP_OPTIONS]: typed } })
}

const extension = (type: string): Cluster => ({
  cluster_type: { name: 'any', typed_config: { '@type': `envoy.extensions.clusters.${type}` } },
})

const PATH = `clusters[0].typed_extension_protocol_options`

describe('decideCluster', () => {
  it('fills in the defaults', () => {
    const { info, problems } = decide({})
    expect(info).toMatchObject({
      name: 'c',
      statName: 'c',
      connectTimeoutMs: 5000,
      bufferLimit: 1_048_576,
      idleTimeoutMs: 3_600_000,
      maxConnectionDurationMs: 0,
      maxRequestsPerConnection: 0,
      maxStreamDurationMs: 0,
      maxResponseHeadersCount: 100,
      upstreamProtocol: 'http1',
      perConnectionPreconnectRatio: 1,
      predictivePreconnectRatio: 1,
      keepHealthyRemovedHosts: true,
      keepRepeatedHosts: true,
      excludeUncheckedHosts: false,
      maxConnectionsPerHost: Number.POSITIVE_INFINITY,
    })
    expect(info.http2).toMatchObject({
      max_concurrent_streams: 1024,
      initial_stream_window_size: 16_777_216,
      hpack_table_size: 4096,
    })
    expect([...info.overrideHostStatus]).toEqual(['UNKNOWN', 'HEALTHY', 'DEGRADED'])
    expect([problems, Object.isFrozen(info)]).toEqual([[], true])
  })

  it.each<[string, Cluster, boolean]>([
    ['STATIC', { type: 'STATIC' }, true],
    ['STRICT_DNS', { type: 'STRICT_DNS' }, true],
    ['EDS', { type: 'EDS' }, false],
    ['envoy.clusters.dns', extension('dns.v3.DnsCluster'), true],
    ['another type', extension('aggregate.v3.ClusterConfig'), false],
  ])('says whether each naming of an address is a host: %s', (_, config, keeps) => {
    expect(decide(config).info.keepRepeatedHosts).toBe(keeps)
  })

  it('names its statistics after alt_stat_name, without colons', () => {
    const { info, stats } = decide({ alt_stat_name: 'other:80' })
    info.stats.rqTotal.inc()
    expect(stats.counters.has('cluster.other_80.upstream_rq_total')).toBe(true)
  })

  it.each([
    [{ connect_timeout: 0 }, 'out-of-range clusters[0].connect_timeout'],
    [{ name: '' }, 'missing-field clusters[0].name'],
    [
      { preconnect_policy: { per_upstream_preconnect_ratio: 4 } },
      'out-of-range clusters[0].preconnect_policy.per_upstream_preconnect_ratio',
    ],
    [
      { preconnect_policy: { predictive_preconnect_ratio: 0.5 } },
      'out-of-range clusters[0].preconnect_policy.predictive_preconnect_ratio',
    ],
  ])('reports %j', (config, problem) => expect(decide(config).problems).toEqual([problem]))
})

describe('HTTP options', () => {
  const tls = {
    transport_socket: {
      name: 'tls',
      typed_config: { '@type': 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext' },
    },
  }

  it.each([
    [{ explicit_http_config: { http_protocol_options: {} } }, 'http1'],
    [{ explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 7 } } }, 'http2'],
    [{ auto_config: {} }, 'auto'],
    [{ use_downstream_protocol_config: {} }, 'downstream'],
  ])('%j mean %s', (options, protocol) => {
    const { info, problems } = http(options, tls)
    expect([info.upstreamProtocol, problems]).toEqual([protocol, []])
  })

  it('keep what was written of the chosen protocol', () => {
    const { info } = http({
      explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 7 } },
      common_http_protocol_options: {
        idle_timeout: 1000,
        max_requests_per_connection: 3,
        max_connection_duration: 5,
        max_response_headers_kb: 96,
      },
      upstream_http_protocol_options: { auto_sni: true },
    })
    expect(info.http2).toMatchObject({ max_concurrent_streams: 7, hpack_table_size: 4096 })
    expect([info.idleTimeoutMs, info.maxRequestsPerConnection, info.maxConnectionDurationMs]).toEqual([1000, 3, 5])
    expect(info.maxResponseHeadersKb).toBe(96)
    expect(info.upstreamHttp).toEqual({ auto_sni: true })
  })

  it('may stand in the older fields', () => {
    expect(decide({ http2_protocol_options: {} }).info.upstreamProtocol).toBe('http2')
    expect(decide({ protocol_selection: 'USE_DOWNSTREAM_PROTOCOL' }).info.upstreamProtocol).toBe('downstream')
    expect(
      decide({ common_http_protocol_options: { idle_timeout: 0 }, max_requests_per_connection: 9 }).info,
    ).toMatchObject({
      idleTimeoutMs: 0,
      maxRequestsPerConnection: 9,
    })
  })

  it.each([
    [
      { explicit_http_config: { http3_protocol_options: {} } },
      {},
      `unsupported ${PATH}['${HTTP_OPTIONS}'].explicit_http_config.http3_protocol_options`,
    ],
    [{}, {}, `missing-field ${PATH}['${HTTP_OPTIONS}']`],
    [{ auto_config: {} }, {}, `needs-alpn ${PATH}['${HTTP_OPTIONS}'].auto_config`],
    [{ explicit_http_config: {} }, { http2_protocol_options: {} }, 'conflict clusters[0].http2_protocol_options'],
    [{ '@type': 'x.Y' }, {}, `wrong-type ${PATH}`],
  ])('%j beside %j is reported', (options, rest, problem) => expect(http(options, rest).problems).toEqual([problem]))

  it('refuses options of other names, which nothing takes', () => {
    const { problems } = decide({ typed_extension_protocol_options: { k: { '@type': 'x.Y' } } })
    expect(problems).toEqual([`unsupported ${PATH}`])
  })

  it('auto_config finds TLS inside other transport sockets', () => {
    const secure = { typed_config: { '@type': 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext' } }
    const outer = 'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport'
    const through = (inner: object): object => ({
      transport_socket: { typed_config: { '@type': outer, transport_socket: inner } },
    })
    expect(http({ auto_config: {} }, through(secure)).problems).toEqual([])
    expect(http({ auto_config: {} }, through({ name: 'raw' })).problems).toHaveLength(1)
  })
})

describe('circuit breaker limits', () => {
  it('are those of each priority, the first that is named', () => {
    const { info } = decide({
      circuit_breakers: {
        thresholds: [
          { max_connections: 1, retry_budget: {} },
          { priority: 'HIGH', max_requests: 2, max_retries: 9, track_remaining: true, max_connection_pools: 4 },
          { priority: 'DEFAULT', max_connections: 99 },
        ],
        per_host_thresholds: [{ max_connections: 5 }],
      },
    })
    expect(info.breakerLimits[0]).toMatchObject({
      maxConnections: 1,
      maxPendingRequests: 1024,
      maxRequests: 1024,
      maxRetries: 3,
      retryBudget: { percent: 20, minConcurrency: 3 },
      maxConnectionPools: Number.POSITIVE_INFINITY,
      trackRemaining: false,
    })
    expect(info.breakerLimits[1]).toMatchObject({
      maxRequests: 2,
      maxRetries: 9,
      trackRemaining: true,
      maxConnectionPools: 4,
    })
    expect(info.maxConnectionsPerHost).toBe(5)
  })

  it('may be set by the runtime', () => {
    const { info } = decide({}, { 'circuit_breakers.c.high.max_requests': 7 })
    expect(info.breakerLimits.map((limits) => limits.maxRequests)).toEqual([1024, 7])
  })

  it('follow the runtime when it changes', () => {
    const runtime = new FakeRuntime()
    const info = decideCluster({ name: 'c' }, { stats: new StatsStore(), report: () => {}, runtime })
    const breaker = new CircuitBreaker(info.breakerLimits[0])
    expect([breaker.mayRequest(), breaker.maxRetries]).toEqual([true, 3])
    runtime.set('circuit_breakers.c.default.max_requests', 0)
    runtime.set('circuit_breakers.c.default.max_retries', 8)
    expect([breaker.mayRequest(), breaker.maxRetries]).toEqual([false, 8])
    runtime.set('circuit_breakers.c.default.max_requests', 1)
    expect(breaker.mayRequest()).toBe(true)
  })

  it('limit nothing but connections per host', () => {
    const { problems } = decide({ circuit_breakers: { per_host_thresholds: [{ max_requests: 5 }] } })
    expect(problems).toEqual(['bad-value clusters[0].circuit_breakers.per_host_thresholds[0].max_requests'])
    const counted = decide({ circuit_breakers: { per_host_thresholds: [{ track_remaining: true }] } })
    expect(counted.problems).toEqual([])
  })
})
