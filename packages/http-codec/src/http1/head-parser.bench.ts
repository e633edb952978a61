// Run with `node --conditions=@nuncio/source packages/http-codec/src/http1/head-parser.bench.ts`.
import { bench, do_not_optimize, group, run } from 'mitata'
import { requestHeaders } from '@nuncio/core'
import { asTable, DROP_HOST, headerLines } from './head-writer.ts'
import { releaseHeaders } from './header-pool.ts'
import { HeadParser } from './head-parser.ts'
import { http1Options } from './options.ts'
import { RequestHead } from './request-head.ts'
import { ResponseHead } from './response-head.ts'

const REQUEST = Buffer.from(
  'GET /api/v1/things?page=2 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) bench/1.0\r\n' +
    'Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n' +
    'Cookie: session=0123456789abcdef0123456789abcdef\r\nCache-Control: no-cache\r\nConnection: keep-alive\r\n\r\n',
  'latin1',
)
const RESPONSE = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 11:51:06 GMT\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n' +
    'Connection: keep-alive\r\n\r\n',
  'latin1',
)
const options = http1Options()
const parser = new HeadParser()
const requestHead = new RequestHead()
const responseHead = new ResponseHead()

group(`request head, ${REQUEST.length} bytes, 8 headers`, () => {
  bench('parse: validate and tokenise', () => {
    parser.begin('request', 100)
    do_not_optimize(parser.parse(REQUEST, 0, REQUEST.length))
  })
  bench('parse and read into a header table', () => {
    parser.begin('request', 100)
    const length = parser.parse(REQUEST, 0, REQUEST.length)
    const headers = requestHead.read(parser, REQUEST, 0, length, options)!
    do_not_optimize(headers)
    releaseHeaders(headers)
  })
  bench('parse, read, add three headers and write', () => {
    parser.begin('request', 100)
    const length = parser.parse(REQUEST, 0, REQUEST.length)
    const headers = requestHead.read(parser, REQUEST, 0, length, options)!
    headers.append('x-forwarded-for', '127.0.0.1')
    headers.append('x-forwarded-proto', 'http')
    headers.append('x-request-id', '6b02d6fe-4006-4b02-96fe-400000000000')
    do_not_optimize(headerLines(headers, DROP_HOST, 'preserve'))
    releaseHeaders(headers)
  })
  bench('look one header up', () => {
    do_not_optimize(lookedUp.get('x-request-id'))
  })
  bench('only find the empty line', () => {
    do_not_optimize(REQUEST.indexOf('\r\n\r\n'))
  })
})
const lookedUp = asTable(
  requestHeaders([
    [':path', '/'],
    ['accept', 'x'],
    ['x-request-id', 'y'],
  ]),
)

group(`response head, ${RESPONSE.length} bytes, 5 headers`, () => {
  bench('parse: validate and tokenise', () => {
    parser.begin('response', 100)
    do_not_optimize(parser.parse(RESPONSE, 0, RESPONSE.length))
  })
  bench('parse and read into a header table', () => {
    parser.begin('response', 100)
    const length = parser.parse(RESPONSE, 0, RESPONSE.length)
    const headers = responseHead.read(parser, RESPONSE, 0, length, options, 0)!
    do_not_optimize(headers)
    releaseHeaders(headers)
  })
})

await run()
