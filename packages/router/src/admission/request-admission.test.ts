import { configPlace } from '@nuncio/matching'
import { load } from '@nuncio/config'
import { connectionInfo, type ConnectionInfo, type RequestHeaderTable, requestHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { portTakenOff } from './clean-host.ts'
import { RequestAdmission } from './request-admission.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

function admission(yaml: string, internalOnlyHeaders: readonly string[] = [], ownAddress = ''): RequestAdmission {
  const { partial } = load(HCM, yaml, { file: 'hcm.yaml' })
  return new RequestAdmission(partial ?? {}, { routes: { internalOnlyHeaders }, ownAddress })
}

function from(peer: string, localPort = 8080): ConnectionInfo {
  const remote = { address: peer, port: 5000 }
  return connectionInfo({ remote, local: { address: '10.0.0.1', port: localPort } })
}

function request(path: string, headers: Readonly<Record<string, string>> = {}, host = 'a.test'): RequestHeaderTable {
  return requestHeaders([[':method', 'GET'], [':path', path], [':authority', host], ...Object.entries(headers)])
}

describe('who the client is', () => {
  const OUTSIDE = '203.0.113.9'
  const INSIDE = '10.1.1.1'
  // What is configured, the peer, x-forwarded-for as it came: the client, whether it is internal, the list as it goes on.
  test.each<[string, string, string | undefined, string, boolean, string | undefined]>([
    ['', OUTSIDE, undefined, OUTSIDE, false, undefined],
    ['', OUTSIDE, '1.1.1.1, 2.2.2.2', '2.2.2.2', false, '1.1.1.1, 2.2.2.2'],
    ['xff_num_trusted_hops: 1', OUTSIDE, '1.1.1.1, 2.2.2.2', '1.1.1.1', false, '1.1.1.1, 2.2.2.2'],
    ['xff_num_trusted_hops: 2', OUTSIDE, '1.1.1.1, 2.2.2.2', OUTSIDE, false, '1.1.1.1, 2.2.2.2'],
    ['', OUTSIDE, 'nonsense', OUTSIDE, false, 'nonsense'],
    ['internal_address_config: {}', OUTSIDE, INSIDE, INSIDE, true, INSIDE],
    ['internal_address_config: {}', OUTSIDE, `1.1.1.1, ${INSIDE}`, INSIDE, false, `1.1.1.1, ${INSIDE}`],
    ['use_remote_address: true', OUTSIDE, undefined, OUTSIDE, false, OUTSIDE],
    ['use_remote_address: true', OUTSIDE, '1.1.1.1', OUTSIDE, false, `1.1.1.1,${OUTSIDE}`],
    ['use_remote_address: true, skip_xff_append: true', OUTSIDE, '1.1.1.1', OUTSIDE, false, '1.1.1.1'],
    ['use_remote_address: true, xff_num_trusted_hops: 1', OUTSIDE, '1.1.1.1, 2.2.2.2', '2.2.2.2', false, `1.1.1.1, 2.2.2.2,${OUTSIDE}`],
    ['use_remote_address: true, xff_num_trusted_hops: 2', OUTSIDE, '1.1.1.1, 2.2.2.2', '1.1.1.1', false, `1.1.1.1, 2.2.2.2,${OUTSIDE}`],
    ['use_remote_address: true', INSIDE, undefined, INSIDE, false, INSIDE],
    ['use_remote_address: true, internal_address_config: {}', INSIDE, undefined, INSIDE, true, INSIDE],
    ['use_remote_address: true, internal_address_config: {}', INSIDE, '1.1.1.1', INSIDE, false, `1.1.1.1,${INSIDE}`],
    ['use_remote_address: true, internal_address_config: { cidr_ranges: [{ address_prefix: 203.0.113.0, prefix_len: 24 }] }', OUTSIDE, undefined, OUTSIDE, true, OUTSIDE],
  ])('%s from %s with %s: %s, internal %s', (yaml, peer, xff, client, internal, forwarded) => {
    const one = admission(`{ ${yaml} }`)
    const headers = request('/', xff === undefined ? {} : { 'x-forwarded-for': xff })
    expect(one.admit(headers, from(peer))).toBeUndefined()
    expect([one.origin.remote.address, one.origin.internal]).toEqual([client, internal])
    expect(headers.getJoined('x-forwarded-for')).toBe(forwarded)
    expect(headers.get('x-envoy-internal')).toBe(internal ? 'true' : undefined)
  }) // prettier-ignore

  test.each(['envoy://internal_client_address/', '@abstract', ''])(
    'a peer %j, which has no IP address, is told to nobody',
    (peer) => {
      const headers = request('/', { 'x-forwarded-for': '1.1.1.1' })
      expect(admission('{ use_remote_address: true }').admit(headers, from(peer))).toBeUndefined()
      expect(headers.getJoined('x-forwarded-for')).toBe('1.1.1.1')
      expect(headers.has('x-envoy-external-address')).toBe(false)
    },
  )

  // As Envoy tells loopback peers, by 127.0.0.1 and ::1 only.
  test.each([
    ['127.0.0.1', '192.0.2.1'],
    ['::1', '192.0.2.1'],
    ['127.0.0.2', '127.0.0.2'],
    [OUTSIDE, OUTSIDE],
  ])('a client at %s is told on as %s, and is itself all the same', (peer, told) => {
    const one = admission('{ use_remote_address: true }', [], '192.0.2.1')
    const headers = request('/')
    one.admit(headers, from(peer))
    expect([headers.get('x-forwarded-for'), one.origin.remote.address]).toEqual([told, peer])
  })

  test.each(['1.2.3.4:80', '1.2.3.256', '[::1]', 'unknown'])('%s is no address of a client: the peer stays', (xff) => {
    const one = admission('{}')
    one.admit(request('/', { 'x-forwarded-for': xff }), from('203.0.113.9'))
    expect(one.origin.remote.address).toBe('203.0.113.9')
  })

  test.each([
    ['use_remote_address: true, append_x_forwarded_port: true', '8080'],
    ['use_remote_address: true, append_x_forwarded_port: true, xff_num_trusted_hops: 1', '99'],
    ['append_x_forwarded_port: true', '99'],
  ])('with %s the port of a client that is not trusted is replaced', (yaml, expected) => {
    const headers = request('/', { 'x-forwarded-port': '99' })
    admission(`{ ${yaml} }`).admit(headers, from('203.0.113.9'))
    expect(headers.get('x-forwarded-port')).toBe(expected)
  })

  test('what only internal clients may say is taken from others, and kept for them', () => {
    const said = { 'x-envoy-retry-on': '5xx', 'x-team': 'a', 'x-envoy-internal': 'true', 'x-envoy-original-path': '/x' }
    const edge = admission('{ use_remote_address: true, internal_address_config: {} }', ['x-team'])
    const outside = request('/', said)
    edge.admit(outside, from('203.0.113.9'))
    expect(Object.keys(said).filter((name) => outside.has(name))).toEqual([])
    expect(outside.get('x-envoy-external-address')).toBe('203.0.113.9')
    const inside = request('/', said)
    edge.admit(inside, from('10.1.1.1'))
    expect(Object.keys(said).filter((name) => inside.has(name))).toEqual(Object.keys(said))
    expect(inside.has('x-envoy-external-address')).toBe(false)
  })

  const STEERING = [
    'x-envoy-retriable-status-codes', 'x-envoy-retriable-header-names', 'x-envoy-retry-on', 'x-envoy-retry-grpc-on', 'x-envoy-max-retries',
    'x-envoy-upstream-alt-stat-name', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-upstream-rq-per-try-timeout-ms',
    'x-envoy-upstream-rq-timeout-alt-response', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-force-trace', 'x-envoy-ip-tags',
    'x-envoy-original-url', 'x-envoy-hedge-on-per-try-timeout', 'x-envoy-internal',
  ] // prettier-ignore
  const OF_PROXIES = [
    'x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node',
    'x-envoy-original-path', 'x-envoy-original-host',
  ] // prettier-ignore

  test.each([
    ['an external client at the edge', 'use_remote_address: true', [...STEERING, ...OF_PROXIES]],
    ['an external client behind other proxies', '', STEERING],
    ['an internal client', 'use_remote_address: true, internal_address_config: { cidr_ranges: [{ address_prefix: 203.0.113.0, prefix_len: 24 }] }', []],
  ])('%s may not say all that steers the proxy', (_, yaml, taken) => {
    const said = [...STEERING, ...OF_PROXIES]
    const headers = request('/', Object.fromEntries(said.map((name) => [name, '1'])))
    admission(`{ ${yaml} }`).admit(headers, from('203.0.113.9'))
    expect(said.filter((name) => !headers.has(name))).toEqual(taken)
  }) // prettier-ignore

  test('the scheme is what proxies before said, unless the peer is the client', () => {
    const behind = request('/', { 'x-forwarded-proto': 'https' })
    admission('{}').admit(behind, from('10.0.0.2'))
    expect([behind.scheme, behind.get('x-forwarded-proto')]).toEqual(['https', 'https'])
    const silent = request('/', { 'x-forwarded-proto': '' })
    admission('{}').admit(silent, from('10.0.0.2'))
    expect([silent.scheme, silent.get('x-forwarded-proto')]).toEqual(['http', ''])
    const edge = request('/', { 'x-forwarded-proto': 'https' })
    admission('{ use_remote_address: true }').admit(edge, from('203.0.113.9'))
    expect([edge.scheme, edge.get('x-forwarded-proto')]).toEqual(['http', 'http'])
  })
})

describe('early_header_mutation_extensions', () => {
  const early = (...lists: string[]): string =>
    `early_header_mutation_extensions: [${lists
      .map(
        (list) =>
          `{ name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation, mutations: [${list}] } }`,
      )
      .join(', ')}]`
  const append = (key: string, value: string, action = 'APPEND_IF_EXISTS_OR_ADD'): string =>
    `{ append: { header: { key: ${key}, value: '${value}' }, append_action: ${action} } }`

  test('change a request whose path and host are clean, before anybody asks who sent it', () => {
    const list = [
      append(
        'x-early',
        '%REQ(:path)% %REQ(:authority)% %REQ(x-forwarded-for)% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
      ),
      append('x-forwarded-for', '9.9.9.9'),
      append('x-envoy-retry-on', '5xx'),
      '{ remove: x-gone }',
      '{ remove_on_match: { key_matcher: { prefix: x-internal- } } }',
    ].join(', ')
    const one = admission(
      `{ use_remote_address: true, normalize_path: true, strip_any_host_port: true, ${early(list, append('x-early', 'again'))} }`,
    )
    const headers = request('/a/../b', { 'x-gone': '1', 'x-internal-a': '1' }, 'a.test:80')
    expect(one.admit(headers, from('203.0.113.9'))).toBeUndefined()
    expect(headers.getAll('x-early')).toEqual(['/b a.test  203.0.113.9', 'again'])
    expect(headers.getJoined('x-forwarded-for')).toBe('9.9.9.9,203.0.113.9')
    expect(['x-envoy-retry-on', 'x-gone', 'x-internal-a'].filter((name) => headers.has(name))).toEqual([])
  })

  test.each([
    [early(append('":path"', '/x')), 'early_header_mutation_extensions[0].typed_config.mutations[0].append.header.key'],
    [early('{ remove: ":method" }'), 'early_header_mutation_extensions[0].typed_config.mutations[0].remove'],
    [
      "early_header_mutation_extensions: [{ name: x, typed_config: { '@type': type.googleapis.com/envoy.config.core.v3.Locality } }]",
      'early_header_mutation_extensions[0]',
    ],
  ])('%s is refused', (yaml, path) => {
    const problems: string[] = []
    const config = load(HCM, `{ ${yaml} }`, { file: 'hcm.yaml' }).partial ?? {}
    const place = configPlace(config, { report: (problem) => void problems.push(problem.path) })
    expect(new RequestAdmission(config, { place })).toBeDefined()
    expect(problems).toEqual([path])
  })
})

