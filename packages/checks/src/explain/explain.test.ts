import { describe, expect, it } from 'vitest'
import { bootstrap, cluster, routes, viewOf } from '../testing/yaml.ts'
import { openConfig } from '../view/config-view.ts'
import { decide, explainRequest } from './explain-request.ts'
import type { LocateOptions } from './locate.ts'
import { printExplanation, verdict } from './print.ts'

const SHOP = bootstrap({
  manager: 'normalize_path: true\nstream_idle_timeout: 60s',
  clusters: `${cluster('a')}\n${cluster('b')}`,
  routeConfig: `
    virtual_hosts:
    - name: shop
      domains: [shop.example, "*.shop.example"]
      routes:
      - name: canary
        match: { prefix: /v2/cart, headers: [{ name: x-canary, string_match: { exact: "1" } }] }
        route: { cluster: b, prefix_rewrite: /cart, timeout: 5s, retry_policy: { retry_on: 5xx, num_retries: 2 } }
        request_headers_to_add: [{ header: { key: x-team, value: cart } }]
      - match: { prefix: /v2 }
        route: { cluster: a }`,
})

const explain = (
  yaml: string,
  url: string,
  headers: readonly (readonly [string, string])[] = [],
  options: LocateOptions = {},
) => explainRequest(viewOf(yaml), { url, headers }, options)

