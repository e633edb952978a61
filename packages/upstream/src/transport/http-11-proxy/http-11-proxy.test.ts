import type { RecordingCallbacks } from '@nuncio/cluster/testing'
import { createAuthority } from '@nuncio/tls/testing'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { ManagerWorld } from '../../testing/manager-world.ts'

const TYPE = 'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport'
const TLS = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
const PROXY_PROTOCOL = 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'
const KEY = 'envoy.http11_proxy_transport_socket.proxy_address'
const OK = 'HTTP/1.1 200 OK\r\n\r\n'
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const CONNECT = 'CONNECT origin.test:9999 HTTP/1.1\r\nHost: origin.test:9999\r\n\r\n'

const ca = createAuthority('ca')
const leaf = ca.issue({ commonName: 'leaf', dns: ['a.test'] })
const sockets: Socket[] = []
const servers: Server[] = []
let world: ManagerWorld

afterEach(async () => {
  await world.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

interface Proxy {
  readonly port: number
  /** First lines of what it was sent. */
  readonly heard: string[]
}

/** A proxy that answers CONNECT so, in pieces, and then is the origin, or a way to the one with TLS. */
async function proxy(answer: readonly string[] | 'end', onward?: number): Promise<Proxy> {
  const heard: string[] = []
  const tunnel = (socket: Socket, first: Buffer): void => {
    if (onward === undefined) return void (first.includes('GET ') && socket.write(ANSWER))
    const origin = connect(onward, '127.0.0.1')
    sockets.push(origin)
    origin.on('error', () => {})
    origin.write(first)
    socket.removeAllListeners('data')
    socket.pipe(origin).pipe(socket)
  }
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (data: Buffer) => {
      const text = data.toString('latin1')
      if (!text.startsWith('CONNECT')) {
        heard.push(text.split('\r\n')[0]!)
        return tunnel(socket, data)
      }
      heard.push(text)
      if (answer === 'end') return void socket.end()
      socket.setNoDelay(true)
      const pieces = [...answer]
      const next = (): void => {
        const piece = pieces.shift()
        if (piece !== undefined) socket.write(piece, () => setImmediate(next))
      }
      next()
    })
  })
  return { port: await listen(server), heard }
}

const socketAddress = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })
const metadata = (port: number): object => ({
  metadata: { typed_filter_metadata: { [KEY]: { '@type': 'envoy.config.core.v3.Address', ...socketAddress(port) } } },
})
const typed = (type: string, config: object = {}): object => ({ name: 'x', typed_config: { '@type': type, ...config } })
const secure = (): object =>
  typed(TLS, {
    sni: 'a.test',
    common_tls_context: { validation_context: { trusted_ca: { inline_string: ca.cert } } },
  })

interface Setting {
  readonly endpoint?: object
  readonly locality?: object
  readonly socket?: object
  readonly hostname?: string
}

async function ask({ endpoint = {}, locality = {}, socket, hostname = 'origin.test' }: Setting) {
  const address = { socket_address: { address: '127.0.0.9', port_value: 9999 } }
  const members = [{ ...locality, lb_endpoints: [{ endpoint: { address, hostname }, ...endpoint }] }]
  world = new ManagerWorld([
    { name: 'c', load_assignment: { endpoints: members }, ...(socket && { transport_socket: socket }) },
  ])
  await world.manager.ready()
  expect(world.problems).toEqual([])
  return await again()
}

async function again(): Promise<RecordingCallbacks> {
  const request = world.request('c')
  await Promise.race(['end', 'failed', 'reset'].map((line) => request.until(line)))
  return request
}

