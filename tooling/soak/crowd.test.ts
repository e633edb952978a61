import { createServer } from '@nuncio/server'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { soakConfig } from './config.ts'
import { crowd } from './crowd.ts'

test('a crowd is served, and leaves no connection and no deadline behind', async () => {
  const origin = createHttpServer((_, response) => void response.end('hello'))
  const echoing = new WebSocketServer({ server: origin })
  echoing.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data, { binary: false })))
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const { port } = origin.address() as AddressInfo
  const config = soakConfig({ main: 0, extra: 0, admin: 0, origin: port }, 0)
  const server = await createServer(config, { ports: 'ephemeral' })
  const gauge = (name: string): number => server.stats.gauges.get(name)?.value ?? 0
  let most = 0
  const sizes = { idle: 40, webSockets: 20, short: 200 }
  const tally = await crowd(server.listeners[0]!.port, sizes, () => {
    most = gauge('http.main.downstream_cx_active')
  })
  expect(tally).toEqual({ requests: 240, messages: 40, failed: 0 })
  expect(most).toBeGreaterThanOrEqual(60)
  await expect.poll(() => gauge('http.main.downstream_cx_active')).toBe(0)
  await expect.poll(() => gauge('cluster.origin.upstream_rq_active')).toBe(0)
  expect(gauge('http.main.downstream_cx_upgrades_active')).toBe(0)
  await server.close()
  echoing.close()
  origin.closeAllConnections()
  origin.close()
})
