import { describe, expect, test } from 'vitest'
import { docOf } from '../describe/docs.ts'
import { distance, nearest } from './names.ts'
import { isAddress, isEmail, isHostname, isIp, isIpv4, isIpv6, isUri, isUuid } from './rules/formats.ts'
import { stringRule } from './rules/string.ts'
import { envoySchema, schemaWith } from './schema.ts'

const schema = envoySchema()
const names = Object.keys(schema.table.messages)

describe('the table', () => {
  test('has the messages that everyone uses, also those that Envoy has had since', () => {
    const missing = [
      'envoy.config.bootstrap.v3.Bootstrap',
      'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth',
      'envoy.extensions.clusters.dns.v3.DnsCluster',
      'envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig',
      'envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector',
    ].filter((name) => !schema.message(name))
    expect(missing).toEqual([])
    expect(schema.message('envoy.config.core.v3.HealthCheck')?.fields.get('name')?.spec.n).toBe(27)
    expect(schema.message('envoy.config.route.v3.RouteMatch')?.fields.get('cookies')?.spec.n).toBe(17)
    expect(schema.message('envoy.config.listener.v3.FilterChain')?.fields.has('on_demand_configuration')).toBe(false)
  })

  test('is sound: every message compiles, types are there, numbers and oneofs fit', () => {
    const wrong: string[] = []
    for (const name of names) {
      const type = schema.message(name)!
      const fields = Object.keys(type.spec.f)
      if (new Set(fields.map((field) => type.spec.f[field]!.n)).size < fields.length)
        wrong.push(`${name}: two fields of one number`)
      for (const field of fields)
        if (!schema.valueType(type.spec.f[field]!.t)) wrong.push(`${name}.${field}: no type ${type.spec.f[field]!.t}`)
      for (const oneof of type.oneofs)
        for (const field of oneof.fields)
          if (!type.fields.has(field)) wrong.push(`${name}: no ${field} of oneof ${oneof.name}`)
    }
    expect(wrong).toEqual([])
  })

  test('knows what must not be shown, and has words for most', () => {
    expect(schema.message('envoy.extensions.transport_sockets.tls.v3.TlsCertificate')?.spec.f['private_key']?.s).toBe(1)
    expect(docOf('envoy.config.route.v3.RouteAction.prefix_rewrite')).toMatch(/^Indicates that during forwarding/)
    expect(docOf('envoy.config.cluster.v3.Cluster.LbPolicy.MAGLEV')).toBeDefined()
  })

  test('has no message by a name that objects have anyway', () => {
    expect(schema.message('constructor')).toBeUndefined()
    expect(schema.enum('__proto__')).toBeUndefined()
    expect(schema.valueType('toString.x')).toBeUndefined()
    expect(schema.valueType('google.protobuf.constructor')).toBeUndefined()
  })

  test('with own messages is the same for the same definitions', () => {
    const definitions = [{ type: 'nuncio.a.v1.A', honours: {}, messages: { 'nuncio.a.v1.A': { f: {} } } }]
    expect(schemaWith(definitions)).toBe(schemaWith(definitions))
    expect(schemaWith(definitions).message('nuncio.a.v1.A')).toBeDefined()
    expect(schemaWith([])).toBe(schema)
    expect(schema.message('nuncio.a.v1.A')).toBeUndefined()
  })
})

describe('the nearest name', () => {
  test.each<[string, string, number]>([
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['abc', 'xyz', 3],
  ])('%s and %s are %i apart', (a, b, far) => {
    expect(distance(a, b, 10)).toBe(far)
  })

  test('is offered when it is near', () => {
    expect(nearest('clusterr', ['cluster', 'clusters', 'listener'])).toBe('cluster')
    expect(nearest('xyz', ['cluster'])).toBeUndefined()
    expect(nearest('a'.repeat(100_000), ['b'.repeat(100_000)])).toBeUndefined()
  })
})

describe('forms of text', () => {
  test.each<[(text: string) => boolean, readonly string[], readonly string[]]>([
    [isIpv4, ['0.0.0.0', '255.255.255.255'], ['256.0.0.1', '1.2.3', '01.2.3.4', '1.2.3.4.5', '']],
    [
      isIpv6,
      ['::', '::1', '1::', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', 'fe80::1%eth0', '1:2:3:4:5:6:1.2.3.4'],
      ['1:2', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7:8:9', '::1%', '1.2.3.4::', ''],
    ],
    [isIp, ['1.2.3.4', '::1'], ['localhost']],
    [isHostname, ['a', 'a.b.', 'a-b.c1'], ['-a', 'a-', 'a..b', 'a_b', '', 'a'.repeat(64)]],
    [isAddress, ['a.b', '::1'], ['a b']],
    [isEmail, ['a@b.c', 'a.b+c@d'], ['a', '@b', 'a b@c', 'a@b_c']],
    [isUri, ['http://a', 'spiffe://a/b', 'urn:x'], ['a', '//a', 'http:', 'http://a b']],
    [isUuid, ['01234567-89ab-cdef-0123-456789abcdef'], ['01234567', '']],
  ])('%o', (holds, good, bad) => {
    expect(good.filter((text) => !holds(text))).toEqual([])
    expect(bad.filter(holds)).toEqual([])
  })
})

describe('rules of text', () => {
  test.each<[Record<string, unknown>, readonly string[], readonly string[]]>([
    [{ min_len: 2, max_len: 3 }, ['ab', 'äöü', '😀😀'], ['a', '😀', 'abcd']],
    [{ min_bytes: 3, max_bytes: 4 }, ['abc', 'öö'], ['ab', 'ö', 'ööö']],
    [{ len: 2 }, ['😀a'], ['a', 'abc']],
    [{ prefix: 'a', suffix: 'z', contains: 'm' }, ['amz'], ['az', 'mz', 'am']],
    [{ not_contains: 'x' }, ['a'], ['axb']],
    [{ in: ['a', ''] }, ['a', ''], ['b']],
    [{ not_in: ['a'] }, ['b'], ['a']],
    [{ const: 'a' }, ['a'], ['b']],
    [{ pattern: '^a+$', ignore_empty: true }, ['aa', ''], ['b']],
    [{ well_known_regex: 'HTTP_HEADER_NAME' }, ['x-a', ':path', ''], ['a b', 'ä', 'a:']],
    [{ well_known_regex: 'HTTP_HEADER_NAME', strict: false }, ['a b', 'ä'], ['a\nb']],
    [{ well_known_regex: 'HTTP_HEADER_VALUE' }, ['a b\t', 'ä'], ['a\u0001']],
    [{ well_known_regex: 'HTTP_HEADER_VALUE', strict: false }, ['a\u0001'], ['a\rb']],
    [{ hostname: true }, ['a.b'], ['a_b']],
    [{ ip: true }, ['::1'], ['x']],
  ])('%j', (rules, good, bad) => {
    const rule = stringRule(rules)!
    expect(good.filter((text) => rule(text) !== undefined)).toEqual([])
    expect(bad.filter((text) => rule(text) === undefined)).toEqual([])
  })
})
