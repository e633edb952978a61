import { RecordingCallbacks } from '@nuncio/cluster/testing'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Message } from '@nuncio/config'
import { connectionInfo, PROXY_PROTOCOL_STATE, ProxyProtocolState, StreamInfo, type Tlv } from '@nuncio/core'
import { PlainContext } from '@nuncio/cluster'
import { requestHeaders } from '@nuncio/core'
import { afterEach, describe, expect, it } from 'vitest'
import type { SecretResolver } from '@nuncio/tls'
import { createAuthority } from '@nuncio/tls/testing'
import { endpoints, ManagerWorld } from '../testing/manager-world.ts'

type Secret = Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>
const TLS = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
const ca = createAuthority('ca')
const other = createAuthority('other')
const leaf = ca.issue({ commonName: 'leaf', dns: ['a.test', 'b.test'] })
const client = ca.issue({ commonName: 'client' })
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

let world: ManagerWorld
const servers: Server[] = []
const sockets: Socket[] = []
/** What each connection said of itself. */
const seen: string[] = []
afterEach(async () => {
  await world.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  seen.length = 0
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
function serve(socket: Socket): void {
  sockets.push(socket)
  socket.on('error', () => {})
  socket.on('data', (data) => {
    if (String(data).includes('GET ')) socket.write(ANSWER)
  })
}
function tlsOrigin(options: object = {}): Promise<string> {
  const server = createServer({ cert: leaf.cert, key: leaf.key, ...options }, (socket: TLSSocket) => {
    seen.push(`${String(socket.servername)} ${socket.getPeerX509Certificate()?.subject ?? 'nobody'}`)
    serve(socket)
  })
  server.on('tlsClientError', () => {})
  return listen(server)
}
const inline = (text: string): { inline_string: string } => ({ inline_string: text })
const socketOf = (config: object, type = TLS): object => ({ name: 'x', typed_config: { '@type': type, ...config } })
const trusting = (authority = ca): object => ({ validation_context: { trusted_ca: inline(authority.cert) } })
async function ask(options: Parameters<ManagerWorld['request']>[1] = {}): Promise<RecordingCallbacks> {
  const request = world.request('c', options)
  await Promise.race([request.until('end'), request.until('failed')])
  return request
}

describe('TLS by configuration', () => {
  it('checks the host and shows a certificate', async () => {
    const address = await tlsOrigin({ requestCert: true, ca: ca.cert })
    const own = { certificate_chain: inline(client.cert), private_key: inline(client.key) }
    const names = { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'b.test' } }] }
    const common = { tls_certificates: [own], validation_context: { trusted_ca: inline(ca.cert), ...names } }
    world = new ManagerWorld([
      {
        name: 'c',
        load_assignment: endpoints(address),
        transport_socket: socketOf({ sni: 'A.test', common_tls_context: common }),
      },
    ])
    await world.manager.ready()
    expect(world.problems).toEqual([])
    const request = await ask()
    expect(request.connection?.tls).toMatchObject({
      peerValidated: true,
      serverName: 'a.test',
      peer: { subject: 'CN=leaf' },
      local: { subject: 'CN=client' },
    })
    expect(seen).toEqual(['a.test CN=client'])
    expect(world.stat('cluster.c.ssl.handshake')).toBe(1)
  })

  it('fails the request, in the words of Envoy, when the name is wrong', async () => {
    const address = await tlsOrigin()
    const names = { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { suffix: '.example' } }] }
    world = new ManagerWorld([
      {
        name: 'c',
        load_assignment: endpoints(address),
        transport_socket: socketOf({
          common_tls_context: { validation_context: { trusted_ca: inline(ca.cert), ...names } },
        }),
      },
    ])
    await world.manager.ready()
    expect((await ask()).lines).toEqual([
      'failed remote connection failure: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: SAN matcher, certificate SANs are [a.test, b.test]:TLS_error_end',
    ])
    expect(world.stat('cluster.c.ssl.fail_verify_san')).toBe(1)
  })

  it('reports bad keys where they stand', () => {
    const common = { tls_certificates: [{ certificate_chain: inline(leaf.cert), private_key: inline('nothing') }] }
    world = new ManagerWorld([{ name: 'c', transport_socket: socketOf({ common_tls_context: common }) }])
    expect(world.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'malformed-key static_resources.clusters[0].transport_socket.typed_config.common_tls_context.tls_certificates[0].private_key',
    ])
  })
})

