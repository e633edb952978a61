import { latin1Bytes } from '@nuncio/core'
import type { SideResponse } from '@nuncio/filter-chain'
import { fakeRoute, FilterBench, type Pairs, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { extAuthz } from './index.ts'
import { type Asked, type Check, failure, GRPC, grpcResponse, type Run, run } from './testing/authz-run.ts'

const OK: Check = { status: {}, ok_response: {} }
const DENY: Check = { status: { code: 7 } }
const header = (key: string, value: string): { header: { key: string; value: string } } => ({ header: { key, value } })
const named = (t: Transcript, name: string): string[] =>
  (t.upstream?.headers ?? []).filter(([key]) => key === name).map(([, value]) => value)

describe('with a gRPC service', () => {
  test('tells the service who asks for what', async () => {
    const t = await run(grpcResponse(OK), {
      request: {
        method: 'POST',
        path: '/a?b=%2f',
        authority: 'shop.example',
        headers: [['X-A', '1'], ['x-a', '2'], ['x-envoy-auth-partial-body', 'false'], ['x-byte', 'a\u00e9b\u00c3\u00a9']], // prettier-ignore
      },
      connection: { remote: { address: '192.0.2.7', port: 99 }, local: { address: '192.0.2.1', port: 443 } },
    })
    expect(t.status).toBe(200)
    const [{ cluster, request, attributes }] = t.asked as [Asked]
    expect([cluster, request.path, request.authority, request.grpc, request.timeoutMs]).toEqual([
      'authz',
      '/envoy.service.auth.v3.Authorization/Check',
      'authz',
      true,
      200,
    ])
    expect(attributes.source?.address).toEqual({ socket_address: { address: '192.0.2.7', port_value: 99 } })
    expect(attributes.destination?.address).toEqual({ socket_address: { address: '192.0.2.1', port_value: 443 } })
    const { http } = attributes.request!
    expect([http?.method, http?.path, http?.host, http?.scheme]).toEqual(['POST', '/a?b=%2f', 'shop.example', 'http'])
    expect(http?.headers).toEqual({
      ':authority': 'shop.example',
      ':method': 'POST',
      ':path': '/a?b=%2f',
      ':scheme': 'http',
      'x-a': '1,2',
      'x-byte': 'a!bé',
    })
  })

  test('tells headers raw, line by line, when asked to', async () => {
    const config = `${GRPC}\nencode_raw_headers: true\ndisallowed_headers: { patterns: [{ prefix: ':' }] }`
    const t = await run(grpcResponse(OK), { config, request: { headers: [['x-a', '1'], ['x-a', '\u00e9']] } }) // prettier-ignore
    expect(t.asked[0]?.attributes.request?.http?.header_map?.headers).toEqual([
      { key: 'x-a', raw_value: latin1Bytes('1') },
      { key: 'x-a', raw_value: latin1Bytes('\u00e9') },
    ])
  })

  test.each<[string, string, readonly string[]]>([
    ['all headers by default', '', [':authority', ':method', ':path', ':scheme', 'authorization', 'x-a', 'x-b']],
    ['only allowed ones', 'allowed_headers: { patterns: [{ exact: x-a }] }', ['x-a']],
    [
      'no disallowed ones',
      'disallowed_headers: { patterns: [{ prefix: ":" }, { exact: x-b }] }',
      ['authorization', 'x-a'],
    ],
    [
      'what is both is not told',
      'allowed_headers: { patterns: [{ prefix: x- }] }\ndisallowed_headers: { patterns: [{ exact: x-b }] }',
      ['x-a'],
    ],
  ])('tells %s', async (_, yaml, expected) => {
    const headers: Pairs = [['x-a', '1'], ['x-b', '2'], ['authorization', 'secret']] // prettier-ignore
    const t = await run(grpcResponse(OK), { config: `${GRPC}\n${yaml}`, request: { headers } })
    expect(Object.keys(t.asked[0]?.attributes.request?.http?.headers ?? {}).toSorted()).toEqual(expected)
  })

  test('tells the certificate, the session and metadata when asked to', async () => {
    const peer = { subject: 'CN=c', uriSans: ['spiffe://x/a'], dnsSans: ['a.x'], urlEncodedPem: 'PEM' }
    const config = `${GRPC}
include_peer_certificate: true
include_tls_session: true
metadata_context_namespaces: [one, two, gone]
route_metadata_context_namespaces: [r]`
    const t = await run(grpcResponse(OK), {
      config,
      route: fakeRoute({ overrides: { metadata: { r: { k: 'v' } } } }),
      before: [{ onRequestHeaders: (_, stream) => stream.info.setMetadata('one', { a: 1 }) }],
      connection: {
        tls: { peer, local: { subject: 'CN=s', uriSans: [], dnsSans: ['s.x'] }, serverName: 's.x' } as never,
        metadata: new Map([['one', { a: 2 }], ['two', { b: 'x' }]]), // prettier-ignore
      },
    })
    const { source, destination, tls_session, metadata_context, route_metadata_context } = t.asked[0]!.attributes
    expect([source?.principal, source?.certificate, destination?.principal]).toEqual(['spiffe://x/a', 'PEM', 's.x'])
    expect(tls_session).toEqual({ sni: 's.x' })
    expect(metadata_context).toEqual({ filter_metadata: { one: { a: 1 }, two: { b: 'x' } } })
    expect(route_metadata_context).toEqual({ filter_metadata: { r: { k: 'v' } } })
  })

  test('tells typed metadata, and labels of the node', async () => {
    const zone = (name: string) => ({ '@type': 'envoy.config.core.v3.Locality', zone: name })
    const config = `${GRPC}
bootstrap_metadata_labels_key: labels
typed_metadata_context_namespaces: [t, gone]
route_typed_metadata_context_namespaces: [r, gone]`
    const info = { ...fakeRoute().info, config: { metadata: { typed_filter_metadata: { r: zone('two') } } } } as never
    const t = await run(grpcResponse(OK), {
      config,
      proxy: { localCluster: '', healthCheckFailed: false, nodeMetadata: { labels: { app: 'shop', count: 3 } } },
      route: fakeRoute({ overrides: { info } }),
      before: [{ onRequestHeaders: (_, stream) => void (stream.info.typedMetadata = new Map([['t', zone('one')]])) }],
    })
    const { destination, metadata_context, route_metadata_context } = t.asked[0]!.attributes
    expect(destination?.labels).toEqual({ app: 'shop', count: '' })
    expect(metadata_context).toEqual({ typed_filter_metadata: { t: zone('one') } })
    expect(route_metadata_context).toEqual({ typed_filter_metadata: { r: zone('two') } })
  })

  test('changes the request as the answer says: headers are set, or joined to those that are there', async () => {
    const answer: Check = {
      status: {},
      ok_response: {
        headers: [
          header('x-e', 'new'), header('X-New', '1'), { ...header('x-j', 'b'), append: true },
          { ...header('x-none', 'b'), append: true }, { ...header('x-set', 's'), append_action: 'OVERWRITE_IF_EXISTS' },
        ], // prettier-ignore
        headers_to_remove: ['accept', ':path', 'host', 'x-gone'],
        query_parameters_to_set: [{ key: 'x', value: '9%20' }, { key: 'z', value: 'q' }], // prettier-ignore
        query_parameters_to_remove: ['y'],
      },
    }
    const headers: Pairs = [['x-e', '1'], ['x-e', '2'], ['x-j', 'a'], ['accept', '*/*']] // prettier-ignore
    const t = await run(grpcResponse(answer), { request: { path: '/p?x=1&y=2&x=3', headers } })
    expect(t.upstream?.path).toBe('/p?x=9%20&z=q')
    expect(t.upstream?.authority).toBe('host')
    expect(named(t, 'x-e')).toEqual(['new'])
    expect([named(t, 'x-new'), named(t, 'x-j'), named(t, 'x-none'), named(t, 'x-set'), named(t, 'accept')]).toEqual([
      ['1'], ['a,b'], [], ['s'], [],
    ]) // prettier-ignore
    expect(t.count('ok')).toBe(1)
  })

  test('may rewrite path, host and method, which are headers to it', async () => {
    const headers = [header(':path', '/new'), header('host', 'h.x'), header(':method', 'PUT')]
    const t = await run(grpcResponse({ status: {}, ok_response: { headers } }))
    expect([t.upstream?.path, t.upstream?.authority, t.upstream?.method]).toEqual(['/new', 'h.x', 'PUT'])
  })

  test('changes the response as the answer says', async () => {
    const answer: Check = {
      status: {},
      ok_response: {
        response_headers_to_add: [
          header('x-up', 'added'), { ...header('x-set', 'new'), append: false },
          { ...header('x-absent', 'no'), append_action: 'ADD_IF_ABSENT' },
          { ...header('x-only', 'no'), append_action: 'OVERWRITE_IF_EXISTS' },
        ], // prettier-ignore
      },
    }
    const headers: Pairs = [['x-up', 'a'], ['x-set', 'old'], ['x-absent', 'here']] // prettier-ignore
    const t = await run(grpcResponse(answer), { upstream: { headers } })
    expect(t.headers.filter(([name]) => name.startsWith('x-'))).toEqual([
      ['x-up', 'a'], ['x-set', 'new'], ['x-absent', 'here'], ['x-up', 'added'],
    ]) // prettier-ignore
  })

  test.each<[string, Check, unknown[]]>([
    ['a plain denial', DENY, [403, '', []]],
    [
      'a denial that says how',
      {
        status: { code: 16 },
        denied_response: {
          status: { code: 'Unauthorized' },
          body: 'no',
          headers: [header('x-d', '1'), header('x-d', '2'), header('content-length', '999')],
        },
      },
      [401, 'no', ['1', '2']],
    ],
    [
      'an unnamed status',
      { status: { code: 7 }, denied_response: { status: { code: '418' as never } } },
      [418, '', []],
    ],
    [
      'a status that ends no response',
      { status: { code: 7 }, denied_response: { status: { code: 'Continue' } } },
      [403, '', []],
    ],
    ['an ok_response beside a failing status', { status: { code: 7 }, ok_response: {} }, [403, '', []]],
  ])('answers %s', async (_, check, expected) => {
    const t = await run(grpcResponse(check))
    const values = t.headers.filter(([name]) => name === 'x-d').map(([, value]) => value)
    expect([[t.status, t.body, values], t.info.details, t.info.flagsText]).toEqual([
      expected,
      'ext_authz_denied',
      'UAEX',
    ])
    expect([t.upstream, t.count('denied'), t.count('ok')]).toEqual([undefined, 1, 0])
  })

  test('cuts the body of a denial', async () => {
    const check: Check = { status: { code: 7 }, denied_response: { body: 'abcdef' } }
    expect((await run(grpcResponse(check), { config: `${GRPC}\nmax_denied_response_body_bytes: 3` })).body).toBe('abc')
  })

  test('keeps the metadata of an answer, with how long it took when it was yes', async () => {
    const metadata = { dynamic_metadata: { user: 'ann' } }
    const space = (t: Transcript): unknown => t.info.metadata?.get('envoy.filters.http.ext_authz')
    expect(space(await run(grpcResponse({ ...OK, ...metadata })))).toEqual({ user: 'ann', ext_authz_duration: 0 })
    expect(space(await run(grpcResponse({ ...DENY, ...metadata })))).toEqual({ user: 'ann' })
    const off = await run(grpcResponse({ ...OK, ...metadata }), {
      config: `${GRPC}\nenable_dynamic_metadata_ingestion: false`,
    })
    expect([space(off), off.count('ignored_dynamic_metadata')]).toEqual([undefined, 1])
  })
})

describe('without a decision', () => {
  const refused = [403, 'ext_authz_error', 'UAEX', undefined]
  test.each<[string, SideResponse | Error]>([
    ['down', failure('connect')],
    ['late', failure('timeout')],
    ['gone', failure('reset')],
    ['not configured', failure('no-cluster')],
    ['failing with UNAVAILABLE', grpcResponse(new Uint8Array(), 14)],
    ['failing with PERMISSION_DENIED', grpcResponse(new Uint8Array(), 7)],
    ['talking nonsense', grpcResponse(Uint8Array.of(255, 255, 255, 255, 255))],
    [
      'naming metadata __proto__',
      grpcResponse(
        Uint8Array.of(0x22, 0x11, 0x0a, 0x0f, 0x0a, 0x09, ...latin1Bytes('__proto__'), 0x12, 0x02, 0x1a, 0x00),
      ),
    ],
  ])('refuses when the service is %s', async (_, answer) => {
    const t = await run(answer)
    expect([t.status, t.info.details, t.info.flagsText, t.upstream]).toEqual(refused)
    expect([t.count('error'), t.count('ok'), t.errors]).toEqual([1, 0, []])
  })

  test('answers with the status that is configured, or that the service has for it', async () => {
    const config = `${GRPC}\nstatus_on_error: { code: ServiceUnavailable }`
    expect((await run(failure('connect'), { config })).status).toBe(503)
    const error = { status: { code: 13 }, error_response: { status: { code: 'BadGateway' as const }, body: 'later' } }
    const t = await run(grpcResponse(error), { config })
    expect([t.status, t.body, t.info.details, t.count('error')]).toEqual([502, 'later', 'ext_authz_error', 1])
  })

  test('lets through only when that is configured, and can tell the upstream', async () => {
    const config = `${GRPC}\nfailure_mode_allow: true`
    const t = await run(failure('connect'), { config })
    expect([t.status, t.count('failure_mode_allowed'), named(t, 'x-envoy-auth-failure-mode-allowed')]).toEqual([
      200,
      1,
      [],
    ])
    const told = await run(failure('connect'), { config: `${config}\nfailure_mode_allow_header_add: true` })
    expect(named(told, 'x-envoy-auth-failure-mode-allowed')).toEqual(['true'])
    expect((await run(grpcResponse(DENY), { config })).status).toBe(403)
  })

  test('only counts in shadow mode', async () => {
    const config = `${GRPC}\nshadow_mode: true`
    const denied = await run(grpcResponse(DENY), { config })
    expect([denied.status, denied.count('denied'), denied.count('shadow_denied')]).toEqual([200, 1, 1])
    const failed = await run(failure('reset'), { config })
    expect([failed.status, failed.count('error'), failed.count('shadow_error')]).toEqual([200, 1, 1])
  })

  test('tries again where the service has a retry policy, within its timeout', async () => {
    const config =
      'grpc_service: { envoy_grpc: { cluster_name: authz }, timeout: 3s, retry_policy: { retry_on: unavailable, num_retries: 2 } }'
    const t = await run(grpcResponse(new Uint8Array(), 14), { config })
    expect([t.asked.length, t.status]).toEqual([3, 403])
  })
})

describe('an answer that cannot be obeyed', () => {
  const bad = (ok: Check['ok_response']): SideResponse => grpcResponse({ status: {}, ok_response: ok! })
  test.each<[string, Check['ok_response']]>([
    ['a name with a line break', { headers: [header('x\r\ny', '1')] }],
    ['an empty name', { headers: [header('', '1')] }],
    ['a value with a line break', { headers: [header('x', 'a\r\nx-admin: 1')] }],
    ['a value with NUL', { headers: [header('x', 'a\0')] }],
    ['a response header with a line break', { response_headers_to_add: [header('x', 'a\nb')] }],
    ['an unknown action', { response_headers_to_add: [{ ...header('x', 'a'), append_action: '9' as never }] }],
    ['a query that is not encoded', { query_parameters_to_set: [{ key: 'a', value: 'b c' }] }],
    ['a query that adds a parameter', { query_parameters_to_set: [{ key: 'a', value: 'b&admin=1' }] }],
    ['a query with a fragment', { query_parameters_to_set: [{ key: 'a', value: 'b#' }] }],
  ])('is refused: %s', async (_, ok) => {
    const t = await run(bad(ok))
    expect([t.status, t.info.details, t.upstream, t.count('invalid'), t.count('ok')]).toEqual([
      500,
      'ext_authz_invalid',
      undefined,
      1,
      0,
    ])
  })

  test.each<[string, string, string, unknown]>([
    ['a routing header is left alone by default', '', ':authority', 'host'],
    ['a routing header is changed where allowed', 'allow_all_routing: true', ':authority', 'new'],
    ["Envoy's headers are left alone by default", '', 'x-envoy-a', []],
    ["Envoy's headers are changed where allowed", 'allow_envoy: true', 'x-envoy-a', ['new']],
    ['nothing is changed with disallow_all', 'disallow_all: true', 'x-b', []],
    ['but what is allowed by name', 'disallow_all: true, allow_expression: { regex: "x-b" }', 'x-b', ['new']],
    [
      'and not what is disallowed by name',
      'allow_expression: { regex: x-.* }, disallow_expression: { regex: x-b }',
      'x-b',
      [],
    ],
    ['a name has to match whole', 'disallow_expression: { regex: x }', 'x-b', ['new']],
  ])('rules: %s', async (_, rules, name, expected) => {
    const config = `${GRPC}\ndecoder_header_mutation_rules: { ${rules} }`
    const t = await run(bad({ headers: [header(name, 'new')] }), { config })
    expect(name === ':authority' ? t.upstream?.authority : named(t, name)).toEqual(expected)
  })

  test('a broken rule can be an error', async () => {
    const config = `${GRPC}\ndecoder_header_mutation_rules: { disallow_is_error: true }`
    expect((await run(bad({ headers: [header(':method', 'PUT')] }), { config })).status).toBe(500)
    expect((await run(bad({ headers_to_remove: ['host'] }), { config })).status).toBe(500)
  })
})

describe('the body', () => {
  const config = (more = '') => `${GRPC}\nwith_request_body: { max_request_bytes: 8${more} }`
  const told = (t: Run): unknown[] => {
    const http = t.asked[0]?.attributes.request?.http
    return [http?.body, http?.headers?.['x-envoy-auth-partial-body']]
  }

  test.each([
    ['0123', '', ['0123', 'false']],
    ['01234567', '', ['01234567', 'false']],
    ['0123456789', ', allow_partial_message: true', ['01234567', 'true']],
    ['0123', ', allow_partial_message: true', ['0123', 'false']],
    ['', '', [undefined, undefined]],
  ])('%j with %j is told as %j, and goes on whole', async (body, more, expected) => {
    const t = await run(grpcResponse(OK), { config: config(more), request: { method: 'POST', body } })
    expect([told(t), t.upstream?.body]).toEqual([expected, body])
  })

  test('is none where trailers come behind nothing', async () => {
    const request = { method: 'POST', body: '', trailers: [['x-end', 'now']] as const }
    const t = await run(grpcResponse(OK), { config: config(), request })
    expect(told(t)).toEqual([undefined, undefined])
  })

  test('is told as bytes when asked to', async () => {
    const body = Uint8Array.of(255, 0, 1)
    const t = await run(grpcResponse(OK), {
      config: config(', pack_as_bytes: true'),
      request: { method: 'POST', body },
    })
    expect(t.asked[0]?.attributes.request?.http?.raw_body).toEqual(body)
  })

  test('is refused when it is too large, without asking, whatever failure_mode_allow says', async () => {
    const t = await run(grpcResponse(OK), {
      config: `${config()}\nfailure_mode_allow: true`,
      request: { method: 'POST', body: ['01234', '56789'] },
    })
    expect([t.status, t.info.details, t.asked, t.upstream]).toEqual([413, 'request_payload_too_large', [], undefined])
  })
})

describe('which requests are asked about', () => {
  const off = 'filter_enabled: { default_value: { numerator: 0 } }'
  test('none while the filter is off, and they can be refused then', async () => {
    const t = await run(grpcResponse(DENY), { config: `${GRPC}\n${off}` })
    expect([t.status, t.asked, t.count('disabled')]).toEqual([200, [], 1])
    const config = `${GRPC}\n${off}\ndeny_at_disable: { default_value: true, runtime_key: k }`
    const denied = await run(grpcResponse(OK), { config })
    expect([denied.status, denied.info.details, denied.info.flagsText]).toEqual([403, 'ext_authz_error', 'UAEX'])
  })

  test('those with the metadata that is configured', async () => {
    const matcher = '{ filter: f, path: [{ key: k }], value: { string_match: { exact: v } } }'
    const config = `${GRPC}\nfilter_enabled_metadata: ${matcher}`
    const before = [
      { onRequestHeaders: (_: unknown, s: { info: Transcript['info'] }) => s.info.setMetadata('f', { k: 'v' }) },
    ]
    expect((await run(grpcResponse(DENY), { config, before })).status).toBe(403)
    expect((await run(grpcResponse(DENY), { config })).status).toBe(200)
  })

  test('a route may switch it off, add context, change the body and name its own service', async () => {
    const t = await run(grpcResponse(DENY), { routeConfigs: ['disabled: true'] })
    expect([t.status, t.asked]).toEqual([200, []])
    const inner = `check_settings: { context_extensions: { a: inner }, with_request_body: { max_request_bytes: 4, allow_partial_message: true }, grpc_service: { envoy_grpc: { cluster_name: mine } } }`
    const outer = 'check_settings: { context_extensions: { a: outer, b: outer } }'
    const asked = await run(grpcResponse(OK), {
      routeConfigs: [inner, outer],
      request: { method: 'POST', body: '012345' },
    })
    expect([asked.asked[0]?.cluster, asked.asked[0]?.attributes.context_extensions]).toEqual([
      'mine',
      { a: 'inner', b: 'outer' },
    ])
    expect(asked.asked[0]?.attributes.request?.http?.body).toBe('0123')
  })

  test('a route with an error is refused, never let through', async () => {
    const broken =
      'check_settings: { http_service: { server_uri: { uri: http://a, cluster: c, timeout: 1s }, path_prefix: a } }'
    const t = await run(grpcResponse(OK), { routeConfigs: [broken] })
    expect([t.status, t.upstream]).toEqual([500, undefined])
    expect(t.problems.join()).toContain('must begin with /')
  })

  test.each([
    ['', 1],
    ['clear_route_cache: true', 2],
    ['clear_route_cache: true\nclear_route_cache_headers: [x-t]', 2],
    ['clear_route_cache: true\nclear_route_cache_headers: [x-other]', 1],
  ])('the route is chosen anew after a change with %j: %i', async (yaml, times) => {
    let cleared = 1
    const before = [{ onRequestHeaders: (_: unknown, stream: { clearRouteCache(): void }) => {
      stream.clearRouteCache = () => void cleared++
    } }] // prettier-ignore
    await run(grpcResponse({ status: {}, ok_response: { headers: [header('x-t', '1')] } }), {
      config: `${GRPC}\n${yaml}`,
      before,
    })
    expect(cleared).toBe(times)
  })
})

test.each<[string, object]>([
  ['needs a grpc_service or an http_service', {}],
  ['needs envoy_grpc with a cluster_name', { grpc_service: { envoy_grpc: {} } }],
  ['no second gRPC client', { grpc_service: { google_grpc: {} } }],
  ['needs a server_uri with a cluster', { http_service: { server_uri: {} } }],
  ['must begin with /', { http_service: { server_uri: { cluster: 'c' }, path_prefix: 'a' } }],
  ['are both set', { http_service: { server_uri: { cluster: 'c' }, path_prefix: '/a', path_override: '/b' } }],
])('refuses a configuration that %s', (message, config) => {
  expect(new FilterBench(extAuthz, { config }).problems.join()).toContain(message)
})
