import { describe, expect, it } from 'vitest'
import { Flag, StreamInfo } from '@nuncio/core'
import { FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import type { FormatContext } from '../context.ts'
import { testConnection, testContext } from '../testing/context.ts'
import { DEFAULT_FORMAT } from './default-format.ts'
import { compileFormat, type FormatOptions } from './format.ts'

function print(text: string, context: FormatContext = testContext(), options: FormatOptions = {}): string {
  const compiled = compileFormat(text, options)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.formatter.format(context)
}

// What Envoy 1.40 printed for the same request, or what its documentation says where a figure depends on the moment.
const PRINTED: readonly (readonly [string, string])[] = [
  ['%START_TIME%', '2026-11-22T11:25:59.250Z'],
  ['%START_TIME(%s.%3f)%', '1795346759.250'],
  ['%START_TIME(%Y/%m/%dT%H:%M:%S%z_%Z_%f_%6f_%1f)%', '2026/11/22T11:25:59+0000_UTC_250000000_250000_2'],
  ['%START_TIME_LOCAL%', '2026-11-22T11:25:59.250+0000'],
  ['%PROTOCOL%', 'HTTP/1.1'],
  ['%RESPONSE_CODE%', '200'],
  ['%RESPONSE_CODE_DETAILS%', 'via_upstream'],
  ['%CONNECTION_TERMINATION_DETAILS%', '-'],
  ['%DURATION%', '12'],
  ['%REQUEST_DURATION%', '0'],
  ['%REQUEST_TX_DURATION%', '2'],
  ['%RESPONSE_DURATION%', '7'],
  ['%RESPONSE_TX_DURATION%', '3'],
  ['%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%', '11500'],
  ['%COMMON_DURATION(DS_RX_BEG:US_TX_BEG)%', '1'],
  ['%COMMON_DURATION(foo:bar:ms)%', '-'],
  ['%RESPONSE_FLAGS%', '-'],
  ['%RESPONSE_FLAGS_LONG%', '-'],
  ['%UPSTREAM_REQUEST_ATTEMPT_COUNT%', '1'],
  ['%ROUTE_NAME%', 'self'],
  ['%VIRTUAL_CLUSTER_NAME%', '-'],
  ['%UPSTREAM_HOST%', '127.0.0.1:28470'],
  ['%UPSTREAM_HOST_NAME%', 'self.example:99'],
  ['%UPSTREAM_HOST_NAME_WITHOUT_PORT%', 'self.example'],
  ['%UPSTREAM_CLUSTER%', 'self'],
  ['%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(24)%', '127.0.0.0/24'],
  ['%UPSTREAM_REMOTE_ADDRESS%', '127.0.0.1:28470'],
  ['%UPSTREAM_REMOTE_PORT%', '28470'],
  ['%UPSTREAM_TRANSPORT_FAILURE_REASON%', '-'],
  ['%DOWNSTREAM_REMOTE_ADDRESS%', '10.20.30.40:5000'],
  ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '10.20.30.40'],
  ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(9)%', '10.0.0.0/9'],
  ['%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%', '127.0.0.1:6000'],
  ['%DOWNSTREAM_DIRECT_LOCAL_PORT%', '8080'],
  ['%CONNECTION_ID%', '3'],
  ['%STREAM_ID%', '5b866ed4-1a12-4bc9-896d-de8dfed6a9cb'],
  ['%GRPC_STATUS%', '-'],
  ['%GRPC_STATUS_NUMBER%', '-'],
  ['%REQ(:METHOD)%', 'GET'],
  ['%REQ(x-none?:authority):4%', 'Ex.C'],
  ['%REQ(x-multi)%', '1'],
  ['%REQ(X-UTF)%', 'caf\xc3\xa9'],
  ['%REQ(x-bad)%', 'a\xe9b'],
  ['%REQ(x-none)%', '-'],
  ['%REQ(x-multi):0%', ''],
  ['%RESP(:status)%', '200'],
  ['%RESP(server):2%', 'en'],
  ['%TRAILER(x)%', '-'],
  ['%QUERY_PARAM(x)%', '1'],
  ['%QUERY_PARAM(y):1%', 'A'],
  ['%QUERY_PARAM(none)%', '-'],
  ['%QUERY_PARAMS(ORIG)%', 'x=1&y=%41b&x=2'],
  ['%QUERY_PARAMS(DECODED)%', 'x=1&y=Ab&x=2'],
  ['%PATH%', '/up/a?x=1&y=%41b&x=2'],
  ['%PATH(NQ)%', '/up/a'],
  ['%PATH(WQ:ORIG)%', '/up/a?x=1&y=%41b&x=2'],
  ['%PATH(NQ:PATH)%', '/dr/a'],
  ['%PATH(WQ:ORIG_OR_PATH):5%', '/up/a'],
  ['%DYNAMIC_METADATA(dyn)%', '{"b":true,"i":7,"k":"v","n":3.5,"o":{"a":"\xc3\xbc","l":[1,"two"],"z":1}}'],
  ['%DYNAMIC_METADATA(dyn:o:l)%', '[1,"two"]'],
  ['%DYNAMIC_METADATA(dyn:k):1%', 'v'],
  ['%DYNAMIC_METADATA(dyn:o):5%', '{"a":'],
  ['%DYNAMIC_METADATA(dyn:n)%', '3.5'],
  ['%DYNAMIC_METADATA(dyn:zz)%', '-'],
  ['%METADATA(ROUTE:ns:b)%', '{"c":["x",true,null]}'],
  ['%METADATA(ROUTE:ns:s)%', 'te"xt'],
  ['%FILTER_STATE(nope)%', '-'],
  ['%FILTER_STATE(known)%', '"a\\"b"'],
  ['%FILTER_STATE(known:PLAIN)%', 'a"b'],
  ['%FILTER_STATE(known:FIELD:x)%', '7'],
  ['%REQUESTED_SERVER_NAME%', '-'],
  ['%REQUESTED_SERVER_NAME(SNI_FIRST:ORIG_OR_HOST)%', 'Ex.Com:81'],
  ['%REQUESTED_SERVER_NAME(HOST_FIRST)%', 'Ex.Com:81'],
  ['%DOWNSTREAM_TLS_VERSION%', '-'],
  ['%ENVIRONMENT(HOME):3%', '/ro'],
  ['%ENVIRONMENT(NOPE_X)%', '-'],
  ['%HOSTNAME%', 'vm'],
  ['%LOCAL_REPLY_BODY%', ''],
  ['%FILTER_CHAIN_NAME%', 'chain-a'],
  ['%ACCESS_LOG_TYPE%', 'DownstreamEnd'],
  ['%TRACE_ID%', '-'],
  ['100%% %PROTOCOL%', '100% HTTP/1.1'],
] // prettier-ignore

