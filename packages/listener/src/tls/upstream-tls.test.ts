import type { Message, Problem } from '@nuncio/config'
import { silentLogger, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { configPlace } from '@nuncio/matching'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type TlsOptions } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, type Identity, inlineCertificate, selfSigned } from '../testing/index.ts'
import { createUpstreamTls, type UpstreamHandshake, type UpstreamTls, type UpstreamTlsWishes } from './upstream-tls.ts'

type Config = Message<'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'>

const authority = createAuthority('root')
const host = authority.issue({ commonName: 'host', dns: ['host.example', '*.wild.example'], ip: ['127.0.0.1'] })
const stranger = createAuthority('other').issue({ commonName: 'stranger', dns: ['host.example'] })
const client = authority.issue({ commonName: 'client' })

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

function upstream(config: Config): UpstreamTls {
  const made = createUpstreamTls(config, {
    stats: stats.store.scope('cluster.c.'),
    time: new FakeTime(),
    logger: silentLogger,
    secrets: { get: () => undefined },
    place: configPlace(config, { report: (problem) => problems.push(problem), path: 'transport_socket.typed_config' }),
    waitFor: () => {},
  })
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
  readonly handshake: UpstreamHandshake | undefined
  readonly error: string
  readonly text: string
  readonly reused: boolean
}

function talk(tls: UpstreamTls, server: Server, wishes: UpstreamTlsWishes = {}): Promise<Talk> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve) => {
    const seen: { -readonly [K in keyof Talk]: Talk[K] } = { handshake: undefined, error: '', text: '', reused: false }
    const socket = connect({ host: '127.0.0.1', port, ...tls.connectOptions(wishes) }, () => {
      seen.handshake = tls.verify(socket, wishes)
      seen.reused = socket.isSessionReused()
      if (!seen.handshake.ok) socket.destroy()
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

describe('towards an upstream', () => {
  test('the handshake is counted and told', async () => {
    const tls = upstream({ sni: 'host.example', ...validated(ca) })
    const { handshake, text } = await talk(tls, await serve(host))
    expect(text).toBe('name=host.example client=-')
    expect(handshake).toMatchObject({
      ok: true,
      tls: { version: 'TLSv1.3', serverName: 'host.example', peerValidated: true, peer: { subject: 'CN=host' } },
    })
    expect(counter('handshake')).toBe(1)
    expect(counter('versions.TLSv1.3')).toBe(1)
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
      { serverName: 'a.wild.example', requiredName: 'a.wild.example' },
      host,
      undefined,
    ],
    ['a required name that does not', validated(ca), { requiredName: 'b.example' }, host, 'fail_verify_san'],
    ['a required address', validated(ca), { requiredName: '127.0.0.1' }, host, undefined],
    ['a required address that does not fit', validated(ca), { requiredName: '127.0.0.2' }, host, 'fail_verify_san'],
    ['a required name without authorities', {}, { requiredName: 'host.example' }, host, 'fail_verify_san'],
    ['a pin', validated({ verify_certificate_hash: [host.x509.fingerprint256] }), {}, host, undefined],
    ['another pin', validated({ verify_certificate_hash: ['0'.repeat(64)] }), {}, host, 'fail_verify_cert_hash'],
  ] as [string, Config, UpstreamTlsWishes, Identity, string | undefined][])(
    '%s',
    async (_, config, wishes, identity, fault) => {
      const { handshake, text } = await talk(upstream(config), await serve(identity), wishes)
      expect(handshake?.ok).toBe(fault === undefined)
      expect(text === '').toBe(fault !== undefined)
      expect(counter(fault ?? 'handshake')).toBe(1)
    },
  )

  test.each([
    ['sni', { sni: 'host.example' }, {}, 'host.example'],
    ['the wish before it', { sni: 'host.example' }, { serverName: 'wish.example' }, 'wish.example'],
    ['nothing', {}, {}, '-'],
    ['no address', {}, { serverName: '127.0.0.1' }, '-'],
  ])('the server name is %s', async (_, config, wishes, name) => {
    expect((await talk(upstream(config), await serve(host), wishes)).text).toContain(`name=${name} `)
  })

  test('a client certificate is shown', async () => {
    const tls = upstream({ common_tls_context: { tls_certificates: [inlineCertificate(client)] } })
    const server = await serve(host, { requestCert: true, ca: authority.cert })
    expect((await talk(tls, server)).text).toContain('client=CN=client')
  })

  test('application protocols, and others by wish', async () => {
    const tls = upstream({ common_tls_context: { alpn_protocols: ['http/1.1'] } })
    const server = await serve(host, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect((await talk(tls, server)).handshake).toMatchObject({ tls: { alpn: 'http/1.1' } })
    expect((await talk(tls, server, { alpnProtocols: ['h2'] })).handshake).toMatchObject({ tls: { alpn: 'h2' } })
  })

  test('a handshake that fails is an error of TLS, a host that is not there is not', async () => {
    const tls = upstream({ common_tls_context: { tls_params: { tls_maximum_protocol_version: 'TLSv1_2' } } })
    const server = await serve(host, { minVersion: 'TLSv1.3' })
    expect((await talk(tls, server)).error).toBe('TLS_error:ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    expect(counter('connection_error')).toBe(1)
    expect(tls.failed(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED')
    expect(counter('connection_error')).toBe(1)
  })
})

describe('sessions with an upstream', () => {
  const versions = ['TLSv1.2', 'TLSv1.3'] as const

  test.each(versions)('are resumed over %s, and the peer is judged again', async (version) => {
    const tls = upstream({ sni: 'host.example', ...validated(san('host.example')) })
    const server = await serve(host, { maxVersion: version })
    expect(await talk(tls, server)).toMatchObject({ reused: false })
    expect(await talk(tls, server)).toMatchObject({
      reused: true,
      handshake: { ok: true, tls: { peerValidated: true, peer: { subject: 'CN=host' } } },
    })
    expect(counter('session_reused')).toBe(1)
    const refused = await talk(tls, server, { requiredName: 'b.example' })
    expect(refused.handshake).toMatchObject({ ok: false, details: 'TLS_error:verify cert failed: SAN matcher' })
  })

  test.each(versions)('of one name are never offered under another (%s)', async (version) => {
    const tls = upstream({ max_session_keys: 8 })
    const server = await serve(host, { maxVersion: version })
    await talk(tls, server, { serverName: 'a.wild.example' })
    expect(await talk(tls, server, { serverName: 'b.wild.example' })).toMatchObject({ reused: false })
    expect(await talk(tls, server, { serverName: 'a.wild.example' })).toMatchObject({ reused: true })
  })

  test('are kept for as many names as configured, none with 0', async () => {
    const server = await serve(host)
    const one = upstream({})
    await talk(one, server, { serverName: 'a.wild.example' })
    await talk(one, server, { serverName: 'b.wild.example' })
    expect(await talk(one, server, { serverName: 'a.wild.example' })).toMatchObject({ reused: false })
    const none = upstream({ max_session_keys: 0 })
    await talk(none, server)
    expect(await talk(none, server)).toMatchObject({ reused: false })
  })
})

test('what is wrong with the configuration is reported, and nothing can be connected', () => {
  const tls = upstream({
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { inline_string: 'x' }, private_key: { inline_string: client.key } }],
    },
  })
  expect(problems).toMatchObject([
    {
      code: 'malformed-certificate',
      path: 'transport_socket.typed_config.common_tls_context.tls_certificates[0].certificate_chain',
    },
  ])
  expect(tls.ready).toBe(false)
  expect(tls.connectOptions({})).toBeUndefined()
})
