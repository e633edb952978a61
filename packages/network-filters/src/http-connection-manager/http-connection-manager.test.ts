import { describe, expect, test } from 'vitest'
import type { RequestHeaders } from '@nuncio/core'
import { type HttpFilter, localReply } from '@nuncio/filter-chain'
import type { UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { get, ManagerBench } from './testing/manager-bench.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const EDGE = 'use_remote_address: true'
const status = (answer: string): number => Number(answer.slice(9, 12))
const header = (answer: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*?)\r$`, 'im').exec(answer)?.[1]
const body = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

describe('a response', () => {
  const own: UpstreamAnswer = { headers: [['server', 'nginx']] }
  test.each<[string, UpstreamAnswer, string | undefined]>([
    ['', own, 'envoy'],
    ['server_name: front', own, 'front'],
    ['server_header_transformation: APPEND_IF_ABSENT', own, 'nginx'],
    ['server_header_transformation: APPEND_IF_ABSENT', {}, 'envoy'],
    ['server_header_transformation: PASS_THROUGH', own, 'nginx'],
    ['server_header_transformation: PASS_THROUGH', {}, undefined],
  ])('with "%s" names its server as that says', async (yaml, answer, expected) => {
    await using bench = new ManagerBench(yaml, answer)
    expect(header(await bench.get(), 'server')).toBe(expected)
  })

  test('has the date of the clock unless the upstream gave one', async () => {
    await using bench = new ManagerBench('')
    expect(header(await bench.get(), 'date')).toBe('Thu, 01 Jan 2026 00:00:00 GMT')
    await using dated = new ManagerBench('', { headers: [['date', 'Wed, 31 Dec 2025 23:00:00 GMT']] })
    expect(header(await dated.get(), 'date')).toBe('Wed, 31 Dec 2025 23:00:00 GMT')
  })

  test('and its request carry `via` behind what was there', async () => {
    await using bench = new ManagerBench('via: "1.1 front"', { headers: [['via', '1.0 back']] })
    expect(header(await bench.get('/', 'via: 1.1 client'), 'via')).toBe('1.0 back, 1.1 front')
    expect(bench.sent('via')).toBe('1.1 client, 1.1 front')
  })
})

test('a request that is refused before the filters ends its connection', async () => {
  await using bench = new ManagerBench('')
  const answer = await bench.get('/p#/../admin')
  expect([status(answer), header(answer, 'connection'), body(answer)]).toEqual([400, 'close', ''])
})

describe('an answer that comes before the filters', () => {
  const marking: HttpFilter = {
    onResponseHeaders: (headers, stream) => {
      headers.set('x-marked', `${stream.info.status} ${stream.route()?.kind ?? 'without a route'}`)
    },
  }
  const REFUSING = 'path_with_escaped_slashes_action: REJECT_REQUEST'

  test.each([
    ['a path that is refused', get('/a%2Fb'), '400 without a route'],
    ['one of a client that says how it asked', get('/a%2Fb', 'x-forwarded-proto: https'), '400 forward'],
    ['an upgrade that is refused', get('/', 'upgrade: websocket', 'connection: upgrade'), '403 forward'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', '400 without a route'],
    ['bytes that are no request', 'nonsense\r\n\r\n', '400 without a route'],
  ])('passes them on its way back: %s', async (_, bytes, expected) => {
    await using bench = new ManagerBench(REFUSING, {}, {}, marking)
    expect(header(await bench.send(bytes), 'x-marked')).toBe(expected)
  })

  test('is a gRPC answer to a gRPC request', async () => {
    await using bench = new ManagerBench(REFUSING)
    const answer = await bench.get('/a%2Fb', 'content-type: application/grpc')
    expect([status(answer), header(answer, 'grpc-status')]).toEqual([200, '13'])
  })
})

test('a request that is refused before it is looked at is answered with the id that it came with', async () => {
  await using bench = new ManagerBench('always_set_request_id_in_response: true')
  expect(header(await bench.get('/p#/../admin', 'x-request-id: given'), 'x-request-id')).toBe('given')
})

test('a request whose origin nobody knows is refused, and its connection goes on', async () => {
  const detector = `{ '@type': type.googleapis.com/envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig, header_name: x-ip, reject_with_status: { code: Forbidden } }`
  await using bench = new ManagerBench(`original_ip_detection_extensions: [{ name: ip, typed_config: ${detector} }]`)
  const client = await bench.open('GET / HTTP/1.1\r\nhost: test\r\n\r\n')
  await bench.until(() => client.text.includes('\r\n\r\n'))
  expect([status(client.text), header(client.text, 'connection')]).toEqual([403, undefined])
  expect(bench.stat('rq_rejected_via_ip_detection')).toBe(1)
})

describe('a client that waits for 100', () => {
  const waiting = 'expect: 100-Continue'
  test('hears from the proxy, and the upstream is not asked again', async () => {
    await using bench = new ManagerBench('')
    expect(await bench.get('/', waiting)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    expect(bench.sent('expect')).toBeUndefined()
    expect([bench.stat('rq_1xx'), bench.stat('rq_2xx'), bench.stat('rq_completed')]).toEqual([1, 1, 2])
  })

  test('hears nothing where its head counts as unreadable', async () => {
    await using bench = new ManagerBench(
      'common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }',
    )
    expect(await bench.get('/', waiting, 'x_user: a')).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('hears from the upstream with proxy_100_continue', async () => {
    await using bench = new ManagerBench('proxy_100_continue: true')
    expect(status(await bench.get('/', waiting))).toBe(200)
    expect(bench.sent('expect')).toBe('100-Continue')
  })
})

describe('the request id', () => {
  test('is made where there is none', async () => {
    await using bench = new ManagerBench('')
    const answer = await bench.get()
    expect(bench.sent('x-request-id')).toMatch(UUID)
    expect(header(answer, 'x-request-id')).toBeUndefined()
  })

  test.each([
    ['', 'given', 'inside the mesh'],
    [`${EDGE}\npreserve_external_request_id: true`, 'given', 'at the edge when that is said'],
  ])('with "%s" that came is kept: %s, %s', async (yaml, expected) => {
    await using bench = new ManagerBench(yaml)
    await bench.get('/', 'x-request-id: given')
    expect(bench.sent('x-request-id')).toBe(expected)
  })

  test('of an external request is not believed', async () => {
    await using bench = new ManagerBench(EDGE)
    await bench.get('/', 'x-request-id: given')
    expect(bench.sent('x-request-id')).toMatch(UUID)
  })

  test('goes into the response with always_set_request_id_in_response', async () => {
    await using bench = new ManagerBench('always_set_request_id_in_response: true')
    const answer = await bench.get()
    expect(header(answer, 'x-request-id')).toBe(bench.sent('x-request-id'))
  })

  test.each([['given'], ['']])('is answered as filters leave it: "%s"', async (id) => {
    const naming: HttpFilter = { onRequestHeaders: (headers) => headers.set('x-request-id', id) }
    await using bench = new ManagerBench('always_set_request_id_in_response: true', {}, {}, naming)
    expect(header(await bench.get(), 'x-request-id')).toBe(id)
  })

  test('is not made with generate_request_id: false', async () => {
    await using bench = new ManagerBench('generate_request_id: false')
    await bench.get()
    expect(bench.sent('x-request-id')).toBeUndefined()
  })
})

describe('x-forwarded-for', () => {
  // What came, what went on, and who is the client then.
  test.each([
    [EDGE, undefined, '127.0.0.1', '127.0.0.1'],
    [EDGE, '203.0.113.9', '203.0.113.9,127.0.0.1', '127.0.0.1'],
    [`${EDGE}\nxff_num_trusted_hops: 1`, '192.0.2.1, 203.0.113.9', '192.0.2.1, 203.0.113.9,127.0.0.1', '203.0.113.9'],
    [`${EDGE}\nskip_xff_append: true`, '203.0.113.9', '203.0.113.9', '127.0.0.1'],
    ['', '192.0.2.1, 203.0.113.9', '192.0.2.1, 203.0.113.9', '203.0.113.9'],
    ['', undefined, undefined, '127.0.0.1'],
    ['xff_num_trusted_hops: 1', '192.0.2.1, 203.0.113.9', '192.0.2.1, 203.0.113.9', '192.0.2.1'],
    ['', 'nonsense', 'nonsense', '127.0.0.1'],
  ])('with "%s": %s becomes %s, the client is %s', async (yaml, given, expected, client) => {
    await using bench = new ManagerBench(yaml)
    await bench.get('/', ...(given === undefined ? [] : [`x-forwarded-for: ${given}`]))
    expect(bench.sent('x-forwarded-for')).toBe(expected)
    expect(bench.log).toEqual([`200 via_upstream - ${client}`])
  })

  test('and its neighbours: the protocol of the connection at the edge, the port when asked for', async () => {
    await using edge = new ManagerBench(`${EDGE}\nappend_x_forwarded_port: true`)
    await edge.get('/', 'x-forwarded-proto: https')
    expect(edge.sent('x-forwarded-proto')).toBe('http')
    expect(Number(edge.sent('x-forwarded-port'))).toBeGreaterThan(0)
    await using inside = new ManagerBench('')
    await inside.get('/', 'x-forwarded-proto: https')
    expect(inside.sent('x-forwarded-proto')).toBe('https')
    expect(inside.sent('x-forwarded-port')).toBeUndefined()
  })
})

describe('headers that steer the proxy', () => {
  const steering = ['x-envoy-retry-on: 5xx', 'x-envoy-internal: true']

  test('are taken from external requests', async () => {
    await using bench = new ManagerBench(EDGE)
    await bench.get('/', ...steering)
    expect([bench.sent('x-envoy-retry-on'), bench.sent('x-envoy-internal')]).toEqual([undefined, undefined])
    expect(bench.sent('x-envoy-external-address')).toBe('127.0.0.1')
  })

  test('are kept for internal addresses', async () => {
    await using bench = new ManagerBench(`${EDGE}\ninternal_address_config: {}`)
    await bench.get('/', ...steering)
    expect([bench.sent('x-envoy-retry-on'), bench.sent('x-envoy-internal')]).toEqual(['5xx', 'true'])
    expect(bench.sent('x-envoy-external-address')).toBeUndefined()
  })

  test('with underscores are refused or dropped as configured', async () => {
    const options = (action: string): string =>
      `common_http_protocol_options: { headers_with_underscores_action: ${action} }`
    await using allowing = new ManagerBench('')
    await allowing.get('/', 'x_user: a')
    expect(allowing.sent('x_user')).toBe('a')
    await using refusing = new ManagerBench(options('REJECT_REQUEST'))
    expect(status(await refusing.get('/', 'x_user: a'))).toBe(400)
    expect(refusing.log).toEqual(['400 http1.unexpected_underscore DPE 127.0.0.1'])
    const replacing: HttpFilter = { onResponseHeaders: () => localReply(200, '') }
    await using replaced = new ManagerBench(options('REJECT_REQUEST'), {}, {}, replacing)
    expect(status(await replaced.get('/', 'x_user: a'))).toBe(200)
    expect(replaced.log).toEqual(['200 http1.unexpected_underscore DPE 127.0.0.1'])
    await using dropping = new ManagerBench(options('DROP_HEADER'))
    expect(status(await dropping.get('/', 'x_user: a'))).toBe(200)
    expect(dropping.sent('x_user')).toBeUndefined()
  })
})

describe('the path and the host', () => {
  test.each([
    ['', '/a//b/../c', '/a//b/../c'],
    ['merge_slashes: true', '/a//b', '/a/b'],
    ['normalize_path: true', '/a/b/../c?x=../y', '/a/c?x=../y'],
    ['path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD', '/a%2Fb', '/a/b'],
  ])('with "%s" %s goes on as %s', async (yaml, path, expected) => {
    await using bench = new ManagerBench(yaml)
    await bench.get(path)
    expect(bench.seen.at(-1)?.path).toBe(expected)
  })

  test('with escaped slashes are refused or redirected as configured', async () => {
    await using refusing = new ManagerBench('path_with_escaped_slashes_action: REJECT_REQUEST')
    expect(status(await refusing.get('/a%2fb'))).toBe(400)
    expect(refusing.stat('rq_failed_path_normalization')).toBe(1)
    await using redirecting = new ManagerBench('path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT')
    const answer = await redirecting.get('/a%2fb')
    expect([status(answer), header(answer, 'location')]).toEqual([307, '/a/b'])
    expect(redirecting.stat('rq_redirected_with_normalized_path')).toBe(1)
    expect([refusing.seen, redirecting.seen]).toEqual([[], []])
  })

  test.each([
    ['', 'a.example:81', 'a.example:81'],
    ['strip_any_host_port: true', 'a.example:81', 'a.example'],
    ['strip_matching_host_port: true', 'a.example:1', 'a.example:1'],
    ['strip_trailing_host_dot: true', 'a.example.:81', 'a.example:81'],
    ['strip_any_host_port: true', '[::1]:81', '[::1]'],
  ])('with "%s" the host %s goes on as %s', async (yaml, host, expected) => {
    await using bench = new ManagerBench(yaml)
    await bench.get('/', `host: ${host}`)
    expect(bench.seen.at(-1)?.authority).toBe(expected)
  })
})

describe('scoped_routes', () => {
  const scope = (key: string): string =>
    `{ name: s${key}, key: { fragments: [{ string_key: ${key} }] }, route_configuration: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: app }}] }] } }`
  const SCOPED = `
