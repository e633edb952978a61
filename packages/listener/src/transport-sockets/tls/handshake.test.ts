import type { Message } from '@nuncio/config'
import { randomBytes } from 'node:crypto'
import type { ConnectionOptions } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildClientHello, createAuthority, inlineCertificate, records } from '@nuncio/tls/testing'
import { answer, TlsHarness, tlsSocket, until } from '../../testing/index.ts'

type Common = Message<'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'>

const authority = createAuthority('root')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })

let harness: TlsHarness
beforeEach(() => {
  harness = new TlsHarness(site)
})
afterEach(() => harness.close())

const INSPECT = {
  listener_filters: [
    { name: 'tls', typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' } },
  ],
}

describe('a handshake', () => {
  test('is counted by version and cipher, and told to the filters', async () => {
    const listener = await harness.listenTls({})
    expect(await harness.talkTls(listener, { servername: 'A.example' })).toMatchObject({
      text: 'hello',
      error: '',
      protocol: 'TLSv1.3',
      subject: 'site',
    })
    expect(harness.ssl('handshake')).toBe(1)
    expect(harness.ssl('versions.TLSv1.3')).toBe(1)
    expect(harness.ssl('ciphers.TLS_AES_128_GCM_SHA256')).toBe(1)
    expect(harness.ssl('no_certificate')).toBe(1)
    const { info } = harness.accepted[0]!
    expect(info.serverName).toBe('a.example')
    expect(info.tls).toMatchObject({
      version: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      alpn: '',
      serverName: 'a.example',
      peer: undefined,
      peerValidated: false,
    })
    expect(harness.stats.gauge('listener.test.ssl.certificate.0.expiration_unix_time_seconds').value).toBeGreaterThan(
      Date.now() / 1000,
    )
  })

  test('tells the session id, the group and its own certificate while the socket is open', async () => {
    const transport_socket = tlsSocket({ tls_certificates: [inlineCertificate(site)] })
    const listener = await harness.listen({ filter_chains: [{ filters: [answer()], transport_socket }] })
    const view = harness.talkTls(listener)
    await until(() => harness.accepted.length === 1)
    const connection = harness.accepted[0]!
    expect(connection.info.tls!.local!.subject).toBe('CN=site')
    expect(connection.info.tls!.sessionId).toMatch(/^[0-9a-f]{64}$/)
    expect(connection.info.tls!.group).toBe('X25519MLKEM768')
    expect(connection.info.tls!.peerChain).toEqual([])
    connection.close('flush')
    await view
  })

  test.each([
    ['reset', 'ECONNRESET'],
    ['flush', ''],
  ] as const)('ends as asked: %s', async (mode, code) => {
    const transport_socket = tlsSocket({ tls_certificates: [inlineCertificate(site)] })
    const listener = await harness.listen({ filter_chains: [{ filters: [answer()], transport_socket }] })
    const view = harness.talkTls(listener)
    await until(() => harness.accepted.length === 1)
    harness.accepted[0]!.socket.write('bye')
    harness.accepted[0]!.close(mode)
    expect((await view).error).toBe(code)
    await until(() => listener.connectionCount === 0)
  })

  test('works on bytes that a listener filter read before', async () => {
    const listener = await harness.listenTls({}, {}, INSPECT)
    expect(await harness.talkTls(listener, { servername: 'a.example' })).toMatchObject({
      text: 'hello',
      subject: 'site',
    })
    expect(harness.stats.counter('tls_inspector.sni_found').value).toBe(1)
  })

  test('that is not one ends the connection and is counted', async () => {
    const listener = await harness.listenTls({})
    const garbage = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 9]),
      randomBytes(300),
    ]
    for (const bytes of garbage) {
      expect(await harness.talk(listener, bytes)).not.toContain('hello')
    }
    expect(harness.ssl('connection_error')).toBe(3)
    expect(await harness.talkTls(listener)).toMatchObject({ text: 'hello' })
    expect(harness.accepted.length).toBe(1)
  })

  test('that the client gives up is no TLS error', async () => {
    const listener = await harness.listenTls({})
    const socket = harness.connect(listener)
    socket.write(Buffer.from([22, 3, 1, 0, 100, 1]))
    await until(() => listener.connectionCount === 1)
    socket.destroy()
    await until(() => listener.connectionCount === 0)
    expect(harness.ssl('connection_error')).toBe(0)
  })

  test.each([
    [undefined, 30_000],
    [500, 500],
  ])('that takes too long is ended (%s)', async (configured, limit) => {
    const transport_socket = tlsSocket({ tls_certificates: [inlineCertificate(site)] })
    const chain = {
      filters: [answer('hello')],
      transport_socket,
      ...(configured !== undefined && { transport_socket_connect_timeout: configured }),
    }
    const listener = await harness.listen({ filter_chains: [chain] })
    const gone = harness.talk(listener, Buffer.from([22, 3, 1]))
    await until(() => listener.connectionCount === 1)
    harness.time.advance(limit - 20)
    expect(harness.counter('downstream_cx_transport_socket_connect_timeout')).toBe(0)
    harness.time.advance(40)
    expect(await gone).toBe('')
    expect(harness.counter('downstream_cx_transport_socket_connect_timeout')).toBe(1)
  })
})

