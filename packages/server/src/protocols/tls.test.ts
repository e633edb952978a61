import { createAuthority, type Identity, selfSigned, shows } from '@nuncio/tls/testing'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin, until } from '../test-support/raw-origin.ts'
import { TlsOrigin } from './tls-origin.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'
const authority = createAuthority()
const front = authority.issue({ commonName: 'front', dns: ['front.test'], uri: ['spiffe://mesh/front'] })

function inline(identity: Identity): string {
  const [chain, key] = [JSON.stringify(identity.chain), JSON.stringify(identity.key)]
  return `[{ certificate_chain: { inline_string: ${chain} }, private_key: { inline_string: ${key} } }]`
}

function trusted(identity: Identity): string {
  return `{ trusted_ca: { inline_string: ${JSON.stringify(identity.cert)} } }`
}

/** A transport socket for the listener; `more` goes into its TLS context, `common` into the common one. */
function downstream(more = '', common = ''): string {
  return `
transport_socket:
  name: tls
  typed_config:
    '@type': ${TYPE}.DownstreamTlsContext
    ${more}
    common_tls_context:
      tls_certificates: ${inline(front)}
      alpn_protocols: [h2, http/1.1]
      ${common}`
}

function upstream(more: string, common: string): string {
  return `
transport_socket:
  name: tls
  typed_config:
    '@type': ${TYPE}.UpstreamTlsContext
    ${more}
    common_tls_context: { ${common} }`
}

/** Sends one request over TLS that asks for the connection to be closed; reads until it is. */
function ask(port: number, options: ConnectionOptions = {}, extra = '') {
  return new Promise<{ text: string; alpn: string }>((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    let text = ''
    let alpn = ''
    socket.on('secureConnect', () => (alpn = socket.alpnProtocol || ''))
    socket.write(get('/', extra))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => resolve({ text, alpn }))
  })
}

async function hello(): Promise<RawOrigin> {
  return await RawOrigin.start((socket) => socket.write(ok('hello')))
}