scoped_routes:
  name: scopes
  scope_key_builder: { fragments: [{ header_value_extractor: { name: x-tenant, index: 0 } }] }
  scoped_route_configurations_list: { scoped_route_configurations: [${scope('red')}, ${scope('blue')}] }`

  test('give each request the routes of its key, also on one connection, and 404 to a key that nobody knows', async () => {
    await using bench = new ManagerBench(SCOPED)
    const ask = (tenant: string, ...more: string[]): string =>
      ['GET / HTTP/1.1', 'host: test', `x-tenant: ${tenant}`, ...more, '', ''].join('\r\n')
    const text = await bench.send(ask('red') + ask('green') + ask('blue', 'connection: close'))
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code)).toEqual(['200', '404', '200'])
  })
})

describe('a local reply', () => {
  const ROUTES = `
route_config:
  virtual_hosts:
    - name: all
      domains: ['*']
      response_headers_to_add: [{ header: { key: x-host, value: all } }]
      routes: [{ match: { prefix: /app }, route: { cluster: app } }]`

  test('to an unknown path is an empty 404', async () => {
    await using bench = new ManagerBench(ROUTES)
    const answer = await bench.get('/other')
    expect([status(answer), body(answer), header(answer, 'server')]).toEqual([404, '', 'envoy'])
    expect(bench.log).toEqual(['404 route_not_found NR 127.0.0.1'])
  })

  test('is rewritten by the first mapper that matches', async () => {
    await using bench = new ManagerBench(`${ROUTES}
