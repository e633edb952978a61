import { once } from 'node:events'
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap, tcpBootstrap } from '../test-support/bootstrap.ts'

const ROUTES = `
- match: { connect_matcher: {} }
  route: { cluster: app, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: { allow_post: true } }] }
- match: { prefix: /tunnel }
  route: { cluster: app, timeout: 0s, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: { allow_post: true } }] }`
const HCM = 'upgrade_configs: [{ upgrade_type: CONNECT }]\nhttp2_protocol_options: { allow_connect: true }'
const HTTP2 = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: {} }`

let echo: TcpServer
let inner: Server
const BLOCK = 'x'.repeat(1 << 20)

/** A proxy that ends tunnels, before a server that echoes and says `bye` when it has heard all. */
beforeAll(async () => {
  echo = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => socket.write(chunk))
    socket.on('end', () => socket.end('bye'))
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const text = bootstrap({ routes: ROUTES, hcm: HCM }).replace(
    'port_value: 1 }',
    `port_value: ${(echo.address() as AddressInfo).port} }`,
  )
  inner = await createServer(text)
})
afterAll(async () => {
  await inner.close()
  echo.close()
})

test.each([
  ['CONNECT over HTTP/1.1', '', ''],
  ['POST over HTTP/1.1', 'use_post: true, post_path: /tunnel', ''],
  ['CONNECT over HTTP/2', '', HTTP2],
  ['POST over HTTP/2', 'use_post: true, post_path: /tunnel', HTTP2],
])('carries a megabyte both ways through %s, and each end by itself', async (_, tunneling, cluster) => {
  const tcp = `tunneling_config: { hostname: db.test:5432, ${tunneling} }`
  const app = [`127.0.0.1:${inner.listeners[0]!.port}`]
  const server = await createServer(tcpBootstrap({ tcp, cluster }), { endpoints: { app } })
  const socket = connect({ host: '127.0.0.1', port: server.listeners[0]!.port, allowHalfOpen: true })
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.end(BLOCK)
  await once(socket, 'close')
  expect(text.length).toBe(BLOCK.length + 3)
  expect(text === `${BLOCK}bye`).toBe(true)
  await server.close()
})
