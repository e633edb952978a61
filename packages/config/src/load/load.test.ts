import { describe, expect, test } from 'vitest'
import type { MessageName } from '../message.ts'
import { load } from './load.ts'
import { loadBootstrap } from './load-bootstrap.ts'

/** What a text says of one field that is written alone in its message. */
function valueOf(type: MessageName, text: string): unknown {
  const result = load(type, text)
  const errors = result.problems.filter(
    ({ code }) => code === 'wrong-type' || code === 'unknown-field' || code === 'out-of-range',
  )
  return errors.length > 0 ? errors.map(({ code }) => code) : Object.values(result.partial as object)[0]
}

const CLUSTER = 'envoy.config.cluster.v3.Cluster'

describe('the normalised form', () => {
  test.each<[string, unknown]>([
    ['connect_timeout: 1.5s', 1500],
    ['connect_timeout: 0.25s', 250],
    ['connect_timeout: 0.000000001s', 0.000001],
    ['connect_timeout: {seconds: 2, nanos: 500000000}', 2500],
    ['connectTimeout: 3s', 3000],
    ['connect_timeout: 1', ['wrong-type']],
    ['connect_timeout: .5s', ['wrong-type']],
    ['connect_timeout: 5ms', ['wrong-type']],
    ['name: a', 'a'],
    ['name: "5"', '5'],
    ['name: 1.10', '1.10'],
    ['name: 5', ['wrong-type']],
    ['name: true', ['wrong-type']],
    ['name: [a]', ['wrong-type']],
    ['type: STRICT_DNS', 'STRICT_DNS'],
    ['type: strict_dns', 'STRICT_DNS'],
    ['type: 2', 'LOGICAL_DNS'],
    ['type: "2"', 'LOGICAL_DNS'],
    ['respect_dns_ttl: true', true],
    ['respect_dns_ttl: "true"', true],
    ['respect_dns_ttl: yes', true],
    ['respect_dns_ttl: off', false],
    ['respect_dns_ttl: 1', ['wrong-type']],
    ['per_connection_buffer_limit_bytes: 1024', 1024],
    ['per_connection_buffer_limit_bytes: "1024"', 1024],
    ['per_connection_buffer_limit_bytes: 1e3', 1000],
    ['per_connection_buffer_limit_bytes: 0x10', 16],
    ['per_connection_buffer_limit_bytes: 4.0', 4],
    ['per_connection_buffer_limit_bytes: 4.5', ['wrong-type']],
    ['per_connection_buffer_limit_bytes: -1', ['out-of-range']],
    ['per_connection_buffer_limit_bytes: 4294967296', ['out-of-range']],
    [
      'metadata: {filter_metadata: {a: {b: [1, x, null, true, {c: 1.5}]}}}',
      { filter_metadata: { a: { b: [1, 'x', null, true, { c: 1.5 }] } } },
    ],
    [
      'dns_resolvers: {socket_address: {address: 1.1.1.1, port_value: 53}}',
      [{ socket_address: { address: '1.1.1.1', port_value: 53 } }],
    ],
    ['dns_resolvers: []', []],
  ])('%s', (text, value) => {
    expect(valueOf(CLUSTER, text)).toEqual(value)
  })

  test.each<[MessageName, string, unknown]>([
    ['envoy.config.core.v3.DataSource', 'inline_bytes: aGk=', Uint8Array.of(104, 105)],
    ['envoy.config.core.v3.DataSource', 'inline_bytes: "*"', ['wrong-type']],
    ['envoy.type.v3.Int64Range', 'start: "-9007199254740993"', -9007199254740992],
    ['envoy.type.v3.DoubleRange', 'start: -1.5e3', -1500],
    ['envoy.type.v3.Percent', 'value: .inf', Infinity],
    ['envoy.admin.v3.UpdateFailureState', 'last_update_attempt: 1970-01-02T00:00:01.5+01:00', 82_801_500],
    ['envoy.admin.v3.UpdateFailureState', 'last_update_attempt: 2021-02-29T00:00:00Z', ['wrong-type']],
    ['envoy.config.rbac.v3.Principal', 'any: {a: 1}', ['wrong-type']],
  ])('%s: %s', (type, text, value) => {
    expect(valueOf(type, text)).toEqual(value)
  })

  test('null is absent, also where a list or an object is expected', () => {
    const { config, problems } = load(CLUSTER, 'name: a\ntype: null\nload_assignment:\nhealth_checks: ~\n')
    expect(problems).toEqual([])
    expect(config).toEqual({ name: 'a' })
  })

  test('an empty text is no bootstrap; a map without keys is one without fields', () => {
    for (const text of ['', '# nothing\n', 'null', '---\n'])
      expect(loadBootstrap(text).problems).toMatchObject([{ code: 'empty', line: 1, message: 'the file is empty' }])
    expect(loadBootstrap('{}').config).toEqual({})
    expect(load(CLUSTER, '').problems).not.toContainEqual(expect.objectContaining({ code: 'empty' }))
  })

  test('JSON is read as it stands', () => {
    expect(load(CLUSTER, '{\n\t"name": "a\\u00e9",\n\t"connectTimeout": "1s"\n}').config).toEqual({
      name: 'aé',
      connect_timeout: 1000,
    })
  })

  test('bytes are UTF-8, with or without a byte order mark', () => {
    expect(
      load(CLUSTER, Uint8Array.of(0xef, 0xbb, 0xbf, ...Array.from('name: ', (c) => c.charCodeAt(0)), 0xc3, 0xa9))
        .config,
    ).toEqual({ name: 'é' })
  })

  test('everything that is returned is frozen', () => {
    const { config } = load(CLUSTER, 'name: a\nhealth_checks: []\nmetadata: {filter_metadata: {a: {b: [1]}}}')
    const open: object[] = [config!]
    for (let node = open.pop(); node; node = open.pop()) {
      expect(Object.isFrozen(node)).toBe(true)
      open.push(...Object.values(node).filter((value): value is object => typeof value === 'object' && value !== null))
    }
  })
})

