import { loadCel } from '@nuncio/cel'
import { load, type Problem } from '@nuncio/config'
import { type ConnectionInfo, requestHeaders, StreamInfo, type TlsInfo } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import { beforeAll, describe, expect, test } from 'vitest'
import type { RbacSubject } from './rule.ts'
import { compileRules } from './rules.ts'

beforeAll(loadCel)

const TYPE = 'envoy.extensions.filters.http.rbac.v3.RBAC'

function compile(yaml: string) {
  const { config, problems: faults } = load(TYPE, yaml, { file: 'rbac.yaml' })
  if (config === undefined) throw new Error(faults.map(({ message }) => message).join('\n'))
  const problems: Problem[] = []
  const rules = compileRules(config, configPlace(config, { report: (p) => problems.push(p) }), 'request')
  return { rules, problems }
}

interface Given {
  readonly path?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly tls?: object
  readonly metadata?: Record<string, Record<string, unknown>>
}

function subject({ path = '/', headers = [], tls, metadata }: Given = {}): RbacSubject {
  const connection = {
    id: 7, remote: { address: '192.0.2.7', port: 1234 }, directRemote: { address: '10.0.0.1', port: 1 },
    local: { address: '192.0.2.1', port: 443 }, serverName: 'shop.example', tls: tls as TlsInfo | undefined,
  } as ConnectionInfo // prettier-ignore
  const info = new StreamInfo(connection, 0, 1_800_000_000_000)
  for (const [namespace, fields] of Object.entries(metadata ?? {})) info.setMetadata(namespace, fields)
  const pseudo = [[':method', 'GET'], [':path', path], [':authority', 'shop.example'], [':scheme', 'https']] as const // prettier-ignore
  return { requestHeaders: requestHeaders([...pseudo, ...headers]), info, route: () => undefined }
}

/** A condition as YAML: `ident`, `.field`, `["key"]`, a constant, or a call of these. */
const ident = (name: string): object => ({ ident_expr: { name } })
const select = (operand: object, field: string): object => ({ select_expr: { operand, field } })
const text = (value: string): object => ({ const_expr: { string_value: value } })
const call = (name: string, ...args: object[]): object => ({ call_expr: { function: name, args } })
const method = (target: object, name: string, ...args: object[]): object => ({
  call_expr: { target, function: name, args },
})
const request = (field: string): object => select(ident('request'), field)
const header = (name: string): object => call('_[_]', request('headers'), text(name))

const policy = (condition: object, action = 'ALLOW'): string =>
  JSON.stringify({
    rules: { action, policies: { p: { permissions: [{ any: true }], principals: [{ any: true }], condition } } },
  })

async function allowed(yaml: string, given?: Given): Promise<boolean> {
  const { rules, problems } = compile(yaml)
  expect(problems).toEqual([])
  return rules.enforced!.judge(subject(given)).allowed
}

describe('conditions in CEL', () => {
  test.each<[string, object, Given | undefined, boolean]>([
    ['a header', call('_==_', header('x-a'), text('1')), { headers: [['X-A', '1']] }, true],
    ['another value of it', call('_==_', header('x-a'), text('1')), { headers: [['x-a', '2']] }, false],
    ['a header that is not there', call('_==_', header('x-a'), text('1')), {}, false],
    ['its absence', call('_==_', header('x-a'), text('')), {}, false],
    ['a header in several lines', call('_==_', header('x-a'), text('1,2')), { headers: [['x-a', '1'], ['x-a', '2']] }, true],
    ['the path without its query', call('_==_', request('url_path'), text('/a')), { path: '/a?b' }, true],
    ['the query', call('_==_', request('query'), text('b')), { path: '/a?b' }, true],
    ['the beginning of the path', method(request('path'), 'startsWith', text('/a')), { path: '/a?b' }, true],
    ['the method and the host', call('_&&_', call('_==_', request('method'), text('GET')), call('_==_', request('host'), text('shop.example'))), {}, true],
    ['a port', call('_==_', select(ident('source'), 'port'), { const_expr: { int64_value: 1234 } }), {}, true],
    ['an address', call('_==_', select(ident('destination'), 'address'), text('192.0.2.1:443')), {}, true],
    ['the server name', call('_==_', select(ident('connection'), 'requested_server_name'), text('shop.example')), {}, true],
    ['the client certificate', select(ident('connection'), 'mtls'), { tls: { peer: { uriSans: [], dnsSans: [] } } }, true],
    ['no client certificate', select(ident('connection'), 'mtls'), {}, false],
    ['metadata', call('_==_', call('_[_]', call('_[_]', select(ident('metadata'), 'filter_metadata'), text('f')), text('k')), text('v')), { metadata: { f: { k: 'v' } } }, true],
    ['text beyond ASCII', call('_==_', header('x-a'), text('ü')), { headers: [['x-a', '\u00c3\u00bc']] }, true],
    ['an expression in linear time', method(header('x-a'), 'matches', text('^(a+)+$')), { headers: [['x-a', `${'a'.repeat(5000)}!`]] }, false],
    ['something that is no truth value', request('path'), {}, false],
    ['a name that nobody knows', ident('nothing'), {}, false],
  ])('see %s', async (_, condition, given, expected) => {
    expect(await allowed(policy(condition), given)).toBe(expected)
    // A condition that does not hold, or fails, keeps its policy from matching: nothing is denied by it.
    expect(await allowed(policy(condition, 'DENY'), given)).toBe(!expected)
  }) // prettier-ignore

  test('hold together with the rest of a policy', async () => {
    const yaml = policy(call('_==_', request('method'), text('GET'))).replace(
      '"permissions":[{"any":true}]',
      '"permissions":[{"url_path":{"path":{"exact":"/a"}}}]',
    )
    expect([await allowed(yaml, { path: '/a' }), await allowed(yaml, { path: '/b' })]).toEqual([true, false])
  })

  test('may be checked ones', async () => {
    const yaml = policy({}).replace(
      '"condition":{}',
      `"checked_condition":${JSON.stringify({ expr: call('_==_', request('method'), text('GET')) })}`,
    )
    expect(await allowed(yaml)).toBe(true)
  })

  test.each<[object, string]>([
    [{ id: 1 }, 'a part of it is empty'],
    [call('_==_', ident('request'), {}), 'a part of it is empty'],
    [call('exec', text('id')), 'there is no function "exec"'],
    [{ list_expr: { elements: [method(ident('request'), 'lowerAscii')] } }, 'there is no function "lowerAscii"'],
  ])('are refused when they are none: %j', (condition, message) => {
    const { rules, problems } = compile(policy(condition))
    expect(problems.map((one) => [one.path, one.message])).toEqual([
      ['rules.policies["p"].condition', `the condition is refused: ${message}`],
    ])
    expect(rules.enforced!.judge(subject()).allowed).toBe(false)
  })
})

