import { beforeEach, describe, expect, it } from 'vitest'
import { FakeTime } from '@nuncio/core/testing'
import type { AdminEndpoint, AdminResponse } from '../endpoint.ts'
import { compileSearch, FakeView } from '../testing/fake-view.ts'
import { builtinEndpoints } from './registry.ts'

let view: FakeView
let endpoints: AdminEndpoint[]

beforeEach(() => {
  view = new FakeView()
  endpoints = builtinEndpoints({ view, time: new FakeTime(), compileSearch, endpoints: () => endpoints })
  const { store } = view
  store.counter('cluster.api.upstream_rq_200').add(3)
  store.counter('cluster.api.upstream_rq_2xx').add(3)
  store.counter('cluster.api.upstream_rq_5xx')
  store.gauge('server.live').set(1)
  store.gauge('cluster.api.version')
  store.text('control_plane.identifier').value = 'a"b'
  for (const ms of [1, 14, 28]) store.histogram('http.ingress.http.downstream_cx_length_ms').record(ms)
  store.histogram('cluster.api.upstream_rq_time')
})

async function answer(target: string): Promise<AdminResponse> {
  const [path, query] = target.split('?')
  const endpoint = endpoints.find((each) => each.path === path)!
  return endpoint.handle({
    method: 'GET',
    path: path!,
    params: new Map(new URLSearchParams(query)),
    headers: {},
    body: new Uint8Array(),
  })
}

async function bodyOf(target: string): Promise<string> {
  return String((await answer(target)).body)
}

const LENGTHS = 'http.ingress.http.downstream_cx_length_ms'