describe('add_user_agent', () => {
  const named = (self?: { cluster: string; node: string }): RequestAdmission =>
    new RequestAdmission({ add_user_agent: true, use_remote_address: true }, self === undefined ? {} : { self })
  const told = (one: RequestAdmission, headers: Readonly<Record<string, string>>): (string | undefined)[] => {
    const asked = request('/', headers)
    one.admit(asked, from('203.0.113.9'))
    return ['user-agent', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node'].map((name) =>
      asked.get(name),
    )
  }

  test('names the proxy, whatever clients say, and gives a program a name that has none', () => {
    const self = { cluster: 'edge', node: 'edge-1' }
    expect(told(named(self), { 'user-agent': 'curl', 'x-envoy-downstream-service-cluster': 'forged' })).toEqual([
      'curl',
      'edge',
      'edge-1',
    ])
    expect(told(named(self), {})).toEqual(['edge', 'edge', 'edge-1'])
    expect(told(named(self), { 'user-agent': '' })).toEqual(['edge', 'edge', 'edge-1'])
    expect(told(named(), { 'user-agent': 'curl' })).toEqual(['curl', '', undefined])
    expect(told(admission('{}'), { 'user-agent': 'curl' })).toEqual(['curl', undefined, undefined])
  })
})

test.each([
  ['203.0.113.9', undefined, '::ffff:203.0.113.9'],
  ['203.0.113.9', '1.1.1.1', '1.1.1.1,::ffff:203.0.113.9'],
  ['2001:db8::1', undefined, '2001:db8::1'],
])('represent_ipv4_remote_address_as_ipv4_mapped_ipv6: %s behind %s is written as %s', (peer, xff, expected) => {
  const one = admission('{ use_remote_address: true, represent_ipv4_remote_address_as_ipv4_mapped_ipv6: true }')
  const headers = request('/', xff === undefined ? {} : { 'x-forwarded-for': xff })
  one.admit(headers, from(peer))
  expect(headers.getJoined('x-forwarded-for')).toBe(expected)
  expect(one.origin.remote.address).toBe(peer)
})