local_reply_config:
  mappers:
    - filter: { status_code_filter: { comparison: { op: EQ, value: { default_value: 503, runtime_key: none } } } }
      status_code: 500
    - filter: { status_code_filter: { comparison: { op: EQ, value: { default_value: 404, runtime_key: none } } } }
      status_code: 410
      body: { inline_string: gone }
      headers_to_add: [{ header: { key: x-why, value: moved } }]
    - filter: { status_code_filter: { comparison: { op: GE, value: { default_value: 400, runtime_key: none } } } }
      status_code: 400
  body_format: { json_format: { status: '%RESPONSE_CODE%', text: '%LOCAL_REPLY_BODY%' } }`)
    const answer = await bench.get('/other')
    expect([status(answer), header(answer, 'x-why')]).toEqual([410, 'moved'])
    expect(header(answer, 'content-type')).toBe('application/json')
    expect(JSON.parse(body(answer))).toEqual({ status: 410, text: 'gone' })
    expect(bench.stat('rq_4xx')).toBe(1)
  })

  const MAPPED = `${ROUTES}
local_reply_config:
  mappers:
    - filter: { status_code_filter: { comparison: { op: EQ, value: { default_value: 404, runtime_key: none } } } }
      status_code: 403
      body: { inline_string: 'go away' }
      headers_to_add: [{ header: { key: x-was, value: '%RESPONSE_CODE%' } }]
  body_format: { json_format: { text: '%LOCAL_REPLY_BODY%' } }`

  test('has the headers of its mapper with what the reply was before it', async () => {
    await using bench = new ManagerBench(MAPPED)
    expect(header(await bench.get('/other'), 'x-was')).toBe('404')
  })

  test('to a gRPC request is rewritten before it becomes one of gRPC', async () => {
    await using bench = new ManagerBench(MAPPED)
    const answer = await bench.get('/other', 'content-type: application/grpc')
    expect([status(answer), header(answer, 'content-type'), body(answer)]).toEqual([200, 'application/grpc', ''])
    expect([header(answer, 'grpc-status'), header(answer, 'grpc-message')]).toEqual(['7', '{"text":"go away"}'])
  })

  test('of a filter to a gRPC request keeps the line end of its JSON', async () => {
    const json = localReply(403, 'no', { body: '{}\n', headers: [['content-type', 'application/json']] })
    await using bench = new ManagerBench(ROUTES, {}, {}, { onRequestHeaders: () => json })
    expect(header(await bench.get('/', 'content-type: application/grpc'), 'grpc-message')).toBe('{}%0A')
  })

  test('of a filter has its headers, and is changed, behind those of the route', async () => {
    const filter: HttpFilter = {
      onRequestHeaders: () =>
        localReply(403, 'no', {
          headers: [['x-who', 'reply']],
          change: (headers) => headers.append('x-who', `after ${headers.getJoined('x-who')}`),
        }),
    }
    const routes = ROUTES.replace('key: x-host, value: all', 'key: x-who, value: route')
    await using bench = new ManagerBench(routes, {}, {}, filter)
    expect((await bench.get('/app')).match(/^x-who: .*/gm)).toEqual([
      'x-who: route',
      'x-who: reply',
      'x-who: after route,reply',
    ])
  })

  test('has the type that it gives, unless a header says another', async () => {
    const typed = (headers: readonly (readonly [string, string])[]): HttpFilter => ({
      onRequestHeaders: () => localReply(403, 'no', { body: '{}', contentType: 'application/json', headers }),
    })
    await using bench = new ManagerBench(ROUTES, {}, {}, typed([]))
    expect(header(await bench.get(), 'content-type')).toBe('application/json')
    await using own = new ManagerBench(ROUTES, {}, {}, typed([['content-type', 'text/own']]))
    expect(header(await own.get(), 'content-type')).toBe('text/own')
  })

  test('keeps the type that its mapper gives, and has none without a body', async () => {
    const typed = (more: string) => `${ROUTES}
