import type { AnyMessage, Message } from '@nuncio/config'
import { createHash, randomBytes } from 'node:crypto'
import { connect as connectPlain } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Listener } from '../../live/listener.ts'
import {
  buildClientHello,
  createAuthority,
  type Identity,
  inlineCertificate,
  ListenerHarness,
  answer,
  records,
  selfSigned,
  tlsSocket,
  tlsTalk,
  until,
  type ClientView,
} from '../../testing/index.ts'

type Common = Message<'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'>
type Context = Message<'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'>

const authority = createAuthority('root')
const middle = authority.issueAuthority('middle')
const other = createAuthority('other')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })
const siteB = authority.issue({ commonName: 'site-b', dns: ['b.example'] })
const siteRsa = authority.issue({ commonName: 'site-rsa', dns: ['a.example'], key: 'rsa' })
const client = authority.issue({
  commonName: 'client',
  uri: ['spiffe://td/client'],
  dns: ['client.example', '*.apps.example'],
  email: ['c@example'],
  ip: ['10.0.0.1'],
  other: [['1.2.3.4', 'one']],
})
const deepClient = middle.issue({ commonName: 'deep' })
const expired = authority.issue({ commonName: 'expired', notBefore: Date.now() - 8e8, notAfter: Date.now() - 4e8 })
const future = authority.issue({ commonName: 'future', notBefore: Date.now() + 4e8, notAfter: Date.now() + 8e8 })
const expiredStranger = other.issue({ commonName: 'stranger', notBefore: Date.now() - 8e8, notAfter: Date.now() - 4e8 })
const stranger = other.issue({ commonName: 'stranger' })
const lone = selfSigned({ commonName: 'lone' })
const serverOnly = authority.issue({ commonName: 'server-only', usage: ['server'] })
const nul = authority.issue({ commonName: 'nul', dns: ['client.example\0.evil.example'] })

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

function as(identity: Identity): ConnectionOptions {
  return { cert: identity.chain, key: identity.key }
}

function listen(
  common: Common,
  context: Omit<Context, 'common_tls_context'> = {},
  extra: Message<'envoy.config.listener.v3.Listener'> = {},
): Promise<Listener> {
  const transport_socket = tlsSocket({ tls_certificates: [inlineCertificate(site)], ...common }, context)
  return harness.listen({ filter_chains: [{ filters: [answer('hello')], transport_socket }], ...extra })
}

function talk(listener: Listener, options: ConnectionOptions = {}): Promise<ClientView> {
  return tlsTalk(listener.addresses[0]!, options)
}

