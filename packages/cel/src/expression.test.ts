import { connectionInfo, requestHeaders, responseHeaders, StreamInfo } from '@nuncio/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { compileCel, compileParsedCel } from './expression.ts'
import { loadCel } from './library.ts'
import type { CelSubject } from './subject.ts'

beforeAll(loadCel)

function subject(fields: Partial<StreamInfo> = {}): CelSubject {
  const connection = connectionInfo({
    id: 3,
    remote: { address: '10.0.0.9', port: 5000 },
    local: { address: '::1', port: 80 },
  })
  const info = Object.assign(new StreamInfo(connection, 1000, 1_795_346_759_250), {
    status: 404,
    protocol: 'HTTP/1.1',
    details: 'via_upstream',
    bytesSent: 5,
    upstreamCluster: 'c',
    upstreamHost: { address: '10.1.1.1:8080', hostname: '', metadata: { ns: { k: 'v' } } },
    firstUpstreamTxMs: 1001,
    lastUpstreamRxMs: 1001.25,
    ...fields,
  })
  info.setMetadata('ns', { key: 'value', count: 2 })
  const request = requestHeaders([
    [':method', 'GET'], [':path', '/a/b?c=d'], [':authority', 'shop.example'], [':scheme', 'https'],
    ['X-A', 'one'], ['x-list', '1'], ['x-list', '2'], ['user-agent', 'curl'], ['x-name', 'caf\u00c3\u00a9'],
  ]) // prettier-ignore
  return { info, request, response: responseHeaders(404, [['x-up', 'yes']]), responseTrailers: undefined }
}

function value(text: string, of = subject()) {
  const compiled = compileCel(text)
  if ('fault' in compiled) throw new Error(compiled.fault)
  return compiled.typed(of)
}

function faultOf(text: string): string {
  const compiled = compileCel(text)
  return 'fault' in compiled ? compiled.fault : ''
}

describe('an expression', () => {
  test.each<[string, string | undefined]>([
    ['request.path', '/a/b?c=d'], ['request.url_path', '/a/b'], ['request.query', 'c=d'], ['request["host"]', 'shop.example'],
    ['request.headers["x-list"]', '1,2'], ['request.headers["x-name"]', 'café'], ['request.headers[":method"]', 'GET'],
    ['request.headers["X-List"]', '1,2'], ['has(request.headers.Accept)', 'false'], ['request.headers["none"]', undefined], ['request.none', undefined], ['none', undefined], ['request.useragent', 'curl'],
    ['request.referer', undefined], ['request.duration', undefined], ['request.protocol', 'HTTP/1.1'],
    ['response.code', '404'], ['response.grpc_status', '12'], ['response.headers["x-up"]', 'yes'], ['response.size', '5'],
    ['response.code_details', 'via_upstream'], ['response.backend_latency', '250us'], ['response.flags', '0'],
    ['source.address', '10.0.0.9:5000'], ['destination.address', '[::1]:80'], ['destination.port', '80'], ['connection.id', '3'],
    ['connection.mtls', 'false'], ['connection.requested_server_name', ''], ['upstream.address', '10.1.1.1:8080'],
    ['upstream.port', '8080'], ['xds.cluster_name', 'c'], ['xds.route_name', undefined],
    ['xds.upstream_host_metadata.filter_metadata["ns"]["k"]', 'v'], ['metadata.filter_metadata["ns"]["key"]', 'value'],
    ['has(request.headers.foo)', 'false'], ['request', 'CelMap value'], ['[1, 2]', 'CelList value'], ['type(1)', 'CelType value'],
    ['null', 'NULL'], ['1 / 0', undefined], ['b"abc"', 'abc'], ['1.5', '1.5'], ['1e100', '1e+100'], ['1234567.0', '1.23457e+06'],
    ['0.00001', '1e-05'], ['1.0 / 3.0', '0.333333'], ['duration("3661.25s")', '1h1m1.25s'], ['duration("0s")', '0'],
    ['duration("-0.000005s")', '-5us'], ['duration("90.5s")', '1m30.5s'], ['duration("3600s")', '1h'],
    ['timestamp("2020-01-01T00:00:00Z")', '2020-01-01T00:00:00+00:00'], ['request.time', '2026-11-22T11:25:59.25+00:00'],
    ['xds.route_metadata', ''], ['xds.listener_metadata', ''], ['metadata', 'CelMap value'], ['{}', 'CelMap value'],
    ['5u', '5'], ['1 == 1 || none', 'true'], ['"a" + "b"', 'ab'], ['request.path.matches("^/a")', 'true'],
  ])('prints %s as %s', (text, expected) => {
    expect(value(text)?.text).toBe(expected)
  }) // prettier-ignore

  test.each<[string, unknown]>([
    ['response.code', 404], ['1.5', 1.5], ['1 == 1', true], ['"a"', 'a'], ['b"abc"', 'YWJj'], ['null', undefined],
    ['[1, 2u, "x", null]', [1, 2, 'x', null]], ['{"a": {"b": 1}}', { a: { b: 1 } }], ['{1: 2}', undefined],
    ['source', undefined], ['filter_state', undefined], ['xds.route_metadata', {}], ['type(1)', undefined], ['[type(1)]', undefined], ['duration("1.5s")', '1.500s'], ['request.time', '2026-11-22T11:25:59.250Z'],
    ['metadata', { filter_metadata: { ns: { count: 2, key: 'value' } } }],
  ])('has %s in JSON as %j', (text, expected) => {
    expect(value(text)?.json).toEqual(expected)
  }) // prettier-ignore

  test('holds only where it is true', () => {
    const holds = (text: string): boolean => {
      const compiled = compileCel(text)
      return !('fault' in compiled) && compiled.holds(subject())
    }
    expect(holds('response.code >= 400 && request.method == "GET"')).toBe(true)
    expect(holds('response.code < 400')).toBe(false)
    expect(holds('response.code')).toBe(false)
    expect(holds('request.headers["none"] == "x"')).toBe(false)
  })

  test('of a connection finds no request', () => {
    const { info } = subject({ status: 0, details: undefined })
    const connection = { info, request: undefined, response: undefined, responseTrailers: undefined }
    expect(value('has(request.path) || has(response.code)', connection)?.text).toBe('false')
  })
})

describe('an expression that cannot be used', () => {
  test.each([
    ['foo(', '1:4'], ['', 'input'], ['request.?foo', 'input'],
    ['none(1)', 'there is no function "none"'], ['"a".lowerAscii()', 'there is no function "lowerAscii"'],
    ['string(1) == "1"', 'there is no function "string"'], ['[1].exists(x, x == 1)', 'switched off, as in Envoy'],
    ['"a".matches("(")', 'the pattern "("'], ['Foo{a: 1}', 'there is no message Foo'],
    ['upstream.locality', 'nuncio does not have the attribute upstream.locality'], ['xds["node"]', 'the attribute xds.node'],
  ])('is told of: %s', (text, expected) => {
    expect(faultOf(text)).toContain(expected)
  }) // prettier-ignore

  test('is one of a parser whose identifier has no name', () => {
    expect(compileParsedCel({ ident_expr: { name: '' } })).toEqual({ fault: 'an identifier has no name' })
  })

  test('is one that is nested too deeply', () => {
    expect(faultOf(`${'['.repeat(80)}1${']'.repeat(80)}`)).toContain('nested')
  })
})
