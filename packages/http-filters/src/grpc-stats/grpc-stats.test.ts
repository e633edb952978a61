import { latin1Bytes } from '@nuncio/core'
import { FilterBench, type RunOptions, type UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { concat, frame } from '../grpc/frames.ts'
import { grpcStats } from './index.ts'

const message = frame(0, latin1Bytes('hello'))
const OK: UpstreamAnswer = {
  headers: [['content-type', 'application/grpc+proto']],
  body: concat(concat(message, message), message),
  trailers: [['grpc-status', '0']],
}
const call = (path = '/my.Shop/Buy', type = 'application/grpc'): RunOptions['request'] => ({
  method: 'POST',
  path,
  headers: [['content-type', type]],
  body: [message.subarray(0, 3), message.subarray(3), message],
})
const bench = (config: string, upstream: UpstreamAnswer = OK): FilterBench =>
  new FilterBench(grpcStats, { config, upstream })
const counted = (b: FilterBench): Record<string, number> => {
  const all: Record<string, number> = {}
  for (const [name, { value }] of b.stats.counters)
    if (value > 0 && name.startsWith('cluster.upstream.grpc.')) all[name.slice('cluster.upstream.grpc.'.length)] = value
  return all
}

describe('envoy.filters.http.grpc_stats', () => {
  test('counts calls and messages of a cluster', async () => {
    const b = bench('{}')
    await b.run(call())
    expect(counted(b)).toEqual({ total: 1, success: 1, '0': 1, request_message_count: 2, response_message_count: 3 })
  })
  test('tells all methods apart', async () => {
    const b = bench('stats_for_all_methods: true')
    await b.run(call())
    expect(counted(b)).toMatchObject({ 'my.Shop.Buy.total': 1, 'my.Shop.Buy.request_message_count': 2 })
    const flat = bench('stats_for_all_methods: true\nreplace_dots_in_grpc_service_name: true')
    await flat.run(call())
    expect(counted(flat)).toMatchObject({ 'my_Shop.Buy.total': 1 })
  })
  test('tells a thousand methods apart at most, since clients choose paths; others count for their cluster', async () => {
    const b = bench('stats_for_all_methods: true')
    for (let i = 0; i < 1010; i++) await b.run(call(`/my.Shop/Buy${i}`))
    const all = counted(b)
    expect(Object.keys(all).filter((name) => name.endsWith('.total'))).toHaveLength(1000)
    expect(all['total']).toBe(10)
  })
  test('tells listed methods apart', async () => {
    const b = bench('individual_method_stats_allowlist: { services: [{ name: my.Shop, method_names: [Buy] }] }')
    await b.run(call())
    await b.run(call('/my.Shop/Look'))
    expect(counted(b)).toMatchObject({ 'my.Shop.Buy.total': 1, total: 1 })
  })
  test.each<[string, UpstreamAnswer, Record<string, number>]>([
    [
      'a status alone',
      {
        headers: [
          ['content-type', 'application/grpc'],
          ['grpc-status', '14'],
        ],
      },
      { total: 1, failure: 1, '14': 1 },
    ],
    ['a status that is none', { ...OK, body: '', trailers: [['grpc-status', 'x']] }, { total: 1, failure: 1 }],
  ])('counts %s', async (_, upstream, expected) => {
    const b = bench('{}', upstream)
    await b.run(call())
    expect(counted(b)).toEqual({ ...expected, request_message_count: 2 })
  })
  test.each([
    ['/my.Shop/Buy', 'application/json'],
    ['/index.html', 'application/grpc'],
  ])('leaves out %s of type %s', async (path, type) => {
    const b = bench('{}')
    await b.run(call(path, type))
    expect(counted(b)).toEqual({})
  })
  test('gives logs the counts of a call', async () => {
    const t = await bench('emit_filter_state: true').run(call())
    const state = t.info.filterState!.get('envoy.filters.http.grpc_stats')!
    expect([
      state.serialize(),
      state.field!('request_message_count'),
      state.field!('response_message_count'),
      state.field!('x'),
    ]).toEqual(['2,3', 2, 3, undefined])
  })
  test('measures the time of upstreams when that is asked for', async () => {
    const b = bench('enable_upstream_stats: true')
    await b.run(call())
    expect(b.stats.histogram('cluster.upstream.grpc.upstream_rq_time').count).toBe(1)
  })
})