const ssl = (name: string): number => harness.counter(`ssl.${name}`)
const INSPECT = {
  listener_filters: [
    { name: 'tls', typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' } },
  ],
}

describe('a handshake', () => {
  test('is counted by version and cipher, and told to the filters', async () => {
    const listener = await listen({})
    expect(await talk(listener, { servername: 'A.example' })).toMatchObject({
      text: 'hello',
      error: '',
      protocol: 'TLSv1.3',
      subject: 'site',
    })
    expect(ssl('handshake')).toBe(1)
    expect(ssl('versions.TLSv1.3')).toBe(1)
    expect(ssl('ciphers.TLS_AES_128_GCM_SHA256')).toBe(1)
    expect(ssl('no_certificate')).toBe(1)
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

  test('tells the session id and its own certificate while the socket is open', async () => {
    const transport_socket = tlsSocket({ tls_certificates: [inlineCertificate(site)] })
    const listener = await harness.listen({ filter_chains: [{ filters: [answer()], transport_socket }] })
    const view = talk(listener)
    await until(() => harness.accepted.length === 1)
    const connection = harness.accepted[0]!
    expect(connection.info.tls!.local!.subject).toBe('CN=site')
    expect(connection.info.tls!.sessionId).toMatch(/^[0-9a-f]{64}$/)
    connection.close('flush')
    await view
  })

  test('works on bytes that a listener filter read before', async () => {
    const listener = await listen({}, {}, INSPECT)
    expect(await talk(listener, { servername: 'a.example' })).toMatchObject({ text: 'hello', subject: 'site' })
    expect(harness.stats.counter('tls_inspector.sni_found').value).toBe(1)
  })

  test('that is not one ends the connection and is counted', async () => {
    const listener = await listen({})
    const garbage = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 9]),
      randomBytes(300),
    ]
    for (const bytes of garbage) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await harness.talk(listener, bytes)).not.toContain('hello')
    }
    expect(ssl('connection_error')).toBe(3)
    expect(await talk(listener)).toMatchObject({ text: 'hello' })
    expect(harness.accepted.length).toBe(1)
  })

  test('that the client gives up is no TLS error', async () => {
    const listener = await listen({})
    const socket = harness.connect(listener)
    socket.write(Buffer.from([22, 3, 1, 0, 100, 1]))
    await until(() => listener.connectionCount === 1)
    socket.destroy()
    await until(() => listener.connectionCount === 0)
    expect(ssl('connection_error')).toBe(0)
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
    ['P-384 not by default', {}, { ecdhCurve: 'P-384' }, { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' }],
    [
      'signature algorithms',
      { signature_algorithms: ['rsa_pss_rsae_sha256'] },
      { sigalgs: 'ecdsa_secp256r1_sha256' },
      { error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
    ],
  ] as [string, Common['tls_params'], ConnectionOptions, object][])('%s', async (_, tls_params, options, expected) => {
    const listener = await listen({ tls_params: tls_params! })
    expect(await talk(listener, options)).toMatchObject(expected)
  })

  test.each([
    ['cipher_suites', ['FOO'], 'unknown-cipher'],
    ['ecdh_curves', ['FOO'], 'unknown-curve'],
    ['signature_algorithms', ['foo'], 'unknown-signature-algorithm'],
  ])('an unknown name in %s is refused', async (field, names, code) => {
    const transport_socket = tlsSocket({ tls_certificates: [inlineCertificate(site)], tls_params: { [field]: names } })
    expect(() => harness.make({ ...TCP, filter_chains: [{ filters: [answer()], transport_socket }] })).toThrow(
      `tls_params.${field}`,
    )
    expect(code).toMatch(/^unknown-/)
  })
})

const TCP = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } }

describe('several certificates', () => {
  const all = { tls_certificates: [inlineCertificate(site), inlineCertificate(siteRsa), inlineCertificate(siteB)] }
  const RSA = { sigalgs: 'rsa_pss_rsae_sha256' }

  describe.each([
    ['with a look at the hello before', INSPECT],
    ['without', {}],
  ])('%s', (_, extra) => {
    test.each([
      ['b.example', {}, 'site-b'],
      ['B.EXAMPLE', {}, 'site-b'],
      ['a.example', {}, 'site'],
      ['a.example', RSA, 'site-rsa'],
      ['x.wild.example', {}, 'site'],
      ['nobody.example', {}, 'site'],
      ['', {}, 'site'],
      ['', RSA, 'site-rsa'],
    ] as [string, ConnectionOptions, string][])('"%s" %j gets %s', async (servername, options, subject) => {
      const listener = await listen(all, {}, extra)
      expect(await talk(listener, { servername, ...options })).toMatchObject({ text: 'hello', subject })
    })

    test('a name that nobody has gets the first, and another only when configured', async () => {
      const strict = await listen(all, {}, extra)
      expect(await talk(strict, { servername: 'nobody.example', ...RSA })).toMatchObject({
        error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
      })
      const scanning = await listen(all, { full_scan_certs_on_sni_mismatch: true }, extra)
      expect(await talk(scanning, { servername: 'nobody.example', ...RSA })).toMatchObject({ subject: 'site-rsa' })
    })
  })
})