local_reply_config:
  mappers:
    - filter: { status_code_filter: { comparison: { op: GE, value: { default_value: 400, runtime_key: none } } } }
      headers_to_add: [{ header: { key: content-type, value: text/own } }]${more}`
    await using bench = new ManagerBench(typed('\n      body: { inline_string: gone }'))
    expect(header(await bench.get('/other'), 'content-type')).toBe('text/own')
    await using empty = new ManagerBench(typed(''))
    expect(header(await empty.get('/other'), 'content-type')).toBeUndefined()
  })

  test('has no headers of a route that would have answered by itself', async () => {
    const direct = (path: string) => `
route_config:
  virtual_hosts:
    - name: all
      domains: ['*']
      routes: [{ match: { prefix: ${path} }, direct_response: { status: 200 }, response_headers_to_add: [{ header: { key: x-own, value: a } }] }]`
    await using bench = new ManagerBench(`upgrade_configs: [{ upgrade_type: websocket, enabled: false }]${direct('/')}`)
    const answer = await bench.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    expect([status(answer), header(answer, 'x-own')]).toEqual([403, undefined])
  })

  test('is not what an upstream answers', async () => {
    await using bench = new ManagerBench(
      `${ROUTES}\nlocal_reply_config: { mappers: [{ filter: { status_code_filter: { comparison: { op: GE, value: { default_value: 400, runtime_key: none } } } }, status_code: 599 }] }`,
      { status: 404, body: 'no such order' },
    )
    expect(status(await bench.get('/app'))).toBe(404)
    expect(status(await bench.get('/other'))).toBe(599)
  })
})

test('ignore_http_11_upgrade lets a request pass that wishes for a protocol like that, without its wish', async () => {
  await using bench = new ManagerBench('http_protocol_options: { ignore_http_11_upgrade: [{ prefix: foo }] }')
  const answer = await bench.get('/', 'connection: upgrade', 'upgrade: foo/2')
  expect([status(answer), bench.sent('upgrade')]).toEqual([200, undefined])
  expect(status(await bench.get('/', 'connection: upgrade', 'upgrade: foo, bar'))).toBe(403)
})

describe('an upgrade', () => {
  const asking = ['connection: upgrade', 'upgrade: websocket']

  test('goes through filters of its own, where it has some', async () => {
    const seen: string[] = []
    const filter = { onRequestHeaders: (headers: RequestHeaders) => void seen.push(headers.path) }
    const filters = [{ name: 'origin', typed_config: { '@type': 'nuncio.testing.Origin' } }]
    const upgrades = { upgrade_configs: [{ upgrade_type: 'WebSocket', filters }, { upgrade_type: 'other' }] }
    await using bench = new ManagerBench('', { status: 403, body: 'no' }, {}, filter, upgrades)
    const upgrade = (kind: string): string => `connection: upgrade\r\nupgrade: ${kind}`
    await bench.open(`GET /own HTTP/1.1\r\nhost: a\r\n${upgrade('websocket')}\r\n\r\n`)
    await bench.until(() => bench.stat('cx_upgrades_active') === 1)
    await bench.open(`GET /other HTTP/1.1\r\nhost: a\r\n${upgrade('other')}\r\n\r\n`)
    await bench.until(() => bench.stat('cx_upgrades_active') === 2)
    await bench.get('/plain')
    expect(seen).toEqual(['/other', '/plain'])
  })
  const request = get('/', ...asking).replace('connection: close\r\n', '')

  test('is refused unless its type is allowed', async () => {
    await using bench = new ManagerBench('')
    expect(status(await bench.send(request))).toBe(403)
    expect(bench.log).toEqual(['403 upgrade_failed - 127.0.0.1'])
    expect(bench.stat('rq_ws_on_non_ws_route')).toBe(1)
  })

  test('goes to the filters when it is', async () => {
    await using bench = new ManagerBench('upgrade_configs: [{ upgrade_type: websocket }]', { silent: true })
    const client = await bench.open(request)
    await bench.until(() => bench.stat('cx_upgrades_active') === 1)
    expect([bench.stat('cx_upgrades_total'), bench.stat('rq_ws_on_non_ws_route')]).toEqual([1, 0])
    expect(client.text).toBe('')
  })
})

describe('access_log_options', () => {
  const logged = async (options: string, request: (bench: ManagerBench) => Promise<unknown>): Promise<string[]> => {
    await using bench = new ManagerBench(options, { silent: true })
    await request(bench)
    return bench.logTypes
  }
  const whileItWaits = async (bench: ManagerBench): Promise<void> => {
    const client = await bench.open(get('/'))
    await bench.until(() => bench.seen.length === 1)
    for (let i = 0; i < 25; i++) {
      bench.time.advance(100)
      await bench.until(() => true)
    }
    client.abort()
    await bench.until(() => bench.logTypes.includes('DownstreamEnd'))
  }

  test.each([
    ['', ['DownstreamEnd']],
    ['access_log_options: { flush_access_log_on_new_request: true }', ['DownstreamStart', 'DownstreamEnd']],
    ['flush_access_log_on_new_request: true', ['DownstreamStart', 'DownstreamEnd']],
    [
      'access_log_options: { access_log_flush_interval: 1s }',
      ['DownstreamPeriodic', 'DownstreamPeriodic', 'DownstreamEnd'],
    ],
    ['access_log_flush_interval: 1s', ['DownstreamPeriodic', 'DownstreamPeriodic', 'DownstreamEnd']],
    ['access_log_options: { flush_log_on_tunnel_successfully_established: true }', ['DownstreamEnd']],
  ])('%s: a request that waits for 2.5 seconds is logged as %j', async (options, types) => {
    expect(await logged(options, whileItWaits)).toEqual(types)
  })

  test('a request that is refused before the filters is logged at its end only', async () => {
    const options = 'access_log_options: { flush_access_log_on_new_request: true }'
    expect(
      await logged(options, (bench) =>
        bench.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
      ),
    ).toEqual(['DownstreamEnd'])
  })
})
