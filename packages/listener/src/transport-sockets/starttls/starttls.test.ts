import type { AnyMessage } from '@nuncio/config'
import { connect as connectPlain } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, inlineCertificate } from '@nuncio/tls/testing'
import { answer, TlsHarness, tlsTalk, until } from '../../testing/index.ts'

const authority = createAuthority('root')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })

let harness: TlsHarness
beforeEach(() => {
  harness = new TlsHarness(site)
})
afterEach(() => harness.close())

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