describe('/stats as text', () => {
  it('prints texts, numbers and histograms, sorted, as Envoy does', async () => {
    expect(await bodyOf('/stats')).toBe(
      [
        'control_plane.identifier: "a\\"b"',
        'cluster.api.upstream_rq_200: 3',
        'cluster.api.upstream_rq_2xx: 3',
        'cluster.api.upstream_rq_5xx: 0',
        'cluster.api.version: 0',
        'server.live: 1',
        'cluster.api.upstream_rq_time: No recorded values',
        `${LENGTHS}: P0(nan,1.05) P25(nan,1.05) P50(nan,14.5) P75(nan,28.5) P90(nan,28.5) P95(nan,28.5) P99(nan,28.5) P99.5(nan,28.5) P99.9(nan,28.5) P100(nan,28.5)`,
        '',
      ].join('\n'),
    )
    expect(view.refreshed).toBe(1)
  })

  it('hides nothing, and knows the words for it', async () => {
    expect(await bodyOf('/stats?hidden=only')).toBe('')
    expect(await bodyOf('/stats?hidden=include&filter=live')).toBe('server.live: 1\n')
    expect(await answer('/stats?hidden=showonly')).toMatchObject({ status: 400 })
  })

  it('chooses by use, name and type', async () => {
    expect(await bodyOf('/stats?usedonly&type=Counters')).toBe(
      'cluster.api.upstream_rq_200: 3\ncluster.api.upstream_rq_2xx: 3\n',
    )
    expect(await bodyOf('/stats?filter=live|5xx')).toBe('cluster.api.upstream_rq_5xx: 0\nserver.live: 1\n')
    expect(await bodyOf('/stats?type=Gauges&filter=live&invert_filter')).toBe('cluster.api.version: 0\n')
    expect(await bodyOf('/stats?type=TextReadouts')).toBe('control_plane.identifier: "a\\"b"\n')
    expect(await bodyOf('/stats?usedonly&type=Gauges')).toBe('server.live: 1\n')
  })

  it('prints buckets in four ways, the last interval beside all', async () => {
    view.intervals.rotate(view.store.histograms.values())
    view.store.histogram(LENGTHS).record(1)
    view.intervals.rotate(view.store.histograms.values())
    const of = (mode: string): Promise<string> => bodyOf(`/stats?filter=length&histogram_buckets=${mode}`)
    expect(await of('cumulative')).toContain('B0.5(0,0) B1(1,2) B5(1,2) B10(1,2) B25(1,3) B50(1,4) B100(1,4)')
    expect(await of('cumulative')).toContain('B600000(1,4) B1.8e+06(1,4) B3.6e+06(1,4)\n')
    expect(await of('disjoint')).toContain('B0.5(0,0) B1(1,2) B5(0,0) B10(0,0) B25(0,1) B50(0,1) B100(0,0)')
    expect(await of('detailed')).toMatch(
      /:\n {2}totals=1,0\.1:2, 14,1:1, 28,1:1\n {2}intervals=1,0\.1:1\n {2}summary=P0\(1\.05,1\.0333/,
    )
    expect(await of('summary')).toContain('P100(1.05,28.5)\n')
  })

  it('answers 400 as Envoy does', async () => {
    expect(await answer('/stats?filter=(')).toMatchObject({ status: 400, body: 'Invalid re2 regex: missing ): (' })
    expect(await answer('/stats?type=Bad')).toMatchObject({ status: 400, body: 'invalid &type= param' })
    expect(await answer('/stats?format=bad')).toMatchObject({ status: 400 })
    expect(await answer('/stats?histogram_buckets=bad')).toMatchObject({ status: 400 })
    expect(await answer('/stats/prometheus?histogram_buckets=detailed')).toMatchObject({
      status: 400,
      body: 'unsupported prometheus histogram bucket mode',
    })
  })
})

describe('/stats?format=json', () => {
  it('holds numbers and quantiles', async () => {
    const { body, contentType } = await answer('/stats?format=json&filter=2xx|length')
    expect(contentType).toBe('application/json')
    const { stats } = JSON.parse(String(body)) as { stats: object[] }
    expect(stats[0]).toEqual({ name: 'cluster.api.upstream_rq_2xx', value: 3 })
    expect(stats[1]).toMatchObject({
      histograms: {
        supported_quantiles: [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100],
        computed_quantiles: [{ name: LENGTHS, values: [{ cumulative: 1.05, interval: null }, {}, { cumulative: 14.5 }, {}, {}, {}, {}, {}, {}, {}] }],
      },
    }) // prettier-ignore
  })

  it('holds buckets', async () => {
    const parsed = async (mode: string): Promise<unknown> => JSON.parse(await bodyOf(`/stats?format=json&filter=length&histogram_buckets=${mode}`)) // prettier-ignore
    const first = { upper_bound: 0.5, interval: 0, cumulative: 0 }
    expect(await parsed('cumulative')).toMatchObject({ stats: [{ histograms: [{ name: LENGTHS, buckets: expect.arrayContaining([first, { upper_bound: 25, interval: 0, cumulative: 2 }]) as unknown }] }] }) // prettier-ignore
    expect(await parsed('disjoint')).toMatchObject({ stats: [{ histograms: [{ buckets: expect.arrayContaining([{ upper_bound: 25, interval: 0, cumulative: 1 }]) as unknown }] }] }) // prettier-ignore
    expect(await parsed('detailed')).toMatchObject({ stats: [{ histograms: { details: [{ totals: [{ lower_bound: 1, width: 0.1, count: 1 }, {}, {}], intervals: [] }] } }] }) // prettier-ignore
  })
})

describe('/stats?format=html', () => {
  it('escapes names and values', async () => {
    view.store.counter('http.<script>alert(1)</script>.rq').inc()
    view.store.text('t').value = '"><img src=x>'
    const body = await bodyOf('/stats?format=html&filter=%22%3E%3Cscript%3E|script|^t$')
    expect(body).not.toMatch(/<script|<img/)
    expect(body).toContain('http.&lt;script&gt;alert(1)&lt;/script&gt;.rq')
    expect(body).toContain('value="&quot;&gt;&lt;script&gt;|script|^t$"')
  })

  it('reloads itself when active', async () => {
    expect(await bodyOf('/stats?format=active-html')).toContain('http-equiv="refresh"')
    expect(await bodyOf('/stats?format=html')).not.toContain('http-equiv="refresh"')
  })
})

describe('/stats/prometheus', () => {
  it('names, labels and groups as Envoy does', async () => {
    view.store.counter('cluster.b.upstream_rq_200').add(1)
    const body = await bodyOf('/stats/prometheus?filter=upstream_rq_200|live|length')
    expect(body.split('\n').slice(0, 7)).toEqual([
      '# TYPE envoy_cluster_upstream_rq counter',
      'envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="api"} 3',
      'envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="b"} 1',
      '# TYPE envoy_server_live gauge',
      'envoy_server_live{} 1',
      '# TYPE envoy_http_http_downstream_cx_length_ms histogram',
      'envoy_http_http_downstream_cx_length_ms_bucket{envoy_http_conn_manager_prefix="ingress",le="0.5"} 0',
    ])
    expect(body).toContain('_bucket{envoy_http_conn_manager_prefix="ingress",le="1800000"} 3\n')
    expect(body).toContain('_bucket{envoy_http_conn_manager_prefix="ingress",le="+Inf"} 3\n')
    expect(body).toContain('_sum{envoy_http_conn_manager_prefix="ingress"} 43\n')
    expect(body).toContain('_count{envoy_http_conn_manager_prefix="ingress"} 3\n')
    expect(await bodyOf('/stats?format=prometheus&filter=live')).toBe(
      '# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\n',
    )
  })

  it('prints summaries of the last interval, and texts as labels', async () => {
    const summary = await bodyOf('/stats/prometheus?filter=length&histogram_buckets=summary')
    expect(summary).toContain('# TYPE envoy_http_http_downstream_cx_length_ms summary\n')
    expect(summary).toContain('{envoy_http_conn_manager_prefix="ingress",quantile="0.5"} NaN\n')
    view.intervals.rotate(view.store.histograms.values())
    expect(await bodyOf('/stats/prometheus?filter=length&histogram_buckets=summary')).toContain(
      'quantile="0.5"} 14.5\n',
    )
    expect(await bodyOf('/stats/prometheus?filter=identifier&text_readouts')).toBe(
      '# TYPE envoy_control_plane_identifier gauge\nenvoy_control_plane_identifier{text_value="a\\"b"} 0\n',
    )
  })

  it('keeps hostile names and values in their places', async () => {
    view.store.counter('cluster.a"\n} 1\nevil{x="y.rq').inc()
    const lines = (await bodyOf('/stats/prometheus?type=Counters')).trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^(# TYPE [a-zA-Z_:][\w:]* \w+|[a-zA-Z_:][\w:]*\{([a-zA-Z_]\w*="(\\.|[^"\\])*",?)*\} \S+)$/) // prettier-ignore
  })
})