describe('an Any', () => {
  const read = (text: string): unknown =>
    load('envoy.config.core.v3.TypedExtensionConfig', `name: a\ntyped_config:\n${text}`)

  test.each<[string, unknown]>([
    [
      '  "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer\n  max_request_bytes: 5',
      { '@type': 'envoy.extensions.filters.http.buffer.v3.Buffer', max_request_bytes: 5 },
    ],
    [
      '  "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer\n  maxRequestBytes: 5',
      { '@type': 'envoy.extensions.filters.http.buffer.v3.Buffer', max_request_bytes: 5 },
    ],
    [
      '  max_request_bytes: 5\n  "@type": example.org/x/envoy.extensions.filters.http.buffer.v3.Buffer',
      { '@type': 'envoy.extensions.filters.http.buffer.v3.Buffer', max_request_bytes: 5 },
    ],
    [
      '  "@type": type.googleapis.com/xds.type.v3.TypedStruct\n  type_url: type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer\n  value: {max_request_bytes: 5}',
      { '@type': 'envoy.extensions.filters.http.buffer.v3.Buffer', max_request_bytes: 5 },
    ],
    [
      '  "@type": type.googleapis.com/udpa.type.v1.TypedStruct\n  typeUrl: envoy.extensions.filters.http.router.v3.Router',
      { '@type': 'envoy.extensions.filters.http.router.v3.Router' },
    ],
    [
      '  "@type": type.googleapis.com/google.protobuf.StringValue\n  value: x',
      { '@type': 'google.protobuf.StringValue', value: 'x' },
    ],
    [
      '  "@type": type.googleapis.com/google.protobuf.Duration\n  value: 2s',
      { '@type': 'google.protobuf.Duration', value: 2000 },
    ],
    [
      '  "@type": type.googleapis.com/google.protobuf.Struct\n  value: {a: [1]}',
      { '@type': 'google.protobuf.Struct', value: { a: [1] } },
    ],
    ['  "@type": type.googleapis.com/google.protobuf.Empty', { '@type': 'google.protobuf.Empty' }],
  ])('%s', (text, value) => {
    expect(read(text)).toMatchObject({ problems: [], config: { typed_config: value } })
  })
})

describe('sources', () => {
  const text = `static_resources:
  clusters:
  - name: a
    connectTimeout: 1s
    health_checks:
      timeout: 1s
      interval: 1s
      unhealthyThreshold: 1
      healthy_threshold: 1
      tcp_health_check: {}
  - name: b
    metadata: {filter_metadata: {x: {y: 1}}}
    typed_extension_protocol_options:
      z:
        "@type": type.googleapis.com/xds.type.v3.TypedStruct
        type_url: envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        value:
          explicit_http_config: {http_protocol_options: {}}
`
  const { config, sources } = loadBootstrap(text, { file: 'b.yaml' })
  const clusters = config!.static_resources!.clusters!
  const at = (node: object, field?: string | number): string => {
    const place = sources.positionOf(node, field)
    return place ? `${place.file}:${place.line}:${place.column}` : 'nowhere'
  }

  test('tell where each message, list and field was written', () => {
    expect(at(config!)).toBe('b.yaml:1:1')
    expect(at(clusters)).toBe('b.yaml:3:3')
    expect(at(clusters, 1)).toBe('b.yaml:11:5')
    expect(at(clusters[0]!)).toBe('b.yaml:3:5')
    expect(at(clusters[0]!, 'name')).toBe('b.yaml:3:5')
    expect(at(clusters[0]!, 'connect_timeout')).toBe('b.yaml:4:5')
    expect(at(clusters[0]!, 'type')).toBe('nowhere')
    expect(at({})).toBe('nowhere')
  })

  test('find a single object where a list was expected, a map, a Struct and an unwrapped TypedStruct', () => {
    expect(at(clusters[0]!.health_checks!, 0)).toBe('b.yaml:6:7')
    expect(at(clusters[0]!.health_checks![0]!, 'unhealthy_threshold')).toBe('b.yaml:8:7')
    expect(at(clusters[1]!.metadata!.filter_metadata!, 'x')).toBe('b.yaml:12:34')
    expect(at(clusters[1]!.metadata!.filter_metadata!['x']!, 'y')).toBe('b.yaml:12:38')
    expect(at(clusters[1]!.typed_extension_protocol_options!['z']!, 'explicit_http_config')).toBe('b.yaml:18:11')
  })
})
