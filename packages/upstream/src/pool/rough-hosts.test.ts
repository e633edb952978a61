import { RecordingCallbacks } from '@nuncio/cluster/testing'
import { requestHeaders, SeededRandom } from '@nuncio/core'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { RealPool } from '../testing/real-pool.ts'
import { SOON } from '../testing/soon.ts'

let server: Server
let world: RealPool
const sockets = new Set<Socket>()
afterEach(async () => {
  world.pool.close()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

const BODY = 'x'.repeat(300)
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`

describe('hosts that behave badly', () => {
  it.each([1, 2, 3])('never get answers mixed up, nor leave a count or a socket behind (seed %i)', async (seed) => {
    const random = new SeededRandom(seed)
    const chance = (percent: number): boolean => random.uint32() % 100 < percent
    server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {})
      socket.on('end', () => socket.end())
      if (chance(5)) return void socket.resetAndDestroy()
      socket.on('data', (data) => {
        const path = /GET (\S+)/.exec(String(data))?.[1] ?? ''
        const answer = ANSWER.replace('\r\n\r\n', `\r\nx-path: ${path}\r\n\r\n`)
        const cut = random.uint32() % answer.length
        const what = random.uint32() % 10
        if (what === 0) socket.resetAndDestroy()
        else if (what === 1) socket.end(answer.slice(0, cut))
        else if (what === 2) socket.write(answer.slice(0, cut), () => void socket.resetAndDestroy())
        else if (what === 3) socket.write(`${answer}HTTP/1.1 200 OK\r\n`)
        else if (what === 4) socket.end(answer)
        else if (what === 5)
          socket.write(answer.slice(0, cut), () => setImmediate(() => socket.write(answer.slice(cut))))
        else socket.write(answer)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    world = new RealPool(
      { port: (server.address() as AddressInfo).port },
      { circuit_breakers: { thresholds: [{ max_connections: 8 }] } },
    )
    let good = 0
    const one = async (path: string): Promise<void> => {
      const callbacks = new RecordingCallbacks()
      callbacks.onReady = (encoder) => {
        encoder.encodeHeaders(
          requestHeaders([
            [':method', 'GET'],
            [':path', path],
            [':authority', 'h'],
          ]),
          true,
        )
        if (chance(3)) queueMicrotask(() => callbacks.onWritable())
      }
      world.pool.newStream(callbacks)
      await Promise.race(['end', 'reset', 'failed'].map((line) => callbacks.until(line)))
      if (callbacks.headers !== undefined) expect(callbacks.headers.get('x-path')).toBe(path)
      if (callbacks.lines.at(-1) !== 'end') return
      good++
      expect(callbacks.body).toBe(BODY)
    }
    const worker = async (name: number): Promise<void> => {
      for (let i = 0; i < 40; i++) await one(`/${name}/${i}`)
    }
    await Promise.all(Array.from({ length: 16 }, (_, i) => worker(i)))
    expect(good).toBeGreaterThan(200)
    expect([world.pool.streams, world.pool.pending, world.breaker.requests, world.host.stats.rqActive]).toEqual([
      0, 0, 0, 0,
    ])
    world.pool.close()
    await expect.poll(() => sockets.size, SOON).toBe(0)
    expect([world.breaker.connections, world.stat('upstream_cx_active'), world.stat('upstream_rq_active')]).toEqual([
      0, 0, 0,
    ])
    expect(world.stat('upstream_cx_total')).toBe(world.stat('upstream_cx_destroy'))
  })
})
