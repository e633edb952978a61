import { expect, test } from 'vitest'
import { detectHttp } from './request-line.ts'

test.each([
  ['GET / HTTP/1.1\r\n', 'http/1.1'],
  ['GET / HTTP/1.1\n', 'http/1.1'],
  ['FOO / HTTP/1.1\r\n\r\n', 'http/1.1'],
  ['get / HTTP/1.1\r\n\r\n', 'http/1.1'],
  ['CONNECT a:1 HTTP/1.1\r\n\r\n', 'http/1.1'],
  ['GET / HTTP/1.0\r\n\r\n', 'http/1.0'],
  ['GET /\r\n\r\n', 'http/1.0'],
  ['GET / HTTP/1.2\r\n\r\n', 'http/1.0'],
  ['GET / HTTP/2.0\r\n\r\n', 'http/1.0'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'h2c'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore', 'h2c'],
  ['PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', 'http/1.0'],
  ['PRI * HTTP/2.0\r\n\r\n', 'wait'],
  ['', 'wait'],
  ['GET / HTT', 'wait'],
  ['GE', 'wait'],
  ['G@T / HTTP/1.1\r\n\r\n', 'none'],
  ['\r\nGET / HTTP/1.1\r\n\r\n', 'none'],
  ['\x01\x02\x03', 'none'],
  ['\x16\x03\x01', 'none'],
])('%j is %s', (text, detected) => {
  expect(detectHttp(Buffer.from(text, 'latin1'))).toBe(detected)
})
