import { RecordingCallbacks } from '@nuncio/cluster/testing'
import { requestHeaders } from '@nuncio/core'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { RealPool } from '../testing/real-pool.ts'
import { SOON } from '../testing/soon.ts'

const servers: Server[] = []
const sockets: Socket[] = []
let world: RealPool

afterEach(async () => {
  world.pool.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** An origin that does with each received text what `on` says. */
async function origin(on: (text: string, socket: Socket, nth: number) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const nth = sockets.push(socket)
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', (data) => on(data.toString('latin1'), socket, nth))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const ok = (body = 'ok', more = ''): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

function get(path = '/'): RecordingCallbacks {
  const callbacks = new RecordingCallbacks()
  callbacks.onReady = (encoder) =>
    encoder.encodeHeaders(
      requestHeaders([
        [':method', 'GET'],
        [':path', path],
        [':authority', 'h'],
      ]),
      true,
    )
  world.pool.newStream(callbacks)
  return callbacks
}

describe('an HTTP/1 pool over sockets', () => {
  it('sends a request, reuses the connection and counts bytes', async () => {
    world = new RealPool({ port: await origin((_, socket) => socket.write(ok())) })
    const first = get('/a')
    await first.until('end')
    expect(first.lines).toEqual(['ready', 'headers 200', 'end'])
    expect(first.connection?.local).toEqual({ address: '127.0.0.1', port: sockets[0]!.remotePort })
    const second = get('/b')
    await second.until('end')
    expect(second.connection).toMatchObject({ id: 1, streamsBefore: 1 })
    expect(sockets).toHaveLength(1)
    expect(world.stat('upstream_cx_rx_bytes_total')).toBe(2 * ok().length)
    expect(world.stat('upstream_cx_tx_bytes_total')).toBe(2 * 'GET /a HTTP/1.1\r\nhost: h\r\n\r\n'.length)
  })

  it('does not reuse a connection that the host will close', async () => {
    world = new RealPool({ port: await origin((_, socket) => socket.end(ok('x', 'connection: close\r\n'))) })
    await get().until('end')
    await get().until('end')
    expect(sockets).toHaveLength(2)
    expect(world.stat('upstream_cx_close_notify')).toBe(2)
    expect(world.stat('upstream_cx_destroy_with_active_rq')).toBe(0)
    expect(world.stat('upstream_cx_active')).toBe(0)
  })

  it('tells a request whose host goes away, and frees its place', async () => {
    world = new RealPool({ port: await origin((_, socket) => socket.destroy()) })
    const request = get()
    expect(await request.until('reset')).toContain('connection termination')
    expect([world.pool.streams, world.breaker.requests, world.stat('upstream_cx_active')]).toEqual([0, 0, 0])
    expect(world.stat('upstream_cx_destroy_remote_with_active_rq')).toBe(1)
  })

  it('drops a connection whose answer makes no sense', async () => {
    world = new RealPool({ port: await origin((_, socket) => socket.write('SSH-2.0-OpenSSH\r\n')) })
    expect(await get().until('reset')).toContain('protocol error')
    expect(world.stat('upstream_cx_active')).toBe(0)
    expect(world.stat('upstream_cx_destroy_local_with_active_rq')).toBe(1)
  })

  it('never hands out a connection that died while it was idle', async () => {
    world = new RealPool({ port: await origin((text, socket) => void (text.startsWith('GET') && socket.write(ok()))) })
    await get().until('end')
    const closed = new Promise((resolve) => sockets[0]!.once('close', resolve))
    sockets[0]!.end()
    await closed
    await expect.poll(() => world.stat('upstream_cx_destroy_remote'), SOON).toBe(1)
    const next = get()
    await next.until('end')
    expect(next.connection?.id).toBe(2)
  })

  it('destroys an idle connection on which something unasked arrives', async () => {
    world = new RealPool({ port: await origin((_, socket) => socket.write(ok())) })
    await get().until('end')
    sockets[0]!.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil')
    await expect.poll(() => world.stat('upstream_cx_active'), SOON).toBe(0)
    expect(world.stat('upstream_cx_protocol_error')).toBe(1)
    const next = get()
    await next.until('end')
    expect(next.body).toBe('ok')
  })

  it('closes the connection of a request that its user resets', async () => {
    world = new RealPool({ port: await origin(() => {}) })
    const request = get()
    await request.until('ready')
    request.encoder!.reset('local reset')
    expect([
      world.pool.streams,
      world.stat('upstream_cx_active'),
      world.stat('upstream_cx_destroy_local_with_active_rq'),
    ]).toEqual([0, 0, 1])
    expect(request.lines).toEqual(['ready'])
  })

  it('speaks over a Unix socket, and tells a refused connection', async () => {
    const port = await origin(() => {})
    world = new RealPool({ port })
    await new Promise((resolve) => servers.pop()!.close(resolve))
    expect(await get().until('failed')).toBe(
      'failed remote connection failure: delayed connect error: Connection refused',
    )
    expect(world.stat('upstream_cx_connect_fail')).toBe(1)
    world = new RealPool({ ip: '/nonexistent.sock', port: 0 })
    expect(await get().until('failed')).toContain(
      'immediate connect error: No such file or directory|remote address:/nonexistent.sock',
    )
  })

  it('gives a tunnel its connection, and never uses that for anything else', async () => {
    world = new RealPool({
      port: await origin((text, socket) => {
        if (text.includes('websocket'))
          socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
        else socket.write(text.startsWith('GET') ? ok() : `<${text}>`)
      }),
    })
    const tunnel = new RecordingCallbacks()
    tunnel.onReady = (encoder) => {
      const headers = requestHeaders([
        [':method', 'GET'],
        [':path', '/'],
        [':authority', 'h'],
        [':protocol', 'websocket'],
      ])
      encoder.encodeHeaders(headers, false)
      encoder.encodeData(Buffer.from('early'), false)
    }
    world.pool.newStream(tunnel)
    await expect.poll(() => tunnel.body, SOON).toBe('<early>')
    const other = get()
    await other.until('end')
    expect([tunnel.lines, other.connection?.id]).toEqual([['ready', 'headers 101'], 2])
    tunnel.encoder!.encodeData(Buffer.from('last'), true)
    await tunnel.until('end')
    expect(tunnel.body).toBe('<early><last>')
    await expect.poll(() => world.stat('upstream_cx_active'), SOON).toBe(1)
    expect([
      world.pool.streams,
      world.stat('upstream_cx_close_notify'),
      world.stat('upstream_cx_destroy_with_active_rq'),
    ]).toEqual([0, 0, 0])
  })

  it('leaves nothing open after close', async () => {
    world = new RealPool({ port: await origin((text, socket) => void (text.includes('/slow') || socket.write(ok()))) })
    const [slow, quick] = [get('/slow'), get('/quick')]
    await quick.until('end')
    await slow.until('ready')
    world.pool.close()
    await Promise.all(
      sockets.map(
        (socket) => new Promise((resolve) => (socket.destroyed ? resolve(0) : socket.once('close', resolve))),
      ),
    )
    expect(slow.lines.at(-1)).toMatch(/^reset connection termination/)
    expect(world.stat('upstream_cx_active')).toBe(0)
    world.time.advance(10_000)
    expect(world.time.pending).toBe(0)
  })
})
