import { describe, expect, test } from 'vitest'
import { mergeHonours } from '../honours/honours.ts'
import { load } from '../load/load.ts'
import type { LoadOptions } from '../load/options.ts'
import type { Honours } from '../message.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router'

const honours: Honours = {
  'envoy.config.cluster.v3.Cluster': ['name', 'connect_timeout', 'lb_policy', 'health_checks', 'metadata'],
  'envoy.config.core.v3.HealthCheck': {
    honoured: ['timeout', 'interval', 'unhealthy_threshold', 'healthy_threshold', 'tcp_health_check'],
    noEffect: { reuse_connection: 'every check opens its own connection' },
  },
  'envoy.config.core.v3.HealthCheck.TcpHealthCheck': '*',
  [HCM]: ['stat_prefix', 'http_filters', 'route_config'],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter': ['name', 'typed_config', 'is_optional'],
  [ROUTER]: ['dynamic_stats'],
}

function cluster(text: string, options: LoadOptions = {}): string[] {
  return load('envoy.config.cluster.v3.Cluster', text, { honours, ...options }).problems.map(
    ({ line, column, severity, code, path, message }) => `${line}:${column} ${severity} ${code} ${path}: ${message}`,
  )
}

function manager(filters: string, options: LoadOptions = {}): string[] {
  const text = `stat_prefix: a\nroute_config: {}\nhttp_filters:\n${filters}\n- {name: r, typed_config: {"@type": type.googleapis.com/${ROUTER}}}`
  return load(HCM, text, { honours, ...options }).problems.map(
    ({ line, column, severity, code, message, hint }) => `${line}:${column} ${severity} ${code} ${message} | ${hint}`,
  )
}

describe('what is honoured of a message', () => {
  const DATA = 'envoy.config.core.v3.DataSource'
  const read = (own: Honours): string[] =>
    load('envoy.config.route.v3.RouteConfiguration', BODY, { honours: mergeHonours([ROUTES, own]) }).problems.map(
      ({ path, message, hint }) => `${path}: ${message} | ${hint}`,
    )
  const BODY = `virtual_hosts:
- name: a
  domains: ['*']
  routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { filename: a, watched_directory: { path: b } } } }]`
  const ROUTES: Honours = {
    'envoy.config.route.v3.RouteConfiguration': '*',
    'envoy.config.route.v3.VirtualHost': '*',
    'envoy.config.route.v3.Route': '*',
    'envoy.config.route.v3.RouteMatch': '*',
    'envoy.config.route.v3.DirectResponseAction': '*',
    'envoy.config.core.v3.WatchedDirectory': '*',
    [DATA]: '*',
  }
  const PLACE = 'virtual_hosts[0].routes[0].direct_response.body.watched_directory'
  const REFUSED = `${PLACE}: "watched_directory" of DataSource is not supported`

  test('may differ by the place where it stands, whatever others honour of its type', () => {
    expect(read({})).toEqual([])
    expect(read({ 'envoy.config.route.v3.DirectResponseAction#body': ['filename'] })).toEqual([
      `${REFUSED} | remove it, or start with --allow-unsupported to go on without it`,
    ])
    expect(read({ 'envoy.config.route.v3.DirectResponseAction#body_format': ['filename'] })).toEqual([])
  })

  test('is refused with the reason, where one is given', () => {
    const unsupported = { watched_directory: 'the file is read once: reload instead' }
    const place = { honoured: ['filename'], unsupported }
    expect(read({ 'envoy.config.route.v3.DirectResponseAction#body': place })).toEqual([
      `${REFUSED} | the file is read once: reload instead; remove it, or start with --allow-unsupported to go on without it`,
    ])
  })
})

describe('what Envoy knows and nothing honours', () => {
  test('is an error with its line, a warning where that is asked for', () => {
    const text = 'name: a\ndns_jitter: 1s\nlb_policy: RANDOM\noutlier_detection:\n  consecutive_5xx: 3\n'
    expect(cluster(text)).toEqual([
      '2:1 warning deprecated dns_jitter: "dns_jitter" of Cluster is deprecated',
      '2:1 error unsupported dns_jitter: "dns_jitter" of Cluster is not supported',
      '4:1 error unsupported outlier_detection: "outlier_detection" of Cluster is not supported',
    ])
    expect(cluster(text, { allowUnsupported: true })[2]).toBe(
      '4:1 warning unsupported outlier_detection: "outlier_detection" of Cluster is not supported',
    )
  })

  test('is said once, not again for what is below it, which is checked all the same', () => {
    expect(cluster('name: a\noutlier_detection:\n  consecutive_5xx: x\n  interval: 1s')).toEqual([
      '2:1 error unsupported outlier_detection: "outlier_detection" of Cluster is not supported',
      '3:20 error wrong-type outlier_detection.consecutive_5xx: expected a whole number, got x',
    ])
  })

  test('is said of a message that no part declares, field by field', () => {
    expect(cluster('name: a\nmetadata: {filter_metadata: {a: {b: 1}}}')).toEqual([
      '2:12 error unsupported metadata.filter_metadata: "filter_metadata" of Metadata is not supported',
    ])
  })

  test('is not said of values that a field has anyway', () => {
    expect(
      cluster(
        'name: a\nalt_stat_name: ""\nrespect_dns_ttl: false\ndns_lookup_family: 0\nhealth_checks: []\ntransport_socket_matches: []\ntyped_extension_protocol_options: {}\nload_assignment:',
      ),
    ).toEqual([])
    // A wrapper tells false from absent.
    expect(cluster('name: a\nper_connection_buffer_limit_bytes: 0')).toEqual([
      '2:1 error unsupported per_connection_buffer_limit_bytes: "per_connection_buffer_limit_bytes" of Cluster is not supported',
    ])
  })

  test('is a note where the field is accepted without effect', () => {
    const check =
      'name: a\nhealth_checks:\n- {timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {}, reuse_connection: true, alt_port: 5}'
    expect(cluster(check)).toEqual([
      '3:99 info no-effect health_checks[0].reuse_connection: "reuse_connection" of HealthCheck changes nothing here',
      '3:123 error unsupported health_checks[0].alt_port: "alt_port" of HealthCheck is not supported',
    ])
  })
})

