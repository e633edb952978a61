import { loadCel } from '@nuncio/cel'
import type { ConnectionInfo, PeerCertificate, TlsInfo } from '@nuncio/core'
import { fakeRoute, FilterBench, runFilter, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { rbac } from './index.ts'

beforeAll(loadCel)

const ANY = '[{ any: true }]'
const rules = (policy: string, action = 'ALLOW'): string => `rules: { action: ${action}, policies: { p: ${policy} } }`
const may = (permission: string): string => rules(`{ permissions: [${permission}], principals: ${ANY} }`)
const who = (principal: string): string => rules(`{ permissions: ${ANY}, principals: [${principal}] }`)
const run = (config: string, options: RunOptions = {}): Promise<Transcript> => runFilter(rbac, { config, ...options })
const allowed = async (config: string, options?: RunOptions): Promise<boolean> =>
  (await run(config, options)).status === 200
const header = (name: string, value: string): RunOptions => ({ request: { headers: [[name, value]] } })
const path = (value: string): RunOptions => ({ request: { path: value } })
const tls = (peer: Partial<PeerCertificate> | undefined): Partial<ConnectionInfo> => ({
  tls: { peer: peer && { uriSans: [], dnsSans: [], subject: '', ...peer } } as unknown as TlsInfo,
})

describe('envoy.filters.http.rbac', () => {
  test('refuses what no policy allows', async () => {
    const t = await run(who('{ header: { name: x-user, string_match: { exact: ann } } }'))
    expect([t.status, t.body, t.upstream, t.info.details]).toEqual([
      403,
      'RBAC: access denied',
      undefined,
      'rbac_access_denied_matched_policy[none]',
    ])
    expect(t.stats.counter('http.test.rbac.denied').value).toBe(1)
  })

  test('names the policy that refused, the first by name', async () => {
    const deny = `{ permissions: ${ANY}, principals: ${ANY} }`
    const t = await run(`rules: { action: DENY, policies: { "z last": ${deny}, "no way": ${deny} } }`)
    expect(t.info.details).toBe('rbac_access_denied_matched_policy[no_way]')
    expect(t.info.metadata?.get('envoy.filters.http.rbac')).toEqual({
      enforced_engine_result: 'denied',
      enforced_effective_policy_id: 'no way',
    })
  })

  test('without policies ALLOW lets nobody through and DENY everybody; without rules it does nothing', async () => {
    expect(await allowed('rules: { action: ALLOW }')).toBe(false)
    expect(await allowed('rules: { action: DENY }')).toBe(true)
    expect(await allowed('{}')).toBe(true)
  })

  test('only notes what LOG matches', async () => {
    const t = await run(rules(`{ permissions: ${ANY}, principals: ${ANY} }`, 'LOG'))
    expect([t.status, t.info.metadata?.get('envoy.common')]).toEqual([200, { access_log_hint: true }])
  })

  test.each<[string, RunOptions, boolean]>([
    ['{ header: { name: ":method", string_match: { exact: GET } } }', {}, true],
    ['{ not_rule: { header: { name: ":method", string_match: { exact: GET } } } }', {}, false],
    ['{ and_rules: { rules: [{ any: true }, { url_path: { path: { prefix: /a } } }] } }', path('/b'), false],
    ['{ or_rules: { rules: [{ url_path: { path: { exact: /x } } }, { url_path: { path: { prefix: /a } } }] } }', path('/a'), true],
    ['{ url_path: { path: { exact: /a } } }', path('/a?b=/c#d'), true],
    ['{ destination_ip: { address_prefix: 127.0.0.0, prefix_len: 8 } }', {}, true],
    ['{ destination_port: 10000 }', {}, true],
    ['{ destination_port_range: { start: 9000, end: 10000 } }', {}, false],
    ['{ requested_server_name: { suffix: .example } }', { connection: { serverName: 'a.example' } }, true],
    ['{ requested_server_name: { suffix: .example } }', {}, false],
  ])('permission %s with %j: %s', async (permission, options, expected) => {
    expect(await allowed(may(permission), options)).toBe(expected)
  }) // prettier-ignore

  test.each<[string, RunOptions, boolean]>([
    ['{ header: { name: x-user, string_match: { exact: ann } } }', header('x-user', 'ann'), true],
    ['{ header: { name: x-user, string_match: { exact: ann } } }', header('x-user', 'Ann'), false],
    ['{ not_id: { header: { name: x-user, string_match: { exact: ann } } } }', {}, true],
    ['{ and_ids: { ids: [{ any: true }, { header: { name: x-user, present_match: true } }] } }', {}, false],
    ['{ or_ids: { ids: [{ any: true }, { header: { name: x-user, present_match: true } }] } }', {}, true],
    ['{ url_path: { path: { prefix: /a } } }', path('/a'), true],
    ['{ direct_remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 } }', { connection: { directRemote: { address: '10.1.2.3', port: 1 } } }, true],
    ['{ source_ip: { address_prefix: 10.0.0.0, prefix_len: 8 } }', { connection: { remote: { address: '11.1.2.3', port: 1 } } }, false],
    ['{ remote_ip: { address_prefix: "fd00::", prefix_len: 8 } }', { connection: { remote: { address: 'fd12::1', port: 1 } } }, true],
    ['{ authenticated: {} }', {}, false],
    ['{ authenticated: {} }', { connection: tls(undefined) }, true],
    ['{ authenticated: { principal_name: { exact: "spiffe://a/b" } } }', { connection: tls({ uriSans: ['spiffe://x', 'spiffe://a/b'] }) }, true],
    ['{ authenticated: { principal_name: { exact: a.example } } }', { connection: tls({ dnsSans: ['a.example'] }) }, true],
    ['{ authenticated: { principal_name: { contains: CN=ann } } }', { connection: tls({ subject: 'CN=ann,O=x' }) }, true],
    ['{ authenticated: { principal_name: { safe_regex: { regex: ".*" } } } }', { connection: tls(undefined) }, false],
    ['{ authenticated: { principal_name: { safe_regex: { regex: ".*" } } } }', {}, false],
  ])('principal %s with %j: %s', async (principal, options, expected) => {
    expect(await allowed(who(principal), options)).toBe(expected)
  }) // prettier-ignore

  test('reads dynamic metadata, and that of the route', async () => {
    const matcher = '{ filter: ns, path: [{ key: user }], value: { string_match: { exact: ann } } }'
    const before = [{ onRequestHeaders: (_: unknown, s: { info: Transcript['info'] }) => s.info.setMetadata('ns', { user: 'ann' }) }]
    expect(await allowed(who(`{ metadata: ${matcher} }`), { before })).toBe(true)
    expect(await allowed(who(`{ metadata: ${matcher} }`))).toBe(false)
    const sourced = who(`{ sourced_metadata: { metadata_matcher: ${matcher}, metadata_source: ROUTE } }`)
    expect(await allowed(sourced, { before })).toBe(false)
    expect(await allowed(sourced, { route: fakeRoute({ overrides: { metadata: { ns: { user: 'ann' } } } }) })).toBe(true)
  }) // prettier-ignore

  test('tries shadow rules without enforcing them', async () => {
    const t = await run(`
rules_stat_prefix: real
shadow_rules_stat_prefix: trial.
rules: { action: DENY }
shadow_rules: { action: ALLOW }
`)
    expect(t.status).toBe(200)
    expect(t.stats.counter('http.test.rbac.trial.shadow_denied').value).toBe(1)
    expect(t.stats.counter('http.test.rbac.real.allowed').value).toBe(1)
    expect(t.info.metadata?.get('envoy.filters.http.rbac')).toEqual({
      'trial.shadow_engine_result': 'denied',
      realenforced_engine_result: 'allowed',
    })
  })

  test('lets a route have other rules, or none', async () => {
    const config = 'rules: { action: ALLOW }'
    expect(await allowed(config, { routeConfigs: ['rbac: { rules: { action: DENY } }'] })).toBe(true)
    expect(await allowed(config, { routeConfigs: ['{}'] })).toBe(true)
    expect(await allowed('rules: { action: DENY }', { routeConfigs: ['rbac: { rules: { action: ALLOW } }'] })).toBe(
      false,
    )
  })
})

describe('against attacks', () => {
  const guarded = rules(`{ permissions: [{ url_path: { path: { prefix: /admin } } }], principals: ${ANY} }`, 'DENY')

  test.each(['/admin', '/admin?x=/public', '/admin#/public', '/admin/', '/admin/../admin/x'])(
    'guards %s',
    async (value) => {
      expect(await allowed(guarded, path(value))).toBe(false)
    },
  )

  test('sees the very path that goes on to the upstream, after filters before it changed it', async () => {
    const before = [{ onRequestHeaders: (headers: { path: string }) => void (headers.path = '/admin') }]
    expect(await allowed(guarded, { ...path('/public'), before })).toBe(false)
  })

  test('looks at each line of a repeated header: a second line does not hide a denied value', async () => {
    const principal = '{ header: { name: x-user, string_match: { exact: bob } } }'
    const denying = rules(`{ permissions: ${ANY}, principals: [${principal}] }`, 'DENY')
    const request = { headers: [['x-user', 'bob'], ['x-user', 'ann']] as [string, string][] } // prettier-ignore
    expect(await allowed(denying, { request })).toBe(false)
  })

  test('a forwarded address does not stand for that of the peer', async () => {
    const config = who('{ direct_remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 } }')
    expect(await allowed(config, header('x-forwarded-for', '10.0.0.1'))).toBe(false)
  })

  const policy = { permissions: [{ any: true }], principals: [{ any: true }] }
  test.each([
    ['principal', { rules: { policies: { p: { ...policy, principals: [{ custom: {} }] } } } }],
    ['permission', { rules: { policies: { p: { ...policy, permissions: [{ matcher: {} }] } } } }],
    ['condition', { rules: { policies: { p: { ...policy, condition: {} } } } }],
    ['matcher', { rules: {}, matcher: {} }],
  ])('refuses a configuration with a %s that it cannot judge', (word, config) => {
    expect(new FilterBench(rbac, { config }).problems.join()).toContain(word)
  })
})