describe('original_ip_detection_extensions', () => {
  const inside = 'internal_address_config: {}'
  const detection = (type: string, more: string): string =>
    `{ typed_config: { '@type': type.googleapis.com/envoy.extensions.http.original_ip_detection.${type}, ${more} } }`
  const xff = (more = ''): string => detection('xff.v3.XffConfig', more)
  const header = (more = ''): string => detection('custom_header.v3.CustomHeaderConfig', `header_name: X-Real, ${more}`)
  const ranges =
    'xff_trusted_cidrs: { cidrs: [{ address_prefix: 127.0.0.0, prefix_len: 8 }, { address_prefix: 2.2.2.0, prefix_len: 24 }] }'
  // Detection, peer, x-forwarded-for, x-real: the client, whether it is internal, the list as it goes on. As Envoy answers.
  test.each<[string, string, string, string, string, boolean, string]>([
    [xff(), '127.0.0.1', '10.0.0.5', '', '10.0.0.5', true, '10.0.0.5'],
    [xff(), '127.0.0.1', '1.1.1.1, 10.0.0.5', '', '10.0.0.5', false, '1.1.1.1, 10.0.0.5'],
    [xff('xff_num_trusted_hops: 1'), '127.0.0.1', '1.1.1.1, 2.2.2.2', '', '1.1.1.1', false, '1.1.1.1, 2.2.2.2'],
    [xff(), '127.0.0.1', 'junk', '', '127.0.0.1', false, 'junk'],
    [xff('skip_xff_append: false'), '3.3.3.3', '1.1.1.1', '', '1.1.1.1', false, '1.1.1.1,3.3.3.3'],
    [xff('skip_xff_append: false'), '3.3.3.3', '', '', '3.3.3.3', false, '3.3.3.3'],
    [xff(ranges), '127.0.0.1', '1.1.1.1, 2.2.2.2', '', '1.1.1.1', false, '1.1.1.1, 2.2.2.2'],
    [xff(ranges), '127.0.0.1', '2.2.2.1, 2.2.2.2', '', '2.2.2.1', false, '2.2.2.1, 2.2.2.2'],
    [xff(ranges), '127.0.0.1', '1.1.1.1, junk, 2.2.2.2', '', '127.0.0.1', false, '1.1.1.1, junk, 2.2.2.2'],
    [xff(ranges), '127.0.0.1', '10.0.0.5', '', '10.0.0.5', true, '10.0.0.5'],
    [xff(ranges), '3.3.3.3', '1.1.1.1', '', '3.3.3.3', false, '1.1.1.1'],
    [header(), '127.0.0.1', '9.9.9.9', '5.2.2.2', '5.2.2.2', false, '9.9.9.9'],
    [header(), '127.0.0.1', '', '10.2.2.2', '10.2.2.2', false, ''],
    [header('allow_extension_to_set_address_as_trusted: true'), '127.0.0.1', '', '10.2.2.2', '10.2.2.2', true, ''],
    [header(), '127.0.0.1', '1.1.1.1', 'junk', '127.0.0.1', false, '1.1.1.1'],
    [`${header()}, ${xff()}`, '127.0.0.1', '1.1.1.1, 2.2.2.2', '', '2.2.2.2', false, '1.1.1.1, 2.2.2.2'],
    [`${header()}, ${xff()}`, '127.0.0.1', '1.1.1.1', '5.5.5.5', '5.5.5.5', false, '1.1.1.1'],
  ])('%s from %s with %s and %s: %s, internal %s', (extensions, peer, list, real, client, internal, forwarded) => {
    const one = admission(`{ ${inside}, original_ip_detection_extensions: [${extensions}] }`)
    const headers = request('/', { ...(list && { 'x-forwarded-for': list }), ...(real && { 'x-real': real }) })
    expect(one.admit(headers, from(peer))).toBeUndefined()
    expect([one.origin.remote.address, one.origin.internal]).toEqual([client, internal])
    expect(headers.getJoined('x-forwarded-for') ?? '').toBe(forwarded)
  }) // prettier-ignore

  test.each([
    ['403', 403],
    ['503', 503],
    ['302', 403],
  ])('a header that must be there and is not: reject_with_status %s answers %i', (code, status) => {
    const one = admission(`{ original_ip_detection_extensions: [${header(`reject_with_status: { code: ${code} }`)}] }`)
    expect(one.admit(request('/'), from('127.0.0.1'))).toMatchObject({
      status,
      details: 'rejecting_because_detection_failed',
    })
    expect(one.admit(request('/', { 'x-real': '1.2.3.4' }), from('127.0.0.1'))).toBeUndefined()
  })

  test.each([
    [`use_remote_address: true, original_ip_detection_extensions: [${xff()}]`, 'original_ip_detection_extensions'],
    [`xff_num_trusted_hops: 1, original_ip_detection_extensions: [${xff()}]`, 'original_ip_detection_extensions'],
    [
      `original_ip_detection_extensions: [${xff(`xff_num_trusted_hops: 1, ${ranges}`)}]`,
      'original_ip_detection_extensions[0].typed_config',
    ],
    [
      "original_ip_detection_extensions: [{ name: x, typed_config: { '@type': type.googleapis.com/envoy.config.core.v3.Locality } }]",
      'original_ip_detection_extensions[0]',
    ],
  ])('%s is reported', (yaml, path) => {
    const problems: string[] = []
    const config = load(HCM, `{ ${yaml} }`, { file: 'hcm.yaml' }).partial ?? {}
    const place = configPlace(config, { report: (problem) => void problems.push(problem.path) })
    expect(new RequestAdmission(config, { place })).toBeDefined()
    expect(problems).toEqual([path])
  })
})