describe('auto_sni and auto_san_validation', () => {
  it('send and check the name that the request is for, on connections of its own', async () => {
    const address = await tlsOrigin()
    world = new ManagerWorld([{
      name: 'c', load_assignment: endpoints(address), transport_socket: socketOf({ common_tls_context: trusting() }),
      upstream_http_protocol_options: { auto_sni: true, auto_san_validation: true },
    }]) // prettier-ignore
    await world.manager.ready()
    for (const authority of ['a.test', 'B.test:443', 'a.test:8443', 'a.test'])
      expect((await ask({ authority })).lines.at(-1)).toBe('end')
    expect(seen).toEqual(['a.test nobody', 'b.test nobody'])
    expect((await ask({ authority: 'c.test' })).lines[0]).toContain('SAN matcher')
  })

  it('can take the name from another header', async () => {
    const address = await tlsOrigin()
    world = new ManagerWorld([{
      name: 'c', load_assignment: endpoints(address), transport_socket: socketOf({}),
      upstream_http_protocol_options: { auto_sni: true, override_auto_sni_header: 'X-Sni' },
    }]) // prettier-ignore
    await world.manager.ready()
    await ask({ headers: [['x-sni', 'from.header']] })
    expect(seen).toEqual(['from.header nobody'])
  })
})

describe('transport_socket_matches', () => {
  it('choose how to speak to an endpoint by its metadata', async () => {
    const secure = await tlsOrigin()
    const plain = await listen(createTcpServer(serve))
    const [tlsEndpoint] = endpoints(secure).endpoints![0]!.lb_endpoints!
    const marked = { ...tlsEndpoint, metadata: { filter_metadata: { 'envoy.transport_socket_match': { mtls: true } } } }
    const { endpoints: groups } = endpoints(plain)
    world = new ManagerWorld([{
      name: 'c', load_assignment: { endpoints: [{ lb_endpoints: [marked, ...groups![0]!.lb_endpoints!] }] },
      transport_socket_matches: [{ name: 'secure', match: { mtls: true }, transport_socket: socketOf({ sni: 'a.test' }) }],
    }]) // prettier-ignore
    await world.manager.ready()
    const requests = [await ask(), await ask()]
    expect(requests.map((request) => request.lines.at(-1))).toEqual(['end', 'end'])
    expect(requests.filter((request) => request.connection?.tls !== undefined)).toHaveLength(1)
    expect([
      world.stat('cluster.c.secure.total_match_count'),
      world.stat('cluster.c.default.total_match_count'),
    ]).toEqual([1, 1])
  })
})

describe('upstream PROXY protocol', () => {
  const PROXY = 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'
  const from = (port: number, tlvs?: readonly Tlv[]): StreamInfo => {
    const remote = { address: '10.0.0.1', port }
    const local = { address: '10.0.0.2', port: 80 }
    const filterState = tlvs && new Map([[PROXY_PROTOCOL_STATE, new ProxyProtocolState(remote, local, tlvs)]])
    return new StreamInfo(connectionInfo({ id: port, remote, local, filterState }), 0, 0)
  }
  async function send(port: number, tlvs?: readonly Tlv[]): Promise<RecordingCallbacks> {
    const context = new PlainContext()
    context.info = from(port, tlvs)
    const cluster = world.manager.get('c')!
    const callbacks = new RecordingCallbacks()
    callbacks.onReady = (encoder) =>
      encoder.encodeHeaders(
        requestHeaders([
          [':method', 'GET'],
          [':path', '/'],
          [':authority', 'x'],
        ]),
        true,
      )
    cluster.httpPool(cluster.chooseHost(context)!, 0, '', context).newStream(callbacks)
    await callbacks.until('end')
    return callbacks
  }

  async function v2(config: object, connections: readonly (readonly Tlv[] | undefined)[]): Promise<string[]> {
    const address = await listen(
      createTcpServer((socket) => {
        sockets.push(socket)
        socket.on('error', () => {})
        socket.once('data', (data: Buffer) => {
          const end = 16 + data.readUInt16BE(14)
          seen.push(data.toString('hex', 28, end))
          serve(socket)
          socket.emit('data', data.subarray(end))
        })
      }),
    )
    const transport = socketOf({ ...config, transport_socket: { name: 'envoy.transport_sockets.raw_buffer' } }, PROXY)
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(address), transport_socket: transport }])
    await world.manager.ready()
    expect(world.problems).toEqual([])
    // One after the other, so that connections could be shared.
    for (const tlvs of connections) await send(1, tlvs)
    return seen
  }
  const tlv = (type: number, text: string): Tlv => ({ type, value: Buffer.from(text) })

  it('writes the TLVs of the cluster, then those of the connection that may pass and are of other types', async () => {
    const config = {
      version: 'V2',
      added_tlvs: [{ type: 0xe1, value: Buffer.from('a') }],
      pass_through_tlvs: { match_type: 'INCLUDE', tlv_type: [0xe1, 0xe2] },
    }
    const own = [tlv(0xe1, 'x'), tlv(0xe2, 'y'), tlv(0xe3, 'z')]
    expect(await v2({ config }, [own])).toEqual(['e1000161e2000179'])
  })

  it('refuses a TLV without a value', async () => {
    const transport = {
      name: 'pp',
      typed_config: {
        '@type': 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
        config: { version: 'V2', added_tlvs: [{ type: 0xe1 }] },
      },
    }
    world = new ManagerWorld([{ name: 'c', transport_socket: transport }])
    expect(world.problems.map(({ code }) => code)).toContain('missing-field')
  })

  it.each([
    [true, ['e1000178', 'e1000179']],
    [false, ['e1000178']],
  ])('keeps connections apart by TLVs: %s', async (apart, headers) => {
    const config = { config: { version: 'V2', pass_through_tlvs: {} }, tlv_as_pool_key: apart }
    expect(await v2(config, [[tlv(0xe1, 'x')], [tlv(0xe1, 'y')]])).toEqual(headers)
  })

  it('tells each downstream connection on connections of its own, below TLS', async () => {
    // What comes before TLS is taken off by hand.
    const inner = await tlsOrigin()
    const address = await listen(
      createTcpServer((socket) => {
        sockets.push(socket)
        socket.on('error', () => {})
        socket.once('data', (data: Buffer) => {
          const end = data.indexOf('\r\n') + 2
          seen.push(data.toString('latin1', 0, end - 2))
          const [ip, port] = inner.split(':')
          const onward = connect(Number(port), ip)
          sockets.push(onward)
          onward.on('error', () => {})
          onward.write(data.subarray(end))
          socket.pipe(onward).pipe(socket)
        })
      }),
    )
    const transport = socketOf(
      { config: { version: 'V1' }, transport_socket: socketOf({ sni: 'a.test', common_tls_context: trusting() }) },
      PROXY,
    )
    world = new ManagerWorld([{ name: 'c', load_assignment: endpoints(address), transport_socket: transport }])
    await world.manager.ready()
    expect((await send(1)).connection?.tls?.peerValidated).toBe(true)
    await send(1)
    await send(2)
    expect(seen.filter((line) => line.startsWith('PROXY'))).toEqual([
      'PROXY TCP4 10.0.0.1 10.0.0.2 1 80',
      'PROXY TCP4 10.0.0.1 10.0.0.2 2 80',
    ])
  })
})

