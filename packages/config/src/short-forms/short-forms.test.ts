import { describe, expect, test } from 'vitest'
import { canonical } from '../document/canonical.ts'
import { load } from '../load/load.ts'
import { loadBootstrap } from '../load/load-bootstrap.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'envoy.extensions.filters.http.router.v3.Router' },
}

/** The configuration that the project was founded on, completed with the cluster that it leads to. */
const FOUNDING = `admin:
  address: ":9001"
static_resources:
  listeners:
  - name: listener_0
    address:
      socket_address:
        address: 0.0.0.0
        port_value: 8080
    filter_chains:
    - filters:
      - name: envoy.http_connection_manager
    route_config:
      name: local_route
      virtual_hosts:
      - name: local_service
        domains: ["*"]
        routes:
        - match: { prefix: "/" }
          route:
            cluster: local_cluster
            timeout: 5s
            retries: { attempts: 3 }
  clusters:
  - name: local_cluster
    hosts: ["127.0.0.1:9091", ":9092"]
`

test('the founding file is an Envoy configuration, and each short form says what it stands for', () => {
  const { config, problems } = loadBootstrap(FOUNDING, { file: 'envoy.yaml' })
  expect(
    problems.map(
      ({ line, column, severity, code, hint }) => `${line}:${column} ${severity} ${code} ${hint.split('\n')[0]!}`,
    ),
  ).toEqual([
    '2:12 info short-form socket_address: { address: 127.0.0.1, port_value: 9001 }',
    '12:15 info short-form name: envoy.filters.network.http_connection_manager',
    '12:15 info short-form stat_prefix: ingress_http',
    '12:15 info short-form http_filters:',
    '13:5 info short-form filter_chains:',
    '23:13 info short-form retry_policy: { retry_on: "5xx,connect-failure,refused-stream", num_retries: 3 }',
    '26:5 info short-form load_assignment:',
  ])
  const listener = config?.static_resources?.listeners?.[0]
  expect(listener).not.toHaveProperty('route_config')
  expect(listener?.filter_chains?.[0]?.filters?.[0]).toEqual({
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': HCM,
      stat_prefix: 'ingress_http',
      route_config: {
        name: 'local_route',
        virtual_hosts: [
          {
            name: 'local_service',
            domains: ['*'],
            routes: [
              {
                match: { prefix: '/' },
                route: {
                  cluster: 'local_cluster',
                  timeout: 5000,
                  retry_policy: { retry_on: '5xx,connect-failure,refused-stream', num_retries: 3 },
                },
              },
            ],
          },
        ],
      },
      http_filters: [ROUTER],
    },
  })
  expect(
    config?.static_resources?.clusters?.[0]?.load_assignment?.endpoints?.[0]?.lb_endpoints?.map(
      ({ endpoint }) => endpoint?.address?.socket_address,
    ),
  ).toEqual([
    { address: '127.0.0.1', port_value: 9091 },
    { address: '127.0.0.1', port_value: 9092 },
  ])
})

test('what a short form stands for is found where the short form was written', () => {
  const { config, sources } = loadBootstrap(FOUNDING, { file: 'envoy.yaml' })
  const manager = config!.static_resources!.listeners![0]!.filter_chains![0]!.filters![0]!.typed_config!
  expect(sources.positionOf(manager, 'route_config')).toEqual({ file: 'envoy.yaml', line: 13, column: 5 })
  expect(sources.positionOf(config!.admin!.address!)).toEqual({ file: 'envoy.yaml', line: 2, column: 12 })
})

test('short forms can be switched off, and are errors then', () => {
  const { problems } = loadBootstrap(FOUNDING, { noShortForms: true })
  expect(problems.map(({ line, severity, code }) => `${line} ${severity} ${code}`)).toEqual([
    '2 error wrong-type',
    '12 error missing-field',
    '13 error unknown-field',
    '26 error unknown-field',
  ])
})

