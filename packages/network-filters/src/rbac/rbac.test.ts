import { load } from '@nuncio/config'
import { StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { NetworkConnection, NetworkFilterContext } from '@nuncio/listener'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'
import { NetworkRbac } from './rbac.ts'

const filters = (fields: string): string => `
- name: rbac
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC
    stat_prefix: r
${fields.replace(/^/gm, '    ')}
- name: tcp
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    cluster: app`
const rules = (action: string, name = 'rules', policy = 'the second'): string => `${name}:
  action: ${action}
  policies:
    '${policy}':
      permissions: [{ any: true }]
      principals: [{ remote_ip: { address_prefix: 127.0.0.2, prefix_len: 32 } }]`

async function ask(fields: string, localAddress: string): Promise<{ answer: string; bench: NetworkBench }> {
  const bench = await new NetworkBench().listen(filters(fields))
  await bench.upstream('app', (socket) => void socket.end('hello'))
  return { answer: await bench.talk('', { localAddress }), bench }
}

test.each([
  ['ALLOW', '127.0.0.2', 'hello'],
  ['ALLOW', '127.0.0.3', ''],
  ['DENY', '127.0.0.2', ''],
  ['DENY', '127.0.0.3', 'hello'],
  ['LOG', '127.0.0.2', 'hello'],
  ['LOG', '127.0.0.3', 'hello'],
])('%s for 127.0.0.2: %s is answered "%s"', async (action, localAddress, expected) => {
  const { answer, bench } = await ask(rules(action), localAddress)
  await using _ = bench
  expect(answer).toBe(expected)
  expect([bench.stat('r.rbac.allowed'), bench.stat('r.rbac.denied')]).toEqual(expected === '' ? [0, 1] : [1, 0])
  expect(bench.accepted).toHaveLength(expected === '' ? 0 : 1)
})

test('rules without policies let nobody in, or everybody', async () => {
  const allow = await ask('rules: { action: ALLOW }', '127.0.0.1')
  await using _ = allow.bench
  expect(allow.answer).toBe('')
  const deny = await ask('rules: { action: DENY }', '127.0.0.1')
  await using denying = deny.bench
  expect(deny.answer).toBe('hello')
  expect(denying.stat('r.rbac.allowed')).toBe(1)
})

test('refuses to promise that connections are judged again', async () => {
  const bench = new NetworkBench()
  await using _ = bench
  await expect(bench.listen(filters(`enforcement_type: CONTINUOUS\n${rules('DENY')}`))).rejects.toThrow('judged once')
  await bench.listen(filters(`enforcement_type: ONE_TIME_ON_FIRST_BYTE\n${rules('DENY')}`))
})

test('says which policy refused a connection', () => {
  const { config } = load('envoy.extensions.filters.network.rbac.v3.RBAC', `stat_prefix: r\n${rules('DENY')}`, {
    file: 'rbac.yaml',
  })
  const context = {
    stats: new StatsStore().scope(''),
    report: () => {},
    path: '',
    time: new FakeTime(),
  } as unknown as NetworkFilterContext
  const info = { remote: { address: '127.0.0.2', port: 1 }, terminationDetails: '' }
  const filter = new NetworkRbac(config!, context)
  expect(filter.onNewConnection({ info } as unknown as NetworkConnection)).toBe('close')
  expect(info.terminationDetails).toBe('rbac_access_denied_matched_policy[the_second]')
})

test('tries shadow rules out without effect, counts them and notes them in metadata', async () => {
  const fields = `shadow_rules_stat_prefix: next_\n${rules('ALLOW', 'shadow_rules')}`
  const { answer, bench } = await ask(fields, '127.0.0.2')
  await using _ = bench
  expect([answer, await bench.talk('', { localAddress: '127.0.0.3' })]).toEqual(['hello', 'hello'])
  expect([bench.stat('r.rbac.next_.shadow_allowed'), bench.stat('r.rbac.next_.shadow_denied')]).toEqual([1, 1])
  expect([bench.stat('r.rbac.allowed'), bench.stat('r.rbac.denied')]).toEqual([0, 0])
  const noted = bench.clusters
    .get('app')!
    .contexts.map(({ info }) => info!.connection.metadata?.get('envoy.filters.network.rbac'))
  expect(noted).toEqual([
    { next_shadow_effective_policy_id: 'the second', next_shadow_engine_result: 'allowed' },
    { next_shadow_engine_result: 'denied' },
  ])
})

test('notes a match of LOG rules for access logs', async () => {
  const { bench } = await ask(rules('LOG'), '127.0.0.2')
  await using _ = bench
  const { info } = bench.clusters.get('app')!.contexts[0]!
  expect(info!.connection.metadata?.get('envoy.common')).toEqual({ access_log_hint: true })
})

test('keeps a refused connection for delay_deny', async () => {
  await using bench = await new NetworkBench().listen(filters(`delay_deny: 1s\n${rules('ALLOW')}`))
  const client = bench.connect()
  client.resume()
  await bench.until(() => bench.stat('r.rbac.denied') === 1)
  expect(client.destroyed).toBe(false)
  bench.time.advance(1000)
  await bench.until(() => client.destroyed)
})

test('refuses a listener with a rule that it cannot check', async () => {
  await using bench = new NetworkBench()
  const fields = rules('DENY').replace('{ any: true }', '{ header: { name: a, present_match: true } }')
  await expect(bench.listen(filters(fields))).rejects.toThrow('rules.policies["the second"].permissions[0]')
})