describe('explainRequest', () => {
  it('tells the whole way, each step with its place', () => {
    const told = explain(SHOP, 'http://shop.example/v2/./cart/7?a=1', [['x-canary', '1']])
    expect(told).toMatchObject({
      outcome: 'forward',
      listener: 'main',
      routeConfiguration: 'test',
      status: 0,
      cluster: { name: 'b', known: true },
    })
    expect(told.before.map(({ text }) => text)).toEqual([
      'listener "main" on 127.0.0.1:8080',
      'path "/v2/./cart/7?a=1" becomes "/v2/cart/7?a=1"',
    ])
    expect(told.routing?.matched).toMatchObject({
      index: 0,
      name: 'canary',
      position: { file: 'test.yaml', line: 22, column: 17 },
    })
    expect(told.routing?.rewrittenPath).toBe('/cart/7?a=1')
    expect(told.after.map(({ text, position }) => `${text} ${position?.line}`)).toEqual([
      'idle timeout 60s (stream_idle_timeout) 12',
    ])
    const text = printExplanation(told)
    expect(text).toContain('✓ route 0 "canary": header x-canary exact "1", prefix "/v2/cart"  test.yaml:22:17')
    expect(text).toContain('timeout 5s, from the route')
    expect(text).toContain('up to 2 retries on 5xx, from the route')
    expect(text).toContain('→ cluster "b" by route 0 "canary" (test.yaml:22:17), as shop.example/cart/7?a=1')
  })

  it('says that the endpoint gives the host, and how long a formatted body is', () => {
    const list = (action: string): string =>
      bootstrap({
        routeConfig: `virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { prefix: / }, ${action} }] }]`,
      })
    const auto = printExplanation(explain(list('route: { cluster: a, auto_host_rewrite: true }'), 'http://h/x'))
    expect(auto).toContain('the host becomes the hostname of the endpoint that is chosen, where that has one')
    expect(auto).toContain("as h/x (the host is the endpoint's hostname, where it has one)")
    const format = 'body_format: { text_format_source: { inline_string: "[%LOCAL_REPLY_BODY%] %REQ(:path)%" } }'
    const direct = explain(
      list(`direct_response: { status: 200, body: { inline_string: hello }, ${format} }`),
      'http://h/x',
    )
    expect(direct.routing?.outcome[0]?.text).toBe('answers 200 with 10 bytes, formatted (text/plain)')
  })

  it('takes no request for gRPC that a filter makes one of', () => {
    const type = 'type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb'
    const filter = `          - { name: envoy.filters.http.grpc_web, typed_config: { '@type': ${type} } }`
    const yaml = bootstrap({ routeConfig: 'virtual_hosts: []' }).replace(
      'http_filters:\n',
      `http_filters:\n${filter}\n`,
    )
    const web = explain(yaml, 'http://h/', [['content-type', 'application/grpc-web']])
    expect([web.status, web.grpcStatus]).toEqual([404, undefined])
  })

  it('says what a gRPC client gets, and what may still be made of an answer', () => {
    const grpc = [['content-type', 'application/grpc']] as const
    const yaml = bootstrap({
      manager: 'local_reply_config: {}\nproxy_status_config: { set_recommended_response_code: true }',
      routeConfig: `virtual_hosts: [{ name: v, domains: [h], routes: [{ match: { prefix: / }, direct_response: { status: 403 } }] }]`,
    })
    expect(verdict(explain(yaml, 'http://h/', grpc))).toContain(' (a gRPC client gets 200 with grpc-status 7 instead)')
    expect(explain(yaml, 'http://other/', grpc)).toMatchObject({ status: 404, grpcStatus: 12 })
    const { after, grpcStatus } = explain(yaml, 'http://h/')
    expect(grpcStatus).toBeUndefined()
    expect(after.map(({ text, position }) => `${text} ${position?.line}`)).toEqual([
      'the answer may be mapped to another one (local_reply_config) 11',
      'the status may become the one that goes with the error (proxy_status_config) 12',
    ])
  })

  it('lets formats name the route', () => {
    const yaml = bootstrap({
      routeConfig: `virtual_hosts: [{ name: v, domains: ['*'], routes: [{ name: one, match: { prefix: / }, route: { cluster: a, path_rewrite: '/%ROUTE_NAME%/x' } }] }]`,
    })
    expect(explain(yaml, 'http://h/').routing?.rewrittenPath).toBe('/one/x')
  })

  it('refuses an upgrade that nobody allows, and otherwise shows routes what the codec leaves', () => {
    const yaml = (upgrades: string, route = ''): string =>
      bootstrap({
        manager: `upgrade_configs: [${upgrades}]`,
        routeConfig: `virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { prefix: /, headers: [{ name: upgrade }] }, route: { cluster: a, ${route} } }] }]`,
      })
    const ask = (text: string, headers: readonly (readonly [string, string])[], method = 'GET') => {
      const { outcome, status, details } = explainRequest(viewOf(text), { method, url: 'http://h/', headers })
      return outcome === 'refused' ? `${status} ${details}` : outcome
    }
    const upgrade = [
      ['Connection', 'keep-alive, Upgrade'],
      ['Upgrade', 'WebSocket'],
    ] as const
    expect(ask(yaml(''), upgrade)).toBe('403 upgrade_failed')
    expect(ask(yaml('{ upgrade_type: websocket }'), upgrade)).toBe('forward')
    expect(ask(yaml('{ upgrade_type: websocket, enabled: false }'), upgrade)).toBe('403 upgrade_failed')
    expect(ask(yaml('', 'upgrade_configs: [{ upgrade_type: websocket }]'), upgrade)).toBe('forward')
    // Without its connection option the field is dropped, as it is with a body.
    expect(ask(yaml('{ upgrade_type: websocket }'), [['upgrade', 'websocket']])).toBe('no_route')
    expect(ask(yaml('{ upgrade_type: websocket }'), [...upgrade, ['content-length', '3']], 'POST')).toBe('no_route')
    expect(ask(yaml('{ upgrade_type: CONNECT }'), [], 'CONNECT')).toBe('no_route')
  })

  it('says whether a request is traced, and by which share', () => {
    const yaml = SHOP.replace(
      /( *)stream_idle_timeout: 60s/,
      '$1stream_idle_timeout: 60s\n$1tracing: { random_sampling: { value: 5 } }',
    )
    const told = explain(yaml, 'http://shop.example/v2/x')
    expect(told.after.at(-1)).toEqual({
      text: 'tracing: 5 % of such requests are traced (random_sampling)',
      position: { file: 'test.yaml', line: 13, column: 22 },
    })
    const id = '0000270f-0b8d-4162-a617-ec71d3bf07e3'
    expect(explain(yaml, 'http://shop.example/v2/x', [['x-request-id', id]]).after.at(-1)?.text).toBe(
      'tracing: is not traced: its x-request-id is beyond 5 %',
    )
  })

  it('names the first predicate that failed, and for a miss the nearest route', () => {
    const told = explain(SHOP, 'https://shop.example/v2/cart', [['x-canary', '2']])
    expect(printExplanation(told)).toContain('✗ route 0 "canary": header x-canary exact "1": got "2"  test.yaml:23:54')
    expect(told.cluster?.name).toBe('a')
    const miss = explain(SHOP, 'https://shop.example/v3')
    expect(miss).toMatchObject({ outcome: 'no_route', status: 404, details: 'route_not_found' })
    expect(printExplanation(miss)).toContain('route 1 lacks prefix "/v2": got "/v3"')
    expect(verdict(miss)).toBe('→ 404: no route in "test"')
    expect(printExplanation(explain(SHOP, 'https://shop.example:8443/v2'))).toContain('differs by the port only')
  })

  it('tells what the connection manager refuses', () => {
    expect(explain(SHOP, 'http://shop.example/%00')).toMatchObject({
      outcome: 'refused',
      status: 400,
      details: 'path_normalization_failed',
      routing: undefined,
    })
    expect(explain(SHOP, 'http:///x')).toMatchObject({
      outcome: 'refused',
      status: 400,
      details: 'missing_host_header',
    })
  })

  it('chooses the listener by name, by the port of the URL, or takes the first and says so', () => {
    const second = SHOP.replace(
      '  clusters:',
      `${SHOP.slice(SHOP.indexOf('  - name: main'), SHOP.indexOf('  clusters:')).replace('main', 'other').replace('8080', '8081')}  clusters:`,
    )
    const first = (url: string, options: LocateOptions = {}): string =>
      explain(second, url, [], options).before[0]!.text
    expect(first('http://shop.example/')).toBe(
      'listener "main" on 127.0.0.1:8080, the first that serves HTTP; there are also "other"',
    )
    expect(first('http://shop.example:8081/')).toBe(
      'listener "other" on 127.0.0.1:8081, by the port 8081; there are also "main"',
    )
    expect(first('http://shop.example:9999/')).toBe(
      'listener "main" on 127.0.0.1:8080, as none that serves HTTP is on port 9999; there are also "other"',
    )
    expect(explain(SHOP, 'http://shop.example:9999/').before[0]!.text).toBe(
      'listener "main" on 127.0.0.1:8080, as none that serves HTTP is on port 9999',
    )
    expect(first('http://shop.example/', { listener: 'other' })).toBe('listener "other" on 127.0.0.1:8081')
    expect(first('http://shop.example/', { listener: '127.0.0.1:8081' })).toBe('listener "other" on 127.0.0.1:8081')
    expect(() => first('http://shop.example/', { listener: 'none' })).toThrow(
      'there is no listener "none" that serves HTTP',
    )
  })

  it('explains bare route configurations, and says when there are none', () => {
    const told = explain(routes('- match: { prefix: / }\n  route: { cluster: web }'), 'http://a/')
    expect(told.before.map(({ text }) => text)).toEqual(['route configuration "test"'])
    expect(told.cluster).toMatchObject({ name: 'web', known: false })
    expect(verdict(told)).toContain('→ cluster "web" (not in this file)')
    expect(verdict(explain('static_resources: {}\n', 'http://a/'))).toBe('→ nowhere: there are no routes to ask')
  })

  it('tells of the filters before the router, and of those that a route switches off', () => {
    const cors =
      "- name: cors\n            typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors }\n          "
    const yaml = SHOP.replace('- name: envoy.filters.http.router', `${cors}- name: envoy.filters.http.router`).replace(
      'route: { cluster: a }',
      "route: { cluster: a }\n                typed_per_filter_config: { cors: { '@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true } }",
    )
    expect(explain(yaml, 'http://shop.example/v2/cart', [['x-canary', '1']]).filters.map(({ text }) => text)).toEqual([
      '"cors" lets it pass',
    ])
    expect(explain(yaml, 'http://shop.example/v2').filters.map(({ text }) => text)).toEqual([
      '"cors" is switched off for this request',
    ])
  })

  it('refuses what no client can send', () => {
    const view = viewOf(SHOP)
    expect(() => decide(view, { url: 'http://a/b c' })).toThrow('it holds a blank')
    expect(() => decide(view, { url: 'ftp://a/' })).toThrow('the scheme ftp')
    expect(() => decide(view, { url: '/', method: 'a b' })).toThrow('is no method')
    expect(() => decide(view, { url: '/', headers: [['a b', 'c']] })).toThrow('is no header name')
    expect(() => decide(view, { url: '/', headers: [['a', 'b\r\nc: d']] })).toThrow('holds a line break')
  })
})

