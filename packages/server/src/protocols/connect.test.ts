import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, until } from '../test-support/raw-origin.ts'

const ROUTES = `
- match: { connect_matcher: {} }
  route: { cluster: app, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }] }
- match: { prefix: /tunnel }
  route: { cluster: app, timeout: 0s, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: { allow_post: true } }] }
- match: { prefix: / }
  direct_response: { status: 200, body: { inline_string: not a tunnel } }`
const HCM = 'upgrade_configs: [{ upgrade_type: CONNECT }]\nhttp2_protocol_options: { allow_connect: true }'
const CONNECT = 'CONNECT db.test:5432 HTTP/1.1\r\nhost: db.test:5432\r\n\r\n'

/** An upstream without HTTP: greets, echoes, and says `bye` when the client has nothing more to say. */
async function startTcp(): Promise<{ server: TcpServer; sockets: Set<Socket>; address: string }> {
  const sockets = new Set<Socket>()
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.write('welcome;')
    socket.on('data', (bytes: Buffer) => (bytes.toString() === 'hang up' ? socket.end() : socket.write(bytes)))
    socket.on('end', () => socket.end('bye'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, sockets, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** A client whose text so far is at hand. */
async function client(port: number, bytes: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  await once(socket, 'connect')
  socket.write(bytes)
  return { socket, text: () => text }
}

describe('CONNECT that ends at the proxy', () => {
  let tcp: Awaited<ReturnType<typeof startTcp>>
  let server: Server
  let port: number

  beforeAll(async () => {
    tcp = await startTcp()
    server = await createServer(bootstrap({ hcm: HCM, routes: ROUTES }), { endpoints: { app: [tcp.address] } })
    port = server.listeners[0]!.port
  })
  afterAll(async () => {
    await server.close()
    tcp.server.close()
  })
  const idle = async (): Promise<void> => {
    await until(() => server.stats.gauge('http.test.downstream_rq_active').value === 0)
    await until(() => server.stats.gauge('cluster.app.upstream_cx_active').value === 0)
    await until(() => tcp.sockets.size === 0)
  }

  test('HTTP/1.1: bytes go both ways as they are, those behind the head too', async () => {
    const { socket, text } = await client(port, `${CONNECT}early;`)
    await until(() => text().endsWith('welcome;early;'))
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text()).not.toMatch(/content-length|transfer-encoding|connection/i)
    expect(server.stats.gauge('http.test.downstream_cx_upgrades_active').value).toBe(1)
    socket.write('\x00\x01GET / HTTP/1.1\r\n\r\n')
    await until(() => text().endsWith('\x00\x01GET / HTTP/1.1\r\n\r\n'))
    const closed = once(socket, 'close')
    socket.write('hang up')
    await closed
    await idle()
    expect(server.stats.counter('cluster.app.upstream_cx_total').value).toBe(1)
  })

  test('a client that vanishes takes its connection with it', async () => {
    const { socket, text } = await client(port, CONNECT)
    await until(() => text().endsWith('welcome;'))
    socket.resetAndDestroy()
    await idle()
    expect(server.stats.gauge('http.test.downstream_cx_upgrades_active').value).toBe(0)
  })

  test('a client that does not read for a while loses nothing', async () => {
    const { socket, text } = await client(port, CONNECT)
    await until(() => text().endsWith('welcome;'))
    const size = 5_000_000
    socket.pause()
    socket.write(Buffer.alloc(size, 'z'))
    setImmediate(() => setImmediate(() => socket.resume()))
    await until(() => text().endsWith('z') && text().length >= size)
    expect(text().slice(text().indexOf('welcome;') + 8)).toBe('z'.repeat(size))
    socket.destroy()
    await idle()
  })

  test('HTTP/2: a stream is the tunnel, with half-close', async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    const tunnel = async (say: string): Promise<[unknown, string]> => {
      const stream = session.request({ ':method': 'CONNECT', ':authority': 'db.test:5432' })
      let status: unknown
      let text = ''
      stream.on('response', (headers) => (status = headers[':status']))
      stream.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
        if (text.endsWith(say)) stream.end()
      })
      stream.write(say)
      await once(stream, 'close')
      return [status, text]
    }
    const answers = await Promise.all(['one', 'two', 'three'].map(tunnel))
    expect(answers).toEqual(['one', 'two', 'three'].map((say) => [200, `welcome;${say}bye`]))
    session.destroy()
    await idle()
  })

  test('allow_post: so does a POST', async () => {
    const answer = await exchange(
      port,
      'POST /tunnel HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toContain('hello')
    expect(answer).toContain('bye')
    const other = await exchange(port, 'GET /tunnel HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    expect(other).toContain('protocol error')
    await idle()
  })
})

describe('CONNECT', () => {
  test('to a host that is not there is answered 503', async () => {
    await using server = await createServer(bootstrap({ hcm: HCM, routes: ROUTES }))
    const answer = await exchange(server.listeners[0]!.port, CONNECT)
    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*reset reason: remote connection failure$/)
    expect(answer).toContain('connection: close\r\n')
  })

  test('is logged when the tunnel stands, and at its end', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-connect-'))
    const file = path.join(folder, 'access.log')
    const tcp = await startTcp()
    const log = `access_log:
- name: envoy.access_loggers.file
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
    path: ${file}
    log_format: { text_format_source: { inline_string: "%ACCESS_LOG_TYPE% %RESPONSE_CODE%\\n" } }
access_log_options: { flush_log_on_tunnel_successfully_established: true }`
    const server = await createServer(bootstrap({ hcm: `${HCM}\n${log}`, routes: ROUTES }), {
      endpoints: { app: [tcp.address] },
    })
    const { socket, text } = await client(server.listeners[0]!.port, CONNECT)
    await until(() => text().endsWith('welcome;'))
    const closed = once(socket, 'close')
    socket.write('hang up')
    await closed
    await server.close()
    tcp.server.close()
    expect(readFileSync(file, 'utf8')).toBe('DownstreamTunnelSuccessfullyEstablished 200\nDownstreamEnd 200\n')
    rmSync(folder, { recursive: true })
  })

  test('is refused with 403 where it is not configured', async () => {
    await using server = await createServer(
      bootstrap({ routes: '- match: { connect_matcher: {} }\n  route: { cluster: app }' }),
    )
    const answer = await exchange(server.listeners[0]!.port, CONNECT)
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    expect(answer).toContain('connection: close\r\n')
  })
})
