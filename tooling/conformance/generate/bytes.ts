import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'

// Requests of HTTP/1 as bytes: other spellings of valid ones, and what one wrong byte makes of them.

const ENDS = '\r\n'

const line = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'get', 'PURGE', 'OPTIONS'),
    target: fc.constantFrom('/', '/a?k=v', 'http://{{host}}/a', 'http://other.test/a', '//a', '/%zz'),
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'),
  })
  // What is wrong beside an old version is told in another order.
  .map(({ method, target, version }) =>
    version === 'HTTP/1.0' ? `GET / ${version}` : `${method} ${target} ${version}`,
  )

const field = fc.constantFrom(
  'x-a: v', 'X-A:v', 'x-a:\tv\t', 'x-a: v ', 'x-a:', 'x-b: a, b', 'x-b: \xe9', 'accept: */*', 'connection: keep-alive', 'connection: close', 'Connection: Keep-Alive, x-a',
  'expect: 100-continue', 'te: trailers', 'upgrade-insecure-requests: 1', 'keep-alive: timeout=5', 'proxy-connection: keep-alive', 'cookie: a=b', 'cookie: c=d', 'x_under: 1',
) // prettier-ignore

/** A body, and the fields that frame it. */
const framed = fc.constantFrom<readonly [fields: string, body: string]>(
  ['', ''],
  ['', ''],
  [`content-length: 5${ENDS}`, 'bytes'],
  [`Content-Length:5${ENDS}`, 'bytes'],
  [`content-length: 0${ENDS}`, ''],
  [`content-length: 5${ENDS}content-length: 5${ENDS}`, 'bytes'],
  [`transfer-encoding: chunked${ENDS}`, `5${ENDS}bytes${ENDS}0${ENDS}${ENDS}`],
  [`Transfer-Encoding: Chunked${ENDS}`, `00005${ENDS}bytes${ENDS}000${ENDS}${ENDS}`],
  [`transfer-encoding: chunked${ENDS}`, `5;name=value${ENDS}bytes${ENDS}0;last${ENDS}${ENDS}`],
  [`transfer-encoding: chunked${ENDS}`, `A${ENDS}0123456789${ENDS}0${ENDS}x-end: now${ENDS}${ENDS}`],
  [`transfer-encoding: chunked${ENDS}`, `2${ENDS}by${ENDS}3${ENDS}tes${ENDS}0${ENDS}${ENDS}`],
) // prettier-ignore

const message = fc
  .tuple(fc.constantFrom('', '', '', ENDS), line, fc.constantFrom('host: {{host}}', 'Host:{{host}}', 'HOST: {{host}}:81'), fc.uniqueArray(field, { maxLength: 2 }), framed)
  // Chunks are not of an old version, see protocols/bad-requests.
  .filter(([, start, , , [frame]]) => !(start.endsWith('1.0') && /transfer/i.test(frame)))
  .map(([before, start, host, fields, [frame, body]]) => [`${before}${[start, host, ...fields].join(ENDS)}${ENDS}${frame}${ENDS}`, body] as const) // prettier-ignore

const WRONG = ['\0', '\r', '\n', ' ', ':', '\x7f', ';', '\t', '(', '\x01']

/** One byte of the head put in, left out, or put in the place of another; an old version is told of before the rest. */
const mutated = fc
  .tuple(
    message.filter(([head]) => !head.includes('HTTP/1.0')),
    fc.nat(1000),
    fc.constantFrom('in', 'out', 'instead'),
    fc.constantFrom(...WRONG),
  )
  .map(([[head, body], where, how, wrong]) => {
    const at = where % head.length
    const rest = how === 'in' ? head.slice(at) : head.slice(at + 1)
    return [`${head.slice(0, at)}${how === 'out' ? '' : wrong}${rest}`, body] as const
  })

const end = { until: { quiet: 60 } }

/** One message or two, whole or in parts. */
const spelled = fc.tuple(message, fc.option(message), fc.boolean()).map(([[head, body], second, apart]) => ({
  raw: [
    ...(apart ? [head.slice(0, 9), { wait: 5 }, head.slice(9), { wait: 5 }] : [head]),
    ...(body === '' ? [] : [body]),
    ...(second === null ? [] : [{ wait: 30 }, second.join('')]),
  ],
  ...end,
}))

export const byteRequest: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 3, arbitrary: spelled },
  { weight: 1, arbitrary: mutated.map(([head, body]) => ({ raw: [`${head}${body}`], ...end })) },
)

/** A listener that is more or less tolerant. */
export const byteListener: fc.Arbitrary<Tree> = merged(
  maybe(
    merged(
      maybe(fc.constant({ accept_http_10: true })),
      maybe(fc.constant({ accept_http_10: true, default_host_for_http_10: '{{host}}' })),
      maybe(fc.constant({ enable_trailers: true })),
      maybe(fc.constant({ allow_custom_methods: true })),
    ).map((http_protocol_options) => ({ http_protocol_options })),
  ),
  maybe(fc.constant({ normalize_path: true })),
  maybe(fc.constant({ stream_error_on_invalid_http_message: true })),
).map((hcm) => ({ hcm }))

export const byteHost: fc.Arbitrary<Tree> = fc
  .constantFrom('a', 'a', 'h', 'f')
  .map((cluster) => ({ routes: [{ match: { prefix: '/' }, route: { cluster } }] }))
