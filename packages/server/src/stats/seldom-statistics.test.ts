import { FakeTime } from '@nuncio/core/testing'
import { selfSigned } from '@nuncio/tls/testing'
import { once } from 'node:events'
import { connect, createServer as listen, type AddressInfo, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { RawOrigin, until } from '../test-support/raw-origin.ts'

// Statistics that only something out of the ordinary raises.

const DAY_MS = 86_400_000
const BIG = 32 * 1024 * 1024
const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

async function client(server: Server): Promise<Socket> {
  const socket = connect(server.listeners[0]!.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Brings the statistics up to date as a reader of the admin does, and answers a gauge. */
async function shown(server: Server, name: string): Promise<number> {
  await (await fetch(`http://127.0.0.1:${server.admin!.port}/stats?usedonly`)).text()
  return server.stats.gauge(name).value
}

test('bytes of requests that wait behind another one are shown', async () => {
  await using origin = await RawOrigin.start(() => {})
  await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] }, time: new FakeTime() })
  const socket = await client(server)
  socket.write(REQUEST + REQUEST)
  await until(() => origin.received.join('').includes('\r\n\r\n'))
  expect(await shown(server, 'http.test.downstream_cx_rx_bytes_buffered')).toBe(REQUEST.length)
  socket.destroy()
  await until(() => server.stats.gauge('http.test.downstream_cx_active').value === 0)
  expect(await shown(server, 'http.test.downstream_cx_rx_bytes_buffered')).toBe(0)
})

test('a client is not read on while its origin reads nothing of a request', async () => {
  const origins: Socket[] = []
  const origin = listen((socket) => origins.push(socket.on('error', () => {}).pause()))
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const app = [`127.0.0.1:${(origin.address() as AddressInfo).port}`]
  await using server = await createServer(bootstrap(), { endpoints: { app }, time: new FakeTime() })
  const flow = (what: string): number =>
    server.stats.counter(`http.test.downstream_flow_control_${what}_reading_total`).value
  const socket = await client(server)
  socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${BIG}\r\n\r\n`)
  socket.write(Buffer.alloc(BIG))
  await until(() => flow('paused') === 1)
  expect(flow('resumed')).toBe(0)
  origins[0]!.resume()
  await until(() => flow('resumed') > 0 && flow('resumed') === flow('paused'))
  socket.destroy()
  for (const one of origins) one.destroy()
  origin.close()
})

test('the certificate that expires first is shown by its days', async () => {
  const time = new FakeTime()
  const issue = (days: number): string => {
    const { cert, key } = selfSigned({ commonName: 'a', notAfter: time.wallMs() + days * DAY_MS })
    return `{ certificate_chain: { inline_string: ${JSON.stringify(cert)} }, private_key: { inline_string: ${JSON.stringify(key)} } }`
  }
  const tls = (side: string, days: number): string => `
transport_socket:
  name: tls
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${side}TlsContext
    common_tls_context: { tls_certificates: [${issue(days)}] }`
  const yaml = bootstrap({ chain: tls('Downstream', 40), cluster: tls('Upstream', 20) })
  await using server = await createServer(yaml, { time })
  expect(await shown(server, 'server.days_until_first_cert_expiring')).toBe(20)
  time.advance(7 * DAY_MS)
  expect(await shown(server, 'server.days_until_first_cert_expiring')).toBe(13)
})

test('a listener that comes counts as warming until it has what it needs', async () => {
  await using server = await createServer(bootstrap(), { time: new FakeTime() })
  const set = vi.spyOn(server.stats.gauge('listener_manager.total_listeners_warming'), 'set')
  const changed = bootstrap({ hcm: 'server_name: other' })
  expect((await server.reload(changed)).outcome).toBe('applied')
  expect(set.mock.calls).toEqual([[1], [0]])
})
