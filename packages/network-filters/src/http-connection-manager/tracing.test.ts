import { describe, expect, test } from 'vitest'
import { ManagerBench } from './testing/manager-bench.ts'

const header = (answer: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*?)\r$`, 'im').exec(answer)?.[1]
const PROVIDER = 'provider: { name: p }'
const UUID = '2ccecde7-0b8d-4162-a617-ec71d3bf07e3'

function routes(more: string): string {
  return `route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: app }, ${more} }] }] }`
}

/** The counters of tracing that are not 0. */
function counted(bench: ManagerBench): Record<string, number> {
  const names = ['client_enabled', 'health_check', 'not_traceable', 'random_sampling', 'service_forced']
  const all = names.map((name) => [name, bench.rootStat(`http.test.tracing.${name}`)] as const)
  return Object.fromEntries(all.filter(([, value]) => value !== 0))
}

test('without tracing a request has no span, its id no reason, and nothing is counted', async () => {
  await using bench = new ManagerBench('')
  await bench.get()
  expect([bench.spans.length, bench.sent('x-request-id')![14], counted(bench)]).toEqual([0, '4', {}])
})

test('a traced request has a span with Envoy’s names, and an id that says so', async () => {
  await using bench = new ManagerBench(`tracing: { ${PROVIDER} }`)
  await bench.get('/a?b=c', 'user-agent: test/1', 'x-client-trace-id: mine')
  const id = bench.sent('x-request-id')!
  expect(id[14]).toBe('b')
  expect(bench.spans).toHaveLength(1)
  expect(bench.spans[0]).toMatchObject({ operation: 'ingress', kind: 'server' })
  expect(Object.fromEntries(bench.spans[0]!.attributes!)).toEqual({
    node_id: 'node-1', zone: 'zone-1', 'guid:x-request-id': id, 'guid:x-client-trace-id': 'mine', component: 'proxy',
    'http.url': 'http://test/a?b=c', 'http.method': 'GET', 'http.protocol': 'HTTP/1.1', 'http.status_code': '200',
    downstream_cluster: '-', user_agent: 'test/1', 'peer.address': '127.0.0.1', request_size: '0', response_size: '5',
    response_flags: '-', 'nuncio.fate': 'success',
  }) // prettier-ignore
  expect(counted(bench)).toEqual({ client_enabled: 1 })
})

test('without a provider nothing is traced, but it is decided and counted all the same', async () => {
  await using bench = new ManagerBench('tracing: {}')
  await bench.get()
  expect([bench.spans.length, bench.sent('x-request-id')![14], counted(bench)]).toEqual([0, '9', { random_sampling: 1 }]) // prettier-ignore
})

test('a request that is not sampled has no tags, and is told of to nobody but the next hop', async () => {
  await using bench = new ManagerBench(`tracing: { ${PROVIDER}, random_sampling: { value: 0 } }`)
  await bench.get()
  expect([bench.spans.length, bench.sent('x-request-id')![14], counted(bench)]).toEqual([0, '4', { not_traceable: 1 }])
})

test('a path is cut, and one that was rewritten is shown as it was', async () => {
  await using bench = new ManagerBench(`tracing: { ${PROVIDER}, max_path_tag_length: 5 }`)
  await bench.get('/1234567', 'x-envoy-original-path: /original')
  expect(bench.spans[0]!.attributes!.get('http.url')).toBe('http://test/orig')
})

test('events are logged when asked for', async () => {
  await using bench = new ManagerBench(`tracing: { ${PROVIDER}, verbose: true }`)
  await bench.get()
  expect(bench.spans[0]!.events!.map(({ name }) => name)).toEqual([
    'last_downstream_rx_byte_received',
    'first_downstream_tx_byte_sent',
    'last_downstream_tx_byte_sent',
  ])
})

test('a request from outside keeps its id, but not what others decided about tracing', async () => {
  const tracing = `tracing: { ${PROVIDER}, random_sampling: { value: 0 } }`
  await using bench = new ManagerBench(`use_remote_address: true\npreserve_external_request_id: true\n${tracing}`)
  await bench.get('/', `x-request-id: ${UUID.replace('-4162', '-a162')}`)
  expect([bench.sent('x-request-id'), bench.spans.length]).toEqual([UUID, 0])
})

test('the shares of a route take the place of the connection manager’s', async () => {
  const none = routes('tracing: { random_sampling: { numerator: 0 } }')
  await using bench = new ManagerBench(`tracing: { ${PROVIDER} }\n${none}`)
  await bench.get()
  expect(bench.spans).toEqual([])
})

test('a provider’s reasons are those of the id extension', async () => {
  const type = 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'
  const extension = `request_id_extension: { typed_config: { '@type': type.googleapis.com/${type}, pack_trace_reason: false } }`
  await using bench = new ManagerBench(`tracing: { ${PROVIDER} }\n${extension}`)
  await bench.get()
  expect([bench.sent('x-request-id')![14], bench.spans.length]).toEqual(['4', 1])
})

describe('custom tags', () => {
  const TAGS = `custom_tags: [
    { tag: literal, literal: { value: v } }, { tag: header, request_header: { name: X-A } },
    { tag: other, request_header: { name: x-b, default_value: none } }, { tag: missing, request_header: { name: x-b } },
    { tag: format, value: '%REQ(x-a)%|%RESPONSE_CODE%|%REQ(x-b)%' }, { tag: empty, value: '%REQ(x-b)%' },
    { tag: same, literal: { value: manager } }, { tag: gone, literal: { value: manager } },
    { tag: route, metadata: { kind: { route: {} }, metadata_key: { key: ns, path: [{ key: a }, { key: b }] } } },
    { tag: struct, metadata: { kind: { route: {} }, metadata_key: { key: ns, path: [{ key: a }] } } },
    { tag: fallback, metadata: { kind: { request: {} }, metadata_key: { key: ns, path: [{ key: a }] }, default_value: d } },
    { tag: component, literal: { value: mine } } ]`

  test('of manager and route stand on the span, the route’s before the manager’s of the same name', async () => {
    const own = 'custom_tags: [{ tag: same, literal: { value: route } }, { tag: gone, request_header: { name: x-b } }]'
    const route = routes(`tracing: { ${own} }, metadata: { filter_metadata: { ns: { a: { b: 7 } } } }`)
    await using bench = new ManagerBench(`tracing: { ${PROVIDER}, ${TAGS} }\n${route}`)
    await bench.get('/', 'x-a: größe')
    const names = ['literal', 'header', 'other', 'missing', 'format', 'empty', 'same', 'gone', 'route', 'struct', 'fallback', 'component'] // prettier-ignore
    const tags = bench.spans[0]!.attributes!
    expect(Object.fromEntries(names.map((name) => [name, tags.get(name)]))).toEqual({
      literal: 'v', header: 'größe', other: 'none', missing: undefined, format: 'größe|200|', empty: undefined,
      same: 'route', gone: undefined, route: '7', struct: '{"b":7}', fallback: 'd', component: 'mine',
    }) // prettier-ignore
  })
})

describe('decorators', () => {
  const OP = 'x-envoy-decorator-operation'
  const DECORATED = routes('decorator: { operation: shop }')

  test('on ingress name the span and tell the client', async () => {
    await using bench = new ManagerBench(`tracing: { ${PROVIDER} }\n${DECORATED}`)
    expect(header(await bench.get(), OP)).toBe('shop')
    expect(bench.spans[0]!.operation).toBe('shop')
  })

  test('on ingress give way to the name that the client’s proxy sent', async () => {
    await using bench = new ManagerBench(`tracing: { ${PROVIDER} }\n${DECORATED}`)
    expect(header(await bench.get('/', `${OP}: theirs`), OP)).toBeUndefined()
    expect([bench.spans[0]!.operation, bench.sent(OP)]).toEqual(['theirs', undefined])
  })

  test('are told to nobody without propagate', async () => {
    await using bench = new ManagerBench(
      `tracing: { ${PROVIDER} }\n${routes('decorator: { operation: shop, propagate: false }')}`,
    )
    expect(header(await bench.get(), OP)).toBeUndefined()
    expect(bench.spans[0]!.operation).toBe('shop')
  })

  test('on egress are told to the server, and give way to the name that it answers with', async () => {
    const answer = { headers: [[OP, 'theirs']] as const }
    await using bench = new ManagerBench(`tracing: { ${PROVIDER} }\n${DECORATED}`, answer, {
      traffic_direction: 'OUTBOUND',
    })
    expect(header(await bench.get(), OP)).toBeUndefined()
    expect([bench.spans[0]!.operation, bench.spans[0]!.kind, bench.sent(OP)]).toEqual(['theirs', 'client', 'shop'])
  })

  test('are not asked where a name is formatted, the route’s before the manager’s', async () => {
    const operation = "operation: '%REQ(:METHOD)% %RESPONSE_CODE%'"
    await using bench = new ManagerBench(`tracing: { ${PROVIDER}, ${operation} }\n${DECORATED}`)
    expect(header(await bench.get('/', `${OP}: theirs`), OP)).toBeUndefined()
    await using routed = new ManagerBench(
      `tracing: { ${PROVIDER}, ${operation} }\n${routes("tracing: { operation: 'route %REQ(:PATH)%' }")}`,
    )
    await routed.get('/x')
    expect([bench.spans[0]!.operation, bench.sent(OP), routed.spans[0]!.operation]).toEqual(['GET 200', 'theirs', 'route /x']) // prettier-ignore
  })

  test('on egress an undecorated span is called by its host', async () => {
    await using bench = new ManagerBench(`tracing: { ${PROVIDER} }`, {}, { traffic_direction: 'OUTBOUND' })
    await bench.get()
    expect(bench.spans[0]!.operation).toBe('egress test')
  })
})

test('what makes no sense in tracing is a problem with its place', async () => {
  const yaml = `tracing: { operation: '%NOPE%', custom_tags: [{ tag: a, value: '%REQ(' }] }
request_id_extension: { typed_config: { '@type': type.googleapis.com/google.protobuf.Empty } }`
  await using bench = new ManagerBench(yaml)
  await expect(bench.get()).rejects.toThrow(
    /request_id_extension\.typed_config: nuncio does not have .*\n.*custom_tags\[0\]\.value: .*\n.*tracing\.operation: there is no operator NOPE/,
  )
})
