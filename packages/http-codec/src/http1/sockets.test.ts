import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { MemorySocket } from '../testing/memory-socket.ts'
import { Relay } from '../testing/relay.ts'
import type { Http1Options } from './options.ts'

const open: { close(): unknown; closeAllConnections?(): void }[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of open.splice(0)) {
    server.closeAllConnections?.()
    server.close()
  }
})

async function port(server: Server): Promise<number> {
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function relayTo(target: number, options: Partial<Http1Options> = {}): Promise<{ relay: Relay; at: number }> {
  const relay = new Relay({ host: '127.0.0.1', port: target }, options)
  const server = relay.listen()
  server.on('connection', (socket: Socket) => sockets.push(socket))
  return { relay, at: await port(server) }
}

async function origin(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createHttpServer(handler)
  server.on('connection', (socket: Socket) => sockets.push(socket))
  return port(server)
}

function client(at: number, options: RequestOptions = {}): ReturnType<typeof httpRequest> {
  return httpRequest({ host: '127.0.0.1', port: at, path: '/', agent: false, ...options })
}

async function hashOf(message: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of message) hash.update(chunk)
  return hash.digest('hex')
}

async function rawClient(at: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: at, allowHalfOpen: true })
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

async function readUntil(socket: Socket, done: (text: string) => boolean): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1')
    if (done(text)) break
  }
  return text
}

