import { describe, expect, test } from 'vitest'
import { loadBootstrap } from '../load/load-bootstrap.ts'
import { canonical, format } from './canonical.ts'

const WRITTEN = `# head

staticResources:   # everything

  # the clusters
  clusters:
  - name: a   # first
    connectTimeout: 1s
    # old
    hosts:
    - socket_address: {address: 127.0.0.1,   port_value: 80}
  listeners:
      - name: x
        address: "127.0.0.1:80" # where
        filter_chains:
            filters:
            - name: envoy.http_connection_manager
              config:
                 # inside
                 stat_prefix: x
                 http_filters: [ ]
        routeConfig:
           # routes
           name: r
           virtual_hosts: [ {name: v, domains: [ "*" ], routes: [ {match: {prefix: "/"},route: {cluster: a, retries: 3}} ]} ]
admin: {address: ":9001"} # for us
`

const CANONICAL = `# head

static_resources: # everything

  # the clusters
  clusters:
  - name: a # first
    connect_timeout: 1s
    load_assignment:
      cluster_name: a
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: 80
  listeners:
  - name: x
    address:
      # where
      socket_address:
        address: 127.0.0.1
        port_value: 80
    filter_chains:
      filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          # inside
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: x
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            # routes
            name: r
            virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: a, retry_policy: { retry_on: "5xx,connect-failure,refused-stream", num_retries: 3 } } }] }]
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9001 } } } # for us
`

describe('the canonical form', () => {
  test('has no short forms and keeps the comments', () => {
    expect(canonical(WRITTEN).text).toBe(CANONICAL)
  })

  test('means the same and is its own canonical form', () => {
    expect(loadBootstrap(CANONICAL).problems).toEqual([])
    expect(loadBootstrap(CANONICAL).config).toEqual(loadBootstrap(WRITTEN).config)
    expect(canonical(CANONICAL)).toEqual({ text: CANONICAL, problems: [] })
  })

  test('of JSON is YAML', () => {
    expect(
      canonical('{"staticResources": {"clusters": [{"name": "a", "type": "STATIC", "health_checks": []}]}}').text,
    ).toBe('static_resources:\n  clusters:\n  - name: a\n    type: STATIC\n    health_checks: []\n')
  })

  test('follows aliases and merge keys to where a thing is written', () => {
    const text = `static_resources:\n  clusters:\n  - &a\n    name: a\n    connectTimeout: 1s\n  - <<: *a\n    name: b\n`
    expect(canonical(text).text).toBe(text.replace('connectTimeout', 'connect_timeout'))
  })

  test('leaves alone what is no configuration, and says so', () => {
    const { text, problems } = canonical('admin:\n  addres: 1 # what\n')
    expect(text).toBe('admin:\n  addres: 1 # what\n')
    expect(problems.map(({ code }) => code)).toEqual(['unknown-field'])
    expect(canonical('a: [')).toMatchObject({ text: undefined, problems: [{ code: 'syntax' }] })
  })
})

describe('format', () => {
  test('changes the form alone', () => {
    const text = 'a:   {b: 1,c: [ 1,2 ]}   # x\nd:\n    - "e"\n    - \'f\'\n\n\n# end\ng: |\n     text\n      more\n'
    expect(format(text)).toEqual({
      text: 'a: { b: 1, c: [1, 2] } # x\nd:\n- "e"\n- \'f\'\n\n# end\ng: |\n  text\n   more\n',
      problems: [],
    })
    expect(format(format(text).text!).text).toBe(format(text).text)
    expect(loadBootstrap(format(WRITTEN).text!).config).toEqual(loadBootstrap(WRITTEN).config)
  })

  test('leaves long lines alone', () => {
    const text = `a: ${'word '.repeat(60)}word\nb: [${Array.from({ length: 80 }, (_, i) => i).join(', ')}]\n`
    expect(format(text).text).toBe(text)
  })

  test('says what it cannot read', () => {
    expect(format('a: b\na: c')).toMatchObject({
      text: undefined,
      problems: [{ code: 'duplicate-key', line: 2, column: 1 }],
    })
  })
})
