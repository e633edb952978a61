import { decode, type Message } from '@nuncio/config'
import { emptyRuntime, type Runtime } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'
import { type SideAnswer, SideService } from '../testing/side-service.ts'

type Answer = SideAnswer<Message<'envoy.service.ratelimit.v3.RateLimitResponse'>>

const filters = (more = ''): string => `
- name: limit
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.ratelimit.v3.RateLimit
    stat_prefix: r
    domain: edge
    descriptors:
    - entries: [{ key: client, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' }, { key: what, value: cx }]
      limit: { requests_per_unit: 5, unit: MINUTE }
      hits_addend: 2
    rate_limit_service: { grpc_service: { envoy_grpc: { cluster_name: limits } } }
${more.replace(/^/gm, '    ')}
- name: answer
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config, response: { inline_string: hello } }`

async function ask(answer: Answer, more = '', runtime: Runtime = emptyRuntime) {
  const bench = new NetworkBench(runtime)
  const service = new SideService('envoy.service.ratelimit.v3.RateLimitResponse', answer)
  bench.fetch = service.fetch
  await bench.listen(filters(more))
  return { bench, service, answer: await bench.talk('') }
}

const counts = (bench: NetworkBench): Record<string, number> =>
  Object.fromEntries(
    ['total', 'ok', 'over_limit', 'error', 'failure_mode_allowed', 'cx_closed', 'active']
      .map((name) => [name, bench.stat(`ratelimit.r.${name}`)] as const)
      .filter(([, value]) => value !== 0),
  )
const DOWN = new Error('down')

test.each<[string, Answer, string, string, Record<string, number>]>([
  ['yes', { overall_code: 'OK' }, '', 'hello', { total: 1, ok: 1 }],
  ['no', { overall_code: 'OVER_LIMIT' }, '', '', { total: 1, over_limit: 1, cx_closed: 1 }],
  ['nothing: it is down', DOWN, '', 'hello', { total: 1, error: 1, failure_mode_allowed: 1 }],
  ['nothing, with failure_mode_deny', DOWN, 'failure_mode_deny: true', '', { total: 1, error: 1, cx_closed: 1 }],
  ['neither yes nor no', {}, 'failure_mode_deny: true', '', { total: 1, error: 1, cx_closed: 1 }],
])('when the service says %s', async (_, answer, more, expected, stats) => {
  const run = await ask(answer, more)
  await using bench = run.bench
  expect([run.answer, counts(bench)]).toEqual([expected, stats])
})

test('asks with the descriptors of the configuration, formatted', async () => {
  const { bench, service } = await ask({ overall_code: 'OK' })
  await using _ = bench
  expect(service.asked[0]?.timeoutMs).toBe(20)
  expect(decode('envoy.service.ratelimit.v3.RateLimitRequest', service.asked[0]!.body!)).toEqual({
    domain: 'edge',
    descriptors: [
      {
        entries: [{ key: 'client', value: '127.0.0.1' }, { key: 'what', value: 'cx' }],
        limit: { requests_per_unit: 5, unit: 'MINUTE' },
        hits_addend: 2,
      },
    ],
  }) // prettier-ignore
})

test('the runtime switches it off, or only what it does', async () => {
  const zero = (key: string): Runtime => new FakeRuntime({ [key]: 0 })
  const off = await ask({ overall_code: 'OVER_LIMIT' }, '', zero('ratelimit.tcp_filter_enabled'))
  await using _ = off.bench
  expect([off.answer, off.service.asked]).toEqual(['hello', []])
  const lax = await ask({ overall_code: 'OVER_LIMIT' }, '', zero('ratelimit.tcp_filter_enforcing'))
  await using laxBench = lax.bench
  expect([lax.answer, counts(laxBench)]).toEqual(['hello', { total: 1, over_limit: 1 }])
})
