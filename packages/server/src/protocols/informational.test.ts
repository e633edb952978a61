import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin } from '../test-support/raw-origin.ts'

const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n'

describe('a 103 of the upstream', () => {
  let origin: RawOrigin
  let server: Server

  beforeAll(async () => {
    origin = await RawOrigin.start((socket) => socket.write(`${HINTS}${HINTS}${ok('hello')}`))
    server = await createServer(bootstrap(), { endpoints: { app: [origin.address] } })
  })
  afterAll(async () => {
    await server.close()
    await origin[Symbol.asyncDispose]()
  })

  test('comes before the response over HTTP/1.1, each time', async () => {
    const text = await exchange(server.listeners[0]!.port, get())
    const lines = text.split('\r\n').filter((line) => line.startsWith('HTTP/1.1 ') || line.startsWith('link: '))
    expect(lines).toEqual([
      'HTTP/1.1 103 Early Hints',
      'link: </a.css>; rel=preload',
      'HTTP/1.1 103 Early Hints',
      'link: </a.css>; rel=preload',
      'HTTP/1.1 200 OK',
    ])
    expect(text.endsWith('\r\n\r\nhello')).toBe(true)
  })

  test('comes before the response over HTTP/2', async () => {
    const session = connect(`http://127.0.0.1:${server.listeners[0]!.port}`)
    const stream = session.request({ ':path': '/' })
    const seen: unknown[] = []
    stream.on('headers', (headers) => seen.push(headers[':status'], headers['link']))
    stream.on('response', (headers) => seen.push(headers[':status']))
    stream.resume()
    await new Promise((resolve) => stream.on('close', resolve))
    session.destroy()
    expect(seen).toEqual([103, '</a.css>; rel=preload', 103, '</a.css>; rel=preload', 200])
  })
})