describe('hosts that do not speak TLS', () => {
  it.each([
    [
      'answer in plain text',
      (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      ': TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end',
    ],
    ['go away', (socket: Socket) => void socket.destroy(), ''],
  ])('fail the request when they %s', async (_, answer, details) => {
    const server = createTcpServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.once('data', () => answer(socket))
    })
    const transport = socketOf({ common_tls_context: trusting() })
    world = new ManagerWorld([
      { name: 'c', load_assignment: endpoints(await listen(server)), transport_socket: transport },
    ])
    await world.manager.ready()
    expect((await ask()).lines).toEqual([`failed remote connection failure${details}`])
    expect(world.stat('cluster.c.ssl.connection_error')).toBe(1)
  })
})

describe('secrets', () => {
  const named = { name: 'ca', sds_config: { ads: {} } }
  let tell: (secret: Secret) => void
  let ended = 0
  const source: SecretResolver = {
    get: (name) => (name === 'fixed' ? { name, validation_context: { trusted_ca: inline(ca.cert) } } : undefined),
    subscribe: (name, _source, onSecret) => (name === 'ca' ? ((tell = onSecret), () => void ended++) : undefined),
  }

  it('come from the bootstrap by name', async () => {
    const address = await tlsOrigin()
    const common = { validation_context_sds_secret_config: { name: 'fixed' } }
    world = new ManagerWorld(
      [{ name: 'c', load_assignment: endpoints(address), transport_socket: socketOf({ common_tls_context: common }) }],
      { secrets: source },
    )
    await world.manager.ready()
    expect((await ask()).connection?.tls?.peerValidated).toBe(true)
  })

  it('are waited for, replaced while traffic runs, and kept when the next version is bad', async () => {
    const address = await tlsOrigin()
    const common = { validation_context_sds_secret_config: named }
    world = new ManagerWorld(
      [
        {
          name: 'c',
          load_assignment: endpoints(address),
          max_requests_per_connection: 1,
          transport_socket: socketOf({ common_tls_context: common }),
        },
      ],
      { secrets: source },
    )
    await world.manager.ready()
    expect((await ask()).lines).toEqual(['failed remote connection failure: TLS error: Secret is not supplied by SDS'])
    tell({ name: 'ca', validation_context: { trusted_ca: inline(other.cert) } })
    expect((await ask()).lines[0]).toContain('CERTIFICATE_VERIFY_FAILED')
    tell({ name: 'ca', validation_context: { trusted_ca: inline(ca.cert) } })
    expect((await ask()).lines.at(-1)).toBe('end')
    tell({ name: 'ca', validation_context: { trusted_ca: { filename: '/nonexistent' } } })
    expect((await ask()).lines.at(-1)).toBe('end')
    expect(world.stat('cluster.c.ssl.key_rotation_failed')).toBe(1)
    await world.manager.close()
    expect(ended).toBe(1)
  })

  it('that cannot be had are reported', () => {
    const common = {
      validation_context_sds_secret_config: { name: 'nobody' },
      tls_certificate_sds_secret_configs: [{ name: 'x', sds_config: { ads: {} } }],
    }
    world = new ManagerWorld([{ name: 'c', transport_socket: socketOf({ common_tls_context: common }) }], {
      secrets: source,
    })
    expect(world.problems.map(({ code }) => code)).toEqual(['unsupported', 'dangling-reference'])
  })
})