function goldenContext(): FormatContext {
  const context = testContext([
    ['x-utf', 'caf\xc3\xa9'], ['x-bad', 'a\xe9b'], ['x-multi', '1'], ['x-multi', '2'],
    ['x-envoy-original-path', '/up/a?x=1&y=%41b&x=2'],
  ]) // prettier-ignore
  context.info.setMetadata('dyn', { k: 'v', n: 3.5, i: 7, b: true, o: { z: 1, a: 'ü', l: [1, 'two'] } })
  context.info.routeMetadata = { ns: { a: 1, b: { c: ['x', true, null] }, s: 'te"xt' } }
  context.info.filterState = new Map([['known', { serialize: () => 'a"b', field: () => 7 }]])
  return context
}

const environment = { hostname: 'vm', environment: (name: string) => (name === 'HOME' ? '/root' : undefined) }

describe('compileFormat', () => {
  it.each(PRINTED)('prints %s as %s', (text, expected) => {
    expect(print(text, goldenContext(), { environment })).toBe(expected)
  })

  it("prints Envoy's default line", () => {
    const context = testContext([['user-agent', 'curl/8'], ['x-request-id', 'r1']], [['x-envoy-upstream-service-time', '9']]) // prettier-ignore
    expect(print(DEFAULT_FORMAT, context)).toBe(
      '[2026-11-22T11:25:59.250Z] "GET /dr/a?x=1&y=%41b&x=2 HTTP/1.1" 200 - 0 5 12 9 "-" "curl/8" "r1" "Ex.Com:81" "127.0.0.1:28470"\n',
    )
  })

  it('prints flags and details of a failed request', () => {
    const info = {
      flags: Flag.UF | Flag.URX,
      details: 'upstream_reset{remote connection failure}',
      upstreamTransportFailure: 'delayed connect error: Connection refused',
      upstreamLocal: undefined,
    }
    const context = testContext([], [], info)
    expect(print('%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%', context)).toBe(
      'UF,URX UpstreamConnectionFailure,UpstreamRetryLimitExceeded',
    )
    expect(print('%RESPONSE_CODE_DETAILS%|%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%', context)).toBe(
      'upstream_reset{remote_connection_failure}|upstream_reset{remote connection failure}',
    )
    expect(print('%UPSTREAM_TRANSPORT_FAILURE_REASON%', context)).toBe('delayed_connect_error:_Connection_refused')
    expect(print('%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS%', context)).toBe('127.0.0.1:28470 -')
  })

  it('tells details that are empty from those that nobody has given', () => {
    const told = ['', undefined].map((details) => print('%RESPONSE_CODE_DETAILS%', testContext([], [], { details })))
    expect(told).toEqual(['', '-'])
  })

  it('prints fingerprints of the client', () => {
    const context = testContext()
    context.info = new StreamInfo(testConnection({ ja3: 'abc', ja4: 't13' }), 0, 0)
    expect(print('%TLS_JA3_FINGERPRINT% %TLS_JA4_FINGERPRINT%', context)).toBe('abc t13')
    context.info = new StreamInfo(testConnection({ ja3: '', ja4: '' }), 0, 0)
    expect(print('%TLS_JA3_FINGERPRINT% %TLS_JA4_FINGERPRINT%', context)).toBe('- -')
  })

  it('prints the address that the connection goes to, where it is not that of the host', () => {
    const context = testContext([], [], { upstreamRemote: { address: '10.0.0.9', port: 3128 } })
    expect(print('%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS% %UPSTREAM_REMOTE_PORT%', context)).toBe(
      '127.0.0.1:28470 10.0.0.9:3128 3128',
    )
  })

  it('names the gRPC status in three ways', () => {
    const grpc = testContext([['content-type', 'application/grpc+proto']], [['grpc-status', '14']])
    expect(print('%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS(NUMBER)% %GRPC_STATUS_NUMBER%', grpc)).toBe(
      'Unavailable UNAVAILABLE 14 14',
    )
    expect(print('%GRPC_STATUS%', testContext([['content-type', 'application/grpc']], [], { status: 404 }))).toBe(
      'Unimplemented',
    )
  })

  it('prints certificates and sessions', () => {
    const peer = {
      subject: 'CN=ü', issuer: 'CN=ca', serial: '01', sha256: 'ab', sha1: 'cd', uriSans: ['spiffe://a', 'spiffe://b'], dnsSans: [],
      ipSans: [], emailSans: [], otherNameSans: ['me', 'too'], urlEncodedPem: 'PEM', urlEncodedChain: '', validFromMs: 0, validToMs: 86_400_000,
    } // prettier-ignore
    const issuer = { ...peer, serial: '00', sha256: 'ef' }
    const tls = { version: 'TLSv1.3', cipher: 'C', group: 'X25519', alpn: '', serverName: 'a', sessionId: '', peer, peerChain: [peer, issuer], peerValidated: true, local: undefined } // prettier-ignore
    const context = testContext([], [], {}, { tls, serverName: 'a' })
    expect(print('%DOWNSTREAM_PEER_SUBJECT% %DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_PEER_DNS_SAN%', context)).toBe(
      'CN=\xc3\xbc spiffe://a,spiffe://b -',
    )
    expect(print('%DOWNSTREAM_PEER_CERT_V_START% %DOWNSTREAM_PEER_CERT_V_END(%j)%', context)).toBe(
      '1970-01-01T00:00:00.000Z 002',
    )
    expect(print('%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_GROUP% %REQUESTED_SERVER_NAME%', context)).toBe(
      'TLSv1.3 X25519 a',
    )
    expect(print('%DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256% %DOWNSTREAM_PEER_CHAIN_SERIALS%', context)).toBe(
      'ab,ef 01,00',
    )
    expect(print('%DOWNSTREAM_PEER_FINGERPRINT_1% %DOWNSTREAM_PEER_ISSUER_SERIAL%', context)).toBe('cd 00')
    expect(print('%DOWNSTREAM_PEER_OTHERNAME_SAN%', context)).toBe('me,too')
  })

  it('omits missing values when asked to', () => {
    expect(print('[%REQ(none)%|%PROTOCOL%]', testContext(), { omitEmpty: true })).toBe('[|HTTP/1.1]')
  })

  it('tells literal text and the operators it reads', () => {
    const literal = compileFormat('50%% für alle')
    expect(literal.ok && literal.formatter.isLiteral).toBe('50% f\xc3\xbcr alle')
    const format = compileFormat('%REQ(a)% %PROTOCOL%')
    expect(format.ok && format.formatter.reads).toEqual(['REQ', 'PROTOCOL'])
    expect(format.ok && format.formatter.isLiteral).toBeUndefined()
  })

  it('gives a fresh UUID of version 4 and the time of writing', () => {
    const time = new FakeTime(0, Date.UTC(2026, 0, 2))
    const random = new ScriptedRandom([0x12345678, 0xffffffff, 0xffffffff, 1])
    const options = { environment: { time, random } }
    expect(print('%UNIQUE_ID%', testContext(), options)).toBe('12345678-ffff-4fff-bfff-ffff00000001')
    expect(print('%EMIT_TIME%', testContext(), options)).toBe('2026-01-02T00:00:00.000Z')
  })

  it.each([
    ['/', '- - -'],
    ['/?', '  -'],
    ['/?k', 'k k '],
    ['/?a=%26&k=1', 'a=%26&k=1 a=&&k=1 1'],
  ])('tells a query of nothing from none, and decodes it as a whole: %s', (path, expected) => {
    const context = testContext()
    context.request!.path = path
    expect(print('%QUERY_PARAMS(ORIG)% %QUERY_PARAMS(DECODED)% %QUERY_PARAM(k)%', context)).toBe(expected)
  })

  it('counts header blocks as Envoy does', () => {
    const context = testContext([['a', 'bc']], [['a', 'bcd']])
    const pseudo = ':method:path:authority:schemeGET/dr/a?x=1&y=%41b&x=2Ex.Com:81http'.length
    expect(print('%REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES% %RESPONSE_TRAILERS_BYTES%', context)).toBe(
      `${pseudo + 3} ${':status200'.length + 4} 0`,
    )
  })
})

