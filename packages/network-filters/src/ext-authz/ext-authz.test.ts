import { decode, type Message } from '@nuncio/config'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'
import { type SideAnswer, SideService } from '../testing/side-service.ts'

type Check = Message<'envoy.service.auth.v3.CheckResponse'>

const filters = (more = ''): string => `
- name: authz
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz
    stat_prefix: a
    grpc_service: { envoy_grpc: { cluster_name: authz } }
${more.replace(/^/gm, '    ')}
- name: echo
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config, response: { inline_string: hello } }`

async function ask(answer: SideAnswer<Check>, more = '') {
  const bench = new NetworkBench()
  const service = new SideService('envoy.service.auth.v3.CheckResponse', answer)
  bench.fetch = service.fetch
  await bench.listen(filters(more))
  return { bench, service, answer: await bench.talk('') }
}

const counts = (bench: NetworkBench): Record<string, number> =>
  Object.fromEntries(
    ['total', 'ok', 'denied', 'error', 'disabled', 'failure_mode_allowed', 'cx_closed', 'active']
      .map((name) => [name, bench.stat(`ext_authz.a.${name}`)] as const)
      .filter(([, value]) => value !== 0),
  )

const DOWN = new Error('down')
const ALLOW = 'failure_mode_allow: true'
const SHADOW = 'shadow_mode: true'

test.each<[string, SideAnswer<Check>, string, string, Record<string, number>]>([
  ['yes', { status: {} }, '', 'hello', { total: 1, ok: 1 }],
  ['no', { status: { code: 7 } }, '', '', { total: 1, denied: 1, cx_closed: 1 }],
  ['no, in shadow mode', { status: { code: 7 } }, SHADOW, 'hello', { total: 1, denied: 1 }],
  ['no, with failure_mode_allow', { status: { code: 7 } }, ALLOW, '', { total: 1, denied: 1, cx_closed: 1 }],
  ['nothing: it is down', DOWN, '', '', { total: 1, error: 1, cx_closed: 1 }],
  ['nothing, with failure_mode_allow', DOWN, ALLOW, 'hello', { total: 1, error: 1, failure_mode_allowed: 1 }],
  ['a status', { grpcStatus: 14 }, '', '', { total: 1, error: 1, cx_closed: 1 }],
  ['nonsense', Uint8Array.of(255), '', '', { total: 1, error: 1, cx_closed: 1 }],
])('when the service says %s', async (_, answer, more, expected, stats) => {
  const run = await ask(answer, more)
  await using bench = run.bench
  expect([run.answer, counts(bench)]).toEqual([expected, stats])
})

test('tells the service who comes from where', async () => {
  const { bench, service } = await ask({ status: {} }, 'metadata_context_namespaces: [none]')
  await using _ = bench
  expect(service.asked[0]).toMatchObject({ path: '/envoy.service.auth.v3.Authorization/Check', timeoutMs: 200 })
  const { attributes } = decode('envoy.service.auth.v3.CheckRequest', service.asked[0]!.body!)!
  expect(attributes?.source?.address?.socket_address?.address).toBe('127.0.0.1')
  expect(attributes?.request).toBeUndefined()
})

test('gives up when the client goes', async () => {
  const bench = new NetworkBench()
  await using _ = bench
  const service = new SideService('envoy.service.auth.v3.CheckResponse', 'silence')
  bench.fetch = service.fetch
  await bench.listen(filters())
  const client = bench.connect()
  await bench.until(() => service.asked.length === 1)
  expect(bench.stat('ext_authz.a.active')).toBe(1)
  client.resetAndDestroy()
  await bench.until(() => service.aborted === 1)
  await bench.until(() => bench.stat('ext_authz.a.active') === 0)
})

test('asks only about connections with the metadata that is configured', async () => {
  const matcher = 'filter_enabled_metadata: { filter: f, path: [{ key: k }], value: { bool_match: true } }'
  const { bench, answer, service } = await ask({ status: { code: 7 } }, matcher)
  await using _ = bench
  expect([answer, service.asked, counts(bench)]).toEqual(['hello', [], { disabled: 1 }])
})