describe('a matcher', () => {
  const action = (name: string, what: string): string =>
    `{ action: { name: a, typed_config: { '@type': type.googleapis.com/envoy.config.rbac.v3.Action, name: ${name}, action: ${what} } } }`
  const tree = (field = 'matcher'): string => `${field}:
  matcher_tree:
    input: { name: m, typed_config: { '@type': type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-a } }
    exact_match_map: { map: { good: ${action('good', 'ALLOW')}, bad: ${action('bad', 'DENY')}, seen: ${action('log', 'LOG')} } }`

  test.each([
    ['good', { allowed: true, policy: 'good', logs: undefined }],
    ['bad', { allowed: false, policy: 'bad', logs: undefined }],
    ['seen', { allowed: true, policy: 'log', logs: true }],
    ['other', { allowed: false, policy: undefined, logs: undefined }],
  ])('judges %s by its action', (value, expected) => {
    const { rules, problems } = compile(tree())
    expect(problems).toEqual([])
    expect(rules.enforced!.judge(subject({ headers: [['x-a', value]] }))).toEqual(expected)
  })

  test('may be only tried, and not beside rules', () => {
    const { rules } = compile(tree('shadow_matcher'))
    expect([rules.enforced, rules.shadow?.judge(subject()).allowed]).toEqual([undefined, false])
    expect(compile(`${tree()}\nrules: {}`).problems.map(({ message }) => message)).toEqual([
      'rules and matcher are both set',
    ])
  })

  test.each(['HttpResponseHeaderMatchInput', 'HttpRequestTrailerMatchInput'])('cannot ask about %s', (input) => {
    expect(compile(tree().replace('HttpRequestHeaderMatchInput', input)).problems).toHaveLength(1)
  })

  test('cannot ask about a query parameter', () => {
    const query = 'HttpRequestQueryParamMatchInput, query_param: k'
    const yaml = tree().replace('HttpRequestHeaderMatchInput, header_name: x-a', query)
    expect(compile(yaml).problems).toHaveLength(1)
  })

  test('with an action of another kind is refused', () => {
    const yaml = tree().replaceAll('envoy.config.rbac.v3.Action, name: good, action: ALLOW', 'google.protobuf.Empty')
    expect(
      compile(yaml)
        .problems.map(({ message }) => message)
        .join(),
    ).toContain('envoy.config.rbac.v3.Action')
  })
})

describe('mtls_authenticated', () => {
  const yaml = (config: string): string =>
    `rules: { policies: { p: { permissions: [{ any: true }], principals: [{ custom: { name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config, ${config} } } }] } } }`
  const peer = { subject: 'CN=c', uriSans: ['spiffe://x/a'], dnsSans: ['a.x'], emailSans: [], ipSans: [] }

  test.each([
    ['any_validated_client_certificate: true', true, true],
    ['san_matcher: { san_type: URI, matcher: { prefix: "spiffe://x/" } }', true, true],
    ['san_matcher: { san_type: DNS, matcher: { exact: a.x } }', true, true],
    ['san_matcher: { san_type: DNS, matcher: { exact: "spiffe://x/a" } }', true, false],
    ['san_matcher: { san_type: EMAIL, matcher: { prefix: a } }', true, false],
    ['any_validated_client_certificate: true', false, false],
  ])('%s with a validated certificate (%s): %s', async (config, peerValidated, expected) => {
    expect(await allowed(yaml(config), { tls: { peer, peerValidated } })).toBe(expected)
    expect(await allowed(yaml(config), { tls: { peer: undefined, peerValidated } })).toBe(false)
    expect(await allowed(yaml(config))).toBe(false)
  })
})
