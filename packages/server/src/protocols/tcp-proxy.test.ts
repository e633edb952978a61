import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { tcpBootstrap } from '../test-support/bootstrap.ts'

const BYTES = randomBytes(16 << 20)
const DIGEST = createHash('sha256').update(BYTES).digest('hex')

let origin: TcpServer
let server: Server
/** What the origin heard on each connection, as digests. */
const heard: Promise<string>[] = []

async function digestOf(socket: Socket, slow: boolean): Promise<string> {
  const hash = createHash('sha256')
  socket.on('data', (chunk: Buffer) => {
    hash.update(chunk)
    if (!slow) return
    socket.pause()
    setImmediate(() => socket.resume())
  })
  await once(socket, 'end')
  return hash.digest('hex')
}

/** An origin that says the bytes, in pieces of all sizes, and listens meanwhile. */
beforeAll(async () => {
  origin = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    heard.push(digestOf(socket, false))
    for (let at = 0, size = 1; at < BYTES.length; at += size, size = (size * 7 + 13) % 300_001) {
      socket.write(BYTES.subarray(at, at + size))
    }
    socket.end()
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const { port } = origin.address() as AddressInfo
  server = await createServer(tcpBootstrap(), { endpoints: { app: [`127.0.0.1:${port}`] } })
})
afterAll(async () => {
  await server.close()
  origin.close()
})

describe('sixteen megabytes each way', () => {
  test.each([
    ['at once', false],
    ['by a slow reader', true],
  ])('come through unchanged when they are read %s', async (_, slow) => {
    const sockets = Array.from({ length: 4 }, () =>
      connect({ host: '127.0.0.1', port: server.listeners[0]!.port, allowHalfOpen: true }),
    )
    heard.length = 0
    const digests = sockets.map((socket) => {
      socket.end(BYTES)
      return digestOf(socket, slow)
    })
    expect(await Promise.all(digests)).toEqual(sockets.map(() => DIGEST))
    expect(await Promise.all(heard)).toEqual(sockets.map(() => DIGEST))
    expect(server.stats.counters.get('tcp.t.downstream_cx_tx_bytes_total')!.value % (4 * BYTES.length)).toBe(0)
  })
})
