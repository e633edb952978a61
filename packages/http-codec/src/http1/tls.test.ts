import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect as tlsConnect, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { Relay } from '../testing/relay.ts'
import { ClientConnection } from './client-connection.ts'

// A key that both sides know: TLS without certificates, and so without files.
const psk = Buffer.alloc(32, 7)
const common = { ciphers: 'PSK-AES128-GCM-SHA256', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
const serverSide = { ...common, pskCallback: () => psk }
const clientSide = {
  ...common,
  pskCallback: () => ({ psk, identity: 'test' }),
  checkServerIdentity: () => undefined,
  rejectUnauthorized: false,
}

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function port(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('over TLS on both sides', () => {
  it('carries large bodies both ways, and keeps its connections', async () => {
    const body = randomBytes(3_000_000)
    const hash = createHash('sha256').update(body).digest('hex')
    const origin = createHttpsServer(serverSide, (request, response) => {
      if (request.method === 'GET') return response.end(body)
      const got = createHash('sha256')
      request.on('data', (chunk: Buffer) => got.update(chunk))
      return request.on('end', () => response.end(got.digest('hex')))
    })
    const target = await port(origin)
    const relay: Relay = new Relay((owner) =>
      ClientConnection.over(
        tlsConnect({ host: '127.0.0.1', port: target, allowHalfOpen: true, ...clientSide } as never),
        'secureConnect', owner, owner.options, owner.batch, true,
      ),
    ) // prettier-ignore
    const at = await port(
      createTlsServer({ ...serverSide, allowHalfOpen: true } as never, (socket: TLSSocket) =>
        relay.accept(socket, true),
      ),
    )
    for (let i = 0; i < 3; i++) {
      const got = httpsRequest({ host: '127.0.0.1', port: at, agent: false, ...clientSide } as never).end()
      const [response] = (await once(got, 'response')) as [IncomingMessage]
      const read = createHash('sha256')
      for await (const chunk of response) read.update(chunk as Buffer)
      expect(read.digest('hex')).toBe(hash)
      const posting = httpsRequest({
        host: '127.0.0.1',
        port: at,
        method: 'POST',
        agent: false,
        ...clientSide,
      } as never)
      posting.end(body)
      const [answer] = (await once(posting, 'response')) as [IncomingMessage]
      expect((await answer.toArray()).join('')).toBe(hash)
    }
    expect(relay.opened).toBe(1)
  })

  it('tells when the handshake fails', async () => {
    const target = await port(createTlsServer({ ...serverSide, pskCallback: () => Buffer.alloc(32, 8) } as never))
    const relay: Relay = new Relay((owner) =>
      ClientConnection.over(
        tlsConnect({ host: '127.0.0.1', port: target, allowHalfOpen: true, ...clientSide } as never),
        'secureConnect', owner, owner.options, owner.batch, true,
      ),
    ) // prettier-ignore
    const at = await port(
      createTlsServer({ ...serverSide, allowHalfOpen: true } as never, (socket: TLSSocket) =>
        relay.accept(socket, true),
      ),
    )
    const asking = httpsRequest({ host: '127.0.0.1', port: at, agent: false, ...clientSide } as never).end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(503)
    expect(response.headers['x-details']).toMatch(/^(ERR_SSL|ECONN)/)
    response.resume()
  })
})
