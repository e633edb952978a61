import { describe, expect, it } from 'vitest'
import { FakeTime } from '@nuncio/core/testing'
import type { AdminEndpoint } from '../endpoint.ts'
import { builtinEndpoints } from '../endpoints/registry.ts'
import { compileSearch, FakeView } from '../testing/fake-view.ts'
import { readExposition } from '../testing/strict-exposition.ts'

function viewOf(): FakeView {
  const view = new FakeView()
  const { store } = view
  store.counter('cluster.one.upstream_rq_200').add(3)
  store.counter('cluster.two.upstream_rq_200').add(2)
  store.counter('cluster.odd "name"\\with\r\nlines.upstream_rq_total').inc()
  store.counter('9lives.total').inc()
  store.gauge('cluster.one.membership_total').set(1)
  store.gauge('both').set(1)
  store.counter('both').inc()
  store.text('control_plane.identifier').value = 'a"b\\c\nd'
  store.text('both').value = 'text'
  for (const ms of [1, 14, 28, 1e9]) store.histogram('cluster.one.upstream_rq_time').record(ms)
  store.histogram('cluster.two.upstream_rq_time')
  return view
}

async function bodyOf(view: FakeView, query: string): Promise<string> {
  const endpoints: AdminEndpoint[] = builtinEndpoints({
    view,
    time: new FakeTime(),
    compileSearch,
    endpoints: () => endpoints,
  })
  const endpoint = endpoints.find(({ path }) => path === '/stats/prometheus')!
  const params = new Map(new URLSearchParams(query))
  const { body } = await endpoint.handle({ method: 'GET', path: '/stats/prometheus', params, headers: {}, body: new Uint8Array() })
  return String(body)
} // prettier-ignore

describe('statistics for Prometheus', () => {
  it.each(['', 'usedonly', 'text_readouts', 'histogram_buckets=summary', 'text_readouts&usedonly'])(
    'asked with "%s" keep to the grammar',
    async (query) => {
      const families = readExposition(await bodyOf(viewOf(), query))
      expect(families.get('envoy_cluster_upstream_rq')?.samples.map(({ value }) => value)).toEqual([3, 2])
    },
  )

  it('escape what would end a label, and nothing else', async () => {
    const text = await bodyOf(viewOf(), 'filter=odd')
    expect(text).toContain(String.raw`envoy_cluster_name="odd \"name\"\\with` + '\r' + String.raw`\nlines"`)
  })

  it('have one family for each name, whatever kinds have it', async () => {
    const text = await bodyOf(viewOf(), 'text_readouts&filter=^both$')
    expect(text.match(/^# TYPE envoy_both\b/gm)).toHaveLength(1)
  })
})