describe('explainRequest on filter chains', () => {
  const chain = (name: string, match: string): string => `
    - name: ${name}
      filter_chain_match: { ${match} }
      filters:
      - name: hcm
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: x
          http_filters: [{ name: r, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
          route_config: { name: ${name}, virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 204 } }] }] }`
  const yaml = `static_resources:
  listeners:
  - name: tls
    address: { socket_address: { address: 0.0.0.0, port_value: 443 } }
    filter_chains:${chain('exact', 'server_names: [a.example], transport_protocol: tls')}${chain('wild', 'server_names: ["*.example"]')}${chain('near', 'source_prefix_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }]')}${chain('plain', 'transport_protocol: raw_buffer')}
`
  const routesOf = (url: string, source?: string): string | undefined =>
    explainRequest(viewOf(yaml), { url, source }).routeConfiguration

  it('goes by server name, transport and source, the most specific first', () => {
    expect(routesOf('https://a.example/')).toBe('exact')
    expect(routesOf('https://b.example/')).toBe('wild')
    expect(routesOf('https://other.org/', '10.1.2.3')).toBe('near')
    expect(routesOf('http://a.example/', '10.1.2.3')).toBe('plain')
    expect(explainRequest(viewOf(yaml), { url: 'https://other.org/', source: '192.0.2.1' })).toMatchObject({
      outcome: 'no_routes',
      listener: 'tls',
    })
  })

  it('tells by which rules the chain was chosen', () => {
    const told = explainRequest(viewOf(yaml), { url: 'https://b.example/' })
    expect(told.before[1]!.text).toBe('filter chain "wild", number 2 of 4 (server name: *.example)')
  })

  it('asks filter_chain_matcher, as the listener does', () => {
    const tree = yaml.replace(
      '    filter_chains:',
      `    filter_chain_matcher:
      matcher_tree:
        input: { name: ip, typed_config: { '@type': type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.SourceIPInput } }
        exact_match_map: { map: { 192.0.2.1: { action: { name: a, typed_config: { '@type': type.googleapis.com/google.protobuf.StringValue, value: near } } } } }
    filter_chains:`,
    )
    const told = (source: string) => explainRequest(viewOf(tree), { url: 'http://a.example/', source })
    expect(told('192.0.2.1').routeConfiguration).toBe('near')
    expect(told('192.0.2.2')).toMatchObject({ outcome: 'no_routes', routeConfiguration: undefined })
  })
})