/** One turn of the event loop. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

describe('over real sockets', () => {
  const large = randomBytes(5_000_000)
  const largeHash = createHash('sha256').update(large).digest('hex')

  it('carries large bodies both ways, with a length and in chunks', async () => {
    const backend = await origin((request, response) => {
      if (request.method === 'GET') {
        if (request.url === '/length') response.setHeader('content-length', large.length)
        response.end(large)
      } else void hashOf(request).then((hash) => response.end(hash))
    })
    const { at } = await relayTo(backend)
    for (const path of ['/length', '/chunks']) {
      const down = client(at, { path }).end()
      const [response] = (await once(down, 'response')) as [IncomingMessage]
      expect(await hashOf(response)).toBe(largeHash)
      const up = client(at, { method: 'POST', headers: path === '/length' ? { 'content-length': large.length } : {} })
      up.end(large)
      const [answer] = (await once(up, 'response')) as [IncomingMessage]
      expect((await answer.toArray()).join('')).toBe(largeHash)
    }
  })

  it('lends no memory twice: an answer that waits is not overwritten by the next', async () => {
    const bodies = [randomBytes(40_000), randomBytes(40_000), randomBytes(40_000)]
    const backend = await origin((request, response) => {
      response.setHeader('content-length', 40_000)
      response.end(bodies[Number(request.url!.slice(1))])
    })
    const relay = new Relay({ host: '127.0.0.1', port: backend })
    const stalled = bodies.map((_, i) => {
      const socket = new MemorySocket()
      relay.accept(socket, false)
      socket.stall(true)
      return { socket, ask: () => socket.push(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`) }
    })
    for (const { ask } of stalled) {
      ask()
      do await turn()
      while (relay.idle.length === 0)
    }
    expect(relay.opened).toBe(1)
    stalled.forEach(({ socket }, i) => {
      socket.stall(false)
      expect(socket.sent.endsWith(bodies[i]!.toString('latin1'))).toBe(true)
    })
    relay.idle[0]!.close()
  })

  it('keeps bodies whole when readers are slow', async () => {
    const bodies = Array.from({ length: 4 }, () => randomBytes(6_000_000))
    const backend = await origin((request, response) => response.end(bodies[Number(request.url!.slice(1))]))
    const { at } = await relayTo(backend)
    const hashes = bodies.map(async (_, i) => {
      const asked = client(at, { path: `/${i}` }).end()
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      const hash = createHash('sha256')
      for await (const chunk of response) {
        hash.update(chunk as Buffer)
        await turn()
      }
      return hash.digest('hex')
    })
    expect(await Promise.all(hashes)).toEqual(bodies.map((body) => createHash('sha256').update(body).digest('hex')))
  })

  it('stops reading from an upstream whose client does not read', async () => {
    let written = 0
    const chunk = Buffer.alloc(65_536)
    const backend = await origin((_request, response) => {
      const more = (): void => {
        while (response.write(chunk)) written += chunk.length
        written += chunk.length
      }
      response.on('drain', more)
      more()
    })
    const { at, relay } = await relayTo(backend)
    const socket = await rawClient(at)
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    for (let before = -1; before !== written || before === 0;) {
      before = written
      for (let i = 0; i < 200; i++) await turn()
    }
    // What lies in between is kernel memory and one read at most.
    const [connection] = relay.connections
    expect((connection!.socket as Socket).writableLength).toBeLessThanOrEqual(300_000)
  })

  it('uses upstream connections again', async () => {
    const backend = await origin((_request, response) => response.end('hi'))
    const { at, relay } = await relayTo(backend)
    const socket = await rawClient(at)
    for (let i = 0; i < 20; i++) {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      expect(await readUntil(socket, (text) => text.endsWith('hi'))).toContain('200 OK')
    }
    expect(relay.opened).toBe(1)
  })

  it('relays 100-continue, HEAD and 304', async () => {
    const backend = await origin((request, response) => {
      if (request.url === '/304') response.writeHead(304, { etag: '"x"' })
      else response.setHeader('content-length', 5)
      if (request.method === 'POST') request.resume().on('end', () => response.end('hello'))
      else response.end(request.method === 'HEAD' || request.url === '/304' ? undefined : 'hello')
    })
    const { at } = await relayTo(backend)
    const posted = client(at, { method: 'POST', headers: { expect: '100-continue', 'content-length': 3 } })
    posted.flushHeaders()
    await once(posted, 'continue')
    posted.end('abc')
    const [answer] = (await once(posted, 'response')) as [IncomingMessage]
    expect((await answer.toArray()).join('')).toBe('hello')
    const [head] = (await once(client(at, { method: 'HEAD' }).end(), 'response')) as [IncomingMessage]
    expect(head.headers['content-length']).toBe('5')
    const [unmodified] = (await once(client(at, { path: '/304' }).end(), 'response')) as [IncomingMessage]
    expect([unmodified.statusCode, unmodified.headers.etag]).toEqual([304, '"x"'])
  })

  it('relays an upgrade and both half-closes', async () => {
    const backend = createHttpServer()
    backend.on('upgrade', (_request, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.on('data', (chunk: Buffer) => socket.write(chunk))
      socket.on('end', () => socket.end('bye'))
    })
    const { at, relay } = await relayTo(await port(backend))
    const socket = await rawClient(at)
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    expect(await readUntil(socket, (text) => text.endsWith('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 101 /)
    socket.write('ping')
    expect(await readUntil(socket, (text) => text === 'ping')).toBe('ping')
    socket.end()
    expect(await readUntil(socket, () => false)).toBe('bye')
    expect(relay.idle).toHaveLength(0)
  })

  it('tells when nobody listens', async () => {
    const { relay } = { relay: new Relay({ host: '127.0.0.1', port: 1 }) }
    const at = await port(relay.listen())
    const [response] = (await once(client(at).end(), 'response')) as [IncomingMessage]
    expect([response.statusCode, response.headers['x-details']]).toEqual([503, 'ECONNREFUSED'])
    response.resume()
  })

  it.each(['resetAndDestroy', 'destroy', 'end'] as const)(
    'closes upstream when the client goes away by %s',
    async (way) => {
      let closed: (() => void) | undefined
      const gone = new Promise<void>((resolve) => (closed = resolve))
      const backend = await origin((request) => request.socket.on('close', closed!))
      const { at } = await relayTo(backend)
      const socket = await rawClient(at)
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
      for (let i = 0; i < 20; i++) await turn()
      socket[way]()
      await expect(gone).resolves.toBeTypeOf('boolean')
    },
  )
})
