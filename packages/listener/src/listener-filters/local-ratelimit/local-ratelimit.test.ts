import { afterEach, beforeEach, expect, test } from 'vitest'
import { ListenerHarness } from '../../testing/index.ts'

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

test('local_ratelimit closes what comes too fast and counts it', async () => {
  const limit = {
    '@type': 'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit',
    stat_prefix: 'edge',
    token_bucket: { max_tokens: 2, tokens_per_fill: 1, fill_interval: 1000 },
  }
  const listener = await harness.listen({ listener_filters: [{ name: 'limit', typed_config: limit }] })
  const talk = (): Promise<string> => harness.talk(listener)
  expect([await talk(), await talk(), await talk()]).toEqual(['hello', 'hello', ''])
  expect(harness.stats.counter('listener_local_ratelimit.edge.rate_limited').value).toBe(1)
  harness.time.advance(1000)
  expect([await talk(), await talk()]).toEqual(['hello', ''])
  harness.time.advance(100_000)
  expect([await talk(), await talk(), await talk()]).toEqual(['hello', 'hello', ''])
})

test('local_ratelimit that the runtime switched off lets all in', async () => {
  const limit = {
    '@type': 'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit',
    stat_prefix: 'edge',
    token_bucket: { max_tokens: 1, fill_interval: 1000 },
    runtime_enabled: { default_value: false, runtime_key: 'edge.enabled' },
  }
  const listener = await harness.listen({ listener_filters: [{ name: 'limit', typed_config: limit }] })
  expect([await harness.talk(listener), await harness.talk(listener)]).toEqual(['hello', 'hello'])
})
