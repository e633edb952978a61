import type { Message } from '@nuncio/config'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, inlineCertificate } from '@nuncio/tls/testing'
import { answer, TlsHarness, tlsSocket } from '../../testing/index.ts'

type Common = Message<'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'>

const authority = createAuthority('root')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })
const siteB = authority.issue({ commonName: 'site-b', dns: ['b.example'] })

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
    const listener = await harness.listenTls({})
    const { session } = await harness.talkTls(listener, { maxVersion: version })
    expect(await harness.talkTls(listener, { maxVersion: version, session: session! })).toMatchObject({
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
      const { session } = await harness.talkTls(listener, { servername: 'a.example', maxVersion: version })
      const view = await harness.talkTls(listener, { servername: 'b.example', maxVersion: version, session: session! })
      expect(view.text).toBe('')
      expect(harness.ssl('fail_verify_no_cert')).toBe(1)
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
          typed_config: { ...chain.transport_socket!.typed_config!, ...keys },
        },
      })),
    })
    const { session } = await harness.talkTls(listener, { servername: 'a.example' })
    expect(await harness.talkTls(listener, { servername: 'a.example', session: session! })).toMatchObject({
      reused: true,
    })
    expect(await harness.talkTls(listener, { servername: 'b.example', session: session! })).toMatchObject({
      reused: false,
      text: 'b',
    })
  })

  test.each([
    ['looked at', INSPECT],
    ['not looked at', {}],
  ])('of one certificate are not resumed under the name of another, the hello %s', async (_, extra) => {
    const listener = await harness.listenTls(
      { tls_certificates: [inlineCertificate(site), inlineCertificate(siteB)] },
      {},
      extra,
    )
    const { session } = await harness.talkTls(listener, { servername: 'a.example' })
    expect(await harness.talkTls(listener, { servername: 'b.example', ...(session && { session }) })).toMatchObject({
      reused: false,
      subject: 'site-b',
    })
  })

  test('survive a restart with configured ticket keys', async () => {
    const context = { session_ticket_keys: { keys: [{ inline_bytes: new Uint8Array(randomBytes(80)) }] } }
    const first = await harness.listenTls({}, context)
    const { session } = await harness.talkTls(first)
    await first.close()
    expect(await harness.talkTls(await harness.listenTls({}, context), { session: session! })).toMatchObject({
      reused: true,
    })
  })

  describe('with several ticket keys', () => {
    const key = (): object => ({ inline_bytes: new Uint8Array(randomBytes(80)) })
    const [old, current, next] = [key(), key(), key()]
    const sealing = (...keys: object[]): object => ({ session_ticket_keys: { keys } })

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'are resumed while their key is one of them, and not longer, over %s',
      async (maxVersion) => {
        const first = await harness.listenTls({}, sealing(current, old))
        const { session } = await harness.talkTls(first, { maxVersion })
        await first.close()
        const resumed = { maxVersion, session: session! }
        const rotated = await harness.listenTls({}, sealing(next, current))
        expect(await harness.talkTls(rotated, resumed)).toMatchObject({ reused: true, text: 'hello' })
        await rotated.close()
        const gone = await harness.listenTls({}, sealing(next, old))
        expect(await harness.talkTls(gone, resumed)).toMatchObject({ reused: false, text: 'hello' })
      },
    )

    test('get a ticket of the first key in exchange for one of another', async () => {
      const first = await harness.listenTls({}, sealing(current))
      const { session } = await harness.talkTls(first)
      await first.close()
      const rotated = await harness.listenTls({}, sealing(next, current))
      const renewed = await harness.talkTls(rotated, { session: session! })
      expect(renewed.reused).toBe(true)
      await rotated.close()
      const later = await harness.listenTls({}, sealing(next))
      expect(await harness.talkTls(later, { session: renewed.session! })).toMatchObject({ reused: true, text: 'hello' })
    })

    test('a later key of another length is refused too', () => {
      const short = { inline_bytes: new Uint8Array(48) }
      expect(harness.refusal({}, sealing(current, short))).toContain('session_ticket_keys.keys[1]')
    })
  })

  test('are not resumed when configured so', async () => {
    const listener = await harness.listenTls({}, { disable_stateless_session_resumption: true })
    const { session } = await harness.talkTls(listener)
    expect(await harness.talkTls(listener, session && { session })).toMatchObject({ reused: false, text: 'hello' })
  })

  test('a ticket key of another length is refused', () => {
    expect(harness.refusal({}, { session_ticket_keys: { keys: [{ inline_bytes: new Uint8Array(48) }] } })).toContain(
      'has 80 bytes, not 48',
    )
  })
})