describe('TLS from clients', () => {
  test('a client without ALPN is known by its first bytes, as on a plain connection', async () => {
    await using origin = await hello()
    await using server = await createServer(bootstrap({ chain: downstream() }), {
      endpoints: { app: [origin.address] },
    })
    const { port } = server.listeners[0]!
    const target = { port, host: '127.0.0.1', ca: authority.cert, servername: 'front.test' }
    const session = connectHttp2('https://front.test', { createConnection: () => connectTls(target) })
    const stream = session.request({ ':path': '/' }).resume()
    expect(await new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])))).toBe(200)
    session.destroy()
    expect((await ask(port, {})).text).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  test('ALPN chooses HTTP/2 or HTTP/1.1', async () => {
    await using origin = await hello()
    await using server = await createServer(bootstrap({ chain: downstream(), hcm: 'use_remote_address: true' }), {
      endpoints: { app: [origin.address] },
    })
    const { port } = server.listeners[0]!

    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: authority.cert, servername: 'front.test' })
    const stream = session.request({ ':path': '/two' })
    const [status, body] = await new Promise<[unknown, string]>((resolve, reject) => {
      let given: unknown
      let text = ''
      stream.on('response', (headers) => (given = headers[':status']))
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      stream.on('end', () => resolve([given, text])).on('error', reject)
    })
    expect([status, body, session.alpnProtocol]).toEqual([200, 'hello', 'h2'])
    session.request({ ':path': '/unfinished', ':method': 'POST' }).on('error', () => {})
    session.destroy()
    await until(() => server.stats.gauge('http.test.downstream_cx_active').value === 0)

    for (const protocols of [['http/1.1'], undefined]) {
      const answer = await ask(port, protocols === undefined ? {} : { ALPNProtocols: protocols })
      expect(answer.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello$/)
      expect(answer.alpn).toBe(protocols === undefined ? '' : 'http/1.1')
    }
    const seen = origin.received.join('')
    expect(seen).toMatch(/^GET \/two HTTP\/1\.1\r\n/)
    expect(seen.match(/x-forwarded-proto: https\r\n/g)).toHaveLength(3)
    const count = (name: string): number => server.stats.counter(`http.test.downstream_cx_${name}`).value
    expect([count('http2_total'), count('http1_total'), count('ssl_total')]).toEqual([1, 2, 3])
  })

  test('plain bytes on a TLS port are refused, and the rest goes on', async () => {
    await using origin = await hello()
    await using server = await createServer(bootstrap({ chain: downstream() }), {
      endpoints: { app: [origin.address] },
    })
    const { port } = server.listeners[0]!
    for (const bytes of [get(), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x16\x03\x01\xff\xff'.repeat(2000), 'x']) {
      const [refused, served] = [exchange(port, bytes), ask(port)]
      // A single byte is no handshake yet: the client has to end it.
      if (bytes !== 'x') expect(await refused).not.toContain('HTTP/1.1 200')
      expect((await served).text).toMatch(/^HTTP\/1\.1 200 OK/)
    }
    expect(origin.accepted).toBeGreaterThan(0)
    expect(origin.received.join('').match(/GET \//g)).toHaveLength(4)
  })

  test('a client certificate is asked for, checked, and told upstream', async () => {
    await using origin = await hello()
    await using server = await createServer(
      bootstrap({
        chain: downstream('require_client_certificate: true', `validation_context: ${trusted(authority)}`),
        hcm: 'forward_client_cert_details: SANITIZE_SET\nset_current_client_cert_details: { subject: true, uri: true, dns: true }',
      }),
      { endpoints: { app: [origin.address] } },
    )
    const { port } = server.listeners[0]!
    const client = authority.issue({ commonName: 'client', dns: ['client.test'], uri: ['spiffe://mesh/client'] })
    const answer = await ask(port, shows(client), 'X-Forwarded-Client-Cert: Hash=forged\r\n')
    expect(answer.text).toMatch(/^HTTP\/1\.1 200 OK/)
    const hash = client.x509.fingerprint256.replaceAll(':', '').toLowerCase()
    expect(/x-forwarded-client-cert: (.*)\r\n/i.exec(origin.received[0]!)?.[1]).toBe(
      `By=spiffe://mesh/front;Hash=${hash};Subject="CN=client";URI=spiffe://mesh/client;DNS=client.test`,
    )
    expect(origin.received[0]).not.toContain('forged')

    for (const stranger of [{}, shows(selfSigned({ commonName: 'client' })), shows(createAuthority().issue())]) {
      expect((await ask(port, stranger)).text).toBe('')
    }
    expect(origin.received).toHaveLength(1)
    const count = (name: string): number => server.stats.counter(`listener.127.0.0.1_0.ssl.${name}`).value
    expect([count('fail_verify_no_cert'), count('fail_verify_error')]).toEqual([1, 2])
  })

  test('without TLS nobody may speak of a client certificate', async () => {
    await using origin = await hello()
    await using server = await createServer(bootstrap({ hcm: 'forward_client_cert_details: SANITIZE_SET' }), {
      endpoints: { app: [origin.address] },
    })
    await exchange(server.listeners[0]!.port, get('/', 'X-Forwarded-Client-Cert: Hash=forged\r\n'))
    expect(origin.received[0]).not.toMatch(/client-cert/i)
  })
})

describe('TLS to upstreams', () => {
  const identity = authority.issue({ commonName: 'upstream', dns: ['upstream.test'] })
  const through = async (origin: TlsOrigin, cluster: string) => {
    await using server = await createServer(bootstrap({ cluster }), { endpoints: { app: [origin.address] } })
    const text = await exchange(server.listeners[0]!.port, get())
    const count = (name: string): number => server.stats.counter(`cluster.app.ssl.${name}`).value
    return { text, handshakes: count('handshake'), untrusted: count('fail_verify_error') }
  }

  test('a trusted upstream is asked by its server name', async () => {
    await using origin = await TlsOrigin.start(identity)
    const { text, handshakes } = await through(
      origin,
      upstream('sni: upstream.test', `validation_context: ${trusted(authority)}`),
    )
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello$/)
    expect(origin.seen.map(({ serverName, client }) => [serverName, client])).toEqual([['upstream.test', '']])
    expect(handshakes).toBe(1)
  })

  test('an upstream that another authority vouches for is not asked at all', async () => {
    await using origin = await TlsOrigin.start(createAuthority('other').issue({ dns: ['upstream.test'] }))
    const { text, handshakes, untrusted } = await through(
      origin,
      upstream('sni: upstream.test', `validation_context: ${trusted(authority)}`),
    )
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*reset reason: remote connection failure$/)
    expect(origin.seen).toEqual([])
    expect([handshakes, untrusted]).toEqual([0, 1])
  })

  test.each([
    ['explicit_http_config: { http2_protocol_options: {} }', 'h2'],
    ['auto_config: { http_protocol_options: {}, http2_protocol_options: {} }', 'h2'],
    ['explicit_http_config: { http_protocol_options: {} }', 'http/1.1'],
  ])('%s speaks %s', async (options, protocol) => {
    await using origin = await TlsOrigin.start(identity)
    const { text } = await through(
      origin,
      `${upstream('sni: upstream.test', `validation_context: ${trusted(authority)}`)}
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    ${options}`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello/)
    expect(origin.seen.map((seen) => [seen.serverName, seen.protocol])).toEqual([['upstream.test', protocol]])
  })

  test("an upstream that wants a certificate gets the cluster's", async () => {
    await using origin = await TlsOrigin.start(identity, authority)
    const own = `tls_certificates: ${inline(front)}, validation_context: ${trusted(authority)}`
    expect((await through(origin, upstream('sni: upstream.test', own))).text).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(origin.seen[0]!.client).toBe('front')
    const none = await through(origin, upstream('sni: upstream.test', `validation_context: ${trusted(authority)}`))
    expect(none.text).toMatch(/^HTTP\/1\.1 503 /)
    expect(origin.seen).toHaveLength(1)
  })
})

test('use_downstream_protocol_config speaks upstream what the client speaks', async () => {
  await using origin = await TlsOrigin.start(authority.issue({ dns: ['upstream.test'] }))
  const cluster = `${upstream('sni: upstream.test', `validation_context: ${trusted(authority)}`)}
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} }`
  await using server = await createServer(bootstrap({ cluster }), { endpoints: { app: [origin.address] } })
  const { port } = server.listeners[0]!
  expect(await exchange(port, get())).toMatch(/^HTTP\/1\.1 200 OK/)
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  const stream = session.request({ ':path': '/' })
  stream.resume()
  await new Promise((resolve) => stream.on('close', resolve))
  session.destroy()
  expect(origin.seen.map((seen) => seen.protocol)).toEqual(['http/1.1', 'h2'])
})
