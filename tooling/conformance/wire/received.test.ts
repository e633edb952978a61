import { expect, test } from 'vitest'
import { receivedOf } from './received.ts'

const RESPONSE = 'HTTP/1.1 200 OK\r\nB: 1\r\na: 2\r\ncontent-length: 2\r\n\r\nok'

test('responses that follow each other are told one by one, headers as a set', () => {
  const response = {
    start: 'HTTP/1.1 200 OK',
    headers: { a: ['2'], b: ['1'], 'content-length': ['2'] },
    body: 'ok',
    trailers: {},
  }
  expect(receivedOf(RESPONSE + RESPONSE, true)).toEqual({ responses: [response, response] })
})

test('a response that breaks off is told as far as it came once the connection is closed, and as bytes before', () => {
  const half = RESPONSE.slice(0, -1)
  expect(receivedOf(half, true).responses).toMatchObject([{ body: 'o', complete: false }])
  expect(receivedOf(half, false)).toEqual({ responses: [], received: half })
})

test('what follows a switch of protocols, and what is no HTTP, stays as it is', () => {
  const switched = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n'
  expect(receivedOf(`${switched}hello`, false)).toMatchObject({ responses: [{ body: '' }], received: 'hello' })
  expect(receivedOf('hello', true)).toEqual({ received: 'hello' })
})
