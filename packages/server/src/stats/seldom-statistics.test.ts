import { FakeTime } from '@nuncio/core/testing'
import { selfSigned } from '@nuncio/tls/testing'
import { once } from 'node:events'
import { createServer as listen, type AddressInfo, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { client, shown } from '../test-support/clients.ts'
import { RawOrigin, until } from '../test-support/raw-origin.ts'

// Statistics that only something out of the ordinary raises.

const DAY_MS = 86_400_000
const BIG = 32 * 1024 * 1024
const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

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

test('a listener of which more than chains changes is modified, and one that is drained is stopped', async () => {
  await using server = await createServer(bootstrap(), { time: new FakeTime() })
  const stat = (name: string): number => server.stats.counter(`listener_manager.listener_${name}`).value
  const limited = bootstrap().replace('name: main\n', 'name: main\n      per_connection_buffer_limit_bytes: 70000\n')
  expect((await server.reload(limited)).outcome).toBe('applied')
  expect([stat('modified'), stat('in_place_updated')]).toEqual([1, 0])
  await fetch(`http://127.0.0.1:${server.admin!.port}/drain_listeners`, { method: 'POST' })
  await until(() => stat('stopped') === 1)
})

test('a connection that cannot be made from the address it should come from is a bind error', async () => {
  const from = 'upstream_bind_config: { source_address: { address: 192.0.2.1, port_value: 0 } }'
  await using server = await createServer(bootstrap({ cluster: from }), { time: new FakeTime() })
  const socket = await client(server)
  socket.write(REQUEST)
  await until(() => server.stats.counter('cluster.app.bind_errors').value > 0)
  expect(server.stats.counter('cluster.app.bind_errors').value).toBe(1)
  socket.destroy()
})

test('a retry, where only one may be at a time, opens the breaker of retries until it is over', async () => {
  const breakers = 'circuit_breakers: { thresholds: [{ max_retries: 1 }] }'
  const host = 'retry_policy: { retry_on: 5xx, num_retries: 1 }'
  await using origin = await RawOrigin.start((socket, _head, n) => {
    if (n === 0) socket.write('HTTP/1.1 503 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  await using server = await createServer(bootstrap({ cluster: breakers, host }), {
    endpoints: { app: [origin.address] },
    time: new FakeTime(),
  })
  const socket = await client(server)
  socket.write(REQUEST)
  await until(() => server.stats.counter('cluster.app.upstream_rq_retry').value === 1)
  expect(await shown(server, 'cluster.app.circuit_breakers.default.rq_retry_open')).toBe(1)
  socket.destroy()
  await until(() => server.stats.gauge('http.test.downstream_rq_active').value === 0)
  expect(await shown(server, 'cluster.app.circuit_breakers.default.rq_retry_open')).toBe(0)
})
