import { FakeTime } from '@nuncio/core/testing'
import { getFips } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as listen, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap, tcpBootstrap } from '../test-support/bootstrap.ts'
import { client, shown } from '../test-support/clients.ts'
import { RawOrigin, until } from '../test-support/raw-origin.ts'

// Statistics that only configuration of a rare kind moves, or a peer that does not read.

const BIG = 32 * 1024 * 1024

test('a request in absolute form is counted where that is not allowed', async () => {
  const hcm = 'http_protocol_options: { allow_absolute_url: false }'
  await using server = await createServer(bootstrap({ hcm }), { time: new FakeTime() })
  const socket = await client(server)
  socket.write('GET http://a.test/ HTTP/1.1\r\nhost: a.test\r\n\r\n')
  const stat = (): number => server.stats.counter('http.test.downstream_rq_non_relative_path').value
  await until(() => stat() > 0)
  expect(stat()).toBe(1)
  socket.destroy()
})

test('bytes wait at a client of a TCP proxy that does not read, and in its upstream', async () => {
  const origins: Socket[] = []
  const origin = listen((socket) => {
    origins.push(socket.on('error', () => {}))
    socket.write(Buffer.alloc(BIG))
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const app = [`127.0.0.1:${(origin.address() as AddressInfo).port}`]
  await using server = await createServer(tcpBootstrap(), { endpoints: { app }, time: new FakeTime() })
  const socket = await client(server)
  socket.pause()
  await until(() => server.stats.counter('cluster.app.upstream_flow_control_paused_reading_total').value > 0)
  expect(await shown(server, 'tcp.t.downstream_cx_tx_bytes_buffered')).toBeGreaterThan(0)
  socket.destroy()
  for (const one of origins) one.destroy()
  origin.close()
  await until(() => server.stats.gauge('cluster.app.upstream_cx_active').value === 0)
  expect(await shown(server, 'tcp.t.downstream_cx_tx_bytes_buffered')).toBe(0)
})

test('a head that is only partly there waits to be read, and is gone with the connection', async () => {
  const part = 'HTTP/1.1 200 OK\r\nx-a: '
  await using origin = await RawOrigin.start((socket) => socket.write(part))
  await using server = await createServer(bootstrap(), { endpoints: { app: [origin.address] }, time: new FakeTime() })
  const socket = await client(server)
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  const unread = 'cluster.app.upstream_cx_rx_bytes_buffered'
  let seen = 0
  for (let tries = 0; tries < 1000 && seen === 0; tries++) seen = await shown(server, unread)
  expect(seen).toBe(part.length)
  socket.destroy()
  await until(() => server.stats.gauge('cluster.app.upstream_cx_active').value === 0)
  expect(await shown(server, unread)).toBe(0)
})

test('the folder of a runtime layer is there or it is not, and the process obeys FIPS or it does not', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-runtime-'))
  mkdirSync(path.join(folder, 'v1'))
  writeFileSync(path.join(folder, 'v1', 'some.key'), '7')
  const layers = (subdirectory: string): string =>
    `layered_runtime: { layers: [{ name: disk, disk_layer: { symlink_root: ${folder}, subdirectory: ${subdirectory} } }] }\n`
  for (const [subdirectory, counts] of [
    ['v1', [1, 0, 0]],
    ['v2', [0, 1, 1]],
  ] as const) {
    await using server = await createServer(layers(subdirectory) + bootstrap(), { time: new FakeTime() })
    const stat = (name: string): number => server.stats.counter(`runtime.${name}`).value
    expect([stat('override_dir_exists'), stat('override_dir_not_exists'), stat('load_error')]).toEqual(counts)
    expect(await shown(server, 'server.compilation_settings.fips_mode')).toBe(getFips())
  }
  rmSync(folder, { recursive: true })
})
