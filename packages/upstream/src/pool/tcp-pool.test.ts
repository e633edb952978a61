import { CircuitBreaker, createHost, decideCluster, PoolStats, type TcpConnection } from '@nuncio/cluster'
import { SeededRandom, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { SOON } from '../testing/soon.ts'
import { RAW } from '../transport/definition.ts'
import type { UpstreamTransport } from '../transport/transport.ts'
import { SocketPool } from './tcp-pool.ts'

const servers: Server[] = []
const sockets: Socket[] = []
const time = new FakeTime()
let store: StatsStore
let breaker: CircuitBreaker

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function echo(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
function pool(port: number, maxConnections = 2, transport: UpstreamTransport = RAW): SocketPool {
  store = new StatsStore()
  const config = {
    name: 'c',
    connect_timeout: 100,
    circuit_breakers: { thresholds: [{ max_connections: maxConnections }] },
  }
  const info = decideCluster(config, { stats: store, report: () => {} })
  breaker = new CircuitBreaker(info.breakerLimits[0])
  const context = {
    info,
    stats: new PoolStats(info.stats),
    time,
    wheel: new TimerWheel(time, 1),
    random: new SeededRandom(1),
    nextConnectionId: () => 7,
  }
  const dial = { time, binding: undefined, keepAlive: undefined, onBindError: () => {} }
  return new SocketPool(createHost({ ip: '127.0.0.1', port }), {
    context,
    dial,
    breaker,
    transport,
  })
}
interface Outcome {
  socket?: Socket
  connection?: TcpConnection
  failure?: string
}
function open(from: SocketPool): Promise<Outcome> & { cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const pending = from.newConnection({
    onPoolReady: (socket, _host, connection) => resolve({ socket: socket as Socket, connection }),
    onPoolFailure: (reason, _host, details) => resolve({ failure: `${reason}: ${details}` }),
  })
  return Object.assign(promise, { cancel: () => pending?.cancel() })
}
const stat = (name: string): number =>
  store.counters.get(`cluster.c.${name}`)?.value ?? store.gauges.get(`cluster.c.${name}`)!.value

describe('SocketPool', () => {
  it('gives a connection to its user and counts its life', async () => {
    const p = pool(await echo())
    const { socket, connection } = await open(p)
    expect(connection).toMatchObject({ id: 7, local: { port: socket!.localPort } })
    socket!.end('hello')
    expect(String(await new Promise((resolve) => socket!.once('data', resolve).resume()))).toBe('hello')
    expect([breaker.connections, breaker.requests, stat('upstream_cx_active'), stat('upstream_rq_active')]).toEqual([
      1, 1, 1, 1,
    ])
    p.countBytes()
    expect(stat('upstream_cx_rx_bytes_total')).toBe(5)
    await new Promise((resolve) => socket!.once('close', resolve))
    expect([breaker.connections, breaker.requests, stat('upstream_cx_active'), stat('upstream_rq_active')]).toEqual([
      0, 0, 0, 0,
    ])
    expect([stat('upstream_cx_rx_bytes_total'), stat('upstream_cx_tx_bytes_total')]).toEqual([5, 5])
    expect(stat('upstream_cx_destroy_remote')).toBe(1)
    expect(stat('upstream_cx_destroy_remote_with_active_rq')).toBe(1)
    expect(p.connections.size).toBe(0)
  })

  it('reads for a user that asks for it into memory that is lent, and stops when told to', async () => {
    const p = pool(await echo())
    const chunks: string[] = []
    const socket = await new Promise<Socket>((resolve, reject) => {
      p.newConnection({
        takesRawReads: true,
        onPoolReady: (ready, _host, { reader }) => {
          reader!.start((chunk) => {
            chunks.push(Buffer.from(chunk).toString())
            return chunks.length === 1 ? 'pause' : 'done'
          })
          resolve(ready as Socket)
        },
        onPoolFailure: reject,
      })
    })
    socket.resume()
    socket.write('one')
    await expect.poll(() => chunks.length, SOON).toBe(1)
    socket.write('two')
    await new Promise(setImmediate)
    expect(chunks).toEqual(['one'])
    socket.resume()
    await expect.poll(() => chunks.length, SOON).toBe(2)
    expect(chunks).toEqual(['one', 'two'])
    socket.end()
    await new Promise((resolve) => socket.once('close', resolve))
  })

  it('turns away at max_connections', async () => {
    const p = pool(await echo(), 1)
    await open(p)
    expect(await open(p)).toEqual({ failure: 'overflow: ' })
    expect(stat('upstream_cx_overflow')).toBe(1)
    p.close()
  })

  it('tells refused connections and those that take too long', async () => {
    const port = await echo()
    const silent = pool(port, 2, { ...RAW, preamble: { run: () => {} } })
    const late = open(silent)
    time.advance(101)
    expect(await late).toEqual({ failure: 'connection timeout: ' })
    expect([stat('upstream_cx_connect_timeout'), stat('upstream_cx_connect_fail'), breaker.connections]).toEqual([
      1, 1, 0,
    ])
    await new Promise((resolve) => servers.pop()!.close(resolve))
    const refused = pool(port)
    expect(await open(refused)).toEqual({
      failure: 'remote connection failure: delayed connect error: Connection refused',
    })
    time.advance(2)
    expect(time.pending).toBe(0)
  })

  it('forgets a connection that is not wanted any more, and closes those that are in use', async () => {
    const p = pool(await echo())
    const unwanted = open(p)
    unwanted.cancel()
    expect([
      p.connections.size,
      breaker.connections,
      stat('upstream_rq_cancelled'),
      stat('upstream_rq_pending_active'),
    ]).toEqual([0, 0, 1, 0])
    const { socket } = await open(p)
    p.close()
    await new Promise((resolve) => socket!.once('close', resolve))
    expect(stat('upstream_cx_active')).toBe(0)
  })
})
