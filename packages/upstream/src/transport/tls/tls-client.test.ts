import type { TransportOptions } from '@nuncio/cluster'
import { createHash, X509Certificate } from 'node:crypto'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls'
import type { TlsInfo } from '@nuncio/core'
import { StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { Message } from '@nuncio/config'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate, publicKeyOf } from '../../testing/certificates.ts'
import { RAW } from '../definition.ts'
import { Dial } from '../dial/dialler.ts'
import { SslStats } from './ssl-stats.ts'
import { TlsClient, type TlsClientOptions } from './tls-client.ts'
import { prepare, type TlsIngredients } from './tls-material.ts'

const ca = makeCertificate({ commonName: 'ca', authority: true })
const other = makeCertificate({ commonName: 'other ca', authority: true })
const leaf = makeCertificate({ commonName: 'leaf', issuer: ca, names: ['a.test', '*.w.test', '127.0.0.1'] })
const expired = makeCertificate({
  commonName: 'old',
  issuer: ca,
  names: ['a.test'],
  notBefore: new Date(0),
  notAfter: new Date(1e9),
})
const client = makeCertificate({ commonName: 'client', issuer: ca })

type Validation = Message<'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext'>
const servers: Server[] = []
const sockets: Socket[] = []
const store = new StatsStore()
const stats = new SslStats(store.scope('ssl.'))

