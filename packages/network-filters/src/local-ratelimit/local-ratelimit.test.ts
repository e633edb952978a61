import { FakeRuntime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const filters = (fields = ''): string => `
- name: limit
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit
    stat_prefix: l
    token_bucket: { max_tokens: 2, tokens_per_fill: 2, fill_interval: 2s }
    ${fields}
- name: direct
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config
    response: { inline_string: hello }`

test('closes connections that come too fast and counts them', async () => {
  await using bench = await new NetworkBench().listen(filters())
  expect([await bench.talk(), await bench.talk(), await bench.talk()]).toEqual(['hello', 'hello', ''])
  expect(bench.stat('local_rate_limit.l.rate_limited')).toBe(1)
  bench.time.advance(1000)
  expect([await bench.talk(), await bench.talk()]).toEqual(['hello', ''])
  expect(bench.stat('local_rate_limit.l.rate_limited')).toBe(2)
})

test('does nothing when the runtime switched it off', async () => {
  const runtime = new FakeRuntime({ 'limit.enabled': false })
  const flag = 'runtime_enabled: { default_value: true, runtime_key: limit.enabled }'
  await using bench = await new NetworkBench(runtime).listen(filters(flag))
  expect([await bench.talk(), await bench.talk(), await bench.talk()]).toEqual(['hello', 'hello', 'hello'])
})

test.each([
  ['one key', 'share_key: doors', 'share_key: doors', 1],
  ['two keys', 'share_key: doors', 'share_key: windows', 2],
  ['no key', '', '', 2],
])('two filters with %s let so many in together', async (_, first, second, admitted) => {
  const [limit] = filters(second).split('- name: direct')
  await using bench = await new NetworkBench().listen(`${limit}${filters(first)}`)
  const heard = [await bench.talk(), await bench.talk(), await bench.talk()]
  expect(heard.filter((text) => text === 'hello')).toHaveLength(admitted)
})

test('filters of one key with different buckets share nothing', async () => {
  const [limit] = filters('share_key: doors').replace('max_tokens: 2', 'max_tokens: 3').split('- name: direct')
  await using bench = await new NetworkBench().listen(`${limit}${filters('share_key: doors')}`)
  expect([await bench.talk(), await bench.talk(), await bench.talk()]).toEqual(['hello', 'hello', ''])
})

test('servers share nothing', async () => {
  for (const server of ['one', 'other']) {
    await using bench = await new NetworkBench().listen(filters('share_key: doors'))
    expect([server, await bench.talk(), await bench.talk(), await bench.talk()]).toEqual([server, 'hello', 'hello', ''])
  }
})