describe('extensions', () => {
  const HINT = 'remove it, or start with --allow-unsupported to go on without it'

  test('that no part honours are said by their type, and their insides left alone', () => {
    expect(
      manager(
        '- name: b\n  typed_config:\n    "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer\n    max_request_bytes: 5',
      ),
    ).toEqual([
      `6:14 error unsupported the extension envoy.extensions.filters.http.buffer.v3.Buffer is not supported | ${HINT}`,
    ])
  })

  test('that Envoy has and the table knows by name only', () => {
    expect(
      manager(
        '- {name: b, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.mcp.v3.Mcp, anything: [1]}}',
      ),
    ).toEqual([
      `4:37 error unsupported the extension envoy.extensions.filters.http.mcp.v3.Mcp is not supported | ${HINT}`,
    ])
  })

  test('that are optional are left out with a warning, known or not', () => {
    expect(
      manager(
        '- {name: b, is_optional: true, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 5}}',
      ),
    ).toEqual([
      '4:56 warning unsupported the extension envoy.extensions.filters.http.buffer.v3.Buffer is not supported | it is optional and left out',
    ])
    expect(
      manager(
        '- {name: b, isOptional: true, typedConfig: {"@type": type.googleapis.com/envoy.extensions.filters.http.nope.v3.Nope}}',
      )[0],
    ).toMatch(/^4:54 warning unknown-type/)
    const { config } = load(
      HCM,
      `stat_prefix: a\nroute_config: {}\nhttp_filters:\n- {name: b, is_optional: true, typed_config: {"@type": type.googleapis.com/x.Y}}\n- {name: r, typed_config: {"@type": type.googleapis.com/${ROUTER}}}`,
    )
    expect(config?.http_filters?.map(({ name, typed_config }) => [name, typed_config?.['@type']])).toEqual([
      ['b', undefined],
      ['r', ROUTER],
    ])
  })

  test('are looked into when they are honoured', () => {
    expect(
      manager(
        `- {name: b, typed_config: {"@type": type.googleapis.com/${ROUTER}, dynamic_stats: true, start_child_span: true}}`,
      ).filter((line) => line.includes('unsupported')),
    ).toEqual([`4:126 error unsupported "start_child_span" of Router is not supported | ${HINT}`])
  })
})

test('what several parts honour is joined', () => {
  const merged = mergeHonours([
    { 'envoy.config.cluster.v3.Cluster': ['name'], [ROUTER]: '*' },
    {
      'envoy.config.cluster.v3.Cluster': { honoured: ['type', 'name'], noEffect: { dns_jitter: 'a' } },
      [ROUTER]: ['dynamic_stats'],
    },
    { 'envoy.config.cluster.v3.Cluster': { honoured: [], noEffect: { alt_stat_name: 'b' } } },
  ])
  expect(merged).toEqual({
    'envoy.config.cluster.v3.Cluster': {
      honoured: ['name', 'type'],
      noEffect: { dns_jitter: 'a', alt_stat_name: 'b' },
    },
    [ROUTER]: '*',
  })
})

test('own messages are part of the table where their definition is given', () => {
  const definition = {
    type: 'nuncio.filters.http.hello.v1.Hello',
    honours: { 'nuncio.filters.http.hello.v1.Hello': '*' } as const,
    messages: {
      'nuncio.filters.http.hello.v1.Hello': {
        f: {
          greeting: { t: 'string', n: 1, r: { string: { min_len: 1 } } },
          tone: { t: 'nuncio.filters.http.hello.v1.Tone', n: 2 },
        },
      },
    },
    enums: { 'nuncio.filters.http.hello.v1.Tone': { PLAIN: 0, WARM: 1 } },
  }
  const text = `name: h\ntyped_config: {"@type": type.googleapis.com/nuncio.filters.http.hello.v1.Hello, greeting: hi, tone: warm}`
  const type = 'envoy.config.core.v3.TypedExtensionConfig'
  const all = mergeHonours([definition.honours, { [type]: '*' }])
  expect(load(type, text, { definitions: [definition], honours: all })).toMatchObject({
    problems: [],
    config: { typed_config: { greeting: 'hi', tone: 'WARM' } },
  })
  expect(load(type, text).problems[0]?.code).toBe('unknown-type')
  expect(load(type, text.replace('hi', '""'), { definitions: [definition] }).problems[0]).toMatchObject({
    code: 'rule',
    path: 'typed_config.greeting',
  })
})