const REFUSED: readonly (readonly [string, string, number])[] = [
  ['%NOPE%', 'unknown-operator', 0], ['%REQ%', 'bad-format', 0], ['%REQ()%', 'bad-format', 0],
  ['%REQ(a?b?c)%', 'bad-format', 0], ['%REQ( a )%', 'bad-format', 0], ['x %PROTOCOL(x)%', 'bad-format', 2],
  ['%PROTOCOL:3%', 'bad-format', 0], ['%PROTOCOL', 'bad-format', 0], ['50%', 'bad-format', 2], ['%req(x)%', 'bad-format', 0],
  ['%REQ(x)', 'bad-format', 0], ['%REQ(x):%', 'bad-format', 0], ['%REQ(x):-1%', 'bad-format', 0],
  ['%START_TIME:3%', 'bad-format', 0], ['%GRPC_STATUS(foo)%', 'bad-format', 0], ['%PATH(XX)%', 'bad-format', 0],
  ['%PATH(NQ:XX)%', 'bad-format', 0], ['%QUERY_PARAM()%', 'bad-format', 0], ['%QUERY_PARAMS(X)%', 'bad-format', 0],
  ['%DYNAMIC_METADATA%', 'bad-format', 0], ['%METADATA(FOO:a:b)%', 'bad-format', 0], ['%FILTER_STATE%', 'bad-format', 0],
  ['%FILTER_STATE(a:b)%', 'bad-format', 0], ['%FILTER_STATE(a:FIELD)%', 'bad-format', 0],
  ['%COMMON_DURATION(a:b:c)%', 'bad-format', 0], ['%COMMON_DURATION(a)%', 'bad-format', 0],
  ['%ENVIRONMENT()%', 'bad-format', 0], ['%DOWNSTREAM_REMOTE_ADDRESS(4)%', 'bad-format', 0],
  ['%REQUESTED_SERVER_NAME(a)%', 'bad-format', 0], ['%HOSTNAME(x)%', 'bad-format', 0], ['%%%', 'bad-format', 2],
  ['%REQ(a\nb)%', 'bad-format', 0], ['%REQ_WITHOUT_QUERY(:path)%', 'unknown-operator', 0], ['%REQ(ä)%', 'bad-format', 0],
  ['%START_TIME(%H:%M)%x)%', 'bad-format', 21], ['%CEL%', 'bad-format', 0],
  ['%DOWNSTREAM_CX_RTT%', 'unsupported-operator', 0], ['%UPSTREAM_FILTER_STATE(a)%', 'unsupported-operator', 0],
  ['%REQUEST_TRAILER(a)%', 'unknown-operator', 0], ['%START_TIME(x%nd)%', 'bad-format', 0],
] // prettier-ignore