describe('http_11_proxy', () => {
  it('asks the proxy that the endpoint names, and speaks behind the answer', async () => {
    const { port, heard } = await proxy([OK])
    const request = await ask({ endpoint: metadata(port), socket: typed(TYPE) })
    expect(request.lines.at(-1)).toBe('end')
    expect(heard).toEqual([CONNECT, 'GET / HTTP/1.1'])
    await again()
    expect(heard).toEqual([CONNECT, 'GET / HTTP/1.1', 'GET / HTTP/1.1'])
  })

  it('tells that the connection goes to the proxy, and nothing when it goes to the host', async () => {
    const { port } = await proxy([OK])
    const request = await ask({ endpoint: metadata(port), socket: typed(TYPE) })
    expect(request.connection?.remote).toEqual({ address: '127.0.0.1', port })
  })

  it('has health checks go to the host itself by its name, whatever port and name they have', async () => {
    const { port, heard } = await proxy([OK])
    const health_checks = [
      {
        timeout: 1000, interval: 60_000, unhealthy_threshold: 1, healthy_threshold: 1, alt_port: 7,
        http_health_check: { path: '/' },
      },
    ] // prettier-ignore
    const health_check_config = { port_value: 8, hostname: 'check.test' }
    const address = { socket_address: { address: '127.0.0.9', port_value: 9999 } }
    const endpoint = { address, hostname: 'origin.test', health_check_config }
    const load_assignment = { endpoints: [{ lb_endpoints: [{ endpoint, ...metadata(port) }] }] }
    world = new ManagerWorld([{ name: 'c', load_assignment, health_checks, transport_socket: typed(TYPE) }])
    await world.manager.ready()
    expect(heard).toEqual([CONNECT, 'GET / HTTP/1.1'])
    expect(world.hosts('c')).toEqual(['127.0.0.9:9999'])
  })

  it('asks for the address of an endpoint without a name', async () => {
    const { port, heard } = await proxy([OK])
    await ask({ endpoint: metadata(port), socket: typed(TYPE), hostname: '' })
    expect(heard[0]).toBe('CONNECT 127.0.0.9:9999 HTTP/1.1\r\nHost: 127.0.0.9:9999\r\n\r\n')
  })

  it('takes the proxy of the locality when the endpoint names none', async () => {
    const [near, far] = [await proxy([OK]), await proxy([OK])]
    await ask({ locality: metadata(far.port), socket: typed(TYPE) })
    expect(far.heard).toEqual([CONNECT, 'GET / HTTP/1.1'])
    await world.close()
    await ask({ endpoint: metadata(near.port), locality: metadata(far.port), socket: typed(TYPE) })
    expect([near.heard.length, far.heard.length]).toEqual([2, 2])
  })

  it('shakes hands with the host behind the proxy', async () => {
    const origin = createTlsServer({ cert: leaf.cert, key: leaf.key }, (socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on('data', () => socket.write(ANSWER))
    })
    const { port, heard } = await proxy([OK], await listen(origin))
    const request = await ask({ endpoint: metadata(port), socket: typed(TYPE, { transport_socket: secure() }) })
    expect(request.connection?.tls?.peerValidated).toBe(true)
    expect(heard[0]).toBe(CONNECT)
  })

  it('with default_proxy_address asks for hosts with TLS only, as Envoy does', async () => {
    const plain = await proxy([OK])
    await ask({ socket: typed(TYPE, { default_proxy_address: socketAddress(plain.port) }) })
    expect(plain.heard).toEqual(['GET / HTTP/1.1'])
    await world.close()
    const refusing = await proxy(['HTTP/1.1 403 Forbidden\r\n\r\n'])
    const config = { default_proxy_address: socketAddress(refusing.port), transport_socket: secure() }
    await ask({ socket: typed(TYPE, config) })
    expect(refusing.heard).toEqual([CONNECT])
  })

  it('prefers the proxy of the endpoint to default_proxy_address', async () => {
    const [own, other] = [await proxy([OK]), await proxy([OK])]
    const socket = typed(TYPE, { default_proxy_address: socketAddress(other.port) })
    await ask({ endpoint: metadata(own.port), socket })
    expect([own.heard, other.heard]).toEqual([['GET / HTTP/1.1'], []])
  })

  it('says PROXY behind CONNECT when that is inside', async () => {
    const { port, heard } = await proxy([OK])
    await ask({ endpoint: metadata(port), socket: typed(TYPE, { transport_socket: typed(PROXY_PROTOCOL) }) })
    expect(heard).toEqual([CONNECT, 'PROXY UNKNOWN'])
  })

  it.each([
    ['in pieces', ['HTTP/1.1 2', '00 OK\r', '\n\r\n']],
    ['in HTTP/1.0, with headers', [`HTTP/1.0 200 fine\r\nx: ${'y'.repeat(1900)}\r\n\r\n`]],
  ])('understands an answer %s', async (_it, answer) => {
    const { port } = await proxy(answer)
    expect((await ask({ endpoint: metadata(port), socket: typed(TYPE) })).lines.at(-1)).toBe('end')
  })

  it('leaves what comes behind the answer to whoever uses the connection', async () => {
    const { port } = await proxy([`${OK}${ANSWER}`])
    const { lines } = await ask({ endpoint: metadata(port), socket: typed(TYPE) })
    expect(lines).toEqual(['ready', 'reset protocol error: http1.premature_response'])
  })

  it.each([
    ['refuses', ['HTTP/1.1 403 Forbidden\r\n\r\n'], 'CONNECT was answered 403'],
    ['answers another success', ['HTTP/1.1 201 Created\r\n\r\n'], 'CONNECT was answered 201'],
    ['is none', ['hello'], 'the answer to CONNECT is not HTTP/1'],
    ['is of another version', ['HTTP/2.0 200 OK\r\n\r\n'], 'the answer to CONNECT is not HTTP/1'],
    ['says too much', [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(3000)}`], 'the answer to CONNECT is too long'],
    ['goes away', 'end' as const, 'the proxy closed before it answered CONNECT'],
  ])('fails the request when the proxy %s', async (_it, answer, details) => {
    const { port } = await proxy(answer)
    const request = await ask({ endpoint: metadata(port), socket: typed(TYPE) })
    expect(request.lines).toEqual([`failed remote connection failure: ${details}`])
  })
})

it('a proxy in metadata is gone to without CONNECT when the transport socket is another, as in Envoy', async () => {
  const { port, heard } = await proxy([OK])
  await ask({ endpoint: metadata(port) })
  expect(heard).toEqual(['GET / HTTP/1.1'])
})

it.each([
  [
    { '@type': 'envoy.config.core.v3.Address', socket_address: { address: 'proxy.test', port_value: 1 } },
    'load_assignment.endpoints[0].lb_endpoints[0].metadata',
  ],
  [{ '@type': 'envoy.config.core.v3.Locality' }, 'load_assignment.endpoints[0].lb_endpoints[0].metadata'],
])('a proxy that cannot be reached is reported where it stands', (named, path) => {
  const address = { socket_address: { address: '127.0.0.9', port_value: 9999 } }
  const bad = { endpoint: { address }, metadata: { typed_filter_metadata: { [KEY]: named } } }
  const socket = typed(TYPE, {
    default_proxy_address: { socket_address: { address: 'proxy.test', port_value: 1 } },
  })
  world = new ManagerWorld([
    { name: 'c', load_assignment: { endpoints: [{ lb_endpoints: [bad] }] }, transport_socket: socket },
  ])
  expect(world.problems.map((problem) => problem.path)).toEqual([
    'static_resources.clusters[0].transport_socket.typed_config.default_proxy_address',
    `static_resources.clusters[0].${path}`,
  ])
})
