import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { HEADERS, path } from './matchers.ts'
import { TOKENS } from './tokens.ts'

const VALUES = ['', 'v', 'V', 'vw', '7', '-3', 'a, b', ' v ']
const queryText = fc.constantFrom('', '', '?', '?k=v', '?k', '?k=v&k=w', '?x=1&k=7', '?a/../b', '?k=%76&x=')

/** Headers whose values mean something. */
const PURPOSES: readonly Tree[] = [
  { cookie: 'c=v; d=7' },
  { 'content-type': 'application/grpc' },
  { 'accept-encoding': 'gzip, br;q=0.5' },
  { 'x-envoy-retry-on': '5xx', 'x-envoy-max-retries': '2' },
  { 'x-envoy-retry-on': 'retriable-status-codes', 'x-envoy-retriable-status-codes': '503,404' },
  { 'x-envoy-retry-grpc-on': 'unavailable' },
  { 'x-envoy-fault-abort-request': '418', 'x-envoy-fault-abort-request-percentage': '100' },
  { 'x-envoy-fault-abort-grpc-request': '5' },
  { origin: 'http://v.test', 'access-control-request-method': 'GET' },
  { 'x-forwarded-for': '1.2.3.4, 10.0.0.1', 'x-forwarded-proto': 'https' },
  { 'x-forwarded-host': 'first.test', 'x-forwarded-port': '81' },
  { 'x-envoy-internal': 'true', 'x-envoy-original-path': '/before' },
  { 'x-request-id': '00000000-0000-4000-8000-000000000000' },
  { te: 'trailers' },
  { 'content-type': 'application/grpc', 'grpc-timeout': '3S' },
  { 'x-envoy-upstream-rq-timeout-ms': '8000', 'x-envoy-upstream-rq-per-try-timeout-ms': '4000' },
  { 'access-control-request-private-network': 'true', origin: 'http://v.test', 'access-control-request-method': 'PUT' },
  { 'content-type': 'application/grpc-web' },
  { 'content-type': 'application/grpc-web-text', accept: 'application/grpc-web-text' },
  { 'content-type': 'application/grpc-web+proto', te: 'trailers' },
  { expect: '100-continue' },
  ...TOKENS.map((token) => ({ authorization: `Bearer ${token}` })),
  { connection: 'x-a' },
  { 'x-long': 'l'.repeat(1100) },
  { via: '1.0 before' },
  { 'x-envoy-upstream-alt-stat-name': 'other' },
]

/** A request, as cases write it, without its host. */
export const request: fc.Arbitrary<Tree> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
    port: fc.constantFrom('', '', '', ':81'),
    path,
    query: queryText,
    headers: fc.dictionary(
      fc.constantFrom(...HEADERS, 'x-cluster', 'x-forwarded-for', 'x-forwarded-proto', 'user-agent', 'origin', 'authorization', 'x_under', 'x-request-id', 'x-envoy-max-retries'),
      fc.constantFrom(...VALUES, 'a', 'b', '1.2.3.4', 'https', 'http://v.test', 'Basic dXNlcjp0ZXN0', '1'),
      { maxKeys: 3 },
    ),
    purpose: fc.option(fc.constantFrom(...PURPOSES), { nil: {} }),
    // Without a number here weights are left to chance.
    pick: fc.nat(12),
    body: fc.option(fc.constantFrom('bytes', ''), { nil: undefined }),
    trailers: fc.constantFrom(undefined, undefined, undefined, { 'x-end': 'now' }),
    protocol: fc.constantFrom(undefined, undefined, 'http2'),
    sni: fc.constantFrom('', 'own', 'other.test', 'a.wild.test'),
  })
  .map(({ method, port, path: target, query, headers, purpose, pick, body, trailers, protocol, sni }) => {
    const bodied = method !== 'GET' && method !== 'HEAD'
    // Over HTTP/2 blanks around a value and fields of the connection are no matter of two opinions.
    const kept = protocol === 'http2' && 'connection' in purpose ? {} : purpose
    return {
      method,
      port,
      path: target + query,
      headers: {
        ...(protocol === 'http2' ? mapValues(headers) : headers),
        ...kept,
        'x-pick': String(pick),
      },
      ...(body !== undefined && bodied && { body }),
      ...(trailers !== undefined && body !== undefined && bodied && { trailers }),
      ...(protocol !== undefined && { protocol }),
      sni,
    }
  }) // prettier-ignore

const mapValues = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]))

const reply: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ headers: { 'x-origin': 'a' } }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(200, 200, 201, 204, 304, 404, 409, 429, 500, 502, 503, 504),
        fc.constantFrom<Tree>(
          {},
          { 'x-origin': 'a' },
          { 'set-cookie': ['a=1', 'b=2'] },
          { server: 'own', date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
          { 'content-type': 'text/html', etag: '"v"' },
          { 'x-envoy-ratelimited': 'true' },
          { 'x-envoy-overloaded': 'true' },
          { 'x-envoy-upstream-canary': 'true' },
          { 'grpc-status': '14', 'content-type': 'application/grpc' },
          { 'content-type': 'application/grpc' },
          { 'keep-alive': 'timeout=5', 'proxy-connection': 'close', vary: 'origin' },
          { 'cache-control': 'no-transform', 'access-control-allow-origin': 'http://own.test' },
        ),
        fc.constantFrom(undefined, 'a body of some length'),
        fc.constantFrom(undefined, undefined, undefined, { 'x-tail': 'end' }, { 'grpc-status': '5', 'grpc-message': 'not there' }),
      )
      .map(([status, headers, body, trailers]) => ({
        status,
        headers,
        ...(body !== undefined && { body }),
        ...(trailers !== undefined && status !== 204 && status !== 304 && { trailers }),
      })),
  },
  { weight: 1, arbitrary: fc.constant({ headers: { 'content-encoding': 'gzip' }, body: { gzip: 'text in a coding' } }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(301, 302, 303, 307), fc.constantFrom('http://{{host}}/b', '/ab?k=v', 'https://{{host}}/a', 'http://else.test/', 'nonsense'))
      .map(([status, location]) => ({ status, headers: { location, 'x-origin': 'a' }, body: '' })),
  },
  // oxlint-disable-next-line unicorn/no-thenable -- nobody awaits a script
  { weight: 1, arbitrary: fc.constant({ then: 'reset' }) },
) // prettier-ignore

/** What the origins `a` and `h` answer, one after the other. */
export const replies: fc.Arbitrary<readonly Tree[] | undefined> = fc.option(
  fc.array(reply, { minLength: 1, maxLength: 3 }),
  { nil: undefined },
)
