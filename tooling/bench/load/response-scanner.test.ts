import { expect, test } from 'vitest'
import { ResponseScanner } from './response-scanner.ts'

const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const chunked = 'HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
const empty = 'HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n'

/** Feeds the text in pieces of `size` and answers after how many bytes the response was whole. */
function wholeAfter(scanner: ResponseScanner, text: string, size: number): number {
  for (let at = 0; at < text.length; at += size) {
    if (scanner.push(Buffer.from(text.slice(at, at + size)))) return Math.min(at + size, text.length)
  }
  return -1
}

test.each([1, 2, 3, 7, 1000])('finds the end of each response, in pieces of %i bytes', (size) => {
  const scanner = new ResponseScanner()
  for (const text of [sized, chunked, empty, sized]) expect(wholeAfter(scanner, text, size)).toBe(text.length)
})

test('reads the status and whether the connection closes', () => {
  const scanner = new ResponseScanner()
  scanner.push(Buffer.from(sized))
  expect([scanner.status, scanner.closes]).toEqual([200, false])
  scanner.push(Buffer.from(chunked))
  expect([scanner.status, scanner.closes]).toEqual([503, true])
})
