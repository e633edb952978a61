import type { Message, Problem } from '@nuncio/config'
import { StatsStore } from '@nuncio/core'
import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type TlsOptions } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, type Identity, inlineCertificate, selfSigned, testClient } from '../testing/index.ts'
import type { ClientWishes, HandshakeResult, TlsClient } from './tls-client.ts'

type Config = Message<'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'>

const authority = createAuthority('root')
const host = authority.issue({ commonName: 'host', dns: ['host.example', '*.wild.example'], ip: ['127.0.0.1'] })
const stranger = createAuthority('other').issue({ commonName: 'stranger', dns: ['host.example'] })
const own = authority.issue({ commonName: 'client' })

const stats = { store: new StatsStore() }
const problems: Problem[] = []
const open: (() => void)[] = []
beforeEach(() => {
  stats.store = new StatsStore()
  problems.length = 0
})
afterEach(() => {
  for (const close of open.splice(0)) close()
})

function client(config: Config): TlsClient {
  const made = testClient(config, stats.store, problems)
  open.push(() => made.dispose())
  return made
}

/** A server that greets, and tells the name and the certificate that the client showed. */
async function serve(identity: Identity, options: TlsOptions = {}): Promise<Server> {
  const server = createServer({ cert: identity.chain, key: identity.key, ...options }, (socket) => {
    const { servername } = socket as { servername?: string | false }
    socket.on('error', () => {})
    socket.end(`name=${servername || '-'} client=${socket.getPeerX509Certificate()?.subject ?? '-'}`)
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => server.close())
  return server
}

interface Talk {
  readonly handshake: HandshakeResult | undefined
  readonly error: string | undefined
  readonly text: string
  readonly reused: boolean
}

interface Wishes extends Partial<ClientWishes> {
  readonly protocols?: readonly string[]
  readonly hostname?: string
}

function talk(tls: TlsClient, server: Server, wishes: Wishes = {}): Promise<Talk> {
  const { port } = server.address() as AddressInfo
  const { serverName = '', verifyNames = [], protocols = [], hostname = '' } = wishes
  const beginning = tls.begin({ address: `127.0.0.1:${port}`, hostname }, { serverName, verifyNames }, protocols)
  return new Promise((resolve) => {
    const seen: { -readonly [K in keyof Talk]: Talk[K] } = { handshake: undefined, error: '', text: '', reused: false }
    const socket = connect({ host: '127.0.0.1', port, ...beginning.options }, () => {
      seen.handshake = tls.finish(socket, beginning)
      seen.reused = socket.isSessionReused()
      if ('failure' in seen.handshake) socket.destroy()
    })
    socket.on('data', (chunk: Buffer) => (seen.text += chunk.toString()))
    socket.on('error', (error) => (seen.error = tls.failed(error)))
    socket.on('close', () => resolve(seen))
  })
}

const counter = (name: string): number => stats.store.counter(`cluster.c.ssl.${name}`).value
const ca = { trusted_ca: { inline_string: authority.cert } }
const validated = (validation: object): Config => ({ common_tls_context: { validation_context: validation } })
const san = (exact: string): object => ({
  ...ca,
  match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact } }],
})