describe('explainRequest on a config_dump', () => {
  it('asks the routes that came by RDS', () => {
    const dump = {
      configs: [
        {
          '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump',
          dynamic_listeners: [
            {
              name: 'l',
              active_state: {
                listener: {
                  '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
                  name: 'l',
                  address: { socket_address: { address: '0.0.0.0', port_value: 80 } },
                  filter_chains: [
                    {
                      filters: [
                        {
                          name: 'hcm',
                          typed_config: {
                            '@type':
                              'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                            stat_prefix: 'x',
                            rds: { route_config_name: 'shop', config_source: { ads: {} } },
                            http_filters: [
                              {
                                name: 'r',
                                typed_config: {
                                  '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
                                },
                              },
                            ],
                          },
                        },
                      ],
                    },
                  ],
                },
              },
            },
          ],
        },
        {
          '@type': 'type.googleapis.com/envoy.admin.v3.RoutesConfigDump',
          dynamic_route_configs: [
            {
              route_config: {
                '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
                name: 'shop',
                virtual_hosts: [
                  { name: 'v', domains: ['a.b'], routes: [{ match: { prefix: '/' }, route: { cluster: 'from-rds' } }] },
                ],
              },
            },
          ],
        },
        { '@type': 'type.googleapis.com/acme.Unknown', anything: [1, { two: null }] },
      ],
    }
    const view = openConfig(JSON.stringify(dump), { file: 'dump.json' })
    expect(view.loaded.kind).toBe('config-dump')
    const told = explainRequest(view, { url: 'http://a.b/x' })
    expect(told).toMatchObject({ outcome: 'forward', cluster: { name: 'from-rds' } })
    expect(told.before.map(({ text }) => text)).toContain(
      'route configuration "shop", which the connection manager takes by RDS',
    )
  })
})

it("finds a cluster's own policies in the file", () => {
  const told = explainRequest(
    openConfig(
      `
static_resources:
  clusters:
  - name: a
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: { http_protocol_options: {} }
        retry_policy: { retry_on: 5xx, num_retries: 4 }
  listeners:
  - name: main
    address: { socket_address: { address: 127.0.0.1, port_value: 8080 } }
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: test
          route_config:
            virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: a } }] }]
`,
      { file: 'shop.yaml' },
    ),
    { url: 'http://h/', headers: [] },
  )
  expect(told.routing?.outcome.at(-1)).toMatchObject({
    text: 'up to 4 retries on 5xx, from the cluster',
    position: { line: 9 },
  })
})
