import { load, type Problem } from '@nuncio/config'
import { type ConnectionInfo, requestHeaders, StreamInfo, type TlsInfo } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import { expect, test } from 'vitest'
import { compilePermission } from './permission.ts'
import { compilePrincipal } from './principal.ts'
import type { Rule } from './rule.ts'

const peer = {
  subject: 'CN=client,O=Example',
  uriSans: ['spiffe://example/a'],
  dnsSans: ['a.example'],
}
function connection(parts: Partial<ConnectionInfo> = {}): ConnectionInfo {
  return {
    remote: { address: '203.0.113.7', port: 1234 },
    directRemote: { address: '10.0.0.1', port: 99 },
    local: { address: '192.0.2.1', port: 443 },
    serverName: 'shop.example',
    tls: undefined,
    ...parts,
  } as ConnectionInfo
}
/** What a rule says of a connection. */
function holds(rule: Rule, info: ConnectionInfo): boolean {
  return rule.matches({ requestHeaders: requestHeaders([]), info: new StreamInfo(info, 0, 0), route: () => undefined })
}
const secured = connection({ tls: { peer } as unknown as TlsInfo })
const without = connection({ tls: { peer: undefined } as unknown as TlsInfo })

function permission(yaml: string): { condition: Rule; problems: Problem[] } {
  const { config } = load('envoy.config.rbac.v3.Permission', yaml, { file: 'rule.yaml' })
  const problems: Problem[] = []
  return {
    condition: compilePermission(config!, configPlace(config, { report: (p) => problems.push(p) }), 'connection'),
    problems,
  }
}
function principal(yaml: string): { condition: Rule; problems: Problem[] } {
  const { config } = load('envoy.config.rbac.v3.Principal', yaml, { file: 'rule.yaml' })
  const problems: Problem[] = []
  return {
    condition: compilePrincipal(config!, configPlace(config, { report: (p) => problems.push(p) }), 'connection'),
    problems,
  }
}

test.each([
  ['any: true', true],
  ['destination_ip: { address_prefix: 192.0.2.0, prefix_len: 24 }', true],
  ['destination_ip: { address_prefix: 192.0.3.0, prefix_len: 24 }', false],
  ['destination_port: 443', true],
  ['destination_port: 80', false],
  ['destination_port_range: { start: 443, end: 444 }', true],
  ['destination_port_range: { start: 400, end: 443 }', false],
  ['requested_server_name: { suffix: .example }', true],
  ['requested_server_name: { exact: mail.example }', false],
  ['not_rule: { destination_port: 80 }', true],
  ['and_rules: { rules: [{ any: true }, { destination_port: 80 }] }', false],
  ['or_rules: { rules: [{ destination_port: 80 }, { destination_port: 443 }] }', true],
])('the permission %s: %s', (yaml, expected) => {
  const { condition, problems } = permission(yaml)
  expect(problems).toEqual([])
  expect(holds(condition, connection())).toBe(expected)
})

test.each([
  ['any: true', true],
  ['remote_ip: { address_prefix: 203.0.113.0, prefix_len: 24 }', true],
  ['source_ip: { address_prefix: 203.0.113.7, prefix_len: 32 }', true],
  ['remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }', false],
  ['direct_remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }', true],
  ['not_id: { remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 } }', true],
  ['and_ids: { ids: [{ any: true }, { direct_remote_ip: { address_prefix: 203.0.113.0, prefix_len: 24 } }] }', false],
  ['or_ids: { ids: [{ remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 } }, { any: true }] }', true],
])('the principal %s: %s', (yaml, expected) => {
  const { condition, problems } = principal(yaml)
  expect(problems).toEqual([])
  expect(holds(condition, connection())).toBe(expected)
})

test.each([
  ['authenticated: {}', true],
  ['authenticated: { principal_name: { exact: "spiffe://example/a" } }', true],
  ['authenticated: { principal_name: { exact: a.example } }', true],
  ['authenticated: { principal_name: { prefix: "CN=client" } }', true],
  ['authenticated: { principal_name: { exact: b.example } }', false],
])('a client with a certificate is %s: %s, one without is not', (yaml, expected) => {
  const { condition } = principal(yaml)
  expect([holds(condition, secured), holds(condition, connection())]).toEqual([expected, false])
  // Without a name to compare, it is enough that there is TLS.
  expect(holds(condition, without)).toBe(yaml === 'authenticated: {}')
})

test('a rule of another kind, and a range that is none, is refused with its place', () => {
  const header = permission('not_rule: { header: { name: x, present_match: true } }')
  expect(header.problems.map(({ path, severity }) => [path, severity])).toEqual([['not_rule', 'error']])
  const range = principal('and_ids: { ids: [{ remote_ip: { address_prefix: nowhere, prefix_len: 8 } }] }')
  expect(range.problems.map(({ path, severity }) => [path, severity])).toEqual([['and_ids.ids[0].remote_ip', 'error']])
})

const UPSTREAM = '"@type": type.googleapis.com/envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher'
function upstream(fields: string): ReturnType<typeof permission> {
  return permission(`matcher: { name: m, typed_config: { ${UPSTREAM}${fields} } }`)
}
test.each([
  ['169.254.169.254:80', ', upstream_ip: { address_prefix: 169.254.0.0, prefix_len: 16 }', true],
  ['192.0.2.1:80', ', upstream_ip: { address_prefix: 169.254.0.0, prefix_len: 16 }', false],
  ['[fd00::1]:80', ', upstream_ip: { address_prefix: "fd00::", prefix_len: 8 }', true],
  ['[::ffff:a9fe:a9fe]:80', ', upstream_ip: { address_prefix: 169.254.0.0, prefix_len: 16 }', true],
  ['[::ffff:169.254.169.254]:80', ', upstream_ip: { address_prefix: 169.254.0.0, prefix_len: 16 }', true],
  ['[::fffe:a9fe:a9fe]:80', ', upstream_ip: { address_prefix: 169.254.0.0, prefix_len: 16 }', false],
  ['[fe80::1%eth0]:80', ', upstream_ip: { address_prefix: "fe80::", prefix_len: 10 }', true],
  ['192.0.2.1:22', ', upstream_port_range: { start: 22, end: 25 }', true],
  ['192.0.2.1:25', ', upstream_port_range: { start: 22, end: 25 }', true],
  ['192.0.2.1:26', ', upstream_port_range: { start: 22, end: 25 }', false],
  [
    '10.0.0.1:443',
    ', upstream_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }, upstream_port_range: { start: 443, end: 443 }',
    true,
  ],
  [
    '10.0.0.1:80',
    ', upstream_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }, upstream_port_range: { start: 443, end: 443 }',
    false,
  ],
  [undefined, ', upstream_ip: { address_prefix: 0.0.0.0, prefix_len: 0 }', false],
  ['nowhere', ', upstream_ip: { address_prefix: 0.0.0.0, prefix_len: 0 }', false],
])('an upstream at %s is one of%s: %s', (address, fields, expected) => {
  const { condition, problems } = upstream(fields)
  expect(problems).toEqual([])
  const state = new Map(address === undefined ? [] : [['envoy.stream.upstream_address', { serialize: () => address }]])
  expect(holds(condition, connection({ filterState: state }))).toBe(expected)
})

test('an upstream that is not described is refused', () => {
  expect(upstream('').problems.map(({ severity }) => severity)).toEqual(['error'])
  expect(upstream(', upstream_ip: { address_prefix: nowhere }').problems.map(({ severity }) => severity)).toEqual([
    'error',
  ])
})