const spki = ({ x509 }: Identity): string =>
  createHash('sha256')
    .update(x509.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
const leafOnly = (crl: string): object => ({ ...ca, only_verify_leaf_cert_crl: true, crl: { inline_string: crl } })
const below = authority.issueAuthority('below')
const deep = below.issue({ commonName: 'deep', dns: ['host.example'] })
const newest = (config: Config): Config => ({
  common_tls_context: { ...config.common_tls_context, tls_params: { tls_maximum_protocol_version: 'TLSv1_3' } },
})

describe('towards an upstream', () => {
  test('the handshake is counted and told', async () => {
    const tls = client({ sni: 'host.example', ...validated(ca) })
    const { handshake, text } = await talk(tls, await serve(host))
    expect(text).toBe('name=host.example client=-')
    expect(handshake).toMatchObject({
      info: { version: 'TLSv1.2', serverName: 'host.example', peerValidated: true, peer: { subject: 'CN=host' } },
    })
    expect(counter('handshake')).toBe(1)
    expect(counter('versions.TLSv1.2')).toBe(1)
  })

  test.each([
    ['nothing is checked without authorities', {}, {}, stranger, undefined],
    ['authorities', validated(ca), {}, host, undefined],
    ['authorities of others', validated(ca), {}, stranger, 'fail_verify_error'],
    ['a self-signed certificate', validated(ca), {}, selfSigned(), 'fail_verify_error'],
    ['a certificate for clients only', validated(ca), {}, authority.issue({ usage: ['client'] }), 'fail_verify_error'],
    [
      'an expired certificate',
      validated(ca),
      {},
      authority.issue({ notBefore: 0, notAfter: 1_000_000 }),
      'fail_verify_error',
    ],
    ['a name that fits', validated(san('host.example')), {}, host, undefined],
    ['a name that does not', validated(san('other.example')), {}, host, 'fail_verify_san'],
    ['another name although it stands in SNI', { sni: 'other.example', ...validated(ca) }, {}, host, undefined],
    [
      'a required name that fits',
      validated(ca),
      { serverName: 'a.wild.example', verifyNames: ['a.wild.example'] },
      host,
      undefined,
    ],
    ['a required name that does not', validated(ca), { verifyNames: ['b.example'] }, host, 'fail_verify_san'],
    ['a required address', validated(ca), { verifyNames: ['127.0.0.1'] }, host, undefined],
    ['a required address that does not fit', validated(ca), { verifyNames: ['127.0.0.2'] }, host, 'fail_verify_san'],
    ['a required name without authorities', {}, { verifyNames: ['HOST.example'] }, host, undefined],
    ['another one without authorities', {}, { verifyNames: ['w.example'] }, host, 'fail_verify_san'],
    ['a wildcard stands for one label', {}, { verifyNames: ['a.b.wild.example'] }, host, 'fail_verify_san'],
    [
      'an unknown authority, let pass',
      validated({ ...ca, trust_chain_verification: 'ACCEPT_UNTRUSTED' }),
      {},
      stranger,
      undefined,
    ],
    [
      'an expired certificate, let pass',
      validated({ ...ca, allow_expired_certificate: true }),
      {},
      authority.issue({ notBefore: 0, notAfter: 1_000_000 }),
      undefined,
    ],
    [
      'a certificate of the future, let pass',
      validated({ ...ca, allow_expired_certificate: true }),
      {},
      authority.issue({ notBefore: Date.now() + 3_600_000 }),
      undefined,
    ],
    [
      'an expired certificate of others',
      validated({ ...ca, allow_expired_certificate: true }),
      {},
      createAuthority('third').issue({ notBefore: 0, notAfter: 1_000_000 }),
      'fail_verify_error',
    ],
    ['an authority below, deep enough', validated({ ...ca, max_verify_depth: 2 }), {}, deep, undefined],
    ['an authority below, too deep', validated({ ...ca, max_verify_depth: 1 }), {}, deep, 'fail_verify_error'],
    ['the authority itself', validated({ ...ca, max_verify_depth: 1 }), {}, host, undefined],
    [
      'a revoked certificate',
      validated({ ...ca, crl: { inline_string: authority.revoke(host) } }),
      {},
      host,
      'fail_verify_error',
    ],
    [
      'a revocation list of others',
      validated({ ...ca, crl: { inline_string: authority.revoke(stranger) } }),
      {},
      host,
      undefined,
    ],
    ['a list for the leaf alone', validated(leafOnly(authority.revoke(host))), {}, host, 'fail_verify_error'],
    [
      'a list for the leaf alone that does not name it',
      validated(leafOnly(authority.revoke(stranger))),
      {},
      host,
      undefined,
    ],
    [
      'a list for the leaf alone, of another issuer',
      validated(leafOnly(authority.revoke())),
      {},
      deep,
      'fail_verify_error',
    ],
    ['a list for the leaf alone, of its issuer', validated(leafOnly(below.revoke())), {}, deep, undefined],
    [
      'SNI that the certificate is for',
      { sni: 'a.wild.example', auto_sni_san_validation: true, ...validated(ca) },
      {},
      host,
      undefined,
    ],
    [
      'SNI that it is not for',
      { sni: 'b.example', auto_sni_san_validation: true, ...validated(ca) },
      {},
      host,
      'fail_verify_san',
    ],
    [
      'SNI in place of configured names',
      { sni: 'host.example', auto_sni_san_validation: true, ...validated(san('other.example')) },
      {},
      host,
      undefined,
    ],
    ['a pinned key', validated({ verify_certificate_spki: [spki(host)] }), {}, host, undefined],
    ['another pinned key', validated({ verify_certificate_spki: [spki(stranger)] }), {}, host, 'fail_verify_cert_hash'],
    ['a pin', validated({ verify_certificate_hash: [host.x509.fingerprint256] }), {}, host, undefined],
    ['another pin', validated({ verify_certificate_hash: ['0'.repeat(64)] }), {}, host, 'fail_verify_cert_hash'],
  ] as [string, Config, Wishes, Identity, string | undefined][])('%s', async (_, config, wishes, identity, fault) => {
    const { handshake, text } = await talk(client(config), await serve(identity), wishes)
    expect('info' in handshake!).toBe(fault === undefined)
    expect(text === '').toBe(fault !== undefined)
    expect(counter(fault ?? 'handshake')).toBe(1)
  })

  test.each([
    ['sni', { sni: 'host.example' }, {}, 'host.example'],
    ['the wish before it', { sni: 'host.example' }, { serverName: 'wish.example' }, 'wish.example'],
    ['nothing', {}, {}, '-'],
    ['no address', {}, { serverName: '127.0.0.1' }, '-'],
    [
      'the name of the endpoint',
      { sni: 'x.example', auto_host_sni: true },
      { hostname: 'Host.example' },
      'host.example',
    ],
    ['sni where the endpoint has none', { sni: 'host.example', auto_host_sni: true }, {}, 'host.example'],
  ])('the server name is %s', async (_, config, wishes, name) => {
    expect((await talk(client(config), await serve(host), wishes)).text).toContain(`name=${name} `)
  })

  test('a client certificate is shown', async () => {
    const tls = client({ common_tls_context: { tls_certificates: [inlineCertificate(own)] } })
    const server = await serve(host, { requestCert: true, ca: authority.cert })
    expect((await talk(tls, server)).text).toContain('client=CN=client')
  })

  test('application protocols are those of the configuration, or of the pool', async () => {
    const tls = client({ common_tls_context: { alpn_protocols: ['http/1.1'] } })
    const server = await serve(host, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect((await talk(tls, server)).handshake).toMatchObject({ info: { alpn: 'http/1.1' } })
    expect((await talk(client({}), server, { protocols: ['h2'] })).handshake).toMatchObject({ info: { alpn: 'h2' } })
    expect((await talk(client({}), server)).handshake).toMatchObject({ info: { alpn: '' } })
  })

  test('a handshake that fails is told in the words of TLS', async () => {
    const server = await serve(host, { minVersion: 'TLSv1.3' })
    expect((await talk(client({}), server)).error).toBe(
      'TLS_error:|268436526:SSL routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION:TLS_error_end',
    )
    expect(counter('connection_error')).toBe(1)
  })

  test('a host that is not trusted is told in the words of Envoy', async () => {
    const { handshake } = await talk(client(validated(ca)), await serve(stranger))
    expect(handshake).toEqual({
      failure:
        'TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: ' +
        'X509_verify_cert: certificate verification error at depth 0: unable to get local issuer certificate:TLS_error_end',
    })
  })
})

describe('the key of a host', () => {
  test.each([
    ['sign', true],
    ['encipher', false],
  ] as const)('that is RSA and may %s can shake hands: %s', async (keyUsage, may) => {
    const server = await serve(authority.issue({ key: 'rsa', keyUsage }))
    const { handshake } = await talk(client({}), server)
    expect('info' in handshake!).toBe(may)
    if (may) return
    expect(handshake).toEqual({
      failure: 'TLS_error:|268435758:SSL routines:OPENSSL_internal:KEY_USAGE_BIT_INCORRECT:TLS_error_end',
    })
    expect(counter('connection_error')).toBe(1)
  })
})

describe('sessions with an upstream', () => {
  const versions = ['TLSv1.2', 'TLSv1.3'] as const

  test.each(versions)('are resumed over %s, and the peer is judged again', async (version) => {
    const tls = client({ sni: 'host.example', ...newest(validated(san('host.example'))) })
    const server = await serve(host, { maxVersion: version })
    expect(await talk(tls, server)).toMatchObject({ reused: false })
    expect(await talk(tls, server)).toMatchObject({
      reused: true,
      handshake: { info: { peerValidated: true, peer: { subject: 'CN=host' } } },
    })
    expect(counter('session_reused')).toBe(1)
    const refused = await talk(tls, server, { verifyNames: ['b.example'] })
    expect(JSON.stringify(refused.handshake)).toContain('SAN matcher')
  })

  test.each(versions)('of one name are never offered under another (%s)', async (version) => {
    const tls = client({ max_session_keys: 8, ...newest({}) })
    const server = await serve(host, { maxVersion: version })
    await talk(tls, server, { serverName: 'a.wild.example' })
    expect(await talk(tls, server, { serverName: 'b.wild.example' })).toMatchObject({ reused: false })
    expect(await talk(tls, server, { serverName: 'a.wild.example' })).toMatchObject({ reused: true })
  })

  test('of TLS 1.3 are used once, and as many are kept as configured', async () => {
    const server = await serve(host)
    const one = client(newest({}))
    await talk(one, server)
    expect(await talk(one, server)).toMatchObject({ reused: true })
    const none = client({ max_session_keys: 0, ...newest({}) })
    await talk(none, server)
    expect(await talk(none, server)).toMatchObject({ reused: false })
  })
})

test('what is wrong with the configuration is reported, and nothing can be connected', () => {
  const tls = client({
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { inline_string: 'x' }, private_key: { inline_string: own.key } }],
    },
  })
  expect(problems).toMatchObject([
    {
      code: 'malformed-certificate',
      path: 'transport_socket.typed_config.common_tls_context.tls_certificates[0].certificate_chain',
    },
  ])
  expect(tls.ready()).toBe(false)
})

test.each([
  ['verify_certificate_hash', 'x'.repeat(64)],
  ['verify_certificate_hash', 'a'.repeat(63)],
  ['verify_certificate_spki', 'x'.repeat(44)],
])('a pin of %s that is no SHA-256 is refused: %j', (field, pin) => {
  client({ common_tls_context: { validation_context: { [field]: [pin] } } })
  const path = `transport_socket.typed_config.common_tls_context.validation_context.${field}[0]`
  expect(problems).toMatchObject([{ code: 'malformed-pin', path }])
})