describe('ALPN', () => {
  const alpn = { alpn_protocols: ['h2', 'http/1.1'] }
  test.each([
    [['http/1.1', 'h2'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [undefined, ''],
  ])('%j agrees on "%s", in the server’s order', async (offered, agreed) => {
    const listener = await listen(alpn)
    expect(await talk(listener, offered && { ALPNProtocols: offered })).toMatchObject({ text: 'hello', alpn: agreed })
    expect(harness.accepted[0]!.info.tls!.alpn).toBe(agreed)
  })

  test('without a common protocol the handshake ends; with tls_inspector it goes on without one, as in Envoy', async () => {
    expect(await talk(await listen(alpn), { ALPNProtocols: ['foo'] })).toMatchObject({
      error: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    })
    expect(await talk(await listen(alpn, {}, INSPECT), { ALPNProtocols: ['foo'] })).toMatchObject({
      text: 'hello',
      alpn: '',
    })
  })
})

describe('client certificates', () => {
  const ca = { trusted_ca: { inline_string: authority.cert } }
  const san = (san_type: string, matcher: object, oid = ''): object => ({
    ...ca,
    match_typed_subject_alt_names: [{ san_type, matcher, ...(oid && { oid }) }],
  })
  const sha256 = (bytes: Uint8Array, form: 'hex' | 'base64'): string => createHash('sha256').update(bytes).digest(form)
  const spki = sha256(client.x509.publicKey.export({ type: 'spki', format: 'der' }), 'base64')
  const hash = sha256(client.der, 'hex')
  const REQUIRED = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'

  const rows: [
    title: string,
    validation: object,
    required: boolean,
    identity: Identity | undefined,
    outcome: string,
  ][] = [
    ['none, none asked for', {}, false, undefined, 'ok'],
    ['none, but one may be shown', ca, false, undefined, 'ok'],
    ['none, but one is required', ca, true, undefined, 'fail_verify_no_cert'],
    ['a good one', ca, true, client, 'validated'],
    ['a good one through another authority', ca, true, deepClient, 'validated'],
    ['one of a stranger', ca, false, stranger, 'fail_verify_error'],
    ['a self-signed one', ca, true, lone, 'fail_verify_error'],
    ['an expired one', ca, true, expired, 'fail_verify_error'],
    ['one from the future', ca, true, future, 'fail_verify_error'],
    ['one that is not for clients', ca, true, serverOnly, 'fail_verify_error'],
    [
      'one that is trusted itself, whoever issued it',
      { trusted_ca: { inline_string: client.cert } },
      true,
      client,
      'validated',
    ],
    [
      'an authority below the root is enough',
      { trusted_ca: { inline_string: middle.cert } },
      true,
      deepClient,
      'validated',
    ],
    ['expired ones allowed', { ...ca, allow_expired_certificate: true }, true, expired, 'validated'],
    [
      'expired ones allowed, not those of strangers',
      { ...ca, allow_expired_certificate: true },
      true,
      expiredStranger,
      'fail_verify_error',
    ],
    [
      'expired ones allowed, not those of the future',
      { ...ca, allow_expired_certificate: true },
      true,
      future,
      'fail_verify_error',
    ],
    ['untrusted ones accepted', { ...ca, trust_chain_verification: 'ACCEPT_UNTRUSTED' }, true, stranger, 'ok'],
    ['a DNS name', san('DNS', { exact: 'client.example' }), false, client, 'validated'],
    ['a DNS name in other case', san('DNS', { exact: 'CLIENT.example' }), false, client, 'validated'],
    ['a wildcard of the certificate', san('DNS', { exact: 'x.apps.example' }), false, client, 'validated'],
    ['a wildcard is one label', san('DNS', { exact: 'x.y.apps.example' }), false, client, 'fail_verify_san'],
    ['a name with a NUL matches nothing', san('DNS', { prefix: 'client.example' }), false, nul, 'fail_verify_san'],
    ['a URI', san('URI', { prefix: 'spiffe://td/' }), false, client, 'validated'],
    ['another URI', san('URI', { prefix: 'spiffe://other/' }), false, client, 'fail_verify_san'],
    ['a URI by regex', san('URI', { safe_regex: { regex: 'spiffe://td/[a-z]+' } }), false, client, 'validated'],
    ['a URI is no DNS name', san('DNS', { prefix: 'spiffe' }), false, client, 'fail_verify_san'],
    ['an email address', san('EMAIL', { exact: 'c@example' }), false, client, 'validated'],
    ['an IP address', san('IP_ADDRESS', { exact: '10.0.0.1' }), false, client, 'validated'],
    ['another name', san('OTHER_NAME', { exact: 'one' }, '1.2.3.4'), false, client, 'validated'],
    ['another name of another kind', san('OTHER_NAME', { exact: 'one' }, '1.2.3.5'), false, client, 'fail_verify_san'],
    [
      'the older form of names',
      { ...ca, match_subject_alt_names: [{ exact: 'nope' }, { suffix: 'td/client' }] },
      false,
      client,
      'validated',
    ],
    [
      'names asked for, no certificate',
      san('DNS', { exact: 'client.example' }),
      false,
      undefined,
      'fail_verify_no_cert',
    ],
    [
      'a name that fits and a stranger',
      san('DNS', { exact: 'client.example' }),
      false,
      other.issue({ dns: ['client.example'] }),
      'fail_verify_error',
    ],
    ['a pin', { verify_certificate_hash: [hash] }, false, client, 'ok'],
    ['a pin as OpenSSL prints it', { verify_certificate_hash: [client.x509.fingerprint256] }, false, client, 'ok'],
    ['another pin', { verify_certificate_hash: ['0'.repeat(64)] }, false, client, 'fail_verify_cert_hash'],
    ['a pin and no certificate', { verify_certificate_hash: [hash] }, false, undefined, 'fail_verify_no_cert'],
    ['a pinned key', { verify_certificate_spki: [spki] }, false, client, 'ok'],
    [
      'one of two pins is enough',
      { verify_certificate_hash: ['0'.repeat(64)], verify_certificate_spki: [spki] },
      false,
      client,
      'ok',
    ],
    [
      'a pin does not make up for a stranger',
      { ...ca, verify_certificate_hash: [sha256(stranger.der, 'hex')] },
      false,
      stranger,
      'fail_verify_error',
    ],
    ['not revoked', { ...ca, crl: { inline_string: authority.revoke(site) } }, true, client, 'validated'],
    ['revoked', { ...ca, crl: { inline_string: authority.revoke(client) } }, true, client, 'fail_verify_error'],
    [
      'no list of an authority between',
      { ...ca, crl: { inline_string: authority.revoke() } },
      true,
      deepClient,
      'fail_verify_error',
    ],
    [
      'lists of all authorities',
      { ...ca, crl: { inline_string: authority.revoke() + middle.revoke() } },
      true,
      deepClient,
      'validated',
    ],
  ]

  test.each(rows)('%s', async (_, validation, required, identity, outcome) => {
    const listener = await listen(Object.keys(validation).length > 0 ? { validation_context: validation } : {}, {
      require_client_certificate: required,
    })
    const view = await talk(listener, identity && as(identity))
    const ok = outcome === 'ok' || outcome === 'validated'
    expect(view.text).toBe(ok ? 'hello' : '')
    expect(harness.accepted.map((connection) => connection.info.tls!.peerValidated)).toEqual(
      ok ? [outcome === 'validated'] : [],
    )
    expect(ok ? 1 : ssl(outcome)).toBe(1)
    expect(ssl('handshake')).toBe(ok ? 1 : 0)
    await until(() => listener.connectionCount === 0)
  })

  test('a required one that is missing is told to the client in TLS', async () => {
    const listener = await listen({ validation_context: ca }, { require_client_certificate: true })
    expect(await talk(listener)).toMatchObject({ error: REQUIRED })
    expect(await talk(listener, { maxVersion: 'TLSv1.2' })).toMatchObject({
      error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
    })
    expect(ssl('fail_verify_no_cert')).toBe(2)
  })

  test('the chain that the client sent can be passed on', async () => {
    const listener = await listen({ validation_context: ca }, { require_client_certificate: true })
    await talk(listener, as(deepClient))
    const peer = harness.accepted[0]!.info.tls!.peer!
    expect(peer.subject).toBe('CN=deep')
    expect(decodeURIComponent(peer.urlEncodedChain)).toContain(deepClient.cert + middle.cert)
  })

  test('a session is resumed with the certificate that it was made with', async () => {
    const listener = await listen({ validation_context: ca }, { require_client_certificate: true })
    const { session } = await talk(listener, as(client))
    expect(await talk(listener, { session: session! })).toMatchObject({ reused: true, text: 'hello' })
    expect(harness.accepted[1]!.info.tls!.peer!.subject).toBe('CN=client')
    expect(ssl('session_reused')).toBe(1)
  })
})

describe('sessions', () => {
  const chains = (common: Common): Message<'envoy.config.listener.v3.Listener'> => ({
    filter_chains: [
      {
        filter_chain_match: { server_names: ['a.example'] },
        filters: [answer('a')],
        transport_socket: tlsSocket({ tls_certificates: [inlineCertificate(site)] }),
      },
      {
        filter_chain_match: { server_names: ['b.example'] },
        filters: [answer('b')],
        transport_socket: tlsSocket(
          { tls_certificates: [inlineCertificate(siteB)], ...common },
          { require_client_certificate: common.validation_context !== undefined },
        ),
      },
    ],
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('are resumed with tickets over %s', async (version) => {
    const listener = await listen({})
    const { session } = await talk(listener, { maxVersion: version })
    expect(await talk(listener, { maxVersion: version, session: session! })).toMatchObject({
      reused: true,
      text: 'hello',
    })
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of one filter chain are worth nothing in another over %s',
    async (version) => {
      const listener = await harness.listen(
        chains({ validation_context: { trusted_ca: { inline_string: authority.cert } } }),
      )
      const { session } = await talk(listener, { servername: 'a.example', maxVersion: version })
      const view = await talk(listener, { servername: 'b.example', maxVersion: version, session: session! })
      expect(view.text).toBe('')
      expect(ssl('fail_verify_no_cert')).toBe(1)
    },
  )

  test('of one filter chain are worth nothing in another even with the same ticket keys', async () => {
    const keys = { session_ticket_keys: { keys: [{ inline_bytes: new Uint8Array(randomBytes(80)) }] } }
    const config = chains({})
    const listener = await harness.listen({
      filter_chains: config.filter_chains!.map((chain) => ({
        ...chain,
        transport_socket: {
          ...chain.transport_socket!,
          typed_config: { ...chain.transport_socket!.typed_config!, ...keys } as AnyMessage,
        },
      })),
    })
    const { session } = await talk(listener, { servername: 'a.example' })
    expect(await talk(listener, { servername: 'a.example', session: session! })).toMatchObject({ reused: true })
    expect(await talk(listener, { servername: 'b.example', session: session! })).toMatchObject({
      reused: false,
      text: 'b',
    })
  })

  test.each([
    ['looked at', INSPECT],
    ['not looked at', {}],
  ])('of one certificate are not resumed under the name of another, the hello %s', async (_, extra) => {
    const listener = await listen({ tls_certificates: [inlineCertificate(site), inlineCertificate(siteB)] }, {}, extra)
    const { session } = await talk(listener, { servername: 'a.example' })
    expect(await talk(listener, { servername: 'b.example', ...(session && { session }) })).toMatchObject({
      reused: false,
      subject: 'site-b',
    })
  })

  test('survive a restart with configured ticket keys', async () => {
    const context = { session_ticket_keys: { keys: [{ inline_bytes: new Uint8Array(randomBytes(80)) }] } }
    const first = await listen({}, context)
    const { session } = await talk(first)
    await first.close()
    expect(await talk(await listen({}, context), { session: session! })).toMatchObject({ reused: true })
  })

  test('are not resumed when configured so', async () => {
    const listener = await listen({}, { disable_stateless_session_resumption: true })
    const { session } = await talk(listener)
    expect(await talk(listener, session && { session })).toMatchObject({ reused: false, text: 'hello' })
  })

  test('a ticket key of another length is refused', () => {
    const transport_socket = tlsSocket(
      { tls_certificates: [inlineCertificate(site)] },
      { session_ticket_keys: { keys: [{ inline_bytes: new Uint8Array(48) }] } },
    )
    expect(() => harness.make({ ...TCP, filter_chains: [{ filters: [answer()], transport_socket }] })).toThrow(
      'has 80 bytes, not 48',
    )
  })
})

describe('OCSP', () => {
  const stapled = (response: Uint8Array): object => ({
    ...inlineCertificate(site),
    ocsp_staple: { inline_bytes: response },
  })
  const good = authority.ocsp(site)
  const old = authority.ocsp(site, { thisUpdate: Date.UTC(2020, 0, 1), nextUpdate: Date.UTC(2020, 0, 2) })

  test.each([
    ['LENIENT_STAPLING', good, 'ocsp_staple_responses', 'hello'],
    ['LENIENT_STAPLING', old, 'ocsp_staple_omitted', 'hello'],
    ['STRICT_STAPLING', good, 'ocsp_staple_responses', 'hello'],
    ['STRICT_STAPLING', old, 'ocsp_staple_failed', ''],
    ['MUST_STAPLE', good, 'ocsp_staple_responses', 'hello'],
    ['MUST_STAPLE', old, 'ocsp_staple_failed', ''],
  ] as const)('%s (%#)', async (ocsp_staple_policy, response, counter, text) => {
    const listener = await listen({ tls_certificates: [stapled(response)] }, { ocsp_staple_policy })
    const view = await talk(listener, { requestOCSP: true })
    expect(view.text).toBe(text)
    expect(view.ocsp).toEqual(counter === 'ocsp_staple_responses' ? good : undefined)
    expect(ssl(counter)).toBe(1)
    expect(ssl('ocsp_staple_requests')).toBe(1)
    expect(await talk(listener)).toMatchObject({ text: 'hello' })
  })

  test.each([
    [
      'one about another certificate',
      { tls_certificates: [stapled(authority.ocsp(siteB))] },
      {},
      'no OCSP response about the certificate',
    ],
    ['rubbish', { tls_certificates: [stapled(Buffer.from('rubbish'))] }, {}, 'no OCSP response about the certificate'],
    ['none where one must be', {}, { ocsp_staple_policy: 'MUST_STAPLE' }, 'MUST_STAPLE needs an OCSP response'],
  ] as [string, Common, Context, string][])('%s is refused', (_, common, context, message) => {
    const transport_socket = tlsSocket({ tls_certificates: [inlineCertificate(site)], ...common }, context)
    expect(() => harness.make({ ...TCP, filter_chains: [{ filters: [answer()], transport_socket }] })).toThrow(message)
  })
})

describe('identity', () => {
  test.each([
    ['a dot of another script', 'a。example'],
    ['a control character', 'a\x01.example'],
    ['white space', 'a .example'],
  ])('a server name with %s is refused', async (_, name) => {
    const listener = await listen({})
    const hello = records(buildClientHello({ serverName: Buffer.from(name).toString('latin1') }))
    expect(await harness.talk(listener, hello)).not.toContain('hello')
    expect(await talk(listener)).toMatchObject({ text: 'hello' })
  })

  test('a server name with a NUL never gets through a handshake', async () => {
    const listener = await listen({}, {}, INSPECT)
    const hello = records(buildClientHello({ serverName: 'a.example\0.evil' }))
    expect(await harness.talk(listener, hello)).not.toContain('hello')
    expect(ssl('connection_error')).toBe(1)
    expect(harness.accepted).toEqual([])
  })
})

describe('configuration', () => {
  const refuse = (common: Common, context: Context = {}): string => {
    const transport_socket = tlsSocket(common, context)
    try {
      harness.make({ ...TCP, filter_chains: [{ filters: [answer()], transport_socket }] })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const MARKER = 'MARKERSECRET'

  test.each([
    ['no certificate', {}, 'a server needs a certificate'],
    [
      'no key',
      { tls_certificates: [{ certificate_chain: { inline_string: site.cert } }] },
      'the private key is missing',
    ],
    [
      'a key of another',
      {
        tls_certificates: [
          { certificate_chain: { inline_string: site.cert }, private_key: { inline_string: siteB.key } },
        ],
      },
      'does not belong to the certificate',
    ],
    [
      'a key that is none',
      {
        tls_certificates: [
          {
            certificate_chain: { inline_string: site.cert },
            private_key: { inline_string: `-----BEGIN PRIVATE KEY-----\n${MARKER}\n-----END PRIVATE KEY-----` },
          },
        ],
      },
      'no PEM private key',
    ],
    [
      'a certificate that is none',
      {
        tls_certificates: [{ certificate_chain: { inline_string: MARKER }, private_key: { inline_string: site.key } }],
      },
      'no PEM certificate',
    ],
    [
      'a file that is not there',
      {
        tls_certificates: [
          { certificate_chain: { filename: '/nowhere/a.crt' }, private_key: { inline_string: site.key } },
        ],
      },
      'cannot read /nowhere/a.crt: ENOENT',
    ],
    [
      'a variable that is not set',
      {
        tls_certificates: [
          {
            certificate_chain: { environment_variable: 'NUNCIO_TEST_NOT_SET' },
            private_key: { inline_string: site.key },
          },
        ],
      },
      'NUNCIO_TEST_NOT_SET is not set',
    ],
    [
      'PKCS #12 that is none',
      { tls_certificates: [{ pkcs12: { inline_string: MARKER }, password: { inline_string: MARKER } }] },
      'no PKCS #12 file',
    ],
    [
      'authorities that are none',
      { tls_certificates: [inlineCertificate(site)], validation_context: { trusted_ca: { inline_string: MARKER } } },
      'no PEM certificate in it',
    ],
    [
      'names without authorities',
      {
        tls_certificates: [inlineCertificate(site)],
        validation_context: { match_subject_alt_names: [{ exact: 'a' }] },
      },
      'without trusted_ca',
    ],
    [
      'a revocation list that is none',
      {
        tls_certificates: [inlineCertificate(site)],
        validation_context: { trusted_ca: { inline_string: authority.cert }, crl: { inline_string: MARKER } },
      },
      'OpenSSL refuses',
    ],
    [
      'a secret that nobody has',
      { tls_certificate_sds_secret_configs: [{ name: 'nobody' }] },
      'no static secret is called "nobody"',
    ],
    [
      'a secret from where none can be fetched',
      { tls_certificate_sds_secret_configs: [{ name: 'x', sds_config: { ads: {} } }] },
      'secrets cannot be fetched from there',
    ],
  ] as [string, Common, string][])('%s is refused without quoting it', (_, common, message) => {
    const told = refuse(common)
    expect(told).toContain(message)
    expect(told).not.toContain(MARKER)
  })

  test('keys and certificates from the environment, with a password', async () => {
    process.env['NUNCIO_TEST_CERT'] = site.cert
    process.env['NUNCIO_TEST_KEY'] = site.privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    })
    const listener = await listen({
      tls_certificates: [
        {
          certificate_chain: { environment_variable: 'NUNCIO_TEST_CERT' },
          private_key: { environment_variable: 'NUNCIO_TEST_KEY' },
          password: { inline_string: 'open sesame\n' },
        },
      ],
    })
    expect(await talk(listener)).toMatchObject({ text: 'hello', subject: 'site' })
  })

  test('static secrets', async () => {
    harness.secrets['cert'] = { name: 'cert', tls_certificate: inlineCertificate(siteB) }
    harness.secrets['ca'] = { name: 'ca', validation_context: { trusted_ca: { inline_string: authority.cert } } }
    const transport_socket = tlsSocket(
      {
        tls_certificate_sds_secret_configs: [{ name: 'cert' }],
        combined_validation_context: {
          default_validation_context: {
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'client.example' } }],
          },
          validation_context_sds_secret_config: { name: 'ca' },
        },
      },
      { require_client_certificate: true },
    )
    const listener = await harness.listen({ filter_chains: [{ filters: [answer('hello')], transport_socket }] })
    expect(await talk(listener, as(client))).toMatchObject({ text: 'hello', subject: 'site-b' })
    expect(await talk(listener, as(deepClient))).toMatchObject({ text: '' })
    expect(ssl('fail_verify_san')).toBe(1)
  })
})

describe('STARTTLS', () => {
  test('goes on in TLS when a filter says so', async () => {
    const typed_config = {
      '@type': 'envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig',
      tls_socket_config: { common_tls_context: { tls_certificates: [inlineCertificate(site)] } },
    } as AnyMessage
    const transport_socket = { name: 'envoy.transport_sockets.starttls', typed_config }
    const listener = await harness.listen({ filter_chains: [{ filters: [answer()], transport_socket }] })
    const { port } = listener.addresses[0]!
    const plain = connectPlain(port, '127.0.0.1')
    await until(() => harness.accepted.length === 1)
    const connection = harness.accepted[0]!
    expect(connection.info.tls).toBeUndefined()
    connection.socket.removeAllListeners('end').pause()
    const secured = connection.startSecureTransport()
    const view = tlsTalk(listener.addresses[0]!, {}, plain)
    const socket = await secured
    expect(connection.info.tls).toMatchObject({ version: 'TLSv1.3' })
    socket!.write('secret')
    connection.close('flush-and-wait')
    expect((await view).text).toBe('secret')
    expect(await connection.startSecureTransport()).toBeUndefined()
  })

  test('a transport socket that is no starttls cannot', async () => {
    const listener = await harness.listen({ filter_chains: [{ filters: [answer()] }] })
    harness.connect(listener)
    await until(() => harness.accepted.length === 1)
    expect(await harness.accepted[0]!.startSecureTransport()).toBeUndefined()
  })
})

afterAll(() => {
  delete process.env['NUNCIO_TEST_CERT']
  delete process.env['NUNCIO_TEST_KEY']
})