describe('versions, ciphers, curves', () => {
  const OLD = { ciphers: 'ALL:@SECLEVEL=0', minVersion: 'TLSv1' } as const
  test.each([
    [
      'TLS 1.2 and 1.3 by default',
      {},
      { maxVersion: 'TLSv1.2' },
      { protocol: 'TLSv1.2', cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    ],
    [
      'nothing older by default',
      {},
      { ...OLD, maxVersion: 'TLSv1.1' },
      { error: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
    ],
    [
      'older ones when asked to',
      { tls_minimum_protocol_version: 'TLSv1_0', cipher_suites: ['ECDHE-ECDSA-AES128-SHA'] },
      { ...OLD, maxVersion: 'TLSv1' },
      { protocol: 'TLSv1' },
    ],
    [
      'a lowest version',
      { tls_minimum_protocol_version: 'TLSv1_3' },
      { maxVersion: 'TLSv1.2' },
      { error: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
    ],
    ['a highest version', { tls_maximum_protocol_version: 'TLSv1_2' }, {}, { protocol: 'TLSv1.2' }],
    [
      'no CBC by default',
      {},
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384' },
      { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
    ],
    [
      'the server’s order of ciphers',
      { cipher_suites: ['[ECDHE-ECDSA-AES256-GCM-SHA384|ECDHE-ECDSA-AES128-GCM-SHA256]'] },
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384' },
      { cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    ],
    [
      'curves',
      { ecdh_curves: ['P-384'] },
      { ecdhCurve: 'X25519:P-256' },
      { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
    ],
    [
      'what FIPS_202205 allows, whatever else is configured',
      {
        compliance_policies: ['FIPS_202205'],
        tls_minimum_protocol_version: 'TLSv1_0',
        cipher_suites: ['ECDHE-ECDSA-CHACHA20-POLY1305'],
        ecdh_curves: ['X25519'],
      },
      { maxVersion: 'TLSv1.2', ecdhCurve: 'P-384:P-256' },
      { cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    ],
    [
      'no ChaCha20 with FIPS_202205',
      { compliance_policies: ['FIPS_202205'] },
      { ciphers: 'TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-CHACHA20-POLY1305', ecdhCurve: 'P-256' },
      { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
    ],
    [
      'no X25519 with FIPS_202205',
      { compliance_policies: ['FIPS_202205'] },
      { ecdhCurve: 'X25519' },
      { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
    ],
    ['P-384 not by default', {}, { ecdhCurve: 'P-384' }, { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' }],
    [
      'signature algorithms',
      { signature_algorithms: ['rsa_pss_rsae_sha256'] },
      { sigalgs: 'ecdsa_secp256r1_sha256' },
      { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
    ],
  ] as [string, Common['tls_params'], ConnectionOptions, object][])('%s', async (_, tls_params, options, expected) => {
    const listener = await harness.listenTls({ tls_params: tls_params! })
    expect(await harness.talkTls(listener, options)).toMatchObject(expected)
  })

  test.each([
    ['cipher_suites', ['FOO'], 'there is no cipher suite "FOO"'],
    ['ecdh_curves', ['FOO'], 'one of FOO is not known'],
    ['signature_algorithms', ['foo'], 'one of foo is not known'],
  ])('an unknown name in %s is refused', (field, names, message) => {
    expect(harness.refusal({ tls_params: { [field]: names } })).toContain(`tls_params.${field}: ${message}`)
  })
})

describe('ALPN', () => {
  const alpn = { alpn_protocols: ['h2', 'http/1.1'] }
  test.each([
    [['http/1.1', 'h2'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [undefined, ''],
  ])('%j agrees on "%s", in the server’s order', async (offered, agreed) => {
    const listener = await harness.listenTls(alpn)
    expect(await harness.talkTls(listener, offered && { ALPNProtocols: offered })).toMatchObject({
      text: 'hello',
      alpn: agreed,
    })
    expect(harness.accepted[0]!.info.tls!.alpn).toBe(agreed)
  })

  test('without a common protocol the handshake ends; with tls_inspector it goes on without one, as in Envoy', async () => {
    expect(await harness.talkTls(await harness.listenTls(alpn), { ALPNProtocols: ['foo'] })).toMatchObject({
      error: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    })
    expect(await harness.talkTls(await harness.listenTls(alpn, {}, INSPECT), { ALPNProtocols: ['foo'] })).toMatchObject(
      {
        text: 'hello',
        alpn: '',
      },
    )
  })
})

describe('identity', () => {
  test.each([
    ['a dot of another script', 'a。example'],
    ['a control character', 'a\x01.example'],
    ['white space', 'a .example'],
  ])('a server name with %s is refused', async (_, name) => {
    const listener = await harness.listenTls({})
    const hello = records(buildClientHello({ serverName: Buffer.from(name).toString('latin1') }))
    expect(await harness.talk(listener, hello)).not.toContain('hello')
    expect(await harness.talkTls(listener)).toMatchObject({ text: 'hello' })
  })

  test('a server name with a NUL never gets through a handshake', async () => {
    const listener = await harness.listenTls({}, {}, INSPECT)
    const hello = records(buildClientHello({ serverName: 'a.example\0.evil' }))
    expect(await harness.talk(listener, hello)).not.toContain('hello')
    expect(harness.ssl('connection_error')).toBe(1)
    expect(harness.accepted).toEqual([])
  })
})