test('scheme_header_transformation says the scheme, whatever others say', () => {
  const headers = request('/', { 'x-forwarded-proto': 'http' })
  admission('{ scheme_header_transformation: { scheme_to_overwrite: https } }').admit(headers, from('127.0.0.1'))
  expect([headers.scheme, headers.get('x-forwarded-proto')]).toEqual(['https', 'https'])
})

describe('hosts', () => {
  test.each([
    ['{}', 'a.test:8080', 'a.test:8080'],
    ['{ strip_any_host_port: true }', 'a.test:9', 'a.test'],
    ['{ strip_any_host_port: true }', 'a.test:x', 'a.test:x'],
    ['{ strip_any_host_port: true }', '[::1]:80', '[::1]'],
    ['{ strip_any_host_port: true }', '[::1]', '[::1]'],
    ['{ strip_matching_host_port: true }', 'a.test:8080', 'a.test'],
    ['{ strip_matching_host_port: true }', 'a.test:8081', 'a.test:8081'],
    ['{ strip_trailing_host_dot: true }', 'a.test.', 'a.test'],
    ['{ strip_trailing_host_dot: true }', 'a.test.:8080', 'a.test:8080'],
  ])('%s: %s becomes %s', (yaml, host, expected) => {
    const headers = request('/', {}, host)
    admission(yaml).admit(headers, from('10.0.0.2'))
    expect(headers.authority).toBe(expected)
  })
})