describe('compileFormat of bad formats', () => {
  it.each([
    ['50%', 'a percent sign begins an operator, as %PROTOCOL%, and no name follows'],
    ['%REQ(x', 'the parenthesis of %REQ( is not closed'],
    ['%PROTOCOL', 'the operator %PROTOCOL does not end with a percent sign'],
    ['%PROTOCOLL%', 'there is no operator PROTOCOLL; did you mean PROTOCOL?'],
    ['%ZZZZ%', 'there is no operator ZZZZ'],
  ])('%j says what is wrong', (text, message) => {
    expect(compileFormat(text, { environment: {} })).toMatchObject({ ok: false, message })
  })

  it.each(REFUSED)('refuses %s as %s at %i', (text, code, offset) => {
    expect(compileFormat(text)).toMatchObject({ ok: false, code, offset })
  })

  it.each([
    '%REQ(a?)%',
    '%REQ(?b)%',
    '%START_TIME()%',
    '%PATH()%',
    '%PATH(NQ:PATH:X)%',
    '%DYNAMIC_METADATA(:a)%',
    '%METADATA(ROUTE)%',
    '%REQ(a%b)%',
    '%REQ(x):99999999999%',
    '%%PROTOCOL%%',
    '%START_TIME(%10f)%',
    '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(x)%',
  ])('accepts %s, as Envoy does', (text) => {
    expect(compileFormat(text).ok).toBe(true)
  })

  it('knows REQ_WITHOUT_QUERY where a formatter extension asks for it', () => {
    const options: FormatOptions = { extensions: new Set(['REQ_WITHOUT_QUERY']) }
    expect(print('%REQ_WITHOUT_QUERY(:path)%', testContext(), options)).toBe('/dr/a')
  })
})
