import type { ClusterManager, DnsCacheClient, DnsLoad } from '@nuncio/cluster'
import { FilterBench, fakeRoute, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { expect, test } from 'vitest'
import { dynamicForwardProxy } from './index.ts'

/** A cache that is told what it knows. */
class ScriptedCache implements DnsCacheClient {
  readonly asked: string[] = []
  state: DnsLoad['state'] = 'loaded'
  address: string | undefined = '10.0.0.1'
  cancelled = 0
  onLoaded = (): void => {}

  load(host: string, port: number, onLoaded: () => void): DnsLoad {
    this.asked.push(`${host} ${port}`)
    this.onLoaded = onLoaded
    return { state: this.state, cancel: () => void this.cancelled++ }
  }
  addressOf(): string | undefined {
    return this.address
  }
  failureOf(): string {
    return 'no such name'
  }
}

const CONFIG = { dns_cache_config: { name: 'c' } }
const TYPE = { '@type': 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig' }

function bench(
  cache: ScriptedCache,
  cluster: object = { cluster_type: { typed_config: TYPE } },
  options: RunOptions = {},
): FilterBench {
  const clusters: ClusterManager = {
    get: (name) => (name === 'dfp' ? ({ info: { config: cluster } } as never) : undefined),
    dnsCaches: { obtain: () => cache },
  }
  return new FilterBench(dynamicForwardProxy, {
    config: CONFIG,
    route: fakeRoute({ cluster: 'dfp' }),
    clusters,
    ...options,
  })
}

const outcome = (t: Transcript): unknown[] => [t.status, t.body, t.info.details, t.info.flagsText]
const request = { authority: 'a.example' }

test('has the host resolved, with a port that fits the cluster', async () => {
  const cache = new ScriptedCache()
  expect((await bench(cache).run(request)).status).toBe(200)
  const tls = { '@type': 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext' }
  await bench(cache, { cluster_type: { typed_config: TYPE }, transport_socket: { typed_config: tls } }).run(request)
  expect(cache.asked).toEqual(['a.example 80', 'a.example 443'])
})

test('holds the request until there is an answer', async () => {
  const cache = new ScriptedCache()
  cache.state = 'pending'
  const held = bench(cache)
  const open = held.open(request)
  expect(open.transcript().upstream).toBeUndefined()
  cache.onLoaded()
  await held.time.advanceAsync(0)
  expect(open.transcript().upstream?.authority).toBe('a.example')
  expect(cache.cancelled).toBe(0)
})

test('asks no longer for a request that has gone', () => {
  const cache = new ScriptedCache()
  cache.state = 'pending'
  const open = bench(cache).open(request)
  open.stream.downstreamReset(0, 'gone')
  expect(cache.cancelled).toBe(1)
})

test.each<[DnsLoad['state'], string | undefined, unknown[]]>([
  ['overflow', undefined, [503, 'DNS cache overflow', 'dns_cache_overflow', '-']],
  [
    'pending-overflow',
    undefined,
    [503, 'Dynamic forward proxy pending request overflow', 'dynamic_forward_proxy_pending_request_overflow', '-'],
  ],
  ['loaded', undefined, [503, 'DNS resolution failure', 'dns_resolution_failure{no_such_name}', 'DF']],
])('answers %s as Envoy does', async (state, address, expected) => {
  const cache = Object.assign(new ScriptedCache(), { state, address })
  const t = await bench(cache).run(request)
  expect([outcome(t), t.upstream]).toEqual([expected, undefined])
})

test.each<[object, string, string]>([
  [{ host_rewrite_literal: 'b.example:81' }, 'b.example:81 80', 'b.example:81'],
  [{ host_rewrite_header: 'X-Host' }, 'c.example 80', 'c.example'],
  [{ host_rewrite_header: 'x-none' }, 'a.example 80', 'a.example'],
])('a route rewrites the host before it is resolved: %j', async (route, asked, authority) => {
  const cache = new ScriptedCache()
  const type = 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig'
  const own = fakeRoute({ cluster: 'dfp', configs: [{ '@type': type, ...route }] })
  const t = await bench(cache, undefined, { route: own }).run({ ...request, headers: [['x-host', 'c.example']] })
  expect([cache.asked, t.upstream?.authority]).toEqual([[asked], authority])
})

test.each([
  [{}, {}], [{ cluster_type: { typed_config: { '@type': 'other' } } }, {}], [undefined, { route: fakeRoute({ cluster: 'gone' }) }],
])('leaves requests of other clusters alone', async (cluster, options) => {
  const cache = new ScriptedCache()
  expect([(await bench(cache, cluster, options).run(request)).status, cache.asked]).toEqual([200, []])
}) // prettier-ignore

test('takes the host from filter state when that is allowed, and leaves the address there', async () => {
  const state = (key: string, value: string) => [key, { serialize: () => value }] as const
  const before = [{ onRequestHeaders: (_: unknown, s: { info: { filterState: unknown } }) => void (s.info.filterState = new Map([state('envoy.upstream.dynamic_host', 'f.example'), state('envoy.upstream.dynamic_port', '81')])) }] // prettier-ignore
  const cache = new ScriptedCache()
  await bench(cache, undefined, { before }).run(request)
  const config = { ...CONFIG, allow_dynamic_host_from_filter_state: true, save_upstream_address: true }
  const t = await bench(cache, undefined, { before, config }).run(request)
  expect(cache.asked).toEqual(['a.example 80', 'f.example 81'])
  expect(t.info.filterState?.get('envoy.stream.upstream_address')?.serialize()).toBe('10.0.0.1:81')
})

test('says what a configuration lacks', () => {
  expect(bench(new ScriptedCache(), undefined, { config: {} }).problems).toEqual(['dns_cache_config is needed'])
})