test('the port that was taken off a host is known', () => {
  expect(portTakenOff('a.test', 'a.test:443')).toBe(':443')
  expect(portTakenOff('[::1]', '[::1]:443')).toBe(':443')
  expect(portTakenOff('a.test', 'a.test')).toBe('')
  expect(portTakenOff('b.test', 'a.test:443')).toBe('')
})

describe('refusals', () => {
  const REDIRECT = '{ path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT }'
  test.each([
    ['{}', '/', '', 400, 'missing_host_header'],
    ['{}', '', 'a', 404, 'missing_path_rejected'],
    ['{}', 'x', 'a', 404, 'absolute_path_rejected'],
    ['{}', '/a#b', 'a', 400, 'path_normalization_failed'],
    ['{ normalize_path: true }', '/%00', 'a', 400, 'path_normalization_failed'],
    [REDIRECT, '/a%2fb?q', 'a', 307, 'path_normalization_failed'],
    ['{ common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST } }', '/', 'a', 400, 'http1.unexpected_underscore'],
  ])('%s: %s of %s is answered %i %s', (yaml, path, host, status, details) => {
    const headers = request(path, { under_score: '1' }, host)
    expect(admission(yaml).admit(headers, from('10.0.0.2'))).toMatchObject({ status, details })
  }) // prettier-ignore

  test('a redirect names where to, and is none for gRPC', () => {
    const one = admission(REDIRECT)
    expect(one.admit(request('/a%2fb?q'), from('10.0.0.2'))?.location).toBe('/a/b?q')
    const grpc = request('/a%2fb', { 'content-type': 'application/grpc' })
    expect(one.admit(grpc, from('10.0.0.2'))).toMatchObject({ status: 400, location: '' })
  })

  test('OPTIONS of the server itself is refused, CONNECT needs no path', () => {
    const options = request('*')
    options.method = 'OPTIONS'
    expect(admission('{}').admit(options, from('10.0.0.2'))?.details).toBe('absolute_path_rejected')
    const connect = request('')
    connect.method = 'CONNECT'
    expect(admission('{}').admit(connect, from('10.0.0.2'))).toBeUndefined()
  })

  test('names with underscores are dropped where that is asked for', () => {
    const headers = request('/', { under_score: '1', 'x-fine': '2' })
    const yaml = '{ common_http_protocol_options: { headers_with_underscores_action: DROP_HEADER } }'
    expect(admission(yaml).admit(headers, from('10.0.0.2'))).toBeUndefined()
    expect([headers.has('under_score'), headers.has('x-fine')]).toEqual([false, true])
  })
})