afterEach(async () => {
  store.resetCounters()
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen(options: TlsOptions = {}): Promise<number> {
  const server = createServer({ cert: leaf.cert, key: leaf.key, ...options }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => socket.write(data))
  })
  server.on('tlsClientError', () => {})
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const inline = (text: string): { inline_string: string } => ({ inline_string: text })
function tls(
  validation: Validation | undefined,
  more: Partial<TlsIngredients> = {},
  options: Partial<TlsClientOptions> = {},
): TlsClient {
  const material = prepare({ params: undefined, certificates: [], validation, sanMatchers: [], ...more })
  if ('failure' in material) throw new Error(material.failure)
  return new TlsClient({ serverName: 'a.test', alpn: undefined, maxSessions: 1, stats, ...options }, material)
}

interface Outcome {
  socket?: TLSSocket
  info?: TlsInfo | undefined
  failure?: string
}
function dial(
  port: number,
  tlsClient: TlsClient,
  options?: TransportOptions,
  protocols: string[] = [],
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const settings = { time: new FakeTime(), binding: undefined, keepAlive: undefined, onBindError: () => {} }
  const request = {
    addresses: [{ ip: '127.0.0.1', port }],
    host: `127.0.0.1:${port}`,
    transport: { ...RAW, tls: tlsClient },
    options,
    protocols,
  }
  new Dial(settings, request, {
    onDialled: (socket, info) => {
      sockets.push(socket)
      resolve({ socket: socket as TLSSocket, info })
    },
    onDialFailed: ({ side, details }) => resolve({ failure: `${side}: ${details}` }),
  }).start()
  return promise
}
const wanting = (...verifyNames: string[]): TransportOptions => ({
  key: '',
  serverName: '',
  verifyNames,
  downstream: undefined,
})
const count = (name: string): number => store.counters.get(`ssl.${name}`)?.value ?? 0
const verifyFailed = (why: string): string =>
  `remote: TLS error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: ${why}:TLS error end`
    .replace('TLS error:', 'TLS_error:')
    .replace('TLS error end', 'TLS_error_end')

describe('TLS to a host', () => {
  it('trusts anybody without a validation context, and nobody unknown with one', async () => {
    const port = await listen()
    const anybody = await dial(port, tls(undefined))
    expect(anybody.info).toMatchObject({ version: 'TLSv1.2', serverName: 'a.test', peerValidated: false })
    expect(anybody.info?.peer).toMatchObject({
      subject: 'CN=leaf',
      issuer: 'CN=ca',
      dnsSans: ['a.test', '*.w.test'],
      ipSans: ['127.0.0.1'],
    })
    const known = await dial(port, tls({ trusted_ca: inline(ca.cert) }))
    expect(known.info?.peerValidated).toBe(true)
    const unknown = await dial(port, tls({ trusted_ca: inline(other.cert) }))
    expect(unknown.failure).toBe(
      verifyFailed(
        'X509_verify_cert: certificate verification error at depth 0: unable to get local issuer certificate',
      ),
    )
    expect([count('handshake'), count('fail_verify_error'), count('connection_error')]).toEqual([2, 1, 0])
    expect(count('versions.TLSv1.2')).toBe(2)
  })

  it('lets an untrusted chain pass when told to', async () => {
    const port = await listen()
    const { info } = await dial(
      port,
      tls({ trusted_ca: inline(other.cert), trust_chain_verification: 'ACCEPT_UNTRUSTED' }),
    )
    expect(info?.peerValidated).toBe(false)
  })

  it('refuses an expired certificate unless told otherwise, and even then only of a known authority', async () => {
    const port = await listen({ cert: expired.cert, key: expired.key })
    expect((await dial(port, tls({ trusted_ca: inline(ca.cert) }))).failure).toContain('certificate has expired')
    expect(
      (await dial(port, tls({ trusted_ca: inline(ca.cert), allow_expired_certificate: true }))).info?.peerValidated,
    ).toBe(true)
    expect(
      (await dial(port, tls({ trusted_ca: inline(other.cert), allow_expired_certificate: true }))).failure,
    ).toContain('verify cert failed')
  })

  it('checks names of the certificate', async () => {
    const port = await listen()
    const good = tls(undefined, { sanMatchers: [(names) => names.dns.includes('a.test')] })
    expect((await dial(port, good)).info).toBeDefined()
    const bad = tls(undefined, { sanMatchers: [(names) => names.dns.includes('b.test')] })
    expect((await dial(port, bad)).failure).toBe(
      verifyFailed('SAN matcher, certificate SANs are [a.test, *.w.test, 127.0.0.1]'),
    )
    expect(count('fail_verify_san')).toBe(1)
    const any = tls(undefined)
    for (const name of ['a.test', 'A.TEST', 'x.w.test', '127.0.0.1'])
      expect((await dial(port, any, wanting(name))).info).toBeDefined()
    for (const name of ['b.test', 'x.y.w.test', 'w.test', '127.0.0.2'])
      expect((await dial(port, any, wanting(name))).failure).toBeDefined()
  })

  it('pins certificates and keys', async () => {
    const port = await listen()
    const hash = new X509Certificate(leaf.cert).fingerprint256
    const spki = createHash('sha256').update(publicKeyOf(leaf)).digest('base64')
    expect((await dial(port, tls({ verify_certificate_hash: [hash] }))).info).toBeDefined()
    expect((await dial(port, tls({ verify_certificate_spki: [spki] }))).info).toBeDefined()
    expect((await dial(port, tls({ verify_certificate_hash: ['00'.repeat(32)] }))).failure).toBe(
      verifyFailed('cert hash and spki'),
    )
    expect(count('fail_verify_cert_hash')).toBe(1)
  })

  it('shows its own certificate, and tells of a host that wants one', async () => {
    const port = await listen({ requestCert: true, rejectUnauthorized: true, ca: ca.cert, maxVersion: 'TLSv1.2' })
    const own = { certificate_chain: inline(client.cert), private_key: inline(client.key) }
    const good = await dial(port, tls(undefined, { certificates: [own] }))
    expect(good.info?.local?.subject).toBe('CN=client')
    expect((await dial(port, tls(undefined))).failure).toBe(
      'remote: TLS_error:|268436496:SSL routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE:TLS_error_end',
    )
    expect(count('connection_error')).toBe(1)
  })

  it('offers the protocols of the pool, or those that are configured', async () => {
    const port = await listen({ ALPNProtocols: ['h2', 'http/1.1'] })
    expect((await dial(port, tls(undefined), undefined, ['h2', 'http/1.1'])).info?.alpn).toBe('h2')
    expect((await dial(port, tls(undefined, {}, { alpn: ['http/1.1'] }), undefined, ['h2'])).info?.alpn).toBe(
      'http/1.1',
    )
    expect((await dial(port, tls(undefined))).info?.alpn).toBe('')
  })

  it.each([
    ['TLSv1_2', false],
    ['TLSv1_3', true],
  ] as const)('resumes sessions (%s)', async (version, single) => {
    const port = await listen()
    // A listener of Node gives two tickets to a new client of TLS 1.3 and none to one that comes back.
    const trusting = tls(
      { trusted_ca: inline(ca.cert) },
      { params: { tls_maximum_protocol_version: version } },
      { maxSessions: single ? 2 : 1 },
    )
    for (let i = 0; i < 3; i++) {
      const { socket, info } = await dial(port, trusting, wanting('a.test'))
      expect(socket?.isSessionReused()).toBe(i > 0)
      // The name and the chain of a resumed session are judged like any other.
      expect(info).toMatchObject({ peerValidated: true, peer: { subject: 'CN=leaf' } })
      socket!.write('x')
      await new Promise((resolve) => socket!.once('data', resolve))
    }
    expect(count('session_reused')).toBe(2)
    expect((await dial(port, trusting, wanting('b.test'))).failure).toContain('SAN matcher')
  })

  it('resumes no session for another name, nor with new authorities', async () => {
    const port = await listen()
    const trusting = tls({ trusted_ca: inline(ca.cert) })
    await dial(port, trusting)
    const named = { ...wanting(), serverName: 'x.w.test' }
    expect((await dial(port, trusting, named)).socket?.isSessionReused()).toBe(false)
    const material = prepare({
      params: undefined,
      certificates: [],
      validation: { trusted_ca: inline(other.cert) },
      sanMatchers: [],
    })
    trusting.replace(material as Extract<typeof material, { rules: unknown }>)
    expect((await dial(port, trusting)).failure).toContain('verify cert failed')
  })

  it('tells of hosts that do not speak TLS, or go away', async () => {
    const rude = async (onConnection: (socket: Socket) => void): Promise<number> => {
      const server = createTcpServer((socket) => {
        sockets.push(socket)
        socket.on('error', () => {})
        onConnection(socket)
      })
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return (server.address() as AddressInfo).port
    }
    const plain = await rude((socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect((await dial(plain, tls(undefined))).failure).toBe(
      'remote: TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end',
    )
    const gone = await rude((socket) => socket.once('data', () => socket.destroy()))
    expect((await dial(gone, tls(undefined))).failure).toBe('remote: ')
    expect(count('connection_error')).toBe(2)
  })

  it('refuses keys and authorities that are no good, without telling them', () => {
    const bad = prepare({
      params: undefined,
      certificates: [{ certificate_chain: inline(leaf.cert), private_key: inline('SECRET') }],
      validation: undefined,
      sanMatchers: [],
    })
    expect(bad).toHaveProperty('failure')
    expect(JSON.stringify(bad)).not.toContain('SECRET')
    const missing = prepare({
      params: undefined,
      certificates: [],
      validation: { trusted_ca: { filename: '/nonexistent.pem' } },
      sanMatchers: [],
    })
    expect(missing).toEqual({ failure: 'trusted_ca: cannot read /nonexistent.pem: ENOENT' })
  })
})
