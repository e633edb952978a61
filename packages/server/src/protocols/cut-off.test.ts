import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { ok, RawOrigin, until } from '../test-support/raw-origin.ts'

// A message that was cut off must never look whole to the one who receives it.

const HTTP2_UPSTREAM = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: {} }`

/** Asks and reads until the stream is closed. */
async function read(session: ClientHttp2Session, body?: string): Promise<{ text: string; code: number }> {
  const stream = session.request({ ':path': '/', ':method': body === undefined ? 'GET' : 'POST' })
  stream.on('error', () => {})
  let text = ''
  stream.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  if (body !== undefined) stream.write(body)
  await new Promise((resolve) => stream.on('close', resolve))
  return { text, code: stream.rstCode ?? 0 }
}

describe('over HTTP/2', () => {
  test.each([
    ['with a length', 'content-length: 100\r\n\r\nhalf'],
    ['in chunks', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('a response %s that the upstream breaks off is a reset', async (_it, rest) => {
    await using origin = await RawOrigin.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`)
      setImmediate(() => socket.destroy())
    })
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] } })
    const session = connect(`http://127.0.0.1:${server.listeners[0]!.port}`)
    const { code } = await read(session)
    expect(code).not.toBe(constants.NGHTTP2_NO_ERROR)
    session.destroy()
  })

  test.each([
    ['closes', (socket: Socket) => socket.destroy()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('a request whose client %s its connection does not end upstream', async (_it, leave) => {
    let received = ''
    let ended = false
    let closed: number | undefined
    const upstream = createHttp2Server()
    upstream.on('stream', (stream) => {
      stream.on('error', () => {})
      stream.on('aborted', () => (closed = stream.rstCode))
      stream.on('end', () => (ended = stream.rstCode === constants.NGHTTP2_NO_ERROR))
      stream.setEncoding('latin1').on('data', (chunk: string) => (received += chunk))
    })
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const address = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
    await using server = await createServer(bootstrap({ cluster: HTTP2_UPSTREAM }), { endpoints: { app: [address] } })
    // Node's own client would end the stream before it resets it: the connection breaks instead.
    const socket = connectSocket(server.listeners[0]!.port, '127.0.0.1')
    const session = connect('http://test', { createConnection: () => socket })
    session.on('error', () => {})
    const stream = session.request({ ':method': 'POST', ':path': '/' })
    stream.on('error', () => {})
    stream.write('half')
    await until(() => received === 'half')
    leave(socket)
    await until(() => closed !== undefined)
    expect([ended, closed]).toEqual([false, constants.NGHTTP2_CANCEL])
    await until(() => server.stats.gauge('http.test.downstream_cx_active').value === 0)
    await server.close()
    upstream.close()
  })

  test('a response to a request that is still coming arrives whole', async () => {
    const size = 1_000_000
    await using origin = await RawOrigin.start((socket) => socket.write(ok('y'.repeat(size))))
    await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] } })
    const session = connect(`http://127.0.0.1:${server.listeners[0]!.port}`)
    const { text, code } = await read(session, 'unfinished')
    expect([text.length, code]).toEqual([size, constants.NGHTTP2_NO_ERROR])
    session.destroy()
  })
})