describe('an address as a text', () => {
  const address = (text: string): unknown => {
    const result = load('envoy.config.listener.v3.Listener', `address: ${text}\ndefault_filter_chain: {}`)
    return result.config?.address ?? result.problems.map(({ code }) => code)
  }
  test.each<[string, unknown]>([
    [':80', { socket_address: { address: '0.0.0.0', port_value: 80 } }],
    ['":80"', { socket_address: { address: '0.0.0.0', port_value: 80 } }],
    ['127.0.0.1:80', { socket_address: { address: '127.0.0.1', port_value: 80 } }],
    ['"tcp://127.0.0.1:80"', { socket_address: { address: '127.0.0.1', port_value: 80 } }],
    ['"[::1]:80"', { socket_address: { address: '::1', port_value: 80 } }],
    ['"unix:/tmp/x"', { pipe: { path: '/tmp/x' } }],
    ['"unix:///tmp/x"', { pipe: { path: '/tmp/x' } }],
    ['"127.0.0.1"', ['wrong-type']],
    ['"127.0.0.1:99999"', ['wrong-type']],
    ['"a b:80"', ['wrong-type']],
    ['9001', ['wrong-type']],
  ])('%s', (text, value) => {
    expect(address(text)).toEqual(value)
  })
})

describe('extensions by name', () => {
  test('a filter of v3 without typed_config, and one with the config of v2', () => {
    const text = `stat_prefix: a\nroute_config: {}\nhttp_filters:\n- name: envoy.cors\n- name: envoy.buffer\n  config: { max_request_bytes: 5 }\n- name: envoy.filters.http.router\n`
    const { config, problems } = load(HCM, text)
    expect(problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '4 short-form',
      '5 short-form',
      '7 short-form',
    ])
    expect(config?.http_filters).toEqual([
      { name: 'envoy.filters.http.cors', typed_config: { '@type': 'envoy.extensions.filters.http.cors.v3.Cors' } },
      {
        name: 'envoy.filters.http.buffer',
        typed_config: { '@type': 'envoy.extensions.filters.http.buffer.v3.Buffer', max_request_bytes: 5 },
      },
      ROUTER,
    ])
  })

  test('listener filters and access logs too', () => {
    const text =
      'address: ":80"\ndefault_filter_chain: {}\nlistener_filters: [{name: envoy.listener.tls_inspector}]\naccess_log: {name: envoy.file_access_log, config: {path: /dev/stdout}}'
    expect(load('envoy.config.listener.v3.Listener', text).config).toMatchObject({
      listener_filters: [
        {
          name: 'envoy.filters.listener.tls_inspector',
          typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' },
        },
      ],
      access_log: [
        {
          name: 'envoy.access_loggers.file',
          typed_config: { '@type': 'envoy.extensions.access_loggers.file.v3.FileAccessLog', path: '/dev/stdout' },
        },
      ],
    })
  })

  test('a name of one’s own beside a typed_config is left alone', () => {
    const text = `stat_prefix: a\nroute_config: {}\nhttp_filters:\n- {name: my-router, typed_config: {"@type": type.googleapis.com/${ROUTER.typed_config['@type']}}}\n`
    expect(load(HCM, text)).toMatchObject({ problems: [], config: { http_filters: [{ name: 'my-router' }] } })
  })
})

test('retries as a number, and beside a retry_policy', () => {
  expect(load('envoy.config.route.v3.RouteAction', 'cluster: a\nretries: 2').config?.retry_policy?.num_retries).toBe(2)
  expect(load('envoy.config.route.v3.RouteAction', 'cluster: a\nretries: 2\nretry_policy: {}').problems[0]?.code).toBe(
    'unknown-field',
  )
  expect(load('envoy.config.route.v3.RouteAction', 'cluster: a\nretries: {attempts: x}').problems[0]?.code).toBe(
    'unknown-field',
  )
})

test('routes beside several connection managers go into each that has none', () => {
  const manager = (name: string, rest = ''): string =>
    `{name: ${name}, typed_config: {"@type": type.googleapis.com/${HCM}, stat_prefix: ${name}${rest}}}`
  const text = `address: ":80"\nfilter_chains:\n- {filters: [${manager('a')}], filter_chain_match: {server_names: a}}\n- {filters: [${manager('b', ', rds: {config_source: {ads: {}}, route_config_name: r}')}], filter_chain_match: {server_names: b}}\n- {filters: [${manager('c')}]}\nroute_config: {name: shared}\n`
  const { config } = load('envoy.config.listener.v3.Listener', text)
  const names = (listener: typeof config): unknown =>
    listener?.filter_chains?.map(
      ({ filters }) =>
        (filters?.[0]?.typed_config as { route_config?: { name: string } } | undefined)?.route_config?.name,
    )
  expect(names(config)).toEqual(['shared', undefined, 'shared'])
  const written = canonical(text, { type: 'envoy.config.listener.v3.Listener' })
  expect(names(load('envoy.config.listener.v3.Listener', written.text!).config)).toEqual([
    'shared',
    undefined,
    'shared',
  ])
})
